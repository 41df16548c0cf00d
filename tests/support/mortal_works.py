# SPDX-License-Identifier: EUPL-1.2
"""The works that are killed: each may be done again from its beginning, and says what it acknowledges.

A work gets the folder of a home and a function that acknowledges. What is acknowledged is what must never be
lost; `mortal_state.missing` holds an archive to it. Identifiers that would be random are drawn from dice that
fall alike each time, so that a work that was killed and repeated can be compared, byte for byte, with one
that was not.
"""

from __future__ import annotations

import _strptime  # noqa: F401 - imported late by others, in every fork
import random
import secrets
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from mortal_state import ailments, missing, portrait

from archive import identifiers, ledger_heads
from archive.catalog import INSTALLATION, Catalog
from archive.catalog.move import move_catalog
from archive.clock import FixedClock
from archive.errors import IndexUnavailable, IntegrityError, NotFound
from archive.healing.healer import heal as heal_stores
from archive.home import MARKER, Home
from archive.ledger_openings import roll_up_heads
from archive.model import DepositState
from archive.rebuild import rebuild_catalog
from archive.rebuild.comparison import equal_topics
from archive.registers import Register
from archive.store import durable
from demo.loads import plain_package
from ingest.decision import settle
from ingest.deposit import deposit as deposit_packages
from ingest.packages import folder as _folder  # noqa: F401 - as above
from ingest.queue.settling import Bench, reconcile
from ingest.queue.submission import submit
from preservation.authority.in_process import InProcessAuthority
from preservation.evidence.recording import adopt
from preservation.evidence.sealing import seal_due
from preservation.installation import (
    SEAL_ROLE,
    archive_seal,
    development_authority,
    trust_store,
    validation_material,
)
from preservation.renewal import hash_trees, rehashing
from preservation.renewal.renew import renew_due
from search import indexer
from search.certify import certify as issue_copy
from search.tantivy_index import TantivyIndex

NOW = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
TENANTS = {"villa": "L01990019", "aldea": "L01990020"}

Acknowledge = Callable[[dict[str, Any]], None]


class Dice:
    """Stands in for `secrets` where identifiers are drawn: the same throws in every process."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def token_bytes(self, size: int) -> bytes:
        """Return bytes that look random."""
        return self._chance.randbytes(size)

    def choice(self, of: str) -> str:
        """Return one of them."""
        return self._chance.choice(of)


def load(seed: int) -> None:
    """Put the dice in place of chance."""
    dice = Dice(seed)
    identifiers.secrets = dice  # type: ignore[assignment]
    ledger_heads.roll_up_heads = partial(roll_up_heads, nonce=dice.token_bytes)


def unload() -> None:
    """Let chance decide again."""
    identifiers.secrets = secrets
    ledger_heads.roll_up_heads = roll_up_heads


class JumpingClock:
    """A clock that is wrong by days or decades whenever somebody looks at it, one time in three."""

    def __init__(self, instant: datetime, chance: random.Random) -> None:
        self._instant = instant
        self._chance = chance

    def now(self) -> datetime:
        """Return the instant, or one that is far from it."""
        if self._chance.random() < 2 / 3:
            return self._instant
        days = self._chance.choice((1, 400, 4_000, 11_000)) * self._chance.choice((-1, 1))
        return self._instant + timedelta(days=days)


_chance: list[random.Random] = []
"""Whom clocks ask whether to jump; nobody where it is empty."""


def at(folder: str, days: int = 0) -> Home:
    """Open the home at an instant of the story."""
    instant = NOW + timedelta(days=days)
    return Home.open(Path(folder), JumpingClock(instant, _chance[0]) if _chance else FixedClock(instant))


def jumping(folder: str, say: Acknowledge, *, seed: int, work: str, arguments: dict[str, Any]) -> None:
    """Do a work while the clock jumps."""
    _chance[:] = [random.Random(seed)]
    globals()[work](folder, say, **arguments)


def create(folder: str, say: Acknowledge) -> None:
    """Make a home with two municipalities."""
    load(1)
    path, clock = Path(folder), FixedClock(NOW)
    with Home.open(path, clock) if (path / MARKER).exists() else Home.create(path, clock) as home:
        say({"kind": "home"})
        for tenant, dir3 in TENANTS.items():
            try:
                home.objects(tenant)
            except NotFound:
                home.add_tenant(tenant, f"Ayuntamiento de {tenant}", dir3)
            say({"kind": "tenant", "tenant": tenant})


def appoint(folder: str, say: Acknowledge) -> None:
    """Give the home its development authority, with the keys that take a second to make."""
    with at(folder) as home:
        development_authority(home).identity(SEAL_ROLE)


def pack(folder: str, say: Acknowledge, *, number: int, signed: str = "", lacking: bool = False) -> str:
    """Write a package of two documents; return where it is.

    Args:
        folder: Where to.
        say: Unused.
        number: Tells packages apart.
        signed: Home whose authority signs the index.
        lacking: One document that the index lists does not come: an archivist must decide.
    """
    authority = None
    if signed:
        with at(signed) as home:
            authority = development_authority(home)
    made = plain_package(Path(folder), 2, 2_000, number, kind="text", authority=authority)
    if lacking:
        (made.folder / made.document_names[0]).unlink()
    return str(made.folder)


def deposit(folder: str, say: Acknowledge, *, packages: list[list[str]], tenant: str = "villa") -> None:
    """Deposit groups of packages, acknowledging each receipt."""
    load(2)
    with at(folder) as home:
        seal = archive_seal(home)
        for group in packages:
            for done in deposit_packages(home, tenant, [Path(each) for each in group], seal=seal):
                say({"kind": "receipt", "receipt": done.receipt})


def decide(folder: str, say: Acknowledge, *, admit: bool = True) -> None:
    """Decide what waits."""
    load(3)
    with at(folder, 1) as home:
        with home.catalog.reading(INSTALLATION) as tx:
            deposits = tx.deposits("villa")
        for known in deposits:
            settled = known
            if known.state is DepositState.WAITING:
                settled = settle(home, known.deposit_id, admit=admit, reason="visto", seal=archive_seal(home))
            if "decision" in settled.receipt:
                say({"kind": "receipt", "receipt": settled.receipt})


def enrol(folder: str, say: Acknowledge) -> None:
    """Write an entry of a register and change it, as far as that was not done before."""
    with at(folder, 1) as home:
        people = Register(home, "people")
        kept = people.by_key("villa", "uno")
        for version in range(kept.version + 1 if kept else 1, 4):
            entry = people.put(
                "villa",
                "p1",
                {"n": version},
                kind="person.changed",
                agent="cli",
                version=version,
                keys=("uno",),
            )
            say({"kind": "entry", "entry": "p1", "version": version, "sha256": entry.sha256})


def authority_of(home: Home) -> InProcessAuthority:
    """Return who stamps, the same stamp for the same thing."""
    return InProcessAuthority(development_authority(home), home.clock, deterministic=True)


def seal(folder: str, say: Acknowledge, *, limit: int = 2) -> None:
    """Seal what has no evidence, in two batches."""
    with at(folder, 2) as home:
        while True:
            with home.catalog.reading(INSTALLATION) as tx:
                load(100 + len(tx.batches()))  # one that was left half recorded draws no identifier
            batch = seal_due(home, authority_of(home), limit=limit)
            if batch is None:
                return
            say({"kind": "batch", "batch": batch.batch_id})


def renew(folder: str, say: Acknowledge) -> None:
    """Renew all evidence once: what is live two years on and was sealed before."""
    load(5)
    with at(folder, 2 * 365) as home:
        adopt(home)  # or what a death left half recorded would be renewed in its turn
        with home.catalog.reading(INSTALLATION) as tx:
            due = any(batch.sealed_at < home.clock.now() for batch in tx.live_batches())
        if not due:
            return
        trust = trust_store(home, home.clock.now())
        report = renew_due(
            home, authority_of(home), home.clock.now(), trust=trust, force=True,
        )  # fmt: skip
        if report.findings:
            raise IntegrityError(str(report.findings))
        if report.batch:
            say({"kind": "batch", "batch": report.batch.batch_id})


def rehash(folder: str, say: Acknowledge) -> None:
    """Renew all hash trees once, with a checkpoint after every leaf."""
    load(6)
    hash_trees.CHECKPOINT = rehashing.PAGE = 1  # type: ignore[misc]
    with at(folder, 3 * 365) as home:
        adopt(home)
        with home.catalog.reading(INSTALLATION) as tx:
            due = any(batch.algorithm == "sha256" for batch in tx.live_batches())
        report = renew_due(
            home,
            authority_of(home),
            home.clock.now(),
            trust=trust_store(home, home.clock.now()),
            force=due,
            algorithm="sha512",
        )
        if report.findings:
            raise IntegrityError(str(report.findings))
        for batch in report.batches:
            say({"kind": "batch", "batch": batch.batch_id})


def index(folder: str, say: Acknowledge) -> None:
    """Bring the index up to date, an object a commit."""
    indexer.OBJECTS_A_COMMIT = 1  # type: ignore[misc]
    with at(folder, 3) as home:
        found = indexer.open_index(home)
        indexer.follow(
            home, found, on_progress=lambda _: say({"kind": "index", "position": found.position()})
        )
        found.close()


def index_or_rebuild(folder: str, say: Acknowledge) -> None:
    """Bring the index up to date, and where it says that it must be rebuilt, do what it says."""
    try:
        index(folder, say)
    except IndexUnavailable as cause:
        if "longeva rebuild" not in str(cause):
            raise
        index_anew(folder, say)


def index_anew(folder: str, say: Acknowledge) -> None:
    """Rebuild the index beside the one in use."""
    indexer.OBJECTS_A_COMMIT = 1  # type: ignore[misc]
    with at(folder, 3) as home:
        indexer.rebuild(home, home.path / indexer.INDEX_FOLDER)
        say({"kind": "index", "position": TantivyIndex(home.path / indexer.INDEX_FOLDER).position()})


def rebuild(folder: str, say: Acknowledge) -> None:
    """Burn the catalogue and make it again from the store."""
    with Home.open_store(Path(folder), FixedClock(NOW + timedelta(days=4))) as home:
        report = rebuild_catalog(home)
        assert not report.problems, report.problems
        say({"kind": "home"})


def certify(folder: str, say: Acknowledge) -> None:
    """Issue a certified copy of the first document of each expediente."""
    with at(folder, 5) as home:
        with home.catalog.reading(INSTALLATION) as tx:
            originals = [each.object_id for each in tx.objects("villa") if str(each.kind) == "expediente"]
            paths = [tx.documents(each)[0].path for each in originals]
        for original, path in zip(originals[:1], paths, strict=False):
            copy = issue_copy(
                home, original, path, identity=development_authority(home).identity(SEAL_ROLE),
                authority=authority_of(home), material=validation_material(home),
                base_url="http://127.0.0.1:8080", agent="test",
            )  # fmt: skip
            say(
                {
                    "kind": "copy",
                    "csv": copy.csv,
                    "object": copy.object_id,
                    "path": copy.path,
                    "size": len(copy.pdf),
                }
            )


def without_syncfs(folder: str, say: Acknowledge, *, work: str, arguments: dict[str, Any]) -> None:
    """Do a work as on a kernel whose syncfs is not to be trusted: fsync of each file and folder."""
    durable.SYNCFS = False  # type: ignore[misc]
    globals()[work](folder, say, **arguments)


def equip(folder: str, say: Acknowledge) -> None:  # preparation
    """Settle that the home that is about to be made keeps three copies, of which two acknowledge."""
    path = Path(folder)
    path.mkdir()
    stores = "".join(f'[stores.{name}]\nkind = "folder"\npath = "copies-{name}"\n' for name in "abc")
    (path / "longeva.toml").write_text(f"[copies]\nquorum = 2\n{stores}")


def heal(folder: str, say: Acknowledge) -> None:
    """Fill a store that lost its disk from the others."""
    load(6)
    with at(folder, 6) as home:
        report = heal_stores(home)
        if report.failed:
            raise IntegrityError(str(report.failed))
        say({"kind": "copies"})


def enqueue(folder: str, say: Acknowledge, *, packages: list[str]) -> None:
    """Put packages into the inbox and settle all that waits, an hour later each time."""
    with at(folder) as home:
        for package in packages:
            for entry in submit(home, "villa", [Path(package)]):
                say({"kind": "queued", "tenant": "villa", "deposit": entry.deposit_id})
    for hours in range(1, 4):  # what a dead worker had claimed is free again when its lease is over
        with Home.open(Path(folder), FixedClock(NOW + timedelta(hours=hours))) as home:
            reconcile(home)
            bench = Bench(home)
            while bench.settle_next():
                pass
            with home.catalog.reading("villa") as tx:
                for known in tx.deposits("villa"):
                    say({"kind": "receipt", "receipt": known.receipt})


def move(folder: str, say: Acknowledge) -> None:
    """Move the catalogue into another file, unless that is done, and find both equal."""
    here, there = Path(folder) / "catalog.sqlite3", Path(folder) / "moved.sqlite3"
    if not there.exists():
        move_catalog(here, there)
    with closing(Catalog.open(here)) as one, closing(Catalog.open(there)) as other:
        differing = [topic for topic, same in equal_topics(one, other).items() if not same]
    if differing:
        raise IntegrityError(f"not moved as it was: {differing}")
    say({"kind": "home"})


def settled(
    folder: str,
    say: Acknowledge,
    *,
    said: list[dict[str, Any]],
    work: str,
    arguments: dict[str, Any],
    repeat: bool = True,
) -> dict[str, Any]:
    """Look for what was acknowledged, do the work again, look again, and draw the archive as it then is."""
    path = Path(folder)
    made = (path / MARKER).exists()
    lost = missing(path, said) if made else [str(one) for one in said]
    before = ailments(path) if made else []
    if repeat:
        globals()[work](folder, say, **arguments)
        lost += missing(path, said)
    return {"lost": lost, "before": before, **portrait(path)}
