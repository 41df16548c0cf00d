# SPDX-License-Identifier: EUPL-1.2
"""The tree grows with the events, is brought up where it is behind, and every proof reads little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.engine import Engine

from archive.catalog import INSTALLATION, Catalog
from archive.chain import GENESIS
from archive.clock import FixedClock
from archive.errors import IntegrityError, InvalidRequest
from archive.ledger import EventDraft, Ledger
from archive.ledger_growth import Tree, catch_up, grow, placed
from archive.ledger_tree import consistent, included, leaf_hash, root_of
from archive.model import LedgerEvent
from archive.store.memory import MemoryStore

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MANY = 70_000
"""More than a node of the second kept level."""


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty catalogue."""
    with_catalog = Catalog.open(tmp_path / "catalog.sqlite3")
    yield with_catalog
    with_catalog.close()


@pytest.fixture
def ledger(catalog: Catalog) -> Ledger:
    """A ledger with nothing in it."""
    return Ledger(catalog, MemoryStore(), FixedClock(NOW))


def tell(ledger: Ledger, catalog: Catalog, count: int = 1, tenant: str = "villa"):
    """Append events in one transaction."""
    with catalog.transaction(tenant) as tx:
        drafts = [EventDraft("object.read", "urn:x", "cli", {"number": number}) for number in range(count)]
        return ledger.append_placed(tx, tenant, drafts)


def leaves(catalog: Catalog, tenant: str = "villa") -> list[bytes]:
    """Return the hash of every event's leaf."""
    with catalog.reading(tenant) as tx:
        return [leaf_hash(digest) for _, digest in tx.event_digests(tenant, 0, MANY + 1)]


def bare(first: int, count: int, tenant: str = "villa") -> list[LedgerEvent]:
    """Return events as rows, that no ledger chained."""
    return [
        LedgerEvent(0, tenant, number, NOW, "object.read", "s", "cli", {}, GENESIS, f"{number:064x}")
        for number in range(first, first + count)
    ]


def test_each_event_is_told_its_place(ledger: Ledger, catalog: Catalog) -> None:
    """Appended one by one or together, an event is proven in the tree that ends with it, as is told later too."""
    told = [*tell(ledger, catalog), *tell(ledger, catalog, 300), *tell(ledger, catalog)]
    every = leaves(catalog)
    for number, each in enumerate(told):
        assert each.place is not None
        head = each.place.head
        assert (head.size, head.root) == (number + 1, root_of(every[: number + 1]))
        assert included(every[number], number, head.size, each.place.proof, head.root)
    with catalog.reading("villa") as tx:
        assert [placed(tx, each.event) for each in told] == told
    assert ledger.tree_head("villa") == told[-1].place.head


def test_tenants_have_trees_of_their_own(ledger: Ledger, catalog: Catalog) -> None:
    """What one municipality appends changes nothing of another's tree."""
    tell(ledger, catalog, 3)
    before = ledger.tree_head("villa")
    tell(ledger, catalog, 5, "aldea")
    assert ledger.tree_head("villa") == before
    assert ledger.tree_head("aldea").size == 5
    assert ledger.tree_head("nadie").size == 0


def test_an_older_catalogue_is_brought_up_by_the_next_append(ledger: Ledger, catalog: Catalog) -> None:
    """Events without a tree, as before an upgrade: proofs are drawn all the same, and the next event grows it."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.append_events(bare(1, 1000))
        assert tx.ledger_tree("villa") == (0, b"")
        early = placed(tx, tx.tenant_events("villa", 699, 1)[0])
    assert early.place is not None
    assert early.place.head.root == root_of(leaves(catalog)[:700])
    (one,) = tell(ledger, catalog)
    assert one.place is not None
    assert one.place.head == ledger.tree_head("villa")
    assert one.place.head.root == root_of(leaves(catalog))
    with catalog.reading("villa") as tx:
        assert tx.ledger_tree("villa")[0] == 1001
        assert len(tx.ledger_nodes("villa", 8, 0, 9)) == 3


def test_nothing_grows_over_a_hole(ledger: Ledger, catalog: Catalog) -> None:
    """A ledger that lost events has no tree over them: receipts then tell the chain alone."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.append_events([*bare(1, 10), *bare(12, 3)])
        catch_up(tx, "villa")
        assert tx.ledger_tree("villa")[0] == 10
        assert placed(tx, tx.tenant_events("villa", 12, 1)[0]).place is None
        assert placed(tx, tx.tenant_events("villa", 4, 1)[0]).place is not None
    assert tell(ledger, catalog)[0].place is None
    with pytest.raises(IntegrityError):
        ledger.tree_head("villa")


def test_any_proof_reads_little(catalog: Catalog) -> None:
    """In a tree of 70,000, places and consistency between any sizes cost few statements, and hold."""
    with catalog.transaction(INSTALLATION) as tx:
        for first in range(1, MANY, 10_000):
            tx.append_events(bare(first, 10_000))
        catch_up(tx, "villa")
    every = leaves(catalog)
    statements: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sqlalchemy_event.listen(Engine, "before_cursor_execute", count)
    try:
        for old, size in ((1, MANY), (256, 65_536), (65_537, 69_999), (300, 301), (40_000, 66_000)):
            with catalog.reading("villa") as tx:
                statements.clear()
                tree = Tree(tx, "villa")
                place, proof = tree.place(old, size), tree.consistency(old, size)
                before = tree.head(old)
                assert len(statements) <= 20
            assert place.head.root == root_of(every[:size])
            assert included(every[old - 1], old - 1, size, place.proof, place.head.root)
            assert consistent(old, before.root, size, place.head.root, proof)
    finally:
        sqlalchemy_event.remove(Engine, "before_cursor_execute", count)


def test_what_never_was_is_refused(ledger: Ledger, catalog: Catalog) -> None:
    """No head of a size that the ledger has not reached, no place outside of it."""
    tell(ledger, catalog, 3)
    with catalog.reading("villa") as tx:
        tree = Tree(tx, "villa")
        for asked in (lambda: tree.head(4), lambda: tree.place(0, 3), lambda: tree.place(3, 2),
                      lambda: tree.consistency(0, 3), lambda: tree.consistency(3, 2)):  # fmt: skip
            with pytest.raises(InvalidRequest):
                asked()


def test_a_tree_that_was_tampered_with_is_told(ledger: Ledger, catalog: Catalog) -> None:
    """Peaks or nodes that are not those of the events are a problem of the ledger."""
    tell(ledger, catalog, 600)
    ledger.flush()
    assert ledger.verify("villa") == []
    with catalog.transaction("villa") as tx:
        size, peaks = tx.ledger_tree("villa")
        tx.put_ledger_tree("villa", size, peaks[:-1] + b"\x00", [], new=False)
    assert [problem.kind for problem in ledger.verify("villa")] == ["ledger.tree"]
    with catalog.transaction("villa") as tx:
        tx.put_ledger_tree("villa", size, peaks[:-32], [], new=False)
        with pytest.raises(IntegrityError, match="rebuild"):
            grow(tx, "villa", 600, [b"\x00" * 32])
    assert [problem.kind for problem in ledger.verify("villa")] == ["ledger.tree"]


def test_a_transaction_that_fails_leaves_the_tree_as_it_was(ledger: Ledger, catalog: Catalog) -> None:
    """Events and tree come together or not at all."""
    tell(ledger, catalog, 3)
    before = ledger.tree_head("villa")
    with pytest.raises(RuntimeError), catalog.transaction("villa") as tx:
        ledger.append(tx, "villa", "object.read", "urn:x", "cli")
        raise RuntimeError
    assert ledger.tree_head("villa") == before
    assert replace(tell(ledger, catalog)[0]).place is not None
