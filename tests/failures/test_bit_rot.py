# SPDX-License-Identifier: EUPL-1.2
"""Bits that flip in a store: each is found, in its exact file, and nothing else is blamed."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
from rotting import filled_home, kept_files, kind_of, rot
from survival import Survived
from terminal import errors, longeva

from archive.findings import finding_kinds
from archive.journal_check import check_journal
from archive.store.folder import FolderStore


def blamed(home: Path) -> tuple[set[str], list[str]]:
    """Audit everything: the keys that are blamed, and the codes of what names no key."""
    ran = longeva("audit", "--all", "--home", home, "--json")
    weighing = errors(ran)
    assert (ran.code == 1) == bool(weighing)
    assert all(each["code"] in finding_kinds() for each in weighing)
    return {each["key"] for each in weighing if each["key"]}, [
        each["code"] for each in weighing if not each["key"]
    ]


def mended_heads(store: Path, keys: set[str]) -> set[str]:
    """Return the heads of journals among the victims: opening the archive writes them anew from their segments."""
    heads = {key for key in keys if key.endswith("/ledger/head.json")}
    opened = FolderStore(store)
    told = {problem.key for key in heads for problem in check_journal(opened, key.split("/")[1])}
    return heads - told


def one_store(home: Path, seeds: range, flips: int) -> Counter[str]:
    """Let bits rot in the only store, find them all, put them back; return what sorts of files were hit."""
    store = home / "store"
    sound = home.parent / "sound"
    hit: Counter[str] = Counter()
    row = Survived("a flipped bit, one store")
    for seed in seeds:
        shutil.copytree(store, sound, dirs_exist_ok=True)
        victims = rot(random.Random(seed), kept_files(store), flips)
        keys = {str(each.relative_to(store)) for each in victims}
        found, nameless = blamed(home)
        found |= mended_heads(store, keys)
        assert sorted(keys - found) == [], "not found"
        assert sorted(found - keys) == [], "falsely blamed"
        # what names no file follows from one that was named: evidence that a damaged batch no longer proves
        assert set(nameless) <= {"EVIDENCE-INVALID", "AUDIT-FILE-DIGEST"}
        hit.update(kind_of(key) for key in keys)
        row.tries, row.found = row.tries + len(keys), row.found + len(keys & found)
        for victim in victims:
            shutil.copyfile(sound / victim.relative_to(store), victim)
        row.healed += len(keys)
    assert blamed(home) == (set(), [])
    assert longeva("fsck", "--home", home, "--json").code == 0
    row.record()
    return hit


def test_flipped_bits_are_found_where_they_are(tmp_path):
    """Sixty flips over some six hundred files, twice: all found, none reported falsely."""
    home = filled_home(tmp_path / "home", tmp_path / "in", 600)
    one_store(home, range(2), 60)


@pytest.mark.slow
def test_a_thousand_flipped_bits_in_ten_thousand_files(tmp_path):
    """A thousand flips: every sort of file among the victims, all found, none reported falsely."""
    home = filled_home(tmp_path / "home", tmp_path / "in", 10_000)
    assert len(kept_files(home / "store")) >= 10_000
    hit = one_store(home, range(1), 1000)
    assert set(hit) >= {"content", "inventory", "sidecar", "journal", "report", "declaration"}, hit
