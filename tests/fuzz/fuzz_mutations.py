# SPDX-License-Identifier: EUPL-1.2
"""Broken bytes from good ones: flips, cuts, doublings, splices and the words that parsers fear."""

from __future__ import annotations

import random
from collections.abc import Sequence

Operation = tuple[int, int, int]
"""Which kind of damage, where, and how much; any three numbers mean something."""
KINDS = 8
FEARED = (
    b"\x30\x84\xff\xff\xff\xff",
    b"\x30\x80",
    b"\x00\x00",
    b"\x02\x81\x00",
    b"\x06\x03\x80\x80\x80",
    b"\x06\x00",
    b"\xa0\x80\xa0\x80\xa0\x80\xa0\x80",
    b"\x17\x0d999999999999Z",
    b"\x18\x0f00000000000000Z",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"&#0;&b;",
    b' Id="Firma"',
    b"<ds:Reference/>",
    b"<ds:Transforms/>",
    b"]]>",
    b"/ByteRange [0 0 0 0]",
    b"/ByteRange [0 -1 99999999999 1]",
    b"/Prev 0",
    b"/Size 4294967295",
    b"1 0 obj << /Kids [1 0 R] >> endobj",
    b"/Contents <00>",
    b"startxref\n0\n%%EOF\n",
    b"PK\x05\x06",
    b"PK\x01\x02",
    b"\xef\xbf\xbd\xed\xa0\x80",
)


def mutated(seeds: Sequence[bytes], start: int, operations: Sequence[Operation]) -> bytes:
    """Return a seed with damage done to it, the same for the same numbers."""
    data = seeds[start % len(seeds)]
    for kind, where, size in operations:
        data = _damaged(data, kind % KINDS, where, size, seeds)
    return data


def _damaged(data: bytes, kind: int, where: int, size: int, seeds: Sequence[bytes]) -> bytes:
    at = where % (len(data) + 1)
    length = size % 64 + 1
    before, after = data[:at], data[at:]
    feared = FEARED[size % len(FEARED)]
    if kind == 0 and after:  # flip
        after = bytes([after[0] ^ (size % 255 + 1)]) + after[1:]
    elif kind == 1:  # cut
        after = b""
    elif kind == 2:  # double
        after = after[: length * 16] * (size % 3 + 2) + after[length * 16 :]
    elif kind == 3:  # leave out
        after = after[length:]
    elif kind == 4:  # splice
        other = seeds[size % len(seeds)]
        after = other[where % (len(other) + 1) :][: length * 32] + after
    elif kind == 5:  # insert
        after = feared + after
    elif kind == 6:  # overwrite
        after = feared + after[len(feared) :]
    elif kind == 7:  # move
        after = after[length:] + after[:length]
    return before + after


def random_operations(dice: random.Random) -> list[Operation]:
    """Return one to six damages by chance, mostly few."""
    return [
        (dice.randrange(KINDS), dice.randrange(1 << 24), dice.randrange(1 << 16))
        for _ in range(min(dice.randint(1, 6), dice.randint(1, 6)))
    ]
