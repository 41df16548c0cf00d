# SPDX-License-Identifier: EUPL-1.2
"""A PostgreSQL of one's own for tests: made in a temporary folder on a free port, stopped by whoever made it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from ports import free_port
from psycopg import sql

OWNER = "longeva_owner"
APPLICATION = "longeva_app"
_USER = "postgres"


class PostgresAbsent(Exception):
    """No initdb on this machine."""


@dataclass(frozen=True)
class Database:
    """An empty database: what the owner, the application and the superuser connect with."""

    owner_url: str
    url: str
    """As the application, which owns nothing."""
    superuser_url: str
    name: str


class PostgresServer:
    """A cluster with its server. `start` and `stop` may be called again; `remove` ends it."""

    def __init__(self) -> None:
        self._programs = find_programs()
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self.port = free_port()
        self._numbers = count(1)
        if os.getuid() == 0:
            shutil.chown(self.folder, _USER)
        try:
            self._run(
                "initdb", "-D", str(self.data), "-U", _USER, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"
            )
            self.start()
            for role in (OWNER, APPLICATION):
                self.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            # As the manual asks the operator to: what is made in it belongs to the owner alone.
            self.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database="template1")
        except BaseException:
            self.remove()
            raise

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self.folder} -c max_connections=200"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `smart`, `fast`, or `immediate`, which is a crash."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", mode, "stop")

    def kill(self) -> None:
        """Kill the postmaster as the kernel does when memory is short; its children notice and end."""
        os.kill(self.pid, signal.SIGKILL)

    @property
    def pid(self) -> int:
        """Process of the postmaster."""
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def remove(self) -> None:
        """Stop the server, if it runs, and delete its folder."""
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str, user: str = _USER) -> str:
        """Return where a database is, as the settings say it."""
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: sql.SQL | sql.Composed | str, *, database: str = _USER) -> None:
        """Run one statement as the superuser, outside a transaction."""
        where = f"host=127.0.0.1 port={self.port} dbname={database} user={_USER}"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[Database]:
        """Make a database, empty or like another one that nobody is connected to; dropped at the end."""
        name = f"test{next(self._numbers)}"
        named = {
            "name": sql.Identifier(name),
            "owner": sql.Identifier(OWNER),
            "template": sql.Identifier(template),
        }
        self.execute(sql.SQL("CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}").format(**named))
        try:
            yield Database(self.url(name, OWNER), self.url(name, APPLICATION), self.url(name), name)
        finally:
            self.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**named))

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.getuid() == 0:  # it refuses to run as root
            command = ["runuser", "-u", _USER, "--", *command]
        done = subprocess.run(  # the server keeps the streams that it inherits: none are waited for
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            log = self.folder / "log"
            told = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise RuntimeError(f"{program} failed with {done.returncode}: {told}")


def find_programs() -> Path:
    """Return the folder of initdb: $LONGEVA_POSTGRES, the newest that Debian installed, or on the path.

    Raises:
        PostgresAbsent: There is none.
    """
    if named := os.environ.get("LONGEVA_POSTGRES"):
        return Path(named)
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    found = installed[-1] if installed else shutil.which("initdb")
    if found is None:
        raise PostgresAbsent("no initdb in /usr/lib/postgresql nor on the path (set LONGEVA_POSTGRES)")
    return Path(found).parent
