# SPDX-License-Identifier: EUPL-1.2
"""The inbox, on every kind of store: what is whole waits, what is not is nobody's deposit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from s3_stores import mocked_store

from archive.digests import digest_bytes
from archive.errors import IntegrityError, NotFound
from archive.identifiers import uuid7
from archive.store.folder import FolderStore
from archive.store.memory import MemoryStore
from ingest.queue.inbox import Header, Inbox

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
BODY = b"<expediente/>"


@pytest.fixture(params=["folder", "memory", "s3 mock"])
def store(request, tmp_path):
    if request.param == "folder":
        yield FolderStore(tmp_path / "inbox")
    elif request.param == "memory":
        yield MemoryStore()
    else:
        with mocked_store(tmp_path) as store:
            yield store


def header_of(at=NOW, tenant="villa", **changes):
    digests = digest_bytes(BODY)
    header = Header(
        deposit_id=uuid7(at),
        tenant_id=tenant,
        name="a\udcf1o.xml",
        package_name="a\N{REPLACEMENT CHARACTER}o.xml",
        folder=False,
        sha256=digests.sha256,
        size=digests.size,
        agent="cli",
        received_at=at,
    )
    return replace(header, **changes)


def put(inbox, header):
    inbox.receive(header.tenant_id, header.deposit_id, [BODY])
    inbox.complete([header])


def test_a_header_reads_back_whatever_the_name(store):
    """Law: reading what was written gives the same, also for names that are no text."""
    header = header_of()
    assert Header.from_bytes(header.to_bytes()) == header
    put(Inbox(store), header)
    assert Inbox(store).header("villa", header.deposit_id) == header


@pytest.mark.parametrize("name", ["", ".", "..", "a/b"])
def test_a_name_that_leads_elsewhere_is_refused(name):
    """Nothing is ever written to a path made of it."""
    with pytest.raises(IntegrityError):
        Header.from_bytes(header_of(name=name).to_bytes())


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"format": 2}', b"\xff"])
def test_what_is_no_header_is_told(data):
    """Damage is an error of ours, not a crash."""
    with pytest.raises(IntegrityError):
        Header.from_bytes(data)


def test_what_is_whole_waits_in_turn(store, tmp_path):
    """By tenant and age; fetched under its name with its bytes, and gone when it is discarded."""
    inbox = Inbox(store)
    headers = [
        header_of(NOW + timedelta(seconds=number), tenant)
        for tenant in ("otra", "villa")
        for number in (1, 2)
    ]
    for header in reversed(headers):
        put(inbox, header)
    assert list(inbox.waiting()) == [(header.tenant_id, header.deposit_id) for header in headers]
    path = inbox.fetch(headers[0], tmp_path / "fetched")
    assert (path.name, path.read_bytes()) == (headers[0].name, BODY)
    inbox.discard([("otra", headers[0].deposit_id)])
    inbox.discard([("otra", headers[0].deposit_id)])
    assert len(list(inbox.waiting())) == 3
    assert len(list(store.keys("otra/"))) == 2
    with pytest.raises(NotFound):
        inbox.header("otra", headers[0].deposit_id)
    with pytest.raises(NotFound):
        inbox.fetch(headers[0], tmp_path / "again")


def test_bytes_that_changed_are_not_deposited(store, tmp_path):
    """They are checked against the digest of when they came in."""
    header = header_of()
    put(Inbox(store), header)
    with pytest.raises(IntegrityError):
        Inbox(store).fetch(replace(header, sha256="0" * 64), tmp_path / "fetched")


def test_a_header_of_another_deposit_is_told(store):
    """Two deposits must not be confused by whoever may write there."""
    inbox, header = Inbox(store), header_of()
    other = uuid7(NOW)
    store.put(f"villa/{other}/header.json", [header.to_bytes()])
    store.sync()
    with pytest.raises(IntegrityError):
        inbox.header("villa", other)


def test_only_old_halves_are_swept(store):
    """What is whole stays however old; a half stays while it may still be coming in; strangers stay."""
    inbox = Inbox(store)
    old, young = NOW - timedelta(days=2), NOW - timedelta(hours=1)
    put(inbox, header_of(old))
    for at in (old, young):
        inbox.receive("villa", uuid7(at), [BODY])
    inbox.receive("villa", "not-ours", [BODY])
    inbox.complete([])
    assert inbox.sweep(NOW) == 1
    assert inbox.sweep(NOW) == 0
    assert len(list(store.keys())) == 4
