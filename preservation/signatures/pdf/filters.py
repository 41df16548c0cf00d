# SPDX-License-Identifier: EUPL-1.2
"""Encoded streams decoded, as far as cross-references, object streams and the security store need.

Image codecs are of no use here. Every result is bounded: a few octets of a hostile stream may unfold to
gibibytes.

Source: ISO 32000-1 section 7.4.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from itertools import accumulate
from typing import Any, Final

from preservation.signatures.pdf.syntax import WHITE, Broken, Dictionary

MAX_DECODED: Final = 64 << 20
"""Bytes that one stream may unfold to."""


def decode(raw: bytes, filters: Any, parameters: Any) -> bytes:
    """Undo the filters of a stream.

    Args:
        raw: As stored, decrypted.
        filters: Value of `/Filter`, resolved.
        parameters: Value of `/DecodeParms`, resolved.

    Raises:
        Broken: A filter that is not spoken here, damaged data, or more than `MAX_DECODED` bytes.
    """
    names = filters if isinstance(filters, list) else [] if filters is None else [filters]
    given = parameters if isinstance(parameters, list) else [parameters] * len(names)
    for number, name in enumerate(names[:8]):
        undo = _FILTERS.get(str(name))
        if undo is None:
            raise Broken(f"a stream with the filter {str(name)[:40]}")
        raw = undo(raw)
        options = given[number] if number < len(given) else None
        if isinstance(options, Dictionary) and int(options.get("Predictor") or 1) > 1:
            raw = _unpredict(raw, options)
    return raw


def _inflate(raw: bytes) -> bytes:
    machine = zlib.decompressobj()
    try:
        made = machine.decompress(raw, MAX_DECODED)
    except zlib.error as cause:
        raise Broken(f"damaged compressed data: {cause}") from cause
    if machine.unconsumed_tail:
        raise Broken(f"a stream of more than {MAX_DECODED} bytes")
    return made


def _ascii_hex(raw: bytes) -> bytes:
    digits = raw.partition(b">")[0].translate(None, WHITE)
    try:
        return binascii.unhexlify(digits + b"0" * (len(digits) % 2))
    except binascii.Error as cause:
        raise Broken("damaged hexadecimal data") from cause


def _ascii_85(raw: bytes) -> bytes:
    try:
        return base64.a85decode(raw.partition(b"~>")[0], ignorechars=WHITE)
    except ValueError as cause:
        raise Broken("damaged ASCII85 data") from cause


_FILTERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "FlateDecode": _inflate,
    "Fl": _inflate,
    "ASCIIHexDecode": _ascii_hex,
    "AHx": _ascii_hex,
    "ASCII85Decode": _ascii_85,
    "A85": _ascii_85,
    "Crypt": bytes,
}


def _unpredict(raw: bytes, options: Dictionary) -> bytes:
    """Undo a PNG predictor (ISO 32000-1 section 7.4.4.4)."""
    if int(options["Predictor"]) < 10:
        raise Broken("a stream with the TIFF predictor")
    bits = int(options.get("Colors") or 1) * int(options.get("BitsPerComponent") or 8)
    pixel = max(1, bits // 8)
    width = (bits * int(options.get("Columns") or 1) + 7) // 8
    if width < 1 or width > 1 << 20:
        raise Broken("a stream with senseless columns")
    step = width + 1
    rows = len(raw) // step
    kinds = raw[: rows * step : step]
    if kinds == b"\x02" * rows:
        made = bytearray(rows * width)
        for column in range(width):
            made[column::width] = bytes(
                each & 0xFF for each in accumulate(raw[column + 1 : rows * step : step])
            )
        return bytes(made)
    return _row_by_row(raw, rows, width, pixel)


def _row_by_row(raw: bytes, rows: int, width: int, pixel: int) -> bytes:
    before, made = bytes(width), bytearray()
    for number in range(rows):
        kind = raw[number * (width + 1)]
        row = bytearray(raw[number * (width + 1) + 1 : (number + 1) * (width + 1)])
        for at in range(width):
            left = row[at - pixel] if at >= pixel else 0
            corner = before[at - pixel] if at >= pixel else 0
            row[at] = (row[at] + _predicted(kind, left, before[at], corner)) & 0xFF
        made += row
        before = bytes(row)
    return bytes(made)


def _predicted(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 4:
        guess = left + above - corner
        return min((left, above, corner), key=lambda each: abs(guess - each))
    return (0, left, above, (left + above) // 2)[kind] if kind < 4 else 0
