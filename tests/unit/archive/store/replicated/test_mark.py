# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest

from archive.store.memory import MemoryStore
from archive.store.replicated.mark import KEY, Company, StoreMark, read_mark, write_mark


def test_what_is_written_is_read() -> None:
    """Position, digest and company; the order in which stores are named says nothing."""
    store, mark = MemoryStore(), StoreMark(7, "ab", Company.of(["b", "a"], ["c"], 2))
    write_mark(store, mark)
    store.power_cut()
    assert read_mark(store) == mark == StoreMark(7, "ab", Company.of(["a", "b"], ["c"], 2))


@pytest.mark.parametrize("data", [b"", b"rot", b"[]", b'{"position": 1}', b'{"position": "x", "stores": {}}'])
def test_what_cannot_be_understood_is_no_mark(data: bytes) -> None:
    """Then everything is compared again, which does no harm."""
    store = MemoryStore()
    store.replace(KEY, data)
    assert read_mark(store) is None
    assert read_mark(MemoryStore()) is None


@pytest.mark.parametrize(
    ("stores", "quorum", "spare"),
    [(1, 1, 0), (2, 2, 1), (3, 2, 1), (3, 3, 2), (5, 3, 2), (4, 3, 2), (2, 1, 1), (3, 1, 2)],
)
def test_how_many_may_be_silent(stores: int, quorum: int, spare: int) -> None:
    """As many as leave one holder of everything among the rest; below the majority, all but a quorum."""
    company = Company.of([f"s{number}" for number in range(stores)], [], quorum)
    assert company.dispensable() == spare
