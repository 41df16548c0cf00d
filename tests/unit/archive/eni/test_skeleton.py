# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import io

import pytest

from archive.eni import skeleton as module
from archive.eni import slicing, sources
from archive.eni.base64text import decode_pieces
from archive.eni.skeleton import open_skeleton
from archive.eni.write import BinaryContent, NewFirma
from archive.errors import XmlRefused

BIG = bytes(range(256)) * 40
TEXT = base64.b64encode(BIG).decode()


def holder(skeleton, name="ValorBinario"):
    return skeleton.root.find(f".//{{*}}{name}")


def content(skeleton, name="ValorBinario"):
    return b"".join(skeleton.decoded_pieces(holder(skeleton, name)))


def doc(inner, head='<?xml version="1.0" encoding="UTF-8"?>'):
    return f"{head}<d><ValorBinario>{inner}</ValorBinario><z/></d>".encode()


def test_big_base64_is_cut_and_still_read(files):
    """The text leaves the tree, its place is exact, and it decodes to the content."""
    data = files.document(BinaryContent(BIG, "PDF"), [NewFirma("TF04", base64=BIG[:5000])])
    skeleton = open_skeleton(data)
    first, second = skeleton.cuts
    assert data[first.offset : first.offset + first.length].decode() == TEXT
    assert len(skeleton.xml) < 3000
    assert content(skeleton) == BIG
    assert content(skeleton, "FirmaBase64") == BIG[:5000]
    assert second.offset > first.offset + first.length


def test_small_base64_stays_in_the_tree():
    """Below the threshold nothing is cut, and reading is the same."""
    skeleton = open_skeleton(doc("QUJD"))
    assert skeleton.cuts == ()
    assert content(skeleton) == b"ABC"


@pytest.mark.parametrize("limit", [sources.IN_MEMORY, 10])
@pytest.mark.parametrize(
    "broken",
    [
        "\n".join(TEXT[at : at + 76] for at in range(0, len(TEXT), 76)),
        "&#13;\n".join(TEXT[at : at + 76] for at in range(0, len(TEXT), 76)),
        "&#xD;\r\n".join(TEXT[at : at + 64] for at in range(0, len(TEXT), 64)),
        f"\n   {TEXT}\n  ",
        f"<![CDATA[{TEXT}]]>",
        f"{TEXT[:4000]}<!-- a -->{TEXT[4000:]}",
        f"{TEXT[:4000]}<?a b?>{TEXT[4000:]}",
        f"{TEXT[:4001]}<![CDATA[{TEXT[4001:5000]}]]>{TEXT[5000:]}",
    ],
)
def test_every_lawful_writing_gives_the_same_content(monkeypatch, tmp_path, limit, broken):
    """Line breaks, references, CDATA, comments and instructions change nothing, in memory or streamed."""
    monkeypatch.setattr(sources, "IN_MEMORY", limit)
    monkeypatch.setattr(sources, "CHUNK", 1000)
    path = tmp_path / "d.xml"
    path.write_bytes(doc(broken))
    skeleton = open_skeleton(path)
    assert content(skeleton) == BIG
    assert len(skeleton.xml) < 300 or broken.startswith("<![CDATA[")
    with path.open("rb") as stream:
        assert content(open_skeleton(stream)) == BIG


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "iso-8859-15", "utf-8-sig"])
def test_other_encodings_give_the_same_content(encoding):
    """UTF-16, ISO-8859-15 and a byte order mark change nothing."""
    declared = "ISO-8859-15" if "8859" in encoding else "UTF-16" if "16" in encoding else "UTF-8"
    data = f'<?xml version="1.0" encoding="{declared}"?><d><a>ñ</a><ValorBinario>{TEXT}</ValorBinario></d>'
    skeleton = open_skeleton(data.encode(encoding))
    assert skeleton.root.findtext("a") == "ñ"
    assert content(skeleton) == BIG
    assert len(skeleton.cuts) == 1


def test_a_mixed_text_is_noticed():
    """Base64 broken by a comment reads, with a warning."""
    noticed = []
    skeleton = open_skeleton(doc(f"{TEXT[:4000]}<!-- a -->{TEXT[4000:]}"))
    assert b"".join(skeleton.decoded_pieces(holder(skeleton), noticed)) == BIG
    assert [one.code for one in noticed] == ["ENI-BASE64-MIXED"]


@pytest.mark.parametrize(
    "lure",
    [
        f"<!-- <ValorBinario>{TEXT}</ValorBinario> -->",
        f"<!-- <ValorBinario>{TEXT} -->",
        f"<!-- <ValorBinario>{TEXT}--><!-- x -->",
        f"<?p <ValorBinario>{TEXT}</ValorBinario>?>",
        f"<t><![CDATA[<ValorBinario>{TEXT}</ValorBinario>]]></t>",
        f"<t><![CDATA[<ValorBinario>{TEXT}]]></t>",
        f"<t a='&lt;ValorBinario>{TEXT}'/>",
        f"<x:ValorBinario xmlns:x='urn:x' a='>'>{TEXT}</x:ValorBinario>",
        f"<ValorBinario><b/>{TEXT}</ValorBinario>",
        f"<ValorBinario>{TEXT}<b/></ValorBinario>",
    ],
)
def test_lures_do_not_fool_the_knife(lure):
    """What looks like base64 but is not an element's text changes neither tree nor content."""
    from lxml import etree

    data = f"<d>{lure}<e><ValorBinario>{TEXT}</ValorBinario></e></d>".encode()
    skeleton = open_skeleton(data)
    whole = etree.fromstring(data, etree.XMLParser(huge_tree=True))
    theirs = [element.tag for element in whole.iter("*")]
    assert [element.tag for element in skeleton.root.iter("*")] == theirs
    assert b"".join(skeleton.decoded_pieces(skeleton.root.find("e/ValorBinario"))) == BIG
    others = [(a.text, b.text) for a, b in zip(whole.iter("t"), skeleton.root.iter("t"), strict=True)]
    assert all(mine == other for other, mine in others)


def test_a_document_that_forges_our_mark_is_refused():
    """The mark that stands for a cut text cannot be brought along."""
    data = f"<d><t>LONGEVA/CUT/00000000</t><ValorBinario>{TEXT}</ValorBinario></d>".encode()
    with pytest.raises(XmlRefused) as caught:
        open_skeleton(data)
    assert caught.value.findings[0].code == "ENI-XML-MALFORMED"


def test_two_contents_are_told_apart():
    """Two ValorBinario keep their own texts."""
    other = base64.b64encode(BIG[::-1]).decode()
    data = f"<d><ValorBinario>{TEXT}</ValorBinario><ValorBinario>{other}</ValorBinario></d>".encode()
    skeleton = open_skeleton(data)
    read = [b"".join(skeleton.decoded_pieces(element)) for element in skeleton.root]
    assert read == [BIG, BIG[::-1]]


@pytest.mark.parametrize(
    ("inner", "at"),
    [(f"{TEXT[:3000]}*{TEXT[3000:]}", 3000), (f"{TEXT[:2000]}={TEXT[2000:]}", 2000), (f"{TEXT}Q", len(TEXT)),
     (f"{TEXT}é", len(TEXT)), (f"{TEXT}&amp;", len(TEXT))],
)  # fmt: skip
def test_what_is_not_base64_is_said_with_its_offset(inner, at):
    """Garbage is a finding that names the byte of the file, and never skipped."""
    data = doc(inner)
    skeleton = open_skeleton(data, place="d.xml")
    with pytest.raises(XmlRefused) as caught:
        content(skeleton)
    told = caught.value.findings[0]
    assert told.code == "ENI-BASE64-INVALID"
    start = data.index(TEXT[:100].encode())
    assert int(dict(told.values)["offset"]) == start + at


def test_spare_bits_are_a_warning():
    """A last group with bits that mean nothing is read and noted."""
    noticed = []
    assert b"".join(decode_pieces([b"QR=="], noticed=noticed)) == b"A"
    assert [one.code for one in noticed] == ["ENI-BASE64-TRAILING-BITS"]


@pytest.mark.parametrize("text", [b"Q", b"QQ", b"QQ=", b"QQ==QQ==", b"QQ==\nQ", b"=", b"Q&#13", b"Q&#65;Q="])
def test_incomplete_base64_is_refused(text):
    """Groups that are cut or padded in the middle are refused, whole or byte by byte."""
    for pieces in ([text], [bytes([one]) for one in text]):
        with pytest.raises(XmlRefused):
            b"".join(decode_pieces(pieces))


def test_a_document_type_behind_a_lure_is_refused():
    """A comment that hides a tag does not hide the document type after it."""
    data = f"<!-- <ValorBinario>{TEXT} --><!DOCTYPE d><d/>".encode()
    with pytest.raises(XmlRefused) as caught:
        open_skeleton(data)
    assert caught.value.findings[0].code == "ENI-XML-DOCTYPE"


def test_lines_are_those_of_the_received_file():
    """A line of the skeleton is turned back into the line of the file."""
    broken = "\n".join(TEXT[at : at + 76] for at in range(0, len(TEXT), 76))
    data = b"<d>\n<ValorBinario>" + broken.encode() + b"</ValorBinario>\n<z/>\n</d>"
    skeleton = open_skeleton(data)
    assert (
        skeleton.received_line(skeleton.root.find("z").sourceline)
        == data[: data.index(b"<z/>")].count(b"\n") + 1
    )
    assert skeleton.received_line(2) == 2


def test_hidden_base64_is_cut_once_it_matters(monkeypatch):
    """Base64 in CDATA is cut by the exact way where it would fill the tree."""
    monkeypatch.setattr(module, "_PLAUSIBLE", 5000)
    skeleton = open_skeleton(doc(f"<![CDATA[{TEXT}]]>"))
    assert len(skeleton.xml) < 300
    assert content(skeleton) == BIG


def test_what_is_left_is_bounded_when_streaming(monkeypatch):
    """A big file of other text than base64 is refused, not held."""
    monkeypatch.setattr(sources, "IN_MEMORY", 10)
    monkeypatch.setattr(slicing, "MAX_XML", 5000)
    monkeypatch.setattr(module, "_PLAUSIBLE", 5000)
    with pytest.raises(XmlRefused) as caught:
        open_skeleton(io.BytesIO(b"<d>" + b"<e>x</e>" * 5000 + b"</d>"))
    assert caught.value.findings[0].code == "ENI-XML-TOO-BIG"
