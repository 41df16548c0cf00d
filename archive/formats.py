# SPDX-License-Identifier: EUPL-1.2
"""Says what bytes are by looking at them, in one pass and constant memory; names and claims are not asked.

Not a full identification (that is PRONOM's work) but enough to notice that a "PDF" is a ZIP, is empty, is
cut short or is encrypted. Source: NTI Catálogo de estándares.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

UNKNOWN: Final = "application/octet-stream"
EMPTY: Final = "application/x-empty"
_HEAD: Final = 4096
_TAIL: Final = 2048

_MAGIC: Final = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"\x00\x00\x00\x0cjP  ", "image/jp2"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/x-matroska"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "application/ogg"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"AC10", "image/vnd.dwg"),
)
_RIFF: Final = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}
_OOXML: Final = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_SIGNED_DATA: Final = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
_ENCRYPT: Final = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")

_CLAIMS: Final = {
    "application/pdf": ("PDF", "PDF/A", "PDFA"),
    "image/png": ("PNG",),
    "image/jpeg": ("JPG", "JPEG"),
    "image/gif": ("GIF",),
    "image/tiff": ("TIF", "TIFF"),
    "video/mp4": ("MP4", "M4V", "MPEG4"),
    "audio/mpeg": ("MP3",),
    "audio/wav": ("WAV", "WAVE"),
    "text/plain": ("TXT", "CSV", "LOG", "TEXT"),
    "application/xml": ("XML", "XSIG", "FACTURAE", "XHTML", "SVG"),
    "text/html": ("HTML", "HTM"),
    "application/zip": ("ZIP",),
    "application/rtf": ("RTF",),
    "application/x-ole-storage": ("DOC", "XLS", "PPT", "MSG"),
    "application/vnd.oasis.opendocument.text": ("ODT",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ODS",),
    "application/vnd.oasis.opendocument.presentation": ("ODP",),
    _OOXML[b"word/"]: ("DOCX",),
    _OOXML[b"xl/"]: ("XLSX",),
    _OOXML[b"ppt/"]: ("PPTX",),
    "application/pkcs7-mime": ("P7S", "P7M", "CSIG"),
}
_CLAIMED: Final = {name: media for media, names in _CLAIMS.items() for name in names}
_SAME: Final = {
    "text/xml": "application/xml",
    "text/csv": "text/plain",
    "image/jpg": "image/jpeg",
    "application/x-pdf": "application/pdf",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "application/msword": "application/x-ole-storage",
    "application/vnd.ms-excel": "application/x-ole-storage",
}


@dataclass(frozen=True, slots=True)
class Inspected:
    """What bytes turned out to be."""

    media_type: str
    size: int
    encrypted: bool = False
    """A PDF that names an encryption dictionary."""
    complete: bool = True
    """False for a PDF without its end mark."""


class FormatInspector:
    """Looks at a stream as it passes. One per stream; not thread-safe."""

    def __init__(self) -> None:
        self._head = b""
        self._tail = b""
        self._size = 0
        self._encrypted = False

    def update(self, piece: bytes) -> None:
        """Take more bytes."""
        if len(self._head) < _HEAD:
            self._head += piece[: _HEAD - len(self._head)]
        if self._head.startswith(b"%PDF-") and not self._encrypted:
            window = self._tail[-64:] + piece
            self._encrypted = b"/Encrypt" in window and _ENCRYPT.search(window) is not None
        self._tail = (self._tail + piece)[-_TAIL:] if len(piece) < _TAIL else piece[-_TAIL:]
        self._size += len(piece)

    def result(self) -> Inspected:
        """Say what was seen so far."""
        media_type = identify(self._head)
        if media_type != "application/pdf":
            return Inspected(media_type, self._size)
        return Inspected(media_type, self._size, self._encrypted, b"%%EOF" in self._tail)


def inspect_bytes(data: bytes) -> Inspected:
    """Say what some bytes are."""
    inspector = FormatInspector()
    inspector.update(data)
    return inspector.result()


def identify(head: bytes) -> str:
    """Return the media type that the first bytes (some kilobytes) show."""
    if not head:
        return EMPTY
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    for at, magic, media_type in _MAGIC:
        if head.startswith(magic, at):
            return media_type
    return _container_type(head) or _text_type(head)


def claimed_media_type(claim: str) -> str:
    """Read a NombreFormato (extension, media type, `PDF/A`); empty where it names nothing we know."""
    plain = claim.strip().lower().removeprefix(".")
    if plain in _SAME:
        return _SAME[plain]
    upper = plain.upper()
    if upper in _CLAIMED:
        return _CLAIMED[upper]
    if plain in _CLAIMS:
        return plain
    return "application/pdf" if upper.startswith(("PDF", "APPLICATION/PDF")) else ""


def agrees(claim: str, media_type: str) -> bool:
    """Tell whether a claim is compatible with what was seen; unknown claims (`BIN`) always are."""
    claimed = claimed_media_type(claim)
    if not claimed or claimed == media_type:
        return True
    textual = {"text/plain", "text/html", "application/xml"}
    return claimed == "text/plain" and media_type in textual


def _container_type(head: bytes) -> str:
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], UNKNOWN)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_type(head)
    is_signed_data = head[:1] == b"\x30" and _SIGNED_DATA in head[:32]
    return "application/pkcs7-mime" if is_signed_data else ""


def _zip_type(head: bytes) -> str:
    if head[30:38] == b"mimetype":
        declared = re.match(rb"application/[a-z0-9.+-]+", head[38:128])
        return declared[0].decode() if declared else "application/zip"
    if b"[Content_Types].xml" in head or b"_rels/" in head:
        return next((kind for part, kind in _OOXML.items() if part in head), "application/zip")
    return "application/zip"


def _text_type(head: bytes) -> str:
    start = head[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if start.startswith(b"<?xml") or re.match(rb"<[a-z_][\w:.-]*[\s>/]", start):
        return "application/xml"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return (
            "application/xml" if b"<\x00?\x00x" in head[:64] or b"\x00<\x00?" in head[:64] else "text/plain"
        )
    return UNKNOWN if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head) else "text/plain"
