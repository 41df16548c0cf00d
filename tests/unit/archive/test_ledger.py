# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.catalog import Catalog
from archive.chain import LedgerHead, event_digest, event_line
from archive.clock import FixedClock
from archive.errors import CatalogUnavailable, IntegrityError, InvalidRequest, StorageUnavailable
from archive.journal import journal_head, put_head, put_segment, salvage
from archive.journal_check import check_journal
from archive.ledger import Ledger, read_journal, verify_journal
from archive.model import LedgerEvent
from archive.store.memory import MemoryStore

CLOCK = FixedClock(datetime(2026, 11, 21, tzinfo=UTC))
FOLDER = "tenants/villa/ledger/"


@pytest.fixture
def store() -> MemoryStore:
    """A store whose power can be cut."""
    return MemoryStore()


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty catalogue."""
    catalog = Catalog.open(tmp_path / "catalog.sqlite3")
    yield catalog
    catalog.close()


@pytest.fixture
def ledger(catalog: Catalog, store: MemoryStore) -> Ledger:
    """A ledger with nothing in it."""
    return Ledger(catalog, store, CLOCK)


def tell(ledger: Ledger, catalog: Catalog, count: int = 1, tenant: str = "villa") -> None:
    """Append events, each in its transaction."""
    for number in range(count):
        with catalog.transaction() as tx:
            ledger.append(tx, tenant, "object.read", "urn:x", "cli", {"number": number})


def rewrite(store: MemoryStore, key: str, old: bytes, new: bytes) -> None:
    """Change stored bytes as an intruder would."""
    data = store.read(key)
    assert old in data
    store.delete(key)
    store.put(key, [data.replace(old, new)])
    store.sync()


def test_event_given_back_is_the_event_read(ledger: Ledger, catalog: Catalog) -> None:
    """What `append` returns is what the catalogue will tell, lists and all."""
    with catalog.transaction() as tx:
        event = ledger.append(tx, "villa", "a.b", "s", "cli", {"z": (1, 2), "a": None})
    with catalog.reading() as tx:
        assert tx.events() == [event]
    assert event.digest == event_digest(event)


def test_detail_without_canonical_form_is_refused(ledger: Ledger, catalog: Catalog) -> None:
    """A detail that strangers could not hash alike never enters a chain."""
    for detail in ({"n": float("nan")}, {"n": 2**60}, {"n": "\ud800"}, {"n": object()}):
        with pytest.raises(InvalidRequest), catalog.transaction() as tx:
            ledger.append(tx, "villa", "a.b", "s", "cli", detail)


def test_flush_carries_each_event_once(ledger: Ledger, catalog: Catalog, store: MemoryStore) -> None:
    """Segments follow each other; a flush with nothing to carry writes nothing."""
    tell(ledger, catalog, 2)
    assert ledger.pending("villa")
    assert ledger.flush() == 2
    tell(ledger, catalog)
    assert ledger.flush("villa") == 1
    assert ledger.flush() == 0
    assert not ledger.pending("villa")
    names = [key.removeprefix(FOLDER) for key in store.keys(FOLDER)]
    assert names == ["000000000001-000000000002.jsonl", "000000000003-000000000003.jsonl", "head.json"]
    with catalog.reading() as tx:
        assert list(read_journal(store, "villa")) == tx.tenant_events("villa")
    assert ledger.verify("villa") == []


def test_tenants_have_chains_of_their_own(ledger: Ledger, catalog: Catalog, store: MemoryStore) -> None:
    """One tenant's journal says nothing of another's."""
    tell(ledger, catalog, 2)
    tell(ledger, catalog, 1, "aldea")
    ledger.flush("aldea")
    assert [event.sequence for event in read_journal(store, "aldea")] == [1]
    assert list(store.keys(FOLDER)) == []


def test_rolled_back_event_never_happened(ledger: Ledger, catalog: Catalog) -> None:
    """The chain goes on from what was committed."""
    with pytest.raises(ZeroDivisionError), catalog.transaction() as tx:
        ledger.append(tx, "villa", "a.b", "s", "cli")
        raise ZeroDivisionError
    tell(ledger, catalog)
    assert ledger.head("villa").sequence == 1
    assert ledger.verify("villa") == []


def test_a_database_that_fell_back_cannot_tell_the_journal_a_second_story(catalog, tmp_path):
    """Two machines; the second one's event is lost with the server, and the first one goes on writing."""
    store = MemoryStore()
    store.lean = True
    first, second = Ledger(catalog, store, CLOCK), Ledger(catalog, store, CLOCK)
    tell(first, catalog)
    first.flush("villa")
    with (
        sqlite3.connect(tmp_path / "catalog.sqlite3") as old,
        sqlite3.connect(tmp_path / "replica") as replica,
    ):
        old.backup(replica)
    tell(second, catalog)
    second.flush("villa")
    before = {key: store.read(key) for key in list(store.keys())}
    fallen_back = Catalog.open(tmp_path / "replica")
    first = Ledger(fallen_back, store, CLOCK)
    with pytest.raises(CatalogUnavailable, match="rebuild"):
        first.flush("villa")
    for subject in ("other", "another"):
        with fallen_back.transaction() as tx:
            first.append(tx, "villa", "object.read", subject, "cli")
    with pytest.raises(IntegrityError, match="forks at 2"):
        first.flush("villa")
    assert {key: store.read(key) for key in list(store.keys())} == before
    fallen_back.close()


def test_a_flush_that_failed_is_repeated(catalog, monkeypatch):
    """Only what is durable counts as carried."""
    store = MemoryStore()
    ledger = Ledger(catalog, store, CLOCK)
    tell(ledger, catalog)
    with monkeypatch.context() as patched:
        patched.setattr(store, "sync", lambda: (_ for _ in ()).throw(StorageUnavailable("gone")))
        with pytest.raises(StorageUnavailable):
            ledger.flush()
    store.power_cut()
    assert ledger.flush() == 1


def test_power_cut_before_the_sync_is_mended_by_the_next_flush(
    ledger: Ledger, catalog: Catalog, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flush that died is repeated with the same result."""
    tell(ledger, catalog, 2)
    with monkeypatch.context() as dying:
        dying.setattr(store, "sync", store.power_cut)
        ledger.flush()
    assert list(store.keys(FOLDER)) == []
    assert ledger.flush() == 2
    assert ledger.verify("villa") == []


def test_lost_head_is_found_again_from_the_segments(
    ledger: Ledger, catalog: Catalog, store: MemoryStore
) -> None:
    """The head is a convenience: without it the last segment tells."""
    tell(ledger, catalog, 2)
    ledger.flush()
    store.replace(FOLDER + "head.json", b"{")
    tell(ledger, catalog)
    assert ledger.flush() == 1
    assert ledger.verify("villa") == []


def test_rotten_head_gives_way_to_the_segments(ledger: Ledger, catalog: Catalog, store: MemoryStore) -> None:
    """Any bit of it may flip: the archive goes on, and the head is written as it was or lags behind."""
    tell(ledger, catalog, 12)
    ledger.flush()
    sound = store.read(FOLDER + "head.json")
    for bit in range(len(sound) * 8):
        rotten = bytearray(sound)
        rotten[bit // 8] ^= 1 << bit % 8
        store.replace(FOLDER + "head.json", bytes(rotten))
        ledger.flush()
        told = [problem for problem in check_journal(store, "villa") if problem.kind != "ledger.head"]
        assert told == [], bit
        store.replace(FOLDER + "head.json", sound)
        assert list(check_journal(store, "villa")) == []


def test_head_that_tells_of_more_than_the_segments_is_believed(
    ledger: Ledger, catalog: Catalog, store: MemoryStore
) -> None:
    """Segments that were taken away together with a catalogue of before do not pass for a rotten head."""
    tell(ledger, catalog, 2)
    ledger.flush()
    put_head(store, "villa", LedgerHead(9, "9" * 64))
    with pytest.raises(CatalogUnavailable):
        ledger.flush()


def test_each_damaged_file_of_a_journal_is_told_by_itself(
    ledger: Ledger, catalog: Catalog, store: MemoryStore
) -> None:
    """Several segments and the head rot: each is named, the sound ones between are not."""
    for _ in range(5):
        tell(ledger, catalog, 3)
        ledger.flush()
    names = sorted(key for key in store.keys(FOLDER) if key.endswith(".jsonl"))
    for key in (names[1], names[2], names[4], FOLDER + "head.json"):
        data = store.read(key)
        store.replace(
            key, data.replace(b'"', b"#", 1) if key.endswith("head.json") else data[:-9] + b"f" + data[-8:]
        )
    assert {problem.key for problem in check_journal(store, "villa")} == {
        names[1], names[2], names[4], FOLDER + "head.json"
    }  # fmt: skip


def test_a_position_that_no_digest_covers_is_held_against_the_catalogue(
    ledger: Ledger, catalog: Catalog, store: MemoryStore
) -> None:
    """The order over all tenants is not hashed: only the catalogue can tell that it was changed."""
    tell(ledger, catalog, 3)
    ledger.flush()
    (key,) = (key for key in store.keys(FOLDER) if key.endswith(".jsonl"))
    store.replace(key, store.read(key).replace(b'"position":2', b'"position":6'))
    assert list(check_journal(store, "villa")) == []

    def rows(first: int, last: int) -> list[LedgerEvent]:
        with catalog.reading() as tx:
            return tx.tenant_events("villa", first - 1, last - first + 1)

    assert [problem.key for problem in check_journal(store, "villa", rows)] == [key]


def test_lagging_head_leaves_segments_that_overlap_and_agree(
    ledger: Ledger, catalog: Catalog, store: MemoryStore
) -> None:
    """A crash between segment and head makes an event stand twice: it is read once."""
    tell(ledger, catalog, 2)
    ledger.flush()
    with catalog.reading() as tx:
        put_segment(store, tx.tenant_events("villa")[1:])
    tell(ledger, catalog)
    ledger.flush()
    assert [event.sequence for event in read_journal(store, "villa")] == [1, 2, 3]
    assert verify_journal(store, "villa") == []


def test_overlapping_segments_that_disagree_are_told(
    ledger: Ledger, catalog: Catalog, store: MemoryStore
) -> None:
    """Two stories of one event are an incident."""
    tell(ledger, catalog, 2)
    ledger.flush()
    with catalog.reading() as tx:
        put_segment(store, [replace(tx.tenant_events("villa")[1], agent="intruder")])
    problem = verify_journal(store, "villa")[0]
    assert (problem.kind, problem.key) == ("ledger.unreadable", f"{FOLDER}{2:012d}-{2:012d}.jsonl")


@pytest.mark.parametrize(
    ("old", "new", "sequence"),
    [
        (b'"number":1', b'"number":7', 2),
        (b'"agent":"cli"', b'"agent":"web"', 1),
        (b'"sequence":2', b'"sequence":3', 2),
        (b"}\n", b"]\n", 1),
        (b'"position":1,', b'"position":1,"more":1,', 1),
    ],
)
def test_rewritten_segment_is_told_with_its_first_event(
    ledger: Ledger, catalog: Catalog, store: MemoryStore, old: bytes, new: bytes, sequence: int
) -> None:
    """Whatever is rewritten in a segment, the first broken event is named."""
    tell(ledger, catalog, 3)
    ledger.flush()
    rewrite(store, f"{FOLDER}{1:012d}-{3:012d}.jsonl", old, new)
    assert [problem.sequence for problem in ledger.verify("villa")] == [sequence]


def test_missing_segment_in_the_middle_is_a_gap(ledger: Ledger, catalog: Catalog, store: MemoryStore) -> None:
    """A segment taken out of the middle is missed."""
    for _ in range(3):
        tell(ledger, catalog)
        ledger.flush()
    store.delete(f"{FOLDER}{2:012d}-{2:012d}.jsonl")
    problem = ledger.verify("villa")[0]
    assert (problem.kind, problem.sequence) == ("ledger.sequence", 2)


def test_missing_last_segment_is_told_by_the_head(
    ledger: Ledger, catalog: Catalog, store: MemoryStore
) -> None:
    """Cutting off the end shows against the journal's own head, without any database."""
    for _ in range(2):
        tell(ledger, catalog)
        ledger.flush()
    store.delete(f"{FOLDER}{2:012d}-{2:012d}.jsonl")
    problem = verify_journal(store, "villa")[0]
    assert (problem.kind, problem.sequence) == ("ledger.truncated", 2)


def test_end_and_head_cut_together_are_told_by_the_catalogue(
    ledger: Ledger, catalog: Catalog, store: MemoryStore
) -> None:
    """Whoever also sets the head back is betrayed by the catalogue: its events were carried over once."""
    tell(ledger, catalog)
    ledger.flush()
    head = store.read(FOLDER + "head.json")
    tell(ledger, catalog)
    ledger.flush()
    known = ledger.head("villa")
    store.delete(f"{FOLDER}{2:012d}-{2:012d}.jsonl")
    store.replace(FOLDER + "head.json", head)
    assert journal_head(store, "villa") != known
    assert ledger.pending("villa")


def test_catalogue_that_tells_otherwise_is_named(
    ledger: Ledger, catalog: Catalog, store: MemoryStore
) -> None:
    """A row that was rewritten differs from the journal."""
    tell(ledger, catalog, 3)
    ledger.flush()
    with catalog.transaction() as tx:
        tx._connection.exec_driver_sql("UPDATE events SET agent = 'nobody' WHERE sequence = 2")
    problem = ledger.verify("villa")[0]
    assert (problem.kind, problem.sequence) == ("ledger.differs", 2)


def test_catalogue_older_than_the_journal_refuses_to_flush(
    ledger: Ledger, catalog: Catalog, store: MemoryStore
) -> None:
    """A catalogue restored from an old copy must be rebuilt before it goes on."""
    tell(ledger, catalog, 2)
    ledger.flush()
    with catalog.transaction() as tx:
        tx._connection.exec_driver_sql("DELETE FROM events WHERE sequence = 2")
    with pytest.raises(CatalogUnavailable, match="longeva rebuild"):
        ledger.flush()


def test_fork_is_never_carried_over(ledger: Ledger, catalog: Catalog, store: MemoryStore) -> None:
    """Events that follow another story than the journal's stay out of it."""
    tell(ledger, catalog, 2)
    ledger.flush()
    with catalog.transaction() as tx:
        tx._connection.exec_driver_sql("DELETE FROM events WHERE sequence = 2")
    with catalog.transaction() as tx:
        ledger.append(tx, "villa", "object.read", "urn:other", "cli")
    with pytest.raises(IntegrityError, match="forks at 2"):
        ledger.flush()
    assert len(list(read_journal(store, "villa"))) == 2


def test_row_broken_before_its_flush_is_not_carried_over(
    ledger: Ledger, catalog: Catalog, store: MemoryStore
) -> None:
    """The journal takes only what the chain proves."""
    tell(ledger, catalog, 2)
    with catalog.transaction() as tx:
        tx._connection.exec_driver_sql("UPDATE events SET subject = 'other' WHERE sequence = 2")
    with pytest.raises(IntegrityError, match="broken"):
        ledger.flush()
    assert [problem.sequence for problem in ledger.verify("villa")] == [2]


def test_salvage_reads_what_can_still_be_read(ledger: Ledger, catalog: Catalog, store: MemoryStore) -> None:
    """One unreadable line costs one event."""
    tell(ledger, catalog, 3)
    ledger.flush()
    rewrite(store, f"{FOLDER}{1:012d}-{3:012d}.jsonl", b'"number":1', b'"number":')
    with pytest.raises(IntegrityError):
        list(read_journal(store, "villa"))
    assert [event.sequence for event in salvage(store, "villa")] == [1, 3]


def test_line_of_the_journal_can_be_checked_with_the_standard_library(
    ledger: Ledger, catalog: Catalog
) -> None:
    """A stranger removes position and digest, writes canonical JSON, and finds the digest."""
    import hashlib
    import json

    tell(ledger, catalog)
    with catalog.reading() as tx:
        line = event_line(tx.events()[0])
    body = json.loads(line)
    digest = body.pop("digest")
    del body["position"]
    covered = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert hashlib.sha256(covered).hexdigest() == digest


def test_what_others_add_meanwhile_is_no_older_catalogue(
    ledger: Ledger, catalog: Catalog, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal that grows between our two looks is another writer's work, not a catalogue restored from old."""
    tell(ledger, catalog)
    ledger.flush()
    other, read = Ledger(catalog, store, CLOCK), store.read

    def read_late(key: str) -> bytes:
        monkeypatch.undo()
        tell(other, catalog)
        other.flush()
        return read(key)

    monkeypatch.setattr(store, "read", read_late)
    assert Ledger(catalog, store, CLOCK).flush() == 0
    assert journal_head(store, "villa").sequence == 2
