# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import wave
import zlib

from archive.digests import digest_bytes
from demo.recording import RATE, write_recording


def test_the_recording_can_be_played(tmp_path):
    """The file is a WAV of the size asked for, and its digests are those of its bytes."""
    path = tmp_path / "a.wav"
    digests = write_recording(path, 2, b"seed")
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE)
        assert sound.getnframes() == 1_000_000
    assert path.stat().st_size == 2_000_044
    assert digests == digest_bytes(path.read_bytes())


def test_the_recording_is_repeatable_and_full(tmp_path):
    """The same seed gives the same bytes; they do not shrink away when compressed."""
    first, again, other = (tmp_path / name for name in "abc")
    assert write_recording(first, 1, b"seed") == write_recording(again, 1, b"seed")
    assert write_recording(other, 1, b"else") != write_recording(first, 1, b"seed")
    assert len(zlib.compress(first.read_bytes(), 1)) > 600_000
