# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from xml.parsers import expat

import pytest

from archive import xml
from archive.errors import XmlRefused
from archive.xml import feed_bounded, parse_again, parse_xml, plainly_bounded, require_bounded

EVIL = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'


def refusal(data):
    try:
        require_bounded(data)
    except XmlRefused as problem:
        return problem.findings[0].code
    return ""


def code(data):
    with pytest.raises(XmlRefused) as caught:
        parse_xml(data, place="x.xml")
    return caught.value.findings[0].code


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "UTF-8"), ("iso-8859-15", "ISO-8859-15"), ("cp1252", "windows-1252"), ("utf-16", "UTF-16")],
)
def test_usual_encodings_are_read(encoding, declared):
    """The encodings of Spanish administrations are understood."""
    data = f'<?xml version="1.0" encoding="{declared}"?><a>ñ€</a>'.encode(encoding)
    assert parse_xml(data).getroot().text == "ñ€"


@pytest.mark.parametrize("encoding", ["iso-8859-2", "iso-8859-5", "iso-8859-16", "windows-1250"])
def test_encodings_of_the_rest_of_europe_are_read(encoding):
    """Every published part of ISO/IEC 8859 and its Windows sisters are understood, as Python understands them."""
    letter = bytes([0xE1]).decode(encoding)
    data = f'<?xml version="1.0" encoding="{encoding.upper()}"?><a>{letter}</a>'.encode(encoding)
    assert parse_xml(data).getroot().text == letter


def test_parse_again_gives_the_tree_that_was_written():
    """What a guarded tree was written to needs no guards and is no other tree."""
    root = parse_again(b'<a xmlns="urn:a"><b>\xc3\xb1</b></a>').getroot()
    assert (root.tag, root[0].text) == ("{urn:a}a", "ñ")
    with pytest.raises(XmlRefused):
        parse_again(b"<a>")


def test_a_byte_order_mark_is_read():
    """UTF-8 with a byte order mark is understood."""
    assert parse_xml(b"\xef\xbb\xbf<a>\xc3\xb1</a>").getroot().text == "ñ"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_document_types_are_refused_in_every_encoding(encoding):
    """A document type is refused before any parser sees it."""
    assert code(EVIL.encode(encoding)) == "ENI-XML-DOCTYPE"


@pytest.mark.parametrize("before", ["<!-- x -->", "<?x y?>", "\n \t", "<!--" + "x" * 90_000 + "-->"])
def test_document_types_behind_other_things_are_refused(before):
    """Comments, instructions and space before it do not hide a document type."""
    assert code((before + EVIL).encode()) == "ENI-XML-DOCTYPE"


@pytest.mark.parametrize("head", [b'<?xml version="1.0" encoding="UTF-7"?><a/>', "<a/>".encode("utf-32")])
def test_encodings_nobody_uses_are_refused(head):
    """UTF-7 and UTF-32, in which a document type could hide, are refused."""
    assert code(head) == "ENI-XML-ENCODING"


@pytest.mark.parametrize(
    "data", [b"", b"x", b"<a>", b"<a/><b/>", b"<a>&x;</a>", b"<!-- never ends", b"<a>\x00</a>"]
)
def test_broken_xml_is_refused(data):
    """What is not well-formed carries the finding that says so."""
    assert code(data) == "ENI-XML-MALFORMED"


def test_a_document_type_word_inside_is_harmless():
    """The letters of a document type in a comment or text are not one."""
    assert parse_xml(b"<a><!-- <!DOCTYPE x> --><![CDATA[<!DOCTYPE x>]]></a>").getroot().tag == "a"


def test_depth_is_bounded(monkeypatch):
    """Nesting beyond the limit is refused, in small files and in big ones."""
    assert code(b"<a>" * 3000 + b"</a>" * 3000) == "ENI-XML-MALFORMED"
    monkeypatch.setattr(xml, "_SMALL", 100)
    assert code(b"<a>" * 201 + b"</a>" * 201) == "ENI-XML-LIMIT"
    assert parse_xml(b"<a>" * 200 + b"</a>" * 200) is not None


def test_attributes_and_nodes_are_bounded(monkeypatch):
    """Elements with thousands of attributes and documents of millions of nodes are refused."""
    monkeypatch.setattr(xml, "_SMALL", 100)
    many = " ".join(f'a{n}=""' for n in range(1001))
    assert code(f"<a {many}/>".encode()) == "ENI-XML-LIMIT"
    monkeypatch.setattr(xml, "MAX_NODES", 250)
    assert code(b"<a>" + b"<b/>" * 250 + b"</a>") == "ENI-XML-LIMIT"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-15"])
@pytest.mark.parametrize(
    "limit", ["<a>{}</a>", '<a b="{}"/>', "<a><!--{}--></a>", "<a><?p {}?></a>", "<a>{}<b/>{}</a>"]
)
def test_what_is_plainly_bounded_is_bounded(monkeypatch, encoding, limit):
    """The short way says yes only where counting every node finds no excess either."""
    monkeypatch.setattr(xml, "MAX_DEPTH", 6)
    monkeypatch.setattr(xml, "MAX_ATTRIBUTES", 3)
    monkeypatch.setattr(xml, "MAX_TOKEN", 400)
    declared = "" if encoding == "utf-16" else f'<?xml version="1.0" encoding="{encoding}"?>'
    said = set()
    for size in range(0, 1200, 50):
        for filling in ("x" * size, "<c/>" * (size // 100), "<d>" * (size // 100) + "</d>" * (size // 100)):
            data = (declared + limit.replace("{}", filling)).encode(encoding)
            said.add(plainly_bounded(data))
            if plainly_bounded(data):
                assert refusal(data) in {"", "ENI-XML-MALFORMED"}
    assert said == {True, False}


def test_big_tokens_and_documents_are_refused(monkeypatch):
    """A comment of megabytes and a document over the limit are refused."""
    monkeypatch.setattr(xml, "_SMALL", 100)
    monkeypatch.setattr(xml, "MAX_TOKEN", 100_000)
    assert code(b"<a><!--" + b"x" * 400_000 + b"--></a>") == "ENI-XML-LIMIT"
    monkeypatch.setattr(xml, "MAX_XML", 1000)
    assert code(b"<a>" + b"x" * 1000 + b"</a>") == "ENI-XML-TOO-BIG"


def test_an_error_names_its_place():
    """The error carries the file's name and one finding."""
    with pytest.raises(XmlRefused) as caught:
        parse_xml(b"<a>", place="x.xml")
    assert (caught.value.place, caught.value.findings[0].place) == ("x.xml", "x.xml")


@pytest.mark.parametrize("said", ["x-no-such", "utf-7", "cp037", "big5", "utf-32"])
@pytest.mark.parametrize("real", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_declared_encoding_that_is_none_is_refused_and_no_crash(said, real):
    """Whatever the declaration says and the bytes are, expat's own complaints become a coded refusal."""
    data = f'<?xml version="1.0" encoding="{said}"?><a>texto</a>'.encode(real)
    codes = {"ENI-XML-MALFORMED"}
    try:
        feed_bounded(expat.ParserCreate(), [data])
    except XmlRefused as told:
        codes |= {each.code for each in told.findings}
    assert codes == {"ENI-XML-MALFORMED"}
