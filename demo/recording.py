# SPDX-License-Identifier: EUPL-1.2
"""A recording too big to travel inside an XML: a playable WAV of any size, made in constant memory."""

from __future__ import annotations

import hashlib
import math
import struct
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from archive.digests import Digests, copy_digesting

RATE: Final = 22_050
"""Samples a second; one channel of 16 bits."""
_MEGABYTE: Final = 1_000_000
_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
_TONES: Final = (220, 247, 262, 294, 330, 294, 262, 247)
"""Hertz; a slow scale under the hiss, so that a listener knows where in the recording they are."""


def write_recording(path: Path, megabytes: int, seed: bytes) -> Digests:
    """Write the recording and return its digests; the same bytes for the same seed.

    Args:
        path: File to write.
        megabytes: Size of the samples in units of 1,000,000 bytes; the header adds 44 bytes.
        seed: Tells recordings apart.
    """
    with path.open("wb") as target:
        return copy_digesting(_wave(megabytes * _MEGABYTE, seed), target)


def _wave(size: int, seed: bytes) -> Iterator[bytes]:
    # RIFF WAVE, format 1 (PCM)
    yield _HEADER.pack(b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16, b"data", size)
    tones = [_second(hertz) for hertz in _TONES]
    for number in range(-(-size // (2 * RATE))):
        second = bytearray(tones[number % len(tones)])
        # the low byte of each sample becomes hiss: no two seconds are alike, none can be compressed away
        second[0::2] = hashlib.shake_128(seed + number.to_bytes(4, "big")).digest(RATE)
        yield bytes(second[: size - number * 2 * RATE])


def _second(hertz: int) -> bytes:
    samples = array("h", (int(2500 * math.sin(math.tau * hertz * at / RATE)) for at in range(RATE)))
    return struct.pack(f"<{RATE}h", *samples)
