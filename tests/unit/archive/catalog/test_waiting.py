# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.catalog import INSTALLATION, Catalog
from archive.catalog.rows import SEAL, BatchRecord, LeafRecord, Stamp
from archive.model import LedgerEvent, ObjectKind, ObjectRecord, Tenant

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(params=["file", "server"])
def catalog(request, tmp_path):
    """Two tenants, in a file, and on a server as the application's login."""
    if request.param == "file":
        opened = Catalog.open(tmp_path / "catalog.sqlite3")
    else:
        database = request.getfixturevalue("postgres_catalog")
        opened = Catalog.open(database.url, owner=database.owner_url)
    with opened.transaction(INSTALLATION) as tx:
        for name, dir3 in (("villa", "L01990019"), ("otra", "L01990020")):
            tx.add_tenant(Tenant(name, name, dir3, NOW))
    yield opened
    opened.close()


def kept(tenant, name, days, version=1):
    at = NOW + timedelta(days=days)
    return ObjectRecord(name, tenant, ObjectKind.EXPEDIENTE, name, name, version, "ab" * 32, at)


def event(number, subject, days, kind="object.updated", tenant="villa", **detail):
    at, digest = NOW + timedelta(days=days), f"{number:064x}"
    return LedgerEvent(number, tenant, number, at, kind, subject, "cli", detail, "0" * 64, digest)


def batch(number, at, authority, others=()):
    key = f"urn:longeva:evidence:b{number}"
    return BatchRecord(
        f"b{number}", SEAL, "sha256", at, authority, at, b"token", 1, key, "0.04",
        tuple(Stamp(name, at, at, b"another", "0.5") for name in others),
    )  # fmt: skip


def test_what_waits_is_told_by_tenant_the_longest_waiting_first(catalog):
    """How much, and since when; who has nothing waiting is left out."""
    with catalog.transaction(INSTALLATION) as tx:
        for record in (kept("villa", "a", 2), kept("otra", "b", 1), kept("otra", "c", 5)):
            tx.add_object(record)
    with catalog.reading(INSTALLATION) as tx:
        found = [(each.tenant_id, each.count, (each.since - NOW).days) for each in tx.waiting()]
        assert found == [("otra", 2, 1), ("villa", 1, 2)]
        assert [each.object_id for each in tx.due_versions(9)] == ["a", "b", "c"]
        assert [each.object_id for each in tx.due_versions(1, {"otra"})] == ["b"]
        assert list(tx.due_versions(9, ())) == []


def test_a_later_version_waits_since_it_was_kept(catalog):
    """Not since its object came years ago: the ledger says when."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(kept("villa", "a", -4000, version=2))
        tx.add_object(kept("otra", "b", -10))
        stored, updated = event(1, "a", -4000, "object.stored"), event(2, "a", -1)
        tx.append_events([stored, updated, event(3, "a", 5, "object.read")])
    with catalog.reading(INSTALLATION) as tx:
        assert [(each.tenant_id, (each.since - NOW).days) for each in tx.waiting()] == [
            ("otra", -10),
            ("villa", -1),
        ]


def test_what_is_sealed_waits_no_more(catalog):
    """Counted batches and their keys; the objects that are left."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(kept("villa", "a", 0))
        tx.add_object(kept("villa", "b", 0))
        tx.add_batch(batch(1, NOW, "first"), [LeafRecord("b1", 0, "00" * 32, "a", 1, "")])
    with catalog.reading(INSTALLATION) as tx:
        assert [each.object_id for each in tx.due_versions(9)] == ["b"]
        assert (tx.batch_count(), tx.batch_keys()) == (1, {"urn:longeva:evidence:b1"})


def test_tokens_are_counted_by_authority_with_what_they_cost(catalog):
    """Further tokens of a batch too; whom a batch of late missed; whose leaves they are."""
    later = NOW + timedelta(days=40)
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_batch(batch(1, NOW, "first", ["second"]), [])
        tx.add_batch(batch(2, later, "first"), [])
        tx.append_events(
            [
                event(1, "b1", 0, "evidence.sealed", count=3),
                event(2, "b1", 0, "evidence.sealed", "otra", count=1),
                event(3, "b2", 40, "evidence.sealed", count=2, failed={"second": "down"}),
            ]
        )
    with catalog.reading(INSTALLATION) as tx:
        assert tx.tokens_had() == {"first": 2, "second": 1}
        assert tx.tokens_missed(NOW) == {"second": 1}
        assert tx.tokens_missed(later + timedelta(days=1)) == {}
        first, second = tx.batches_paid()
        assert [(each.authority, each.price) for each in first.tokens] == [
            ("first", "0.04"),
            ("second", "0.5"),
        ]
        assert (first.shares, second.shares) == ({"villa": 3, "otra": 1}, {"villa": 2})
        assert [each.batch_id for each in tx.batches_paid(later, None)] == ["b2"]
        assert [each.batch_id for each in tx.batches_paid(None, later)] == ["b1"]
