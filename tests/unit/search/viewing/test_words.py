# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search.viewing.kinds import Look, look_of
from search.viewing.words import LINES, MAX_LINE, text_words, xml_words


def told(words):
    return [line.text for line in words.lines]


def test_text_in_any_encoding_is_read():
    """UTF-8, with mark or without, UTF-16 and Windows-1252 give the same letters."""
    text = "Señalización col·legi €"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert told(text_words(text.encode(encoding), 1)) == [text]


def test_line_ends_of_every_system():
    """CR, LF and both end a line; an empty line stays."""
    assert told(text_words(b"a\r\nb\rc\n\nd\n", 1)) == ["a", "b", "c", "", "d"]


def test_long_text_has_pages():
    """A text of a thousand lines is given in parts, and a page too many is the last."""
    data = "\n".join(str(at) for at in range(1000)).encode()
    assert text_words(data, 1).pages == -(-1000 // LINES)
    assert told(text_words(data, 99))[-1] == "999"


def test_line_without_end_is_cut():
    """A megabyte in one line does not become a megabyte of page."""
    assert len(told(text_words(b"x" * 1_000_000, 1))[0]) == MAX_LINE


def test_xml_is_indented_with_its_attributes():
    """Names without prefix, attributes below their element, texts beside their name."""
    words = xml_words(b'<a:uno xmlns:a="urn:x" id="7"><dos>texto  con\n espacios</dos>cola</a:uno>', 1)
    lines = [(line.depth, line.name, line.text, line.attribute) for line in words.lines]
    assert lines == [
        (0, "uno", "", False), (1, "id", "7", True), (1, "dos", "texto con espacios", False), (1, "", "cola", False),
    ]  # fmt: skip


def test_base64_is_told_by_its_length():
    """Nobody reads a megabyte of base64."""
    words = xml_words(b"<a>" + b"QUJD" * 100_000 + b"</a>", 1)
    assert told(words) == ["[base64: 400000]"]


def test_hostile_xml_is_text():
    """Entities and broken XML are not laid out as XML: the viewer shows them as text."""
    assert xml_words(b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 1) is None
    assert xml_words(b"<a><b></a>", 1) is None


@given(st.binary(max_size=3000), st.integers(-5, 50))
def test_no_bytes_break_it(data, page):
    """Any bytes are shown as some lines, and a look is found for them."""
    words = text_words(data, page)
    assert 1 <= words.page <= words.pages
    assert look_of(data[:4096]) in Look
    xml_words(data, page)


def test_looks_are_told_by_bytes():
    """What a browser would run is text or XML here; names and claims do not count."""
    assert look_of(b"%PDF-1.4") is Look.PDF
    assert look_of(b"\x89PNG\r\n\x1a\n") is Look.IMAGE
    assert look_of(b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>") is Look.XML
    assert look_of(b"<!doctype html><script>alert(1)</script>") is Look.TEXT
    assert look_of(b"BM\xc3\xbasica para todos") is Look.TEXT
    assert look_of(b"PK\x03\x04") is Look.NONE
    assert look_of(b"\x00\x01\x02") is Look.NONE
    assert look_of(b"") is Look.TEXT
