# SPDX-License-Identifier: EUPL-1.2
"""How a content can be looked at, told by its bytes; what a browser would run is only text here. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from search.readers import sniff


class Look(StrEnum):
    """How it is shown."""

    PDF = "pdf"
    IMAGE = "image"
    XML = "xml"
    TEXT = "text"
    """HTML too: its source."""
    VIDEO = "video"
    AUDIO = "audio"
    NONE = "none"
    """It is downloaded: office files, containers, what nobody knows."""


PLAYED: Final = {
    "video/mp4": Look.VIDEO,
    "video/webm": Look.VIDEO,
    "video/ogg": Look.VIDEO,
    "video/quicktime": Look.VIDEO,
    "audio/mpeg": Look.AUDIO,
    "audio/mp4": Look.AUDIO,
    "audio/ogg": Look.AUDIO,
    "audio/flac": Look.AUDIO,
    "audio/wav": Look.AUDIO,
    "audio/x-wav": Look.AUDIO,
    "audio/webm": Look.AUDIO,
}
"""Media types, as identified at the deposit from the bytes, that browsers play."""
_IMAGES: Final = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
    b"\x00\x00\x00\x0cjP  ",
)
_WORDS: Final = {"pdf": Look.PDF, "xml": Look.XML, "html": Look.TEXT, "text": Look.TEXT}


def look_of(head: bytes) -> Look:
    """Tell how a content is looked at from its first bytes."""
    if head.startswith(_IMAGES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return Look.IMAGE
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":  # the letters alone begin many a text
        return Look.IMAGE
    return _WORDS.get(sniff(head[:2048]), Look.NONE) if head else Look.TEXT
