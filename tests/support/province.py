# SPDX-License-Identifier: EUPL-1.2
"""A province for tests: three hosts that share a database, three stores, an inbox and a search cluster.

Everything goes through the command line of the installed program, as an operator would do it.
"""

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
from typing import Any

from archive.catalog import INSTALLATION
from archive.clock import SystemClock
from archive.home import Home
from archive.model import DepositState

PROGRAM = Path(sys.executable).with_name("longeva")
TENANT = "villa"


@dataclass
class Dawn:
    """What the archive says of itself in the morning."""

    accepted: set[str]
    """Deposits with a final receipt."""
    objects: list[str]
    events: list[str]
    """Subjects of the events that tell of an object stored."""
    wrong: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Nothing is wrong."""
        return not self.wrong


class Province:
    """Servers by whoever starts them; hosts are folders with a home of their own."""

    def __init__(self, folder: Path, rgw: Any, postgres: Any, database: Any, cluster: Any) -> None:
        self.folder, self.rgw, self.postgres, self.cluster = folder, rgw, postgres, cluster
        self.second, self.third = folder / "second", folder / "third"
        self.store_names = ("bucket", "second", "third")
        self._bucket, self._inbox = rgw.bucket("COMPLIANCE"), rgw.bucket()
        self._database = database
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._chance = random.Random(1)
        self.hosts = [folder / f"host{number}" for number in (1, 2, 3)]
        for host in self.hosts:
            host.mkdir()
            (host / "longeva.toml").touch(mode=0o600)  # it holds secrets, and `config check` looks
            (host / "longeva.toml").write_text(self._settings(), "utf-8")
        self.run("init")
        for host in self.hosts[1:]:
            self.run("init", host=host)
        self.run("tenant", "add", TENANT, "--name", "Ayuntamiento de Villaejemplo", "--dir3", "L01990019")
        self.run("worker", "--once")  # makes the development authority, which every host must have
        for host in self.hosts[1:]:
            shutil.rmtree(host / "authority", ignore_errors=True)
            shutil.copytree(self.hosts[0] / "authority", host / "authority")

    def _settings(self, stores: tuple[str, ...] = ()) -> str:
        """Return the `longeva.toml` of a host, or of one that knows some of the stores alone."""
        key = self.rgw.settings("x")
        s3 = (
            f'kind = "s3"\nendpoint = "{key.endpoint}"\naccess_key = "{key.access_key}"\n'
            f'secret_key = "{key.secret_key.get_secret_value()}"\n'
        )
        known = {
            "bucket": f'[stores.bucket]\n{s3}bucket = "{self._bucket}"\n'
            '[stores.bucket.lock]\nmode = "compliance"\ndays = 1\n',
            "second": f'[stores.second]\nkind = "folder"\npath = "{self.second}"\n',
            "third": f'[stores.third]\nkind = "folder"\npath = "{self.third}"\n',
        }
        chosen = "".join(known[name] for name in stores or self.store_names)
        if stores:
            return chosen
        return chosen + (
            f'[inbox]\n{s3}bucket = "{self._inbox}"\n[copies]\nquorum = 2\n'
            f'[catalog]\nurl = "{self._database.url}"\nowner_url = "{self._database.owner_url}"\n'
            f'[index]\nkind = "elasticsearch"\nurls = ["{self.cluster.url}"]\nname = "province"\nreplicas = 0\n'
            '[work]\nrunner = "procrastinate"\nevery = 1\nstalled_after = 10\n'
        )

    def run(self, *arguments: str, host: Path | None = None, check: bool = True) -> dict[str, Any]:
        """Run a command of `longeva` on a host and return its JSON."""
        command = [str(PROGRAM), *arguments, "--json", "--home", str(host or self.hosts[0])]
        ended = subprocess.run(command, capture_output=True, timeout=600, check=False)
        if check and ended.returncode not in {0, 1}:
            raise AssertionError(f"{command}: {ended.returncode}\n{ended.stdout!r}\n{ended.stderr[-3000:]!r}")
        try:
            body: dict[str, Any] = json.loads(ended.stdout)
        except ValueError:
            body = {"said": ended.stderr.decode(errors="replace")}
        return body | {"exit": ended.returncode}

    def submit(self, packages: list[Path]) -> list[str]:
        """Queue packages, again and again until they are taken, as a clerk whose town hall has a bad line."""
        for _ in range(200):
            told = self.run("deposit", "--queue", "--tenant", TENANT, *map(str, packages), check=False)
            if told["exit"] == 0:
                return [each["deposit"] for each in told["queued"]]
            time.sleep(0.5)
        raise AssertionError(f"the queue never took them: {told}")

    def start_workers(self) -> None:
        """Start a worker on each host."""
        for host in self.hosts:
            self._start(host)

    def kill_a_worker(self) -> None:
        """Kill a worker where it stands, and start it again."""
        name = self._chance.choice(sorted(self._workers))
        process = self._workers.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._start(Path(name))

    def stop_workers(self) -> None:
        """Ask every worker to end."""
        for process in self._workers.values():
            process.terminate()
        for process in self._workers.values():
            process.wait(60)
        self._workers.clear()

    def _start(self, host: Path) -> None:
        with (host / "worker.log").open("ab") as log:
            self._workers[str(host)] = subprocess.Popen(
                [str(PROGRAM), "worker", "--home", str(host)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_all_is_done(self, seconds: float) -> None:
        """Wait until nothing waits and no store is behind; a worker that gave up is started again."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for name, process in list(self._workers.items()):
                if process.poll() is not None:
                    self._start(Path(name))
            queue = self.run("queue", "list", check=False)
            stores = self.run("store", "list", check=False)
            if not queue.get("queue", ["?"]) and all(
                each["state"] == "whole" for each in stores.get("stores", [{"state": "?"}])
            ):
                return
            time.sleep(2)
        raise AssertionError(f"still not done: {queue} {stores}\n{self.logs()}")

    def complaints(self) -> int:
        """Return how often the workers have said that something failed."""
        logs = (host / "worker.log" for host in self.hosts)
        return sum(log.read_bytes().count(b"failed") for log in logs if log.exists())

    def dawn(self, waiting: list[str]) -> Dawn:
        """Ask the archive, and whoever checks it, what is left of the night and of these deposits."""
        with Home.open(self.hosts[0], SystemClock()) as home, home.catalog.reading(INSTALLATION) as tx:
            deposits = tx.deposits_by_id(waiting).values()
            events = [event for event in tx.tenant_events(TENANT) if event.kind == "object.stored"]
            objects = [record.object_id for record in tx.objects(TENANT)]
        told = Dawn(
            {each.deposit_id for each in deposits if each.state is DepositState.ACCEPTED and each.receipt},
            objects,
            [event.subject for event in events],
        )
        for command in (("audit", "--all"), ("fsck",), ("config", "check")):
            answer = self.run(*command)
            if answer["exit"]:
                told.wrong.append(f"{command}: {answer}")
        found = self.run("search", "clase:expediente", "--tenant", TENANT, "--limit", "1")
        if found["total"] != len(objects):
            told.wrong.append(f"{found['total']} found of {len(objects)}")
        return told

    def stands_alone(self, name: str) -> list[Any]:
        """Return what `longeva fsck` has to say of one store, as if it were all that is left."""
        alone = self.folder / f"alone-{name}"
        alone.mkdir()
        (alone / "longeva.toml").write_text(self._settings((name,)), "utf-8")
        shutil.copy(self.hosts[0] / "longeva.json", alone)
        problems: list[Any] = self.run("fsck", host=alone)["problems"]
        return problems

    def logs(self) -> str:
        """Return the last words of every worker."""
        return "\n".join((host / "worker.log").read_text("utf-8", "replace")[-2000:] for host in self.hosts)

    def end(self) -> None:
        """Kill what is left."""
        for process in self._workers.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
