# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import itertools

import pytest

from archive.inventory import sidecar
from archive.inventory_votes import Maps, blame

SOUND = b'{"head": "v1", "id": "urn:x:1", "manifest": {}}'
LINE = sidecar(SOUND)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def maps(*, root=False, line=False, copy=False, copy_line=False) -> Maps:
    return Maps(
        flipped(SOUND, 5) if root else SOUND,
        flipped(LINE, 5) if line else LINE,
        flipped(SOUND, 30) if copy else SOUND,
        flipped(LINE, 30) if copy_line else LINE,
    )


@pytest.mark.parametrize(
    ("line", "copy", "copy_line"), [each for each in itertools.product((0, 1), repeat=3) if sum(each) < 3]
)
def test_a_rotten_root_is_blamed_and_what_it_was_is_known(line, copy, copy_line):
    """With one voucher left of three, or two damaged copies that can be put together, the rest is judged right."""
    given = maps(root=True, line=line, copy=copy, copy_line=copy_line)
    found = blame(given, "sha256", trusted=lambda data: data == SOUND)
    assert found is not None
    assert (found.root_sidecar, found.copy, found.sound) == (bool(line), bool(copy), SOUND)


def test_a_sound_root_is_not_blamed_whatever_else_rotted():
    """One voucher is enough; without any, somebody else's word is."""
    for line, copy, copy_line in itertools.product((0, 1), repeat=3):
        assert (
            blame(maps(line=line, copy=copy, copy_line=copy_line), "sha256", trusted=lambda d: d == SOUND)
            is None
        )


def test_an_older_root_is_no_damage():
    """A crash between a version's inventory and the root's: each has its own sidecar."""
    old = b'{"head": "v0"}'
    assert blame(Maps(old, sidecar(old), SOUND, LINE), "sha256") is None


def test_where_nobody_can_tell_nobody_is_blamed():
    """All four rotted: the usual checks say what they can."""
    assert blame(maps(root=True, line=True, copy=True, copy_line=True), "sha256") is None
