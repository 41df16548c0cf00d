# SPDX-License-Identifier: EUPL-1.2
"""What an archive is held to after a death: what it acknowledged is there, nothing is twice, all is whole."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archive.areas import ALIVE, AREAS
from archive.catalog import INSTALLATION, RegisterEntry, Transaction
from archive.clock import FixedClock
from archive.errors import IndexUnavailable, LongevaError
from archive.fsck import check_root
from archive.heads_check import check_heads, stamped_heads
from archive.home import EVIDENCE_ROOT, Home
from archive.journal import ledger_prefix, read_journal
from archive.material import check_material, missing_material
from archive.model import SYSTEM_TENANT
from archive.rebuild.comparison import _TOPICS, _sum
from archive.record import deposit_key
from archive.registers import Register, stored_entries
from ingest.queue.inbox import Inbox
from preservation.evidence.batch import load_tree
from search import indexer
from search.tantivy_index import TantivyIndex

LATER = datetime(2030, 1, 1, tzinfo=UTC)
ONCE = frozenset(
    {"object.stored", "deposit.admitted", "deposit.refused", "copy.issued", "tenant.added", "home.created"}
)
"""Events that happen to a subject once."""


def missing(path: Path, said: Iterable[dict[str, Any]]) -> list[str]:
    """Return what of the acknowledged things is not there, or is not what was said."""
    told = list(said)
    if not told:
        return []
    with Home.open(path, FixedClock(LATER)) as home:
        last = {one["receipt"]["deposit"]: one for one in told if one["kind"] == "receipt"}
        others = [one for one in told if one["kind"] != "receipt"]
        return [fault for one in (*last.values(), *others) for fault in _missing(home, one)]


def _missing(home: Home, one: dict[str, Any]) -> list[str]:
    try:
        _CHECKS[one["kind"]](home, one)
    except (LongevaError, AssertionError, StopIteration, OSError) as cause:
        return [f"{one['kind']}: {type(cause).__name__}: {cause}"]
    return []


def _tenant(home: Home, one: dict[str, Any]) -> None:
    home.objects(one["tenant"])
    assert home.store.exists(f"tenants/{one['tenant']}/tenant.json"), "no file of the tenant"


def _entry(home: Home, one: dict[str, Any]) -> None:
    kept = Register(home, "people").by_key("villa", "uno")
    assert kept is not None, "not in the catalogue"
    assert kept.version >= one["version"], "an older version"
    known = {
        entry.sha256 for _, entry in stored_entries(home.store, "villa") if isinstance(entry, RegisterEntry)
    }
    assert one["sha256"] in known, "no file"


def _receipt(home: Home, one: dict[str, Any]) -> None:
    receipt = one["receipt"]
    tenant = receipt["tenant"]
    with home.catalog.reading(INSTALLATION) as tx:
        kept = tx.deposit(receipt["deposit"])
        assert kept.receipt == receipt, "another receipt"
    places = [place for place in (receipt["ledger"], receipt.get("decision", {}).get("ledger")) if place]
    events = {event.sequence: event.digest for event in read_journal(home.store, tenant)}
    assert all(events.get(place["sequence"]) == place["digest"] for place in places), "not in the journal"
    if receipt.get("decision") or not receipt["object"]:
        assert home.store.exists(deposit_key(tenant, receipt["deposit"])), "no report"
    if receipt["object"]:
        objects = home.objects(tenant)
        for file, digests in receipt["digests"]["files"].items():
            assert objects.verify_file(receipt["object"], file).sha256 == digests["sha256"], (
                f"other bytes: {file}"
            )


def _batch(home: Home, one: dict[str, Any]) -> None:
    with home.catalog.reading(INSTALLATION) as tx:
        batch = tx.batch(one["batch"])
        assert len(list(tx.leaves_in(batch.batch_id))) == batch.count, "leaves are missing"
    load_tree(home.evidence_objects(), batch)


def _index(home: Home, one: dict[str, Any]) -> None:
    index = TantivyIndex(home.path / indexer.INDEX_FOLDER)
    assert index.position() >= one["position"], "the index went back"
    index.close()


def _copy(home: Home, one: dict[str, Any]) -> None:
    with home.catalog.reading(INSTALLATION) as tx:
        copy = tx.copy_by_csv(one["csv"])
    assert copy is not None, "nobody knows its CSV"
    assert copy.copy_object_id == one["object"]
    assert home.objects("villa").verify_file(one["object"], one["path"]).size == one["size"]


def _queued(home: Home, one: dict[str, Any]) -> None:
    inbox = Inbox(home.engines.open_inbox())
    with home.catalog.reading(INSTALLATION) as tx:
        settled = tx.deposits_by_id([one["deposit"]])
    if not settled:
        header = inbox.header(one["tenant"], one["deposit"])
        with TemporaryDirectory() as folder:
            inbox.fetch(header, Path(folder) / "fetched")


def _copies(home: Home, _: dict[str, Any]) -> None:
    drawn = _each_copy(home)
    assert len({json.dumps(copy) for copy in drawn}) == 1, "the copies differ"


_CHECKS: dict[str, Callable[[Home, dict[str, Any]], None]] = {
    "entry": _entry,
    "home": lambda home, _: home.catalog and None,
    "tenant": _tenant,
    "receipt": _receipt,
    "batch": _batch,
    "index": _index,
    "copy": _copy,
    "queued": _queued,
    "copies": _copies,
}


def ailments(path: Path) -> list[str]:
    """Sweep an archive that was just opened again, and return what is wrong with it or twice in it."""
    with Home.open(path, FixedClock(LATER)) as home:
        return _ailments(home)


def portrait(path: Path) -> dict[str, Any]:
    """Draw an archive: what is wrong with it, and everything that it is."""
    with Home.open(path, FixedClock(LATER)) as home:
        wrong = _ailments(home)
        with home.catalog.reading(INSTALLATION) as tx:
            tenants = [tenant.tenant_id for tenant in tx.tenants()]
            topics = {name: f"{_sum(topic(tx)):x}" for name, topic in _TOPICS.items()}
            counts = tx.counts()
        return {
            "wrong": wrong,
            "counts": counts,
            "topics": topics,
            "stored": dict(_stored(home, [*tenants, SYSTEM_TENANT])),
            "copies": len(_each_copy(home)),
            "index": _indexed(home),
            "strays": sorted(each.name for each in home.path.iterdir() if not each.name.endswith(("-wal", "-shm"))),
            "work": sorted(
                each.name
                for each in (home.path / "work").rglob("*")
                if each.is_file() and each.name not in {AREAS, ALIVE}
            ),
        }  # fmt: skip


def _ailments(home: Home) -> list[str]:
    with home.catalog.reading(INSTALLATION) as tx:
        tenants = [tenant.tenant_id for tenant in tx.tenants()]
        wrong = list(_twice(tx, tenants))
    roots = [*(f"tenants/{tenant}/ocfl/" for tenant in tenants), EVIDENCE_ROOT]
    for root in roots:
        home.objects_under(root).sweep()
    wrong += [str(problem) for root in roots for problem in check_root(home.store, root)]
    stamped = stamped_heads(home.store)
    for tenant in (*tenants, SYSTEM_TENANT):
        wrong += [str(one) for one in home.ledger.verify(tenant)]
        wrong += [str(one) for one in check_heads(home.store, tenant, stamped)]
    return [*wrong, *_material(home, roots[:-1]), *_gaps(home)]


def _twice(tx: Transaction, tenants: list[str]) -> Iterator[str]:
    events = [event for tenant in (*tenants, SYSTEM_TENANT) for event in tx.tenant_events(tenant)]
    seen = Counter((event.kind, event.subject) for event in events if event.kind in ONCE)
    yield from (f"TWICE: event {kind} of {subject}" for (kind, subject), count in seen.items() if count > 1)
    packages = Counter((each.tenant_id, each.package_digest) for each in tx.objects())
    yield from (f"TWICE: object of {package}" for package, count in packages.items() if count > 1)
    leaves = Counter(
        (leaf.object_id, leaf.version, leaf.renews_batch) for batch in tx.batches() for leaf in tx.leaves_in(batch.batch_id)
    )  # fmt: skip
    yield from (f"TWICE: leaf of {leaf}" for leaf, count in leaves.items() if count > 1)
    known = {each.object_id for each in tx.objects()}
    told = {event.subject for event in events if event.kind == "object.stored"}
    yield from (f"event without object: {each}" for each in told - known)
    yield from (f"object without event: {each}" for each in known - told)


def _material(home: Home, roots: list[str]) -> Iterator[str]:
    sound = set()
    for digest, problem in check_material(home.store):
        if problem is None:
            sound.add(digest)
        else:
            yield str(problem)
    for root in roots:
        objects = home.objects_under(root)
        for inventory in objects.inventories():
            named = objects.material(inventory)
            yield from (str(one) for one in missing_material(named, sound, inventory.object_id))


def _stored(home: Home, tenants: list[str]) -> Iterator[tuple[str, str]]:
    """Yield every key with its digest; a journal is one thing, however a flush cut it."""
    for key in home.store.keys(""):
        if "/ledger/" not in key and not key.startswith("copies/"):
            yield key, hashlib.sha256(home.store.read(key)).hexdigest()
    for tenant in tenants:
        events = [event.digest for event in read_journal(home.store, tenant)]
        yield ledger_prefix(tenant), hashlib.sha256(json.dumps(events).encode()).hexdigest()


def _each_copy(home: Home) -> list[dict[str, str]]:
    """Return the keys of each store with their digests, except what a store knows of itself."""
    return [
        {
            key: hashlib.sha256(store.read(key)).hexdigest()
            for key in store.keys("")
            if not key.startswith("copies/")
        }
        for _, store in home.store.copies().stores
    ]


def _gaps(home: Home) -> Iterator[str]:
    """Hold an index, however far behind, to its own position: no object before it is lacking, none after it there."""
    path = home.path / indexer.INDEX_FOLDER
    if not (path / "current.json").exists():
        return
    try:
        index = TantivyIndex(path)
    except IndexUnavailable as cause:
        yield f"INDEX: {cause}"
        return
    there, position = {object_id for object_id, _ in index.keys()}, index.position()  # noqa: SIM118 - no dictionary
    index.close()
    with home.catalog.reading(INSTALLATION) as tx:
        told = [event for each in tx.objects() for event in tx.events_about(each.object_id)]
    expected = {
        event.subject for event in told if event.kind == "object.stored" and event.position <= position
    }
    yield from (f"a gap in the index at {position}: {each}" for each in expected ^ there)


def _indexed(home: Home) -> Any:
    path = home.path / indexer.INDEX_FOLDER
    if not (path / "current.json").exists():
        return None
    index = TantivyIndex(path)
    mark = index.mark()
    keys = index.keys()
    drawn = [[list(key) for key in keys], [mark.position, mark.digest]]
    index.close()
    return drawn
