# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib

import pytest
from lxml import etree

from archive.digests import digest_bytes
from archive.eni.huella import Candidate, algorithm_of, candidates_of, match_huella
from archive.eni.read import read_eni
from archive.eni.write import BinaryContent, FileReference, NewFirma, XmlContent

CONTENT = b"%PDF-1.4" + b"c" * 3000 + b"%%EOF"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"


def hexed(data, name="sha256"):
    return hashlib.new(name, data).hexdigest()


def c14n(data, path=None, *, exclusive=True):
    root = etree.fromstring(data)
    element = root if path is None else root.find(path)
    return etree.tostring(element, method="c14n", exclusive=exclusive)


@pytest.fixture
def received(files):
    """A document with content and a signature in base64."""
    return files.document(BinaryContent(CONTENT, "PDF"), [NewFirma("TF04", base64=b"s" * 2000)])


def test_each_thing_it_may_be_over_is_found(received):
    """Content, file, canonical forms, signature text and bytes are all recognised."""
    things = {
        "content": CONTENT,
        "file": received,
        "signature-bytes": b"s" * 2000,
        "signature-text": base64.b64encode(b"s" * 2000),
        "content-text": base64.b64encode(CONTENT),
        "document-exc-c14n": c14n(received),
        "document-inc-c14n": c14n(received, exclusive=False),
    }
    for what, data in things.items():
        found = match_huella(hexed(data, "sha384"), "", candidates_of(read_eni(received)))
        same = {name for name, other in things.items() if other == data}
        assert (found.status, found.what in same, found.algorithm) == ("match", True, "sha384"), what


@pytest.mark.parametrize("in_memory", [None, 0])
def test_xml_content_is_matched_as_it_was_written(files, tmp_path, in_memory):
    """The bytes between the tags of DatosXML, whether the file is held or streamed."""
    path = tmp_path / "a.xml"
    path.write_bytes(files.document(XmlContent(b"<a   b='1'/>")))
    candidates = candidates_of(read_eni(path, in_memory=in_memory))
    found = match_huella(hexed(b"<a   b='1'/>", "sha512"), SHA512, candidates)
    assert (found.status, found.what) == ("match", "datos-xml-raw")


def test_xml_content_is_matched_by_its_canonical_child(files):
    """The awkward convention of an acknowledgement: exclusive C14N of what stands in DatosXML."""
    data = files.document(XmlContent(b'<a xmlns="urn:a"   b="1"/>'))
    found = match_huella(
        hexed(b'<a xmlns="urn:a" b="1"></a>', "sha512"), SHA512, candidates_of(read_eni(data))
    )
    assert (found.status, found.what) == ("match", "datos-xml-child-exc-c14n")


@pytest.mark.parametrize(
    ("name", "weak"), [("md5", True), ("sha1", True), ("sha256", False), ("sha512", False)]
)
def test_every_encoding_of_every_algorithm_is_found(name, weak):
    """Hex in both cases, base64 and base64 of hex are recognised; weak algorithms are called weak."""
    raw = hashlib.new(name, CONTENT).digest()
    forms = {
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        "base64": base64.b64encode(raw).decode(),
        "base64-hex": base64.b64encode(raw.hex().encode()).decode(),
    }
    for encoding, value in forms.items():
        found = match_huella(value, "cualquiera", [Candidate("content", lambda: [CONTENT])])
        assert (found.status, found.algorithm, found.encoding, found.weak) == ("match", name, encoding, weak)


def test_a_digest_printed_as_a_number_is_found():
    """Hex without its leading zeros is recognised."""
    data = next(str(n).encode() for n in range(10_000) if hexed(str(n).encode()).startswith("00"))
    found = match_huella(hexed(data).lstrip("0"), "SHA-256", [Candidate("content", lambda: [data])])
    assert (found.status, found.encoding) == ("match", "hex-no-zeros")


def test_line_breaks_in_the_value_do_not_matter():
    """A base64 value wrapped over lines is read."""
    value = base64.encodebytes(hashlib.sha512(CONTENT).digest()).decode()
    assert match_huella(value, SHA512, [Candidate("content", lambda: [CONTENT])]).status == "match"


@pytest.mark.parametrize("funcion", [SHA512, "SHA-512", "sha512", "2.16.840.1.101.3.4.2.3", ""])
def test_another_content_is_a_mismatch(funcion):
    """A digest in a known form that nothing gives contradicts the document."""
    found = match_huella("0" * 128, funcion, [Candidate("content", lambda: [CONTENT])])
    assert (found.status, found.algorithm) == ("mismatch", "sha512")


@pytest.mark.parametrize(
    ("valor", "funcion"),
    [("", ""), ("1234", "CRC32"), ("no es un resumen", SHA512), ("0" * 64, SHA512), ("0" * 64, "SHA3-256"),
     ("0" * 64, "RIPEMD")],
)  # fmt: skip
def test_what_cannot_be_understood_is_not_called_wrong(valor, funcion):
    """An unknown form, or one that its function denies, is an unknown convention."""
    found = match_huella(valor, funcion, [Candidate("content", lambda: [CONTENT])])
    assert found.status == "unknown_convention"


def test_nothing_to_compare_is_no_mismatch():
    """Without any bytes to try nothing is contradicted."""
    assert match_huella("0" * 64, "SHA-256", []).status == "unknown_convention"


def test_content_inside_a_signature_is_not_called_wrong(files):
    """Where the content could not be tried nothing is contradicted; where it is given, it is."""
    eni = read_eni(files.document(FileReference("#FIRMA_0", "BIN"), [NewFirma("TF05", base64=b"s" * 99)]))
    assert match_huella(hexed(b"dentro"), "SHA-256", candidates_of(eni)).status == "unknown_convention"
    given = candidates_of(eni, external=lambda: [b"dentro"])
    assert match_huella(hexed(b"dentro"), "SHA-256", given).status == "match"
    assert match_huella(hexed(b"otro"), "SHA-256", given).status == "mismatch"


def test_broken_base64_is_not_compared(files):
    """A content that does not decode gives no match, and no error."""
    eni = read_eni(files.document(BinaryContent(CONTENT, "PDF")).replace(b"Y2NjY2Nj", b"Y2*jY2Nj", 1))
    assert match_huella(hexed(CONTENT), "SHA-256", candidates_of(eni)).status == "mismatch"


def test_digests_known_already_cost_nothing():
    """A known digest is used instead of reading the bytes again."""

    def never():
        raise AssertionError("read again")

    known = {"sha512": hexed(CONTENT, "sha512")}
    assert match_huella(hexed(CONTENT, "sha512"), "", [Candidate("content", never, known)]).status == "match"


def test_expensive_forms_are_not_computed_when_a_cheap_one_matches(received, monkeypatch):
    """The content matches before anything is canonicalised."""
    from archive.eni import huella

    def never(*_args, **_options):
        raise AssertionError("canonicalised")

    monkeypatch.setattr(huella, "canonical_pieces", never)
    found = match_huella(
        hexed(CONTENT), "SHA-256", candidates_of(read_eni(received), content=digest_bytes(CONTENT))
    )
    assert (found.status, found.what) == ("match", "content")


def test_external_content_is_matched(files):
    """The content that came as another file is tried as content."""
    eni = read_eni(files.document())
    found = match_huella(hexed(b"video"), "SHA-256", candidates_of(eni, external=lambda: [b"vi", b"deo"]))
    assert (found.status, found.what) == ("match", "content")


@pytest.mark.parametrize(
    ("written", "name"),
    [("http://www.w3.org/2001/04/xmlenc#sha256", "sha256"), ("SHA-256", "sha256"), ("Sha_384", "sha384"),
     ("http://www.w3.org/2000/09/xmldsig#sha1", "sha1"), ("MD5", "md5"), ("urn:oid:1.3.14.3.2.26", "sha1"),
     ("SHA3-256", ""), ("", ""), ("xxx", "")],
)  # fmt: skip
def test_functions_are_read_in_every_writing(written, name):
    """URIs, OIDs and names give the algorithm; others give none."""
    assert algorithm_of(written) == name
