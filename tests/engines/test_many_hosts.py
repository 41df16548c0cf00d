# SPDX-License-Identifier: EUPL-1.2
"""One queue, several workers, killed at random: every deposit is settled once, and nothing is left over."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from machines import Machines, MachinesAbsent

from archive.catalog import INSTALLATION
from archive.clock import SystemClock
from archive.home import Home
from archive.model import DepositState
from demo.loads import plain_packages
from ingest.queue.settling import reconcile

PROGRAM = (sys.executable, "-c", "from cli import main; main(prog_name='longeva')")
PROJECT = Path(__file__).resolve().parents[2]
DEPOSITS = 200
FEWER = 60
KILLS = 12
PATIENCE = 300


@dataclass
class Host:
    """A machine with its home: how to run `longeva` there."""

    home: Path
    settings: dict[str, str]
    prefix: list[str] = field(default_factory=list)

    def longeva(self, *arguments, ok=True):
        """Run a command that must succeed, or must not; returns what it says."""
        ran = subprocess.run(
            [*self.prefix, *PROGRAM, *map(str, arguments), "--home", str(self.home), "--json"],
            env=os.environ | self.settings, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert (ran.returncode == 0) is ok, (arguments, ran.stdout[-2000:], ran.stderr[-2000:])
        return json.loads(ran.stdout)

    def worker(self):
        """Start a worker; what it logs is in its home."""
        with (self.home / "worker.log").open("a") as log:
            return subprocess.Popen(
                [*self.prefix, *PROGRAM, "worker", "--every", "2", "--home", str(self.home)],
                env=os.environ | self.settings, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=log,
            )  # fmt: skip

    def open(self, monkeypatch):
        """Open its home in this process, with its settings."""
        for name, value in self.settings.items():
            monkeypatch.setenv(name, value)
        return Home.open(self.home, SystemClock())


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Two hundred small expedientes."""
    return [each.folder for each in plain_packages(tmp_path_factory.mktemp("in"), DEPOSITS, 1, 1_000, seed=4)]


def left(home):
    with home.catalog.reading(INSTALLATION) as tx:
        return tx.queue()


def kill_at_random(hosts, home, workers_a_host=1):
    """Run workers, kill one after the other and start it again, until the queue is empty. Returns the kills."""
    chance, kills = random.Random(4), 0
    running = [(host, host.worker()) for host in hosts for _ in range(workers_a_host)]
    give_up = time.monotonic() + PATIENCE
    try:
        while left(home):
            assert time.monotonic() < give_up, [(each.state, each.reason) for each in left(home)][:5]
            time.sleep(chance.uniform(0.5, 2.5))
            if kills < KILLS:
                index = chance.randrange(len(running))
                host, worker = running[index]
                worker.kill()
                worker.wait()
                kills += 1
                running[index] = (host, host.worker())
    finally:
        for _, worker in running:
            worker.send_signal(signal.SIGTERM)
        codes = [worker.wait(60) for _, worker in running]
    assert codes == [0] * len(codes), [(host.home / "worker.log").read_text()[-3000:] for host in hosts]
    return kills


def require_everything_once(home, host, number=DEPOSITS):
    """Each of the deposits: one object, one event, one receipt; the chain whole, the inbox empty."""
    reconcile(home)
    with home.catalog.reading(INSTALLATION) as tx:
        deposits = tx.deposits("villa")
        stored = [event.subject for event in tx.events(0, 100_000) if event.kind == "object.stored"]
        assert tx.queue() == []
    assert [each.state for each in deposits] == [DepositState.ACCEPTED] * number
    assert all(each.receipt["deposit"] == each.deposit_id and each.receipt["seal"] for each in deposits)
    assert len({each.object_id for each in deposits}) == number
    assert sorted(stored) == sorted(each.object_id for each in deposits)
    assert home.ledger.verify("villa") == []
    assert list(home.engines.open_inbox().keys()) == []
    host.longeva("fsck")


def test_two_workers_share_one_home(tmp_path, packages, monkeypatch):
    """On the embedded profile, of one machine, while one after the other is killed."""
    host = Host(tmp_path / "home", {"LONGEVA_WORK__STALLED_AFTER": "10"})
    host.longeva("init")
    host.longeva("tenant", "add", "villa", "--name", "Villa", "--dir3", "L01990019")
    host.longeva("deposit", "--queue", *packages, "--tenant", "villa")
    with host.open(monkeypatch) as home:
        assert kill_at_random([host], home, workers_a_host=2) > 3
        require_everything_once(home, host)


@pytest.fixture
def machines():
    try:
        machines = Machines(3)
    except MachinesAbsent as absent:
        pytest.skip(f"NO NETWORK NAMESPACES: {absent}; nothing was checked with several machines")
    yield machines
    machines.remove()


@pytest.fixture
def hosts(machines, postgres, postgres_catalog, tmp_path):
    """Three machines with homes of their own, one database, one store, one inbox."""
    kept = {}
    for name in ("STORES__LOCAL", "INBOX"):
        kept |= {f"LONGEVA_{name}__KIND": "folder", f"LONGEVA_{name}__PATH": str(tmp_path / name.lower())}
    return joined(machines, postgres, postgres_catalog, tmp_path, kept)


@pytest.fixture
def hosts_on_s3(machines, postgres, postgres_catalog, rgw, tmp_path):
    """The same with store and inbox in buckets, and no file system in common but for reading the tests."""
    address, port = machines.offer(urlsplit(rgw.url()).port)
    kept = {}
    for name in ("STORES__LOCAL", "INBOX"):
        bucket = rgw.settings(rgw.bucket())
        values = {
            "KIND": "s3",
            "BUCKET": bucket.bucket,
            "ENDPOINT": f"http://{address}:{port}",
            "ACCESS_KEY": bucket.access_key,
            "SECRET_KEY": bucket.secret_key.get_secret_value(),
            "REGION": bucket.region,
        }
        kept |= {f"LONGEVA_{name}__{each}": value for each, value in values.items()}
    return joined(machines, postgres, postgres_catalog, tmp_path, kept)


def joined(machines, postgres, database, folder, kept):
    address, port = machines.offer(postgres.port)
    settings = kept | {
        "LONGEVA_CATALOG__URL": _at(database.url, address, port),
        "LONGEVA_CATALOG__OWNER_URL": _at(database.owner_url, address, port),
        "LONGEVA_WORK__RUNNER": "procrastinate",
        "LONGEVA_WORK__STALLED_AFTER": "10",
    }
    hosts = [Host(folder / name, settings, machines.command(name)) for name in machines.names]
    first, *others = hosts
    assert first.longeva("init")["joined"] is False
    first.longeva("tenant", "add", "villa", "--name", "Villa", "--dir3", "L01990019")
    first.longeva("worker", "--once")
    for other in others:
        assert other.longeva("init")["joined"] is True
    return hosts


def _at(url, address, port):
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}@{address}:{port}").geturl()


def share_authority(hosts):
    first, *others = hosts
    for other in others:
        shutil.copytree(first.home / "authority", other.home / "authority")


@pytest.mark.engines
def test_a_second_machine_makes_no_authority_of_its_own(hosts):
    """Two would contradict each other; it says what to copy from where."""
    told = hosts[1].longeva("worker", "--once", ok=False)
    assert "copy authority/" in " ".join(told["failed"].values())
    share_authority(hosts)
    assert hosts[1].longeva("worker", "--once")["failed"] == {}


@pytest.mark.engines
def test_three_machines_share_one_queue(hosts, packages, monkeypatch):
    """Each in a network namespace of its own, on one PostgreSQL, while one after the other is killed."""
    share_authority(hosts)
    hosts[0].longeva("deposit", "--queue", *packages, "--tenant", "villa")
    with hosts[0].open(monkeypatch) as home:
        assert kill_at_random(hosts, home) > 3
        require_everything_once(home, hosts[1])


@pytest.mark.engines
def test_three_machines_share_one_queue_in_buckets(hosts_on_s3, packages, monkeypatch):
    """Store and inbox in a real S3 service; fewer deposits, for each costs it some twenty requests."""
    share_authority(hosts_on_s3)
    hosts_on_s3[0].longeva("deposit", "--queue", *packages[:FEWER], "--tenant", "villa")
    with hosts_on_s3[0].open(monkeypatch) as home:
        assert kill_at_random(hosts_on_s3, home) > 1
        require_everything_once(home, hosts_on_s3[1], FEWER)


@pytest.mark.engines
def test_a_machine_that_was_cut_off_does_no_harm_when_it_is_back(hosts, machines, packages, monkeypatch):
    """Its leases went to others; what it still does is found done."""
    share_authority(hosts)
    hosts[0].longeva("deposit", "--queue", *packages, "--tenant", "villa")
    lonely = hosts[2].worker()
    try:
        with hosts[0].open(monkeypatch) as home:
            until_checking(home)
            machines.cut(machines.names[2])
            kill_at_random(hosts[:2], home)
            machines.mend(machines.names[2])
            time.sleep(15)
            assert lonely.poll() is None
            lonely.terminate()
            assert lonely.wait(60) == 0
            require_everything_once(home, hosts[1])
    finally:
        lonely.kill()
        lonely.wait()


def until_checking(home):
    for _ in range(600):
        if any(each.worker for each in left(home)):
            return
        time.sleep(0.05)
    raise AssertionError("no worker took anything")
