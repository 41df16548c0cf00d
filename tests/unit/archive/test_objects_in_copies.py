# SPDX-License-Identifier: EUPL-1.2
"""Which copy of an object counts where a store keeps several."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.errors import NotFound, StorageUnavailable
from archive.layout import object_root
from archive.objects import NewVersion, Objects
from archive.store import Copies
from archive.store.memory import MemoryStore

ROOT = "tenants/villa/ocfl/"
ID = "urn:longeva:villa:ES_L01990019_2025_EXP1:abc"
PREFIX = f"{ROOT}{object_root(ID)}/"
WHEN = datetime(2026, 11, 21, 10, tzinfo=UTC)


def deposit(objects, contents):
    files = {path: objects.stage(ID, path, [data]) for path, data in contents.items()}
    return objects.commit([NewVersion(ID, files, "Depósito", "longeva", WHEN)])[0]


class Copied(MemoryStore):
    """A store whose copies are other stores."""

    def __init__(self, *stores, certain=1):
        super().__init__()
        self.answers = Copies(tuple(enumerate(stores)), certain)

    def copies(self):
        """Give the others."""
        return self.answers


class Gone(MemoryStore):
    """A store that does not answer."""

    def read(self, key):
        """Fail."""
        raise StorageUnavailable("gone", place=key)


def test_of_several_copies_the_one_that_reaches_furthest_counts():
    """A copy that was away comes back with the past; one that is damaged is passed over."""
    behind, ahead = MemoryStore(), MemoryStore()
    deposit(Objects(behind, ROOT), {"a": b"one"})
    deposit(Objects(ahead, ROOT), {"a": b"one"})
    deposit(Objects(ahead, ROOT), {"a": b"one", "b": b"two"})
    assert Objects(Copied(behind, ahead), ROOT).inventory(ID).head == 2
    for name in ("inventory.json.sha256", "v2/inventory.json.sha256"):
        ahead.replace(f"{PREFIX}{name}", b"nonsense")
    assert Objects(Copied(ahead, behind), ROOT).inventory(ID).head == 1


def test_too_few_copies_cannot_say_that_there_is_nothing():
    """Where a copy that is away might know better, "no such object" would be a guess."""
    with pytest.raises(NotFound):
        Objects(Copied(Gone(), MemoryStore(), certain=1), ROOT).inventory(ID)
    with pytest.raises(StorageUnavailable):
        Objects(Copied(Gone(), MemoryStore(), certain=2), ROOT).inventory(ID)
