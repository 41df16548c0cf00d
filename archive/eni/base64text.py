# SPDX-License-Identifier: EUPL-1.2
"""Strict base64 in a stream: what is not base64 is said with its place, never skipped over."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Final

import pybase64

from archive.errors import XmlRefused
from archive.findings import Finding, finding
from archive.xml import refused

_SPACE: Final = b" \t\r\n"
_REFERENCE: Final = re.compile(rb"&#(?:x0*(?:9|[aAdD]|20)|0*(?:9|10|13|32));")
"""Character references to XML white space: writers on Windows leave `&#13;` at the end of each line."""
_PARTIAL: Final = re.compile(rb"&[#x0-9a-fA-F]{0,12}\Z")
_FOREIGN: Final = re.compile(rb"[^A-Za-z0-9+/=\s]|[\x0b\x0c]")


class Base64Decoder:
    """Decodes base64 text in pieces of any size. One per text; not thread-safe.

    Tolerated: white space anywhere, also as character references. Everything else must be the alphabet of
    RFC 4648 section 4 with its padding at the end, as xsd:base64Binary has it.
    """

    def __init__(self, offset: int = 0, place: str = "") -> None:
        """Start at a byte of the file, for findings."""
        self._at = offset
        self._place = place
        self._carry = b""
        self._ended = False
        self._last = b""
        self.size = 0
        """Bytes decoded so far."""

    def feed(self, raw: bytes | memoryview) -> bytes:
        """Take more text and return what it decodes to.

        Raises:
            XmlRefused: ENI-BASE64-INVALID, with the offset of the first byte that cannot stand there.
        """
        try:
            return self._decoded(raw)
        finally:
            self._at += len(raw)

    def close(self) -> tuple[Finding, ...]:
        """End the text.

        Returns:
            ENI-BASE64-TRAILING-BITS where the last group carries bits that mean nothing: the schema refuses
            it, every decoder reads it, and encoding again would not give the same text.

        Raises:
            XmlRefused: The text ends inside a group.
        """
        if self._carry.translate(None, _SPACE):
            raise self._invalid(self._at - len(self._carry), "incomplete group at the end")
        if self._last and pybase64.b64encode(pybase64.b64decode(self._last)) != self._last:
            return (finding("ENI-BASE64-TRAILING-BITS", self._place, offset=self._at),)
        return ()

    def _decoded(self, raw: bytes | memoryview) -> bytes:
        text: bytes | memoryview = self._carry + bytes(raw) if self._carry else raw
        waiting = b""
        whole = len(text) & ~3
        try:  # unbroken text, the commonest: one pass at memory speed
            done: bytes = pybase64.b64decode(text[:whole], validate=True)
        except binascii.Error:
            text, waiting = _plain(bytes(text))
            whole = len(text) & ~3
            try:
                done = pybase64.b64decode(text[:whole], validate=True)
            except binascii.Error as cause:
                raise self._invalid(self._bad_offset(bytes(raw)), "not base64") from cause
        if whole and self._ended:
            raise self._invalid(self._at, "text after the padding")
        if whole:
            self._last = bytes(text[whole - 4 : whole])
            self._ended = self._last.endswith(b"=")
        self._carry = bytes(text[whole:]) + waiting
        self.size += len(done)
        return done

    def _bad_offset(self, raw: bytes) -> int:
        """Find the first byte that cannot stand where it stands; padding too early is shown at its `=`."""
        blanked = _REFERENCE.sub(lambda found: b" " * len(found[0]), raw)
        found = _FOREIGN.search(blanked) or re.search(rb"=", blanked)
        return self._at + (found.start() if found else 0)

    def _invalid(self, offset: int, detail: str) -> XmlRefused:
        return refused("ENI-BASE64-INVALID", self._place, offset=offset, detail=detail)


def _plain(text: bytes) -> tuple[bytes, bytes]:
    """Take white space out; a character reference cut in two comes back apart, to wait for its rest."""
    waiting = b""
    if b"&" in text:
        if cut := _PARTIAL.search(text):
            waiting = cut[0]
            text = text[: cut.start()]
        text = _REFERENCE.sub(b"", text)
    return text.translate(None, _SPACE), waiting


def decode_pieces(
    pieces: Iterable[bytes | memoryview],
    offset: int = 0,
    place: str = "",
    noticed: list[Finding] | None = None,
) -> Iterator[bytes]:
    """Yield the decoded pieces of a base64 text; law: how it is cut into pieces changes nothing.

    Args:
        pieces: The text, in order.
        offset: Byte of the file where it starts.
        place: What findings should name.
        noticed: Takes findings that do not stop the reading.

    Raises:
        XmlRefused: ENI-BASE64-INVALID. What was yielded before must then be thrown away.
    """
    decoder = Base64Decoder(offset, place)
    for piece in pieces:
        if done := decoder.feed(piece):
            yield done
    noted = decoder.close()
    if noticed is not None:
        noticed.extend(noted)
