# SPDX-License-Identifier: EUPL-1.2
"""An archive on real engines whose works are harmed: a database and a prefix of a bucket for each try."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from ceph import ACCESS, SECRET, Ceph
from dying import Mortal
from lives import all_packages
from postgres_server import APPLICATION, OWNER, PostgresServer
from psycopg import sql
from trials import Trial


@dataclass
class Ground:
    """The engines under an archive."""

    name: str
    """As the table of what was survived calls it."""
    postgres: PostgresServer | None = None
    rgw: Ceph | None = None
    numbers: count[int] = field(default_factory=lambda: count(1))

    @cached_property
    def bucket(self) -> str:
        """A bucket of its own."""
        assert self.rgw is not None
        return self.rgw.bucket()

    def settle(self, home: Path, number: int) -> None:
        """Write the settings of a home that stands on the engines' place of this number."""
        lines: list[str] = []
        if self.postgres:
            lines.append(f'[catalog]\nurl = "{self.postgres.url(self._database(number), APPLICATION)}"\n')
            lines.append(f'owner_url = "{self.postgres.url(self._database(number), OWNER)}"\n')
        if self.rgw:
            lines.append(f'[stores.s3]\nkind = "s3"\nbucket = "{self.bucket}"\nprefix = "{number}/"\n')
            lines.append(f'endpoint = "{self.rgw.url()}"\naccess_key = "{ACCESS}"\nsecret_key = "{SECRET}"\n')
        home.mkdir(exist_ok=True)
        (home / "longeva.toml").write_text("".join(lines))

    def place(self, like: int = 0) -> int:
        """Make a new place, empty or like another; return its number."""
        number = next(self.numbers)
        if self.postgres:
            template = self._database(like) if like else "template1"
            statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                *map(sql.Identifier, (self._database(number), OWNER, template))
            )
            self.postgres.execute(statement)
        if self.rgw and like:
            client = self.rgw.client()
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{like}/")
            for key in [each["Key"] for page in pages for each in page.get("Contents", ())]:
                source = {"Bucket": self.bucket, "Key": key}
                client.copy_object(
                    Bucket=self.bucket, Key=f"{number}/{key.partition('/')[2]}", CopySource=source
                )
        return number

    def leave(self, number: int) -> None:
        """Give a place up."""
        if self.postgres:
            name = sql.Identifier(self._database(number))
            self.postgres.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    @staticmethod
    def _database(number: int) -> str:
        return f"mortal{number}"


@dataclass
class EngineTrial(Trial):
    """A work on a copy of an archive with all that it stands on."""

    ground: Ground | None = None
    like: int = 0
    """Place of the template; 0 where there is nothing yet."""
    here: int = 0

    def fresh(self) -> Path:
        """See `Trial.fresh`."""
        assert self.ground is not None
        if self.here:
            self.ground.leave(self.here)
        self.here = self.ground.place(self.like)
        home = super().fresh()
        self.ground.settle(home, self.here)
        return home


@dataclass
class EngineStage:
    """Archives at some points of a life, on one ground."""

    mortal: Mortal
    folder: Path
    ground: Ground
    packages: dict[str, str]
    places: dict[str, int] = field(default_factory=dict)

    def begin(self) -> None:
        """Make the archives."""
        empty = self.folder / "empty"
        self.places["empty"] = self.ground.place()
        self.ground.settle(empty, self.places["empty"])
        self._do("create", empty)
        self._do("appoint", empty)
        for number, (name, lacking) in enumerate({"plain": False, "lacking": True}.items(), 1):
            folder = self.folder / f"package-{name}"
            self.packages[name] = self._do("pack", folder, number=number, lacking=lacking)
        self.packages["signed"] = self.packages["plain"]
        self._grow("deposited", "empty", "deposit", **all_packages(self))
        self._grow("sealed", "deposited", "seal")

    def trial(self, work: str, on: str, **told: Any) -> EngineTrial:
        """Give a work on the archive of that name."""
        scratch = self.folder / "trial"
        scratch.mkdir(exist_ok=True)
        return EngineTrial(
            self.mortal, work, self.folder / on, scratch, ground=self.ground, like=self.places[on], **told
        )

    def _do(self, work: str, folder: Path, **arguments: Any) -> Any:
        outcome = self.mortal.run(work, folder, **arguments)
        assert not outcome.error, outcome.trace
        return outcome.result

    def _grow(self, name: str, on: str, work: str, **arguments: Any) -> None:
        shutil.copytree(self.folder / on, self.folder / name)
        self.places[name] = self.ground.place(self.places[on])
        self.ground.settle(self.folder / name, self.places[name])
        self._do(work, self.folder / name, **arguments)
