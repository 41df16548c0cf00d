# SPDX-License-Identifier: EUPL-1.2
"""Text out of files, format by format, by their first bytes and never by what they claim.

Runs in `search.extraction_worker`, a process that may be killed: nothing here is trusted to end.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pypdfium2
from lxml import etree

from archive.errors import XmlRefused
from archive.xml import parse_xml
from search.extraction import Extraction, Limits, Reason
from search.text import normalise

HEAD: Final = 2048
"""Bytes by which a format is known."""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_XML: Final = re.compile(rb"\s*<(?:\?xml|[A-Za-z_!])")
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_-]{3,20})", re.IGNORECASE)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=]{120,}")
_HYPHENATED: Final = re.compile("[\ufffe\u00ad\x02][ \t]*\r?\n?")
_BLANKS: Final = re.compile(r"[^\S\n]+")
_LINES: Final = re.compile(r"\s*\n\s*")
_OFFICE: Final = ("word/document.xml", "content.xml")
_BLOCKS: Final = frozenset({"p", "br", "div", "li", "tr", "td", "th", "h1", "h2", "h3", "h4", "title"})


def sniff(head: bytes) -> str:
    """Return `pdf`, `html`, `xml`, `zip`, `text`, or nothing where no reader is for it."""
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if any(head.startswith(mark) for mark, _ in _BOMS[1:]):
        return "xml" if b"<\0?\0x\0m\0l" in head or b"\0<\0?\0x\0m\0l" in head else "text"
    plain = head.removeprefix(codecs.BOM_UTF8)
    if head.translate(None, _CONTROLS) != head or head.startswith((b"{\\rtf", b"%!PS")):
        return ""
    if _HTML.search(plain):
        return "html"
    return "xml" if _XML.match(plain) else "text"


def read(path: Path, limits: Limits) -> Extraction:
    """Return the text of a file.

    Raises:
        MemoryError: More memory was needed than given; the process should be replaced.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        return Extraction(reason=Reason.EMPTY)
    kind = sniff(head)
    if not kind:
        return Extraction(reason=Reason.UNSUPPORTED)
    if path.stat().st_size > (limits.size if kind in {"pdf", "zip"} else limits.markup_size):
        return Extraction(reason=Reason.TOO_LARGE)
    return _READERS[kind](path, limits)


def decode(data: bytes) -> str:
    """Return text in whatever encoding it seems to be: by its mark, UTF-8, else Windows-1252."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _read_pdf(path: Path, limits: Limits) -> Extraction:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as cause:
        encrypted = getattr(cause, "err_code", 0) in {4, 5} or "assword" in str(cause)
        return Extraction(reason=Reason.ENCRYPTED if encrypted else Reason.MALFORMED)
    pieces: list[str] = []
    length, reason = 0, Reason.NONE
    for number in range(min(len(document), limits.pages)):
        try:
            page = document[number]
            text_page = page.get_textpage()
            pieces.append(text_page.get_text_bounded())
            text_page.close()
            page.close()
        except pypdfium2.PdfiumError:
            reason = Reason.MALFORMED
            continue
        length += len(pieces[-1])
        if length > limits.characters:
            break
    if len(document) > limits.pages:
        reason = Reason.CUT
    return _made(_HYPHENATED.sub("", "\n".join(pieces)), limits, reason)


def _read_xml(path: Path, limits: Limits) -> Extraction:
    return _of_xml(path.read_bytes(), limits)


def _of_xml(data: bytes, limits: Limits, glue: str = "\n") -> Extraction:
    try:
        root = parse_xml(data).getroot()
    except XmlRefused:
        return Extraction(reason=Reason.MALFORMED)
    return _made(glue.join(_texts(root)), limits)


def _texts(root: etree._Element) -> Iterator[str]:
    """Yield text nodes in order, but not what is base64: signatures, certificates, contents."""
    for text in root.itertext(etree.Element):
        said = str(text)
        if not _BASE64.search(said):
            yield said


def _read_html(path: Path, limits: Limits) -> Extraction:
    data = path.read_bytes()
    declared = _CHARSET.search(data[:HEAD])
    reader = _HtmlText()
    try:
        text = data.decode(declared[1].decode("ascii")) if declared else decode(data)
    except (UnicodeDecodeError, LookupError):
        text = decode(data)
    reader.feed(text)
    reader.close()
    return _made("".join(reader.pieces), limits)


class _HtmlText(HTMLParser):
    """Gathers what a browser would show; blocks become lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style"}:
            self._hidden = tag
        elif tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        elif tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)


def _read_zip(path: Path, limits: Limits) -> Extraction:
    """Return the text of a word processor's file (OOXML, OpenDocument); other archives are not opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            name = next((name for name in _OFFICE if name in archive.namelist()), "")
            if not name:
                return Extraction(reason=Reason.UNSUPPORTED)
            with archive.open(name) as part:
                data = part.read(limits.markup_size + 1)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return Extraction(reason=Reason.MALFORMED)
    if len(data) > limits.markup_size:
        return Extraction(reason=Reason.TOO_LARGE)
    # A word may be spread over several runs: paragraphs divide, runs do not
    data = re.sub(rb"(</(?:w:p|text:p|text:h|w:tc)>)", rb" \1", data)
    return _of_xml(data, limits, glue="")


def _read_text(path: Path, limits: Limits) -> Extraction:
    return _made(decode(path.read_bytes()), limits)


def _made(text: str, limits: Limits, reason: Reason = Reason.NONE) -> Extraction:
    kept = normalise(text[: limits.characters])
    plain = _LINES.sub("\n", _BLANKS.sub(" ", kept)).strip()
    if len(text) > limits.characters:
        reason = Reason.CUT
    if not plain and reason is Reason.NONE:
        reason = Reason.NO_TEXT
    return Extraction(plain, reason)


_READERS: Final[dict[str, Callable[[Path, Limits], Extraction]]] = {
    "pdf": _read_pdf,
    "xml": _read_xml,
    "html": _read_html,
    "zip": _read_zip,
    "text": _read_text,
}
