# SPDX-License-Identifier: EUPL-1.2
"""Which of an object's four maps has rotted: its inventory, its sidecar, their copies in the head version.

All four speak of the same bytes: two are them, two are their digest. One flipped bit, or two, leave enough
votes to say which file is to blame, so that the others are not, and what is left can be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Final

from archive.inventory_claims import digest_of, sidecar_line, stated_digest

_MOST_DIFFERENCES: Final = 8
"""Bytes in which two damaged copies may differ: 256 ways to put them together."""


@dataclass(frozen=True, slots=True)
class Maps:
    """The four files as they are read; their names are the caller's."""

    root: bytes
    root_sidecar: bytes
    copy: bytes
    copy_sidecar: bytes


@dataclass(frozen=True, slots=True)
class Blame:
    """What was found where the root inventory is not to be believed."""

    root_sidecar: bool
    copy: bool
    """The copy is damaged too."""
    sound: bytes
    """The inventory as it was; empty where nothing gives it back."""


def blame(
    maps: Maps, algorithm: str, *, exact: bool = False, trusted: Callable[[bytes], bool] = lambda _: False
) -> Blame | None:
    """Tell what else is damaged where the root inventory is; None where it is not, or nobody can say.

    Args:
        maps: The four files.
        algorithm: `sha256` or `sha512`.
        exact: A sidecar must be what this archive writes.
        trusted: Tells whether an inventory is right from what somebody else knows; asked where no two agree.
    """
    root, copy = digest_of(algorithm, maps.root), digest_of(algorithm, maps.copy)
    said, copied = stated_digest(maps.root_sidecar), stated_digest(maps.copy_sidecar)
    if not root or root in {said, copy, copied}:
        return None
    right, votes = Counter([copy, said, copied]).most_common(1)[0]
    sound = maps.copy if copy == right else _woven(maps.root, maps.copy, algorithm, {said, copied})
    if votes == 1 and copy == right and not trusted(maps.copy):
        sound = b"" if trusted(maps.root) else _woven(maps.root, maps.copy, algorithm, {said, copied})
        if not sound or sound == maps.root:
            return None
    right = digest_of(algorithm, sound) if sound else right
    bad_line = said != right or (exact and maps.root_sidecar != sidecar_line(right))
    return Blame(bad_line, copy != right, sound)


def _woven(one: bytes, other: bytes, algorithm: str, digests: set[str]) -> bytes:
    """Put two damaged copies together again: where they differ, one is right. Empty where nothing fits."""
    places = [at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if len(one) != len(other) or len(places) > _MOST_DIFFERENCES:
        return b""
    for choice in product((one, other), repeat=len(places)):
        woven = bytearray(one)
        for at, chosen in zip(places, choice, strict=True):
            woven[at] = chosen[at]
        if digest_of(algorithm, bytes(woven)) in digests:
            return bytes(woven)
    return b""
