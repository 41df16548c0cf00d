# SPDX-License-Identifier: EUPL-1.2
"""Bits that flip in several stores: each is named with its store and file, and healed from another store."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from copies_to_order import contents, flaws, settings
from rotting import filled_home, flip, kept_files, kind_of
from survival import Survived
from terminal import Ran, longeva

Flip = tuple[str, str]
"""Store and key."""
WITH_STORE = {"AUDIT-COPY", "AUDIT-COPY-HEALED"}
"""Codes whose detail begins with the name of the store."""


@dataclass(frozen=True, slots=True)
class Rotten:
    """What was flipped."""

    repairable: set[Flip]
    lost: set[str]
    """Keys that rotted in every store."""


def let_rot(dice: random.Random, root: Path, names: str, flips: int, lost: int) -> Rotten:
    """Flip a bit in so many copies, drawn evenly over all files, and in every copy of a few files of content.

    Of no other file are all copies hit.
    """
    every = {name: _keys(root / name) for name in names}
    shared = sorted(set.intersection(*every.values()))
    gone = set(dice.sample([key for key in shared if kind_of(key) in {"content", "material"}], lost))
    chosen: set[Flip] = set()
    spared = {key: dice.choice(names) for key in shared}
    pairs = [(name, key) for name in names for key in sorted(every[name]) if key not in gone]
    dice.shuffle(pairs)
    for name, key in pairs:
        if len(chosen) < flips and spared.get(key) != name:
            chosen.add((name, key))
    for name, key in sorted(chosen | {(name, key) for name in names for key in gone}):
        flip(dice, root / name / key)
    return Rotten(chosen, gone)


def _keys(store: Path) -> set[str]:
    # The mark says how far a store was compared; no audit reads it, and losing it does no harm.
    keys = {each.relative_to(store).as_posix() for each in kept_files(store) if each.stat().st_size}
    return {key for key in keys if not key.startswith("copies/")}


def named(ran: Ran) -> tuple[set[Flip], set[str], list[str]]:
    """Return what an audit names: copies, files that no store has, and codes that name no file."""
    copies, lost, nameless = set[Flip](), set[str](), []
    for each in ran.json["problems"]:
        if each["code"] in WITH_STORE:
            copies.add((each["detail"].split(":", 1)[0], each["key"]))
        elif each["key"] and each["severity"] == "error":
            lost.add(each["key"])
        elif each["severity"] == "error":
            nameless.append(each["code"])
    return copies, lost, nameless


def rewritten(key: str) -> bool:
    """Tell whether a key grows with the ledger, in which audits and repairs are told."""
    return key.endswith("/ledger/head.json")


def _are_alike(root: Path, names: str, key: str) -> bool:
    return len({(root / name / key).read_bytes() for name in names}) == 1


def differences(before: dict[str, bytes], after: dict[str, bytes], but: set[str]) -> list[str]:
    """Return the keys of a store that are not as they were; the ledger may have grown."""
    changed = [
        key for key in before if key not in but and not rewritten(key) and after.get(key) != before[key]
    ]
    added = [key for key in after.keys() - before.keys() if "/ledger/" not in key]
    return sorted(changed + added)


def rot_and_heal(root: Path, names: str, seed: int, flips: int, lost: int) -> Counter[str]:
    """Let bits rot in all stores, audit with repair, look at each store alone; return the sorts of files hit."""
    home, before = root / "home", {name: contents(root / name) for name in names}
    row = Survived("a flipped bit, healed", f"{len(names)} stores")
    rotten = let_rot(random.Random(seed), root, names, flips, lost)
    ruins = {(name, key): (root / name / key).read_bytes() for name in names for key in rotten.lost}
    copies, gone, nameless = named(longeva("audit", "--all", "--repair", "--home", home, "--json"))
    # Opening the archive writes a head anew that claims more than the journal has, and logs it.
    copies |= {each for each in rotten.repairable if rewritten(each[1]) and _are_alike(root, names, each[1])}
    assert sorted(rotten.repairable - copies) == [], "not found"
    assert sorted(copies - rotten.repairable) == [], "falsely blamed"
    assert gone == rotten.lost
    assert set(nameless) <= {"EVIDENCE-INVALID", "AUDIT-MATERIAL-MISSING"}, Counter(nameless)
    row.tries, row.found = len(rotten.repairable) + len(gone), len(copies) + len(gone)
    for name in names:
        assert differences(before[name], contents(root / name), rotten.lost) == []
    assert {each: (root / each[0] / each[1]).read_bytes() for each in ruins} == ruins, "overwritten"
    again = named(longeva("audit", "--all", "--home", home, "--json"))
    assert again[:2] == (set(), rotten.lost)
    for name, key in ruins:
        (root / name / key).write_bytes(before[name][key])  # the offline backup
    assert named(longeva("audit", "--all", "--home", home, "--json")) == (set(), set(), [])
    for name in names:
        assert longeva("fsck", "--home", home, "--store", name, "--json").code == 0
        assert flaws(root / name) == []
        assert all(_are_alike(root, names, key) for key in before[name] if rewritten(key))
    row.healed = row.tries
    row.record()
    return Counter(kind_of(key) for _, key in rotten.repairable)


def filled(tmp_path: Path, names: str, files: int) -> None:
    """Make a home over so many stores, each with so many files."""
    settings(tmp_path / "home", names)
    filled_home(tmp_path / "home", tmp_path / "in", files)


@pytest.mark.parametrize("names", ["ab", "abc"])
def test_flipped_bits_are_healed_from_another_store(tmp_path, names):
    """Sixty flips, several in copies of the same file: all named with their store, all healed, no other told."""
    filled(tmp_path, names, 400)
    rot_and_heal(tmp_path, names, 1, 60, 3)


@pytest.mark.slow
def test_a_thousand_flipped_bits_in_ten_thousand_files_are_healed(tmp_path):
    """A thousand flips over three stores: every sort of file among the victims, all named, all healed."""
    filled(tmp_path, "abc", 10_000)
    assert len(kept_files(tmp_path / "a")) >= 10_000
    hit = rot_and_heal(tmp_path, "abc", 1, 1000, 10)
    assert set(hit) >= {"content", "inventory", "sidecar", "journal", "report", "declaration"}, hit
