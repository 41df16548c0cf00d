# SPDX-License-Identifier: EUPL-1.2
"""An S3 service that lies, forgets, stalls and hangs up: nothing acknowledged is lost, and work goes on afterwards.

The service is a real one, behind a proxy that changes what passes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ceph import ACCESS, SECRET, Ceph
from survival import Survived
from unruly_proxy import FAULTS, UnrulyProxy

from archive.clock import SystemClock
from archive.errors import ConflictError, IntegrityError, LongevaError, StorageUnavailable
from archive.fsck import check_root
from archive.home import Home
from archive.journal import verify_journal
from demo.loads import plain_package
from ingest.deposit import deposit
from preservation.audit.run import audit

pytestmark = pytest.mark.engines
CODED = (StorageUnavailable, IntegrityError, ConflictError)
"""What a depositor may be told: the store does not answer, or answers what cannot be."""
BODIES = {"lie", "cut", "lose", "200 error", "slow"}


@pytest.fixture(scope="module")
def proxy(rgw: Ceph) -> Iterator[UnrulyProxy]:
    """A proxy before the gateway that can be told to misbehave."""
    address = urlsplit(rgw.url())
    with UnrulyProxy(str(address.hostname), int(address.port or 0)) as unruly:
        yield unruly


def made(folder: Path, rgw: Ceph, proxy: UnrulyProxy, lock: str = "") -> Home:
    """Make an archive whose only store is a bucket behind the proxy."""
    proxy.fault, proxy.only = "", lambda _method, _path: True
    (folder / "home").mkdir()
    (folder / "home" / "longeva.toml").write_text(
        f'[stores.local]\nkind = "s3"\nbucket = "{rgw.bucket(lock.upper())}"\nendpoint = "{proxy.url}"\n'
        f'access_key = "{ACCESS}"\nsecret_key = "{SECRET}"\n'
        + (f'[stores.local.lock]\nmode = "{lock}"\n' if lock else "")
    )
    home = Home.create(folder / "home", SystemClock())
    home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
    return home


@pytest.fixture
def home(tmp_path, rgw, proxy) -> Iterator[Home]:
    """An archive in a bucket of a real service, through the proxy."""
    with made(tmp_path, rgw, proxy) as opened:
        yield opened
    proxy.fault = ""


def whole(home: Home, expected: set[str]) -> None:
    """Check that exactly these objects are there, once each, every byte of them."""
    assert list(check_root(home.store, "tenants/villa/ocfl/")) == []
    assert verify_journal(home.store, "villa") == []
    with home.catalog.reading("villa") as tx:
        assert {each.object_id for each in tx.objects("villa")} == expected
        stored = [each.subject for each in tx.tenant_events("villa") if each.kind == "object.stored"]
    assert sorted(stored) == sorted(expected)


def package(folder: Path, seed: int) -> Path:
    """A small expediente."""
    return plain_package(folder / f"p{seed}", 2, 600, seed=seed).folder


@pytest.mark.parametrize("fault", [each for each in FAULTS if each not in {"", "unlock"}])
def test_a_deposit_at_a_service_that_misbehaves(home, proxy, tmp_path, fault):
    """It is kept or refused with a coded error; what was acknowledged stays; repeated afterwards it is there once."""
    good = deposit(home, "villa", [package(tmp_path, 1)], seal=None)[0].receipt["object"]
    proxy.delay, proxy.fault = 0.2, fault
    if fault == "lose":  # what is read, not listings: a service that loses its bucket is another matter
        proxy.only = lambda method, path: method in {"GET", "HEAD"} and "list-type" not in path
    row = Survived(f"a service that {FAULTS[fault].split(',')[0].split(';')[0]}", "S3", tries=1)
    acknowledged = {good}
    started = time.monotonic()
    try:
        acknowledged.add(deposit(home, "villa", [package(tmp_path, 2)], seal=None)[0].receipt["object"])
    except CODED:
        row.found = 1
    assert time.monotonic() - started < 120
    assert proxy.seen[fault]
    proxy.fault, proxy.only = "", lambda _method, _path: True
    with Home.open(home.path, SystemClock()) as again:
        acknowledged.add(deposit(again, "villa", [package(tmp_path, 2)], seal=None)[0].receipt["object"])
        again.objects("villa").sweep()
        whole(again, acknowledged)
    row.healed = 1
    row.record()


@pytest.mark.parametrize("fault", sorted(BODIES))
def test_reading_from_a_service_that_misbehaves(home, proxy, tmp_path, fault):
    """No false byte is ever given out as true, an audit says what is wrong, and afterwards all is well."""
    receipt = deposit(home, "villa", [package(tmp_path, 1)], seal=None)[0].receipt
    with home.catalog.reading("villa") as tx:
        file = tx.files(receipt["object"])[0]
    objects = home.objects("villa")
    proxy.delay, proxy.fault = 0.05, fault
    proxy.only = lambda method, path: method == "GET" and "/content/" in path
    try:
        try:
            data = b"".join(objects.read_verified(receipt["object"], file.path))
        except LongevaError:
            data = b""
        assert bool(data) == (fault == "slow")
        report = audit(home)
        assert report.ok == (fault == "slow"), report.problems
    finally:
        proxy.only = lambda _method, _path: True
        proxy.fault = ""
    assert audit(home).ok
    Survived(
        "reading from a service that lies or stalls",
        "S3",
        tries=1,
        found=int(fault != "slow"),
        healed=1,
    ).record()


def test_a_service_that_drops_locks_in_silence(rgw, proxy, tmp_path):
    """Where locks are asked for, nothing is acknowledged that is not locked, and an audit names each file."""
    with made(tmp_path, rgw, proxy, "compliance") as home:
        kept = deposit(home, "villa", [package(tmp_path, 1)], seal=None)[0].receipt["object"]
        proxy.fault = "unlock"
        with pytest.raises(CODED, match="lock"):
            deposit(home, "villa", [package(tmp_path, 2)], seal=None)
        report = audit(home)
        assert set(report.codes()) >= {"STORE-LOCK"}
        assert {problem.object_id for problem in report.problems if problem.kind == "STORE-LOCK"} >= {kept}
        proxy.fault = ""
        assert "STORE-LOCK" not in audit(home).codes()
        later = deposit(home, "villa", [package(tmp_path, 2)], seal=None)[0].receipt["object"]
        whole(home, {kept, later})
    Survived("a service that drops locks in silence", "S3", tries=1, found=1, healed=1).record()
