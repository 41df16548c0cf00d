# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib
import re

import pytest

from archive.eni.document import DocumentMetadata, Huella
from archive.eni.expediente import ExpedienteMetadata, IndexedDocument
from archive.eni.read import read_eni
from archive.eni.write import (
    BinaryContent,
    FileReference,
    NewFirma,
    XmlContent,
    document_xml,
    expediente_xml,
    index_content_id,
    insert_firma,
)
from archive.xml import parse_xml
from preservation.signatures.eni.validate import EniSignatures, validate_eni
from preservation.signatures.identity import sign_bytes
from preservation.signatures.sign import sign_cms, sign_detached, sign_pdf, sign_xml, xml_signature
from preservation.signatures.xml.canonical import EXCLUSIVE, canonical_bytes
from preservation.signatures.xml.names import ENVELOPED, FILTER2
from preservation.signatures.xml.read import read_tree

DOCUMENT = "ES_L01990019_2026_000000000000000000000000000001"
EXPEDIENTE = "ES_L01990019_2026_EXP_000000000000000000000000000001"
DATA = b"contenido del documento" * 20


def _document(content, *firmas) -> bytes:
    metadata = DocumentMetadata(DOCUMENT, ("L01990019",), "2026-11-21T10:00:00+01:00", True, "EE01", "TD01")
    return document_xml(metadata, content, firmas)


def _codes(found: EniSignatures) -> set[str]:
    return {each.code for each in found.findings}


@pytest.fixture(scope="module")
def check(world):
    """Judge an ENI file at the usual instant."""
    return lambda xml: validate_eni(read_eni(xml), world.trust(), world.at, place="d.xml")


@pytest.fixture(scope="module")
def index(world) -> bytes:
    """An expediente with an index signed in line (TF02)."""
    metadata = ExpedienteMetadata(EXPEDIENTE, ("L01990019",), "2026-01-01T00:00:00Z", "2000001", "E02")
    entry = IndexedDocument(DOCUMENT, Huella("00", "SHA-256"))
    plain = expediente_xml(metadata, "2026-11-21T10:00:00Z", [entry])
    signature = xml_signature(
        plain, world.seal, signing_time=world.signed_at, ids=[index_content_id(EXPEDIENTE)], enveloped=True
    )
    return insert_firma(plain, NewFirma("TF02", inline=signature))


def test_validate_eni_csv_is_a_record_without_verdict(check):
    """TF01 has nothing to verify cryptographically: NOT_APPLICABLE with its code."""
    found = check(_document(BinaryContent(DATA, "TXT"), NewFirma("TF01", csv="ABCD-1234", regulation="Ord.")))
    record = found.verdicts[0].to_record("received/d.xml")
    assert (record.indication, record.report["csv"], record.eni_type) == (
        "NOT_APPLICABLE",
        "ABCD-1234",
        "TF01",
    )
    assert _codes(found) == {"SIG-CSV-ONLY"}


def test_validate_eni_detached_cms_signs_the_decoded_content(world, check):
    """TF04: the CMS is over what ValorBinario decodes to."""
    signature = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)
    found = check(_document(BinaryContent(DATA, "TXT"), NewFirma("TF04", base64=signature)))
    assert found.reports[0].indication == "TOTAL_PASSED"
    assert "contenido" in found.reports[0].covers
    assert _codes(found) == {"SIG-PASSED"}
    altered = check(_document(BinaryContent(DATA + b".", "TXT"), NewFirma("TF04", base64=signature)))
    assert altered.reports[0].sub_indication == "HASH_FAILURE"
    assert _codes(altered) == {"SIG-TOTAL-FAILED"}


def test_validate_eni_attached_cms_carries_or_must_equal_the_content(world, check):
    """TF05: content inside the CMS; where ValorBinario repeats it, both must agree."""
    signature = sign_cms(DATA, world.seal, detached=False, signing_time=world.signed_at)
    firma = NewFirma("TF05", base64=signature)
    assert check(_document(FileReference("#FIRMA_0", "BIN"), firma)).reports[0].indication == "TOTAL_PASSED"
    assert check(_document(BinaryContent(DATA, "TXT"), firma)).reports[0].indication == "TOTAL_PASSED"
    other = check(_document(BinaryContent(b"otro", "TXT"), firma))
    assert (other.reports[0].indication, other.reports[0].sub_indication) == (
        "TOTAL_FAILED",
        "FORMAT_FAILURE",
    )


def test_validate_eni_content_is_what_the_named_signature_carries(world, check):
    """The content names one `firma`: another one, over something else, does not cover the content."""
    first = NewFirma("TF05", base64=sign_cms(DATA, world.seal, detached=False, signing_time=world.signed_at))
    other = NewFirma("TF05", base64=sign_cms(b"o", world.mayor, detached=False, signing_time=world.signed_at))
    again = NewFirma("TF05", base64=sign_cms(DATA, world.mayor, detached=False, signing_time=world.signed_at))
    covered = {
        name: [
            "contenido" in each.covers for each in check(_document(FileReference(*where), *firmas)).reports
        ]
        for name, where, firmas in (
            ("another content", ("#FIRMA_0", "BIN"), (first, other)),
            ("the same content", ("#FIRMA_0", "BIN"), (first, again)),
            ("the only one", ("#NADA", "BIN"), (other,)),
            ("elsewhere", ("http://127.0.0.1:9/x", "BIN"), (first,)),
        )
    }
    assert covered == {
        "another content": [True, False],
        "the same content": [True, True],
        "the only one": [True],
        "elsewhere": [False],
    }


def test_validate_eni_uri_that_reads_like_a_place_covers_no_place(world, check):
    """The URI of a reference is the signer's word, not a path of this file."""
    for uri in ("x /documento/metadatos", "/documento/metadatos"):
        signature = sign_detached([(uri, DATA)], world.seal, signing_time=world.signed_at)
        found = check(_document(BinaryContent(DATA, "TXT"), NewFirma("TF02", base64=signature)))
        assert found.reports[0].intact
        assert "contenido" in found.reports[0].covers
        assert "metadatos" not in found.reports[0].covers


@pytest.mark.parametrize("detached", [True, False])
@pytest.mark.parametrize("hidden", [b"<eniexpind:indice Id", b"<eniconexpind:DocumentoIndizado>"])
def test_validate_eni_signed_index_of_old_hidden_elsewhere_covers_no_index(world, check, detached, hidden):
    """The index that counts is the expediente's own, not one that stands somewhere in the file."""
    metadata = ExpedienteMetadata(EXPEDIENTE, ("L01990019",), "2026-01-01T00:00:00Z", "2000001", "E02")
    old, new = (
        expediente_xml(metadata, "2026-11-21T10:00:00Z", [IndexedDocument(DOCUMENT, Huella(each, "SHA-256"))])
        for each in ("00", "ff")
    )
    signed = canonical_bytes(next(parse_xml(old).iter("{*}IndiceContenido")), EXCLUSIVE)
    signature = sign_cms(signed, world.seal, detached=detached, signing_time=world.signed_at)
    firma = NewFirma("TF04" if detached else "TF05", base64=signature)
    assert "indice" in check(insert_firma(old, firma)).reports[0].covers
    stored = re.search(rb"(?s)<eniexpind:IndiceContenido.*</eniexpind:IndiceContenido>", old)[0]
    attacked = new.replace(hidden, b"<x>" + stored + b"</x>" + hidden, 1)
    assert "indice" not in check(insert_firma(attacked, firma)).reports[0].covers


def test_validate_eni_only_its_own_firmas_were_not_there_when_it_was_signed(world, check):
    """A signature of the whole document from before it had `firmas` covers what else is called so."""
    content = XmlContent(b"<acta><parte>uno</parte></acta>", "XML")
    signed = sign_xml(_document(content), world.seal, signing_time=world.signed_at)
    signature = re.search(rb"(?s)<ds:Signature .*</ds:Signature>", signed)[0]
    whole = _document(content, NewFirma("TF03", base64=signature))
    assert check(whole).reports[0].indication == "TOTAL_PASSED"
    smuggled = whole.replace(b"</parte>", b"</parte><firmas>otra cosa</firmas>")
    behind = whole.replace(b"</enids:firmas>", b"</enids:firmas>otra cosa")
    for attacked in (smuggled, behind):
        assert attacked != whole
        assert not check(attacked).reports[0].intact


def test_validate_eni_signature_of_the_view_is_not_of_the_index(world, check, plain_pdf):
    """VisualizacionIndice may be signed, and the index is not covered by that."""
    metadata = ExpedienteMetadata(EXPEDIENTE, ("L01990019",), "2026-01-01T00:00:00Z", "2000001", "E02")
    entries = [IndexedDocument(DOCUMENT, Huella("00", "SHA-256"))]
    pdf = sign_pdf(plain_pdf, world.seal, signing_time=world.signed_at)
    xml = sign_detached([("vista", DATA)], world.seal, signing_time=world.signed_at)
    for view, firma in (
        (BinaryContent(pdf, "PDF"), NewFirma("TF06", reference="#VISUALIZACION_INDICE")),
        (BinaryContent(DATA, "TXT"), NewFirma("TF02", base64=xml)),
    ):
        found = check(
            insert_firma(expediente_xml(metadata, "2026-11-21T10:00:00Z", entries, view=view), firma)
        )
        assert found.reports[0].intact
        assert not {"contenido", "indice"} & set(found.reports[0].covers)
        assert "SIG-CONTENT-NOT-COVERED" in _codes(found)


def test_validate_eni_pades_in_the_content_or_repeated_must_be_the_content(world, check, plain_pdf):
    """TF06: the content is the signed PDF, by reference or repeated; another signed PDF is not its signature."""
    signed = sign_pdf(plain_pdf, world.seal, signing_time=world.signed_at)
    by_reference = check(
        _document(BinaryContent(signed, "PDF"), NewFirma("TF06", reference="#CONTENIDO_DOCUMENTO"))
    )
    assert by_reference.reports[0].indication == "TOTAL_PASSED"
    repeated = check(_document(BinaryContent(signed, "PDF"), NewFirma("TF06", base64=signed)))
    assert _codes(repeated) == {"SIG-PASSED"}
    foreign = check(_document(BinaryContent(plain_pdf, "PDF"), NewFirma("TF06", base64=signed)))
    assert "SIG-CONTENT-NOT-COVERED" in _codes(foreign)


def test_validate_eni_signature_that_is_not_there_or_not_declared_is_told(world, check, plain_pdf):
    """Declared and absent, and present and not declared, are both findings."""
    absent = check(
        _document(BinaryContent(plain_pdf, "PDF"), NewFirma("TF06", reference="#CONTENIDO_DOCUMENTO"))
    )
    assert _codes(absent) == {"SIG-DECLARED-NOT-FOUND"}
    signed = sign_pdf(plain_pdf, world.seal, signing_time=world.signed_at)
    silent = check(_document(BinaryContent(signed, "PDF"), NewFirma("TF01", csv="X", regulation="Y")))
    assert _codes(silent) == {"SIG-CSV-ONLY", "SIG-FOUND-NOT-DECLARED", "SIG-PASSED"}


def test_validate_eni_remote_reference_is_never_fetched(check):
    """A ReferenciaFirma to a URL is told as not found (SSRF)."""
    found = check(_document(BinaryContent(DATA, "TXT"), NewFirma("TF06", reference="http://127.0.0.1:9/x")))
    assert _codes(found) == {"SIG-DECLARED-NOT-FOUND"}


def test_validate_eni_index_tells_that_metadata_are_not_covered(check, index):
    """The usual TF02 over IndiceContenido leaves metadatosExp open, and the report says so."""
    found = check(index)
    assert found.reports[0].indication == "TOTAL_PASSED"
    assert "indice" in found.reports[0].covers
    assert "metadatosExp" not in found.reports[0].covers
    assert _codes(found) == {"SIG-PASSED", "SIG-METADATA-NOT-COVERED"}
    changed = check(index.replace(b">E02<", b">E03<"))
    assert changed.reports[0].indication == "TOTAL_PASSED"


def test_validate_eni_index_altered_fails(check, index):
    """A changed huella breaks the index signature."""
    found = check(index.replace(b">00<", b">01<"))
    assert found.reports[0].sub_indication == "HASH_FAILURE"


def test_validate_eni_wrapped_index_is_not_taken_for_the_index(check, index):
    """The signed index moved aside and a false one put in its place is told as not covering it."""
    body = re.search(rb"<eniexpind:IndiceContenido .*</eniexpind:IndiceContenido>", index, re.DOTALL)[0]
    false = body.replace(b">00<", b">ff<").replace(b"EXP_INDICE_CONTENIDO", b"OTRO")
    found = check(index.replace(body, false + b"<aparte>" + body + b"</aparte>"))
    assert found.reports[0].intact
    assert "SIG-CONTENT-NOT-COVERED" in _codes(found)


def test_validate_eni_signature_taken_out_as_inside_does_is_put_back(world, check):
    """InSide TF03: enveloped in the index node, then taken out into FirmaBase64."""
    metadata = ExpedienteMetadata(EXPEDIENTE, ("L01990019",), "2026-01-01T00:00:00Z", "2000001", "E02")
    plain = expediente_xml(
        metadata, "2026-11-21T10:00:00Z", [IndexedDocument(DOCUMENT, Huella("00", "SHA-256"))]
    )
    signature = xml_signature(
        plain, world.seal, signing_time=world.signed_at, ids=[index_content_id(EXPEDIENTE)], enveloped=True
    )
    found = check(insert_firma(plain, NewFirma("TF03", base64=signature)))
    assert found.reports[0].indication == "TOTAL_PASSED"
    assert "indice" in found.reports[0].covers


def test_validate_eni_attached_cms_of_another_index_does_not_cover_this_one(world, check):
    """TF05 of an index: what is inside the CMS must be this index."""
    metadata = ExpedienteMetadata(EXPEDIENTE, ("L01990019",), "2026-01-01T00:00:00Z", "2000001", "E02")
    plain = expediente_xml(
        metadata, "2026-11-21T10:00:00Z", [IndexedDocument(DOCUMENT, Huella("00", "SHA-256"))]
    )
    mine = sign_cms(plain, world.seal, detached=False, signing_time=world.signed_at)
    theirs = sign_cms(
        plain.replace(b">00<", b">11<"), world.seal, detached=False, signing_time=world.signed_at
    )
    assert "indice" in check(insert_firma(plain, NewFirma("TF05", base64=mine))).reports[0].covers
    assert "SIG-CONTENT-NOT-COVERED" in _codes(check(insert_firma(plain, NewFirma("TF05", base64=theirs))))


@pytest.mark.parametrize(("signed", "covered"), [(b"A", True), (b"B", False)])
def test_validate_eni_xml_beside_covers_the_content_only_where_it_is_signed(world, check, signed, covered):
    """An XML in FirmaBase64 that holds the content outside of what it signs does not sign the content."""
    plain = b'<x xmlns="urn:x"><a Id="A">' + base64.b64encode(DATA) + b'</a><b Id="B">otra cosa</b></x>'
    signature = xml_signature(plain, world.seal, signing_time=world.signed_at, ids=[signed.decode()])
    whole = plain.replace(b"</x>", signature[signature.index(b"<ds:Signature") :] + b"</x>")
    found = check(_document(BinaryContent(DATA, "TXT"), NewFirma("TF03", base64=whole)))
    assert found.reports[0].intact
    assert ("contenido" in found.reports[0].covers) is covered
    assert ("SIG-CONTENT-NOT-COVERED" in _codes(found)) is not covered


def _subtracting(world, plain: bytes, path: str, left: bytes) -> bytes:
    """Sign the whole document less a path (XPath Filter 2); `left` is the document without it."""
    filtered = (
        f'<ds:Transform Algorithm="{FILTER2}"><f:XPath xmlns:f="{FILTER2}" Filter="subtract">{path}</f:XPath>'
        "</ds:Transform>"
    )
    digest = hashlib.sha256(canonical_bytes(parse_xml(left), EXCLUSIVE, comments=False)).digest()
    signature = xml_signature(plain, world.seal, signing_time=world.signed_at).decode()
    own = re.search(r"<ds:SignedInfo.*?</ds:SignedInfo>", signature)[0]
    transforms = f'<ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"/>'
    info = own.replace(transforms, transforms + filtered, 1)
    info = re.sub(
        r"<ds:DigestValue>[^<]*", f"<ds:DigestValue>{base64.b64encode(digest).decode()}", info, count=1
    )
    value = sign_bytes(world.seal.private_key, canonical_bytes(parse_xml(info.encode()), EXCLUSIVE))
    signature = signature.replace(own, info)
    encoded = base64.b64encode(value).decode()
    return re.sub(r"(<ds:SignatureValue[^>]*>)[^<]*", rf"\g<1>{encoded}", signature).encode()


@pytest.mark.parametrize(
    ("path", "pattern", "covered"),
    [
        ("//*[local-name()='contenido']", rb"<(\w+:)contenido[ >].*</\1contenido>", False),
        ("//*[local-name()='ValorBinario']", rb"<(\w+:)ValorBinario[ >].*</\1ValorBinario>", False),
        ("//*[local-name()='metadatos']", rb"<(\w+:)metadatos[ >].*</\1metadatos>", True),
        ("//*[local-name()='nada']", rb"\Z", True),
    ],
)
def test_validate_eni_content_that_a_transform_takes_away_is_not_covered(
    world, check, path, pattern, covered
):
    """A signature of the whole document less its content holds, and is no signature of the content."""
    plain = _document(BinaryContent(DATA, "TXT"), NewFirma("TF03", inline=b"<aqui/>"))
    left = re.sub(pattern, b"", plain.replace(b"<aqui/>", b""), flags=re.DOTALL)
    signature = _subtracting(world, plain.replace(b"<aqui/>", b""), path, left)
    found = check(plain.replace(b"<aqui/>", signature))
    (report,) = found.reports
    assert report.intact
    assert ("contenido" in report.covers) is covered
    assert ("metadatos" in report.covers) is ("metadatos" not in path)
    assert ("SIG-CONTENT-NOT-COVERED" in _codes(found)) is not covered


def test_validate_eni_signature_that_leaves_out_more_than_any_honest_one_is_refused(
    world, check, monkeypatch
):
    """What is left out is told piece by piece, so its number is bounded work like any other."""
    plain = _document(BinaryContent(DATA, "TXT"), NewFirma("TF03", inline=b"<aqui/>"))
    bare = plain.replace(b"<aqui/>", b"")
    left = re.sub(rb"<(\w+:)metadatos[ >].*</\1metadatos>", b"", bare, flags=re.DOTALL)
    signature = _subtracting(world, bare, "//*[local-name()='metadatos']", left)
    signed = plain.replace(b"<aqui/>", signature)
    elements = len(list(parse_xml(signed).getroot().iter("*")))
    monkeypatch.setattr("preservation.signatures.xml.references.ELEMENT_WORK", 1 << 20)
    # four transforms in all, and one element left out
    for pieces, intact in ((5.5, True), (4.5, False)):
        limit = int(pieces * elements * (1 << 20))
        monkeypatch.setattr("preservation.signatures.xml.references.MAX_WORK", limit)
        assert check(signed).reports[0].intact is intact


def test_validate_eni_checks_each_inline_signature_once(check, index, monkeypatch):
    """Many `firma` elements cost one reading of the file's signatures, not one each."""
    asked = []

    def counted(tree):
        asked.append(tree)
        return read_tree(tree)

    monkeypatch.setattr("preservation.signatures.eni.places.read_tree", counted)
    assert len(check(index).verdicts) == 1
    assert len(asked) == 1
