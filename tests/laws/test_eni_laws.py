# SPDX-License-Identifier: EUPL-1.2
"""Laws of the ENI room: round trips, and that speed never changes a result."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from archive.eni import skeleton as skeleton_module
from archive.eni.base64text import decode_pieces
from archive.eni.canonical import canonical_pieces
from archive.eni.document import AdditionalMetadata, DocumentMetadata, Huella
from archive.eni.expediente import ExpedienteMetadata, IndexedDocument, IndexedExpediente, IndexedFolder
from archive.eni.huella import Candidate, match_huella
from archive.eni.read import read_eni
from archive.eni.schemas import schema_errors
from archive.eni.skeleton import open_skeleton
from archive.eni.slicing import slice_exactly, slice_lexically
from archive.eni.sources import Source
from archive.eni.write import BinaryContent, NewFirma, document_xml, expediente_xml
from archive.errors import XmlRefused
from archive.identifiers import EniId, format_eni_id, new_csv, normalise_csv, parse_eni_id

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=20).map(
    str.strip
)
SPECIFIC = st.from_regex(r"\A[A-Za-z0-9._-]{1,30}\Z")
ORGANO = st.from_regex(r"\A[A-Z][A-Z0-9][0-9]{7}\Z")
YEAR = st.integers(1900, 2999).map(str)
SPACES = st.sampled_from(["", "\n", "\r\n", " ", "&#13;\n", "\t", "&#xD;", "&#10;"])


@given(ORGANO, YEAR, SPECIFIC, st.booleans())
def test_identifiers_survive_the_round_trip(organo, year, specific, is_expediente):
    """Reading what was written gives the same parts."""
    identifier = EniId(organo, year, specific, is_expediente)
    if not is_expediente and specific.startswith("EXP_"):
        return
    assert parse_eni_id(format_eni_id(identifier)) == identifier


@given(st.text(max_size=60))
def test_reading_an_identifier_never_fails_and_loses_nothing(text):
    """Any text is read or not; what is read is written back as it was."""
    parsed = parse_eni_id(text)
    assert parsed is None or str(parsed) == text


@given(st.booleans())
def test_a_csv_is_its_own_normal_form(lower):
    """Whatever is done to its case and hyphens, a CSV is recognised."""
    csv = new_csv()
    typed = csv.replace("-", " ")
    assert normalise_csv(typed.lower() if lower else typed) == csv


@given(st.binary(max_size=400), st.lists(SPACES, max_size=40), st.data())
def test_how_base64_is_broken_and_cut_changes_nothing(content, breaks, data):
    """Any white space in any place and any division into pieces decode to the same bytes."""
    text = base64.b64encode(content).decode()
    for space in breaks:
        at = data.draw(st.integers(0, len(text)))
        if "&" not in text[max(0, at - 5) : at] or ";" in text[max(0, at - 5) : at]:
            text = text[:at] + space + text[at:] if not _inside_reference(text, at) else text
    raw = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=10)))
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert b"".join(decode_pieces(pieces)) == content


@given(st.binary(min_size=1, max_size=60), st.data())
def test_what_is_not_base64_is_never_decoded(content, data):
    """One foreign byte anywhere is refused, wherever the pieces end."""
    raw = base64.b64encode(content)
    at = data.draw(st.integers(0, len(raw)))
    bad = data.draw(st.sampled_from([b"*", b"-", b"_", b"\x00", b"\xc3\xb1", b"&", b"\x0c", b"%"]))
    broken = raw[:at] + bad + raw[at:]
    cut = data.draw(st.integers(0, len(broken)))
    with pytest.raises(XmlRefused) as caught:
        b"".join(decode_pieces([broken[:cut], broken[cut:]]))
    assert caught.value.findings[0].code == "ENI-BASE64-INVALID"


BIG = "QUJD" * 300
LURES = st.sampled_from(
    [
        f"<ValorBinario>{BIG}</ValorBinario>",
        f"<ValorBinario  a='1' >{BIG}</ValorBinario >",
        f"<q:FirmaBase64 xmlns:q='urn:u'>\n{BIG}\n</q:FirmaBase64>",
        f"<ValorBinario a='>'>{BIG}</ValorBinario>",
        f"<ValorBinario>{BIG}<!-- c --></ValorBinario>",
        f"<ValorBinario><![CDATA[{BIG}]]></ValorBinario>",
        f"<ValorBinario>{BIG}<?p q?>{BIG}</ValorBinario>",
        f"<ValorBinario><x>{BIG}</x></ValorBinario>",
        f"<ValorBinario><ValorBinario>{BIG}</ValorBinario></ValorBinario>",
        f"<ValorBinario>{BIG}&#13;\n&amp;</ValorBinario>",
        f"<!-- <ValorBinario>{BIG}</ValorBinario> -->",
        f"<!-- <ValorBinario>{BIG} -->",
        f"<![CDATA[<ValorBinario>{BIG}]]>",
        f"<?p <ValorBinario>{BIG}?>",
        f"<x a='&lt;ValorBinario>{BIG}'/>",
        "<ValorBinario/>",
        "<x>z</x>",
    ]
)
SHARDS = st.sampled_from(
    ["<ValorBinario>", "</ValorBinario>", "<!--", "-->", "<![CDATA[", "]]>", BIG, "<x a='", "'/>"]
)
PIECES = st.lists(LURES, max_size=8) | st.lists(st.one_of(LURES, SHARDS), max_size=10)


@settings(max_examples=400, deadline=None)
@given(PIECES)
def test_the_skeleton_is_the_document(parts):
    """Over heaps of tags, comments and base64, the skeleton has the tree and the texts of a full parse."""
    data = ("<d>" + "".join(parts) + "</d>").encode()
    try:
        whole = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        whole = None
    try:
        skeleton = open_skeleton(data)
    except XmlRefused:
        assert whole is None
        return
    # A cut text may hide what is not well-formed in it; decoding it strictly must then refuse.
    theirs = None if whole is None else [(e.tag, _text(e)) for e in whole.iter("*")]
    mine = [(e.tag, b"".join(map(bytes, skeleton.text_pieces(e)))) for e in skeleton.root.iter("*")]
    if theirs is None:
        assert skeleton.cuts
        return
    assert [tag for tag, _ in mine] == [tag for tag, _ in theirs]
    for (tag, got), (_, wanted) in zip(mine, theirs, strict=True):
        assert _plain(got) == _plain(wanted.encode("ascii", "replace")), tag


@settings(max_examples=100, deadline=None)
@given(PIECES, st.integers(1, 50))
def test_streaming_cuts_what_memory_cuts(parts, chunk):
    """The lexical way finds the same cuts in pieces of any size as in memory."""
    data = ("<d>" + "".join(parts) + "</d>").encode()
    in_memory = slice_lexically(Source(len(data), data), "")
    streamed = slice_lexically(_Chunked(data, chunk * 37), "")
    assert streamed == in_memory


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3000), TEXT, st.lists(TEXT, max_size=3))
def test_documents_survive_the_round_trip(content, name, extra):
    """What was written is read back, is valid, and decodes to the content."""
    metadata = DocumentMetadata(
        "ES_L01990019_2025_A", ("L01990019",), "2025-03-10T09:30:00Z", True, "EE99", "TD99", name
    )
    additional = [AdditionalMetadata(f"n{at}", value) for at, value in enumerate(extra)]
    firmas = [NewFirma("TF04", base64=content or b"x")]
    eni = read_eni(
        document_xml(metadata, BinaryContent(content, "BIN"), firmas, version="v2.0", additional=additional)
    )
    assert schema_errors(eni.located) == []
    assert replace(eni.document.metadata, version_nti="") == metadata
    assert [item.value for item in eni.document.additional] == [" ".join(value.split()) for value in extra]
    assert b"".join(eni.open_content()) == content
    assert b"".join(eni.open_signature(eni.document.firmas[0])) == (content or b"x")


DOCUMENTS = st.builds(
    IndexedDocument, SPECIFIC, st.builds(Huella, SPECIFIC, SPECIFIC), st.just("2025-01-01T00:00:00Z"), TEXT
)
ENTRIES = st.recursive(
    DOCUMENTS,
    lambda inner: (
        st.builds(IndexedFolder, SPECIFIC, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(
            IndexedExpediente, st.just("2025-01-01T00:00:00Z"), st.lists(inner, min_size=1).map(tuple)
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ENTRIES, min_size=1, max_size=4))
def test_index_trees_survive_the_round_trip(entries):
    """Any tree of folders and nested expedientes is read back as it was."""
    metadata = ExpedienteMetadata(
        "ES_L01990019_2024_EXP_1", ("L01990019",), "2024-01-01T00:00:00Z", "1", "E02"
    )
    firmas = [NewFirma("TF05", base64=b"x")]
    eni = read_eni(expediente_xml(metadata, "2025-03-31T10:15:00Z", entries, firmas))
    assert list(eni.expediente.entries) == entries
    assert schema_errors(eni.located) == []


@given(st.binary(max_size=100), st.sampled_from(["md5", "sha1", "sha256", "sha384", "sha512"]), st.data())
def test_a_huella_matches_its_bytes_and_no_others(content, name, data):
    """In every encoding the right bytes match, and a changed byte never does."""
    raw = hashlib.new(name, content).digest()
    encoding = data.draw(st.sampled_from(["hex", "HEX", "base64", "base64-hex"]))
    value = {
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        "base64": base64.b64encode(raw).decode(),
        "base64-hex": base64.b64encode(raw.hex().encode()).decode(),
    }[encoding]
    right = match_huella(value, name, [Candidate("content", lambda: [content])])
    wrong = match_huella(value, name, [Candidate("content", lambda: [content + b"x"])])
    assert (right.status, right.algorithm) == ("match", name)
    assert wrong.status == "mismatch"


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=800, max_size=2000), st.booleans(), SPACES, st.integers(0, 1000))
def test_placeholder_canonical_form_is_the_real_one(content, exclusive, space, at):
    """Streaming base64 into the canonical skeleton gives the canonical document."""
    text = base64.b64encode(content).decode()
    broken = text[:at] + space + text[at:]
    data = (
        f"<d xmlns='urn:u' a='1'  ><ValorBinario  b='2'>{broken}</ValorBinario ><!-- c --><e/></d>".encode()
    )
    skeleton = open_skeleton(data)
    assert skeleton.cuts
    wanted = etree.tostring(etree.fromstring(data), method="c14n", exclusive=exclusive, with_comments=False)
    assert b"".join(canonical_pieces(skeleton, skeleton.root, exclusive=exclusive)) == wanted


class _Chunked(Source):
    """A source that gives pieces of any size."""

    def __new__(cls, *_args):
        return object.__new__(cls)

    def __init__(self, data, chunk):
        object.__setattr__(self, "size", len(data))
        object.__setattr__(self, "data", None)
        object.__setattr__(self, "_stream", io.BytesIO(data))
        type(self).chunk = chunk

    def pieces(self, offset=0, length=-1):
        stream = self._stream
        stream.seek(offset)
        left = self.size - offset if length < 0 else length
        while left and (piece := stream.read(min(left, self.chunk))):
            left -= len(piece)
            yield piece


@settings(max_examples=100, deadline=None)
@given(PIECES)
def test_the_exact_way_agrees_with_the_fast_one(parts):
    """Where the fast way is confirmed by its tree, the exact way reads the same texts."""
    data = ("<d>" + "".join(parts) + "</d>").encode()
    source = Source(len(data), data)
    try:
        exact = slice_exactly(source, "utf-8", "")
    except XmlRefused:
        return
    fast = slice_lexically(source, "")
    if skeleton_module._root_if_true(fast, "") is None:
        return
    plain = {(cut.offset, cut.length) for cut in exact.cuts}
    assert {(cut.offset, cut.length) for cut in fast.cuts} <= plain


def _inside_reference(text, at):
    start = text.rfind("&", 0, at)
    return start >= 0 and ";" not in text[start:at]


def _text(element):
    return (element.text or "") + "".join(inner.tail or "" for inner in element)


def _plain(text):
    for reference in (b"&#13;", b"&#10;", b"&#xD;"):
        text = text.replace(reference, b"")
    return text.replace(b"&amp;", b"&").translate(None, b"\r\n")
