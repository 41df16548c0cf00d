# SPDX-License-Identifier: EUPL-1.2
"""A worker's part: one object, one event, one receipt, whatever happens in between."""

from __future__ import annotations

import os
import shutil
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from archive.catalog import INSTALLATION, QueueState
from archive.clock import FixedClock
from archive.errors import IntegrityError, LimitExceeded, NotFound, ServiceError, StorageUnavailable
from archive.home import Home
from archive.ledger import Ledger
from archive.model import DepositState
from archive.rebuild import rebuild_catalog
from demo.loads import plain_package, plain_packages
from ingest.deposit import deposit
from ingest.queue import settling
from ingest.queue.inbox import Inbox
from ingest.queue.settling import Bench, reconcile
from ingest.queue.submission import submit

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def home(tmp_path):
    with Home.create(tmp_path / "home", FixedClock(NOW)) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        yield home


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Four plain expedientes, as folders."""
    return [each.folder for each in plain_packages(tmp_path_factory.mktemp("in"), 4, 2, 2_000, seed=1)]


def settle_all(home):
    bench = Bench(home)
    done = 0
    while taken := bench.settle_next():
        done += taken
    return done


def inbox_files(home):
    return sorted(home.engines.open_inbox().keys())


def events(home, kind):
    with home.catalog.reading(INSTALLATION) as tx:
        return [event for event in tx.events() if event.kind == kind]


def test_what_waits_is_no_receipt(home, packages):
    """The answer says QUEUED and since when; nothing is in the archive yet."""
    (entry,) = submit(home, "villa", [packages[0]])
    assert (entry.state, entry.queued_at, entry.tenant_id) == (QueueState.QUEUED, NOW, "villa")
    assert inbox_files(home) == [f"villa/{entry.deposit_id}/{name}" for name in ("header.json", "package")]
    with home.catalog.reading(INSTALLATION) as tx:
        assert tx.queue() == [entry]
        assert tx.deposits() == []


def test_it_is_settled_under_its_own_identifier(home, packages):
    """With the receipt that a deposit at once would have had, received when it came in."""
    entries = submit(home, "villa", packages)
    home.clock.instant += DAY
    assert settle_all(home) == 4
    with home.catalog.reading(INSTALLATION) as tx:
        for entry in entries:
            kept = tx.deposit(entry.deposit_id)
            assert kept.state is DepositState.ACCEPTED
            assert kept.receipt["deposit"] == entry.deposit_id
            assert kept.receipt["received_at"].startswith("2026-03-01T10:00:00")
            assert kept.receipt["seal"]
        assert tx.queue() == []
    assert len(events(home, "object.stored")) == 4
    assert inbox_files(home) == []
    assert not list(home.work_folder().glob("queue-*"))


def test_a_folder_gives_the_very_same_package_as_if_it_had_been_deposited_at_once(home, packages, tmp_path):
    """The ZIP in which it waits leaves no trace."""
    submit(home, "villa", [packages[0]])
    settle_all(home)
    with Home.create(tmp_path / "other", FixedClock(NOW)) as other:
        other.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        receipt = deposit(other, "villa", [packages[0]], seal=None)[0].receipt
    with home.catalog.reading(INSTALLATION) as tx:
        (kept,) = tx.deposits()
    for name in ("object", "digests", "package", "findings"):
        assert kept.receipt[name] == receipt[name]


def test_names_that_are_no_text_survive_the_wait(home, packages, tmp_path):
    """A file whose name is no UTF-8 is deposited as it would have been at once."""
    zipped = shutil.make_archive(str(tmp_path / "p"), "zip", packages[0])
    odd = os.fsencode(tmp_path) + b"/a\xf1o.zip"
    os.rename(zipped, odd)
    submit(home, "villa", [tmp_path / os.fsdecode(b"a\xf1o.zip")])
    assert settle_all(home) == 1
    with home.catalog.reading(INSTALLATION) as tx:
        assert tx.deposits()[0].package_name == "a\N{REPLACEMENT CHARACTER}o.zip"


def test_the_same_package_again_is_a_repetition(home, packages):
    """Within a group, and later: its own identifier, the first one's receipt, no second object."""
    both = submit(home, "villa", [packages[0], packages[0]])
    first, again = sorted(both, key=lambda entry: entry.deposit_id)
    settle_all(home)
    (later,) = submit(home, "villa", [packages[0]])
    settle_all(home)
    with home.catalog.reading(INSTALLATION) as tx:
        states = [tx.deposit(entry.deposit_id).state for entry in (first, again, later)]
        assert states == [DepositState.ACCEPTED, DepositState.REPEATED, DepositState.REPEATED]
        assert tx.deposit(later.deposit_id).receipt == tx.deposit(first.deposit_id).receipt
        assert (
            tx.deposit_by_digest("villa", tx.deposit(first.deposit_id).package_digest).deposit_id
            == first.deposit_id
        )
    assert len(events(home, "object.stored")) == 1
    assert len(events(home, "deposit.repeated")) == 2


def test_a_rebuilt_catalogue_tells_the_same(home, packages, tmp_path):
    """Accepted, repeated and rejected deposits of the queue are derived from the store like all others."""
    (tmp_path / "nothing.zip").write_bytes(b"PK\x03\x04 no")
    submit(home, "villa", [packages[0], packages[0], tmp_path / "nothing.zip"])
    settle_all(home)
    with home.catalog.reading(INSTALLATION) as tx:
        before = {each.deposit_id: each.state for each in tx.deposits()}
    report = rebuild_catalog(home)
    assert all(report.equal.values())
    assert report.problems == ()
    with home.catalog.reading(INSTALLATION) as tx:
        assert {each.deposit_id: each.state for each in tx.deposits()} == before
    assert set(before.values()) == {DepositState.ACCEPTED, DepositState.REPEATED, DepositState.REJECTED}


def test_a_rebuilt_catalogue_finds_what_waits(home, packages):
    """The inbox says it; what is settled already is only tidied away."""
    entries = submit(home, "villa", packages[:2])
    rebuild_catalog(home)
    with home.catalog.reading(INSTALLATION) as tx:
        assert tx.queue() == []
    assert reconcile(home) == 2
    with home.catalog.reading(INSTALLATION) as tx:
        assert tx.queue() == sorted(entries, key=lambda entry: entry.deposit_id)
    assert reconcile(home) == 0


class Died(BaseException):
    pass


def dying_at(monkeypatch, place, name):
    """Die in front of one step, once."""

    def die(*args, **kwargs):
        monkeypatch.undo()
        raise Died

    monkeypatch.setattr(place, name, die)


PLACES = {
    "before the bytes are fetched": (Inbox, "fetch"),
    "before anything is durable": ("archive.objects.Objects", "commit"),
    "before the rows": (settling, "record"),
    "before the journal": ("archive.ledger.Ledger", "flush"),
    "before the inbox is emptied": (Inbox, "discard"),
    "before the row leaves": ("archive.catalog.queue.QueueRows", "leave_queue"),
}


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("rebuilt", [False, True])
def test_dying_anywhere_costs_nothing_but_time(home, packages, monkeypatch, tmp_path, where, rebuilt):
    """Exactly one object, event and receipt, under the first identifier; nothing left over."""
    (tmp_path / "nothing.zip").write_bytes(b"PK\x03\x04 no")
    entries = submit(home, "villa", [packages[0], tmp_path / "nothing.zip"])
    place, name = PLACES[where]
    if isinstance(place, str):
        module, _, owner = place.rpartition(".")
        place = getattr(__import__(module, fromlist=[owner]), owner)
    bench = Bench(home)
    dying_at(monkeypatch, place, name)
    monkeypatch.setattr(bench.claims, "hand_back", lambda: 0)
    with pytest.raises(Died):
        bench.settle_next()
    with Home.open(home.path, FixedClock(NOW + DAY)) as after:
        if rebuilt:
            rebuild_catalog(after)
        reconcile(after)
        settle_all(after)
        with after.catalog.reading(INSTALLATION) as tx:
            kept = {each.deposit_id: each.state for each in tx.deposits()}
            assert tx.queue() == []
            assert all(each.receipt for each in tx.deposits() if not rebuilt)
        assert kept == {
            entries[0].deposit_id: DepositState.ACCEPTED,
            entries[1].deposit_id: DepositState.REJECTED,
        }
        assert len(events(after, "object.stored")) == 1
        assert len(events(after, "deposit.rejected")) == 1
        assert after.ledger.verify("villa") == []
        assert inbox_files(after) == []


def test_a_worker_that_wakes_up_late_does_no_harm(home, packages, tmp_path, monkeypatch):
    """Taken over while it slept in the middle: the second to finish finds everything done."""
    (tmp_path / "nothing.zip").write_bytes(b"PK\x03\x04 no")
    entries = submit(home, "villa", [packages[0], tmp_path / "nothing.zip"])
    slow = Bench(home)
    whole = settling.record

    def sleepily(*args, **kwargs):
        monkeypatch.setattr(settling, "record", whole)
        with Home.open(home.path, FixedClock(NOW + DAY)) as other:
            assert settle_all(other) == 2
        return whole(*args, **kwargs)

    monkeypatch.setattr(settling, "record", sleepily)
    assert slow.settle_next() == 2
    with home.catalog.reading(INSTALLATION) as tx:
        assert {each.deposit_id for each in tx.deposits()} == {entry.deposit_id for entry in entries}
    assert len(events(home, "object.stored")) == len(events(home, "deposit.rejected")) == 1
    assert events(home, "deposit.repeated") == []


def test_a_package_that_fails_holds_up_no_other(home, packages):
    """It is noted with its reason, tried again later, and settled when it can be."""
    entries = submit(home, "villa", packages)
    bad = home.path / "inbox" / "villa" / entries[1].deposit_id / "package"
    good = bad.read_bytes()
    bad.write_bytes(good[:-1])
    settle_all(home)
    with home.catalog.reading(INSTALLATION) as tx:
        (left,) = tx.queue()
    assert (left.deposit_id, left.state, left.attempts) == (entries[1].deposit_id, QueueState.ERROR, 1)
    assert "not what was submitted" in left.reason
    assert left.due_at > NOW
    bad.write_bytes(good)
    assert settle_all(home) == 0
    home.clock.instant += timedelta(minutes=1)
    assert settle_all(home) == 1


def test_a_package_that_vanished_stays_visible(home, packages):
    """An inbox that lost its bytes is told, not forgotten."""
    submit(home, "villa", packages[:1])
    shutil.rmtree(home.path / "inbox" / "villa")
    settle_all(home)
    with home.catalog.reading(INSTALLATION) as tx:
        assert "not in the inbox" in tx.queue()[0].reason
    assert reconcile(home) == 0


def test_a_service_that_fails_stops_the_round(home, packages, monkeypatch):
    """The worker pauses instead of failing everything that waits; nothing is lost."""
    submit(home, "villa", packages)

    def fail(*args, **kwargs):
        raise StorageUnavailable("no space left")

    monkeypatch.setattr(settling, "record", fail)
    with pytest.raises(ServiceError):
        Bench(home).settle_next(2)
    with home.catalog.reading(INSTALLATION) as tx:
        counts = tx.queue_counts()
    assert (counts[QueueState.ERROR], counts[QueueState.QUEUED]) == (2, 2)
    monkeypatch.undo()
    home.clock.instant += timedelta(minutes=1)
    assert settle_all(home) == 4


def test_a_header_that_rotted_holds_up_no_other(home, packages):
    """It is told and stays; what else waits is found, whatever the order."""
    entries = submit(home, "villa", packages[:3])
    with home.catalog.transaction(INSTALLATION) as tx:
        tx.leave_queue(entry.deposit_id for entry in entries)
    rotten = home.path / "inbox" / "villa" / entries[0].deposit_id / "header.json"
    rotten.write_bytes(b"{" + rotten.read_bytes()[1:-3])
    with pytest.raises(IntegrityError, match=entries[0].deposit_id):
        reconcile(home)
    assert settle_all(home) == 2
    assert inbox_files(home) == [
        f"villa/{entries[0].deposit_id}/{name}" for name in ("header.json", "package")
    ]


def test_no_package_leaves_before_the_journal_knows_of_its_deposit(home, packages, monkeypatch):
    """Rows of a database that nobody may believe, or of a worker that failed there, are no settlement."""
    (entry,) = submit(home, "villa", packages[:1])

    def broken(*_):
        raise IntegrityError("the ledger of villa forks at 2")

    with monkeypatch.context() as failing:
        failing.setattr(Ledger, "flush", broken)
        for _ in range(3):
            assert settle_all(home) == 1
            home.clock.instant += DAY
        with pytest.raises(IntegrityError):
            with home.catalog.transaction(INSTALLATION) as tx:
                tx.leave_queue([entry.deposit_id])
            reconcile(home)
    assert len(inbox_files(home)) == 2
    with home.catalog.reading(INSTALLATION) as tx:
        assert tx.deposit(entry.deposit_id).state is DepositState.ACCEPTED
    assert reconcile(home) == 1
    assert inbox_files(home) == []
    assert home.ledger.pending("villa") is False


def test_half_an_upload_is_no_deposit_and_goes_after_a_day(home, packages, monkeypatch):
    """Nobody was told of it."""

    def die(*args):
        raise Died

    monkeypatch.setattr(Inbox, "complete", die)
    monkeypatch.setattr(Inbox, "discard", lambda *args: None)
    store = home.engines.open_inbox()
    monkeypatch.setattr(type(home.engines), "open_inbox", lambda self: store)
    with pytest.raises(Died):
        submit(home, "villa", packages[:1])
    store.sync()
    monkeypatch.undo()
    assert len(inbox_files(home)) == 1
    assert reconcile(home) == 0
    home.clock.instant += DAY + timedelta(minutes=1)
    assert reconcile(home) == 1
    assert inbox_files(home) == []


def test_limits_are_told_before_anything_is_written(home, packages, monkeypatch):
    """Too large, no room, nobody's."""
    with pytest.raises(NotFound):
        submit(home, "nadie", packages[:1])
    monkeypatch.setenv("LONGEVA_WORK__PACKAGE_LIMIT", "100")
    with Home.open(home.path, home.clock) as small, pytest.raises(LimitExceeded):
        submit(small, "villa", packages[:1])
    monkeypatch.setenv("LONGEVA_WORK__PACKAGE_LIMIT", "100000000")
    monkeypatch.setenv("LONGEVA_WORK__RESERVE", str(1 << 60))
    with Home.open(home.path, home.clock) as full, pytest.raises(StorageUnavailable, match="reserve"):
        submit(full, "villa", packages[:1])
    assert inbox_files(home) == []


def test_a_link_in_a_folder_is_found_by_whoever_checks_it(home, tmp_path):
    """It is not followed on the way in."""
    folder = plain_package(tmp_path / "in", 2, 100, seed=3).folder
    (tmp_path / "secret").write_text("secret")
    (folder / "link.xml").symlink_to(tmp_path / "secret")
    (entry,) = submit(home, "villa", [folder])
    with zipfile.ZipFile(home.path / "inbox" / "villa" / entry.deposit_id / "package") as kept:
        assert all(kept.read(name) != b"secret" for name in kept.namelist())
    settle_all(home)
    with home.catalog.reading(INSTALLATION) as tx:
        assert "PKG-NOT-A-FILE" in {found.code for found in tx.deposits()[0].findings}
