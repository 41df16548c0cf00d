# SPDX-License-Identifier: EUPL-1.2
"""An archive with everything in it that a store can hold, and bits of it that flip."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

from archive.clock import SystemClock
from archive.home import Home
from demo.loads import plain_package
from ingest.deposit import deposit
from preservation.evidence.sealing import seal_due
from preservation.installation import archive_seal, development_authority, time_stamping


def filled_home(path: Path, scratch: Path, files: int, *, documents: int = 6) -> Path:
    """Make a home whose store holds at least so many files; `longeva.toml` may lie there already.

    Expedientes with a sealed index (so that there is validation material), some turned away (so that there are
    reports), evidence in several batches, journals of two municipalities.
    """
    with Home.create(path, SystemClock()) as home:
        for tenant, name, code in (("villa", "Villa", "L01990019"), ("aldea", "Aldea", "L01990024")):
            home.add_tenant(tenant, f"Ayuntamiento de {name}", code)
        seal, authority, stamps = archive_seal(home), development_authority(home), time_stamping(home)
        made, number = 0, 0
        while made < files:
            packages = []
            for _ in range(16):
                number += 1
                signed = authority if number % 8 == 0 else None
                packages.append(
                    plain_package(scratch / f"{number}", documents, 700, seed=number, authority=signed).folder
                )
            broken = scratch / f"roto{number}.xml"
            broken.write_bytes(b"<roto>" + b"%d" % number)
            tenant = "villa" if number % 96 < 64 else "aldea"
            deposit(home, tenant, [*packages, broken], seal=seal)
            if number % 64 == 0:
                seal_due(home, stamps)
            made = len(list(home.store.keys("")))
        seal_due(home, stamps)
    return path


def kept_files(store: Path) -> list[Path]:
    """Return every file of a folder store that is part of the archive, sorted."""
    return sorted(
        each
        for each in store.rglob("*")
        if each.is_file() and ".pending" not in each.relative_to(store).parts
    )


def rot(dice: random.Random, files: Iterable[Path], flips: int) -> set[Path]:
    """Flip bits: each in a file of its own, anywhere in it; return the files."""
    victims = set(dice.sample([each for each in files if each.stat().st_size], flips))
    for victim in sorted(victims):
        flip(dice, victim)
    return victims


def flip(dice: random.Random, victim: Path) -> None:
    """Flip one bit of a file, anywhere in it."""
    data = bytearray(victim.read_bytes())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    victim.chmod(0o644)
    victim.write_bytes(bytes(data))


def kind_of(key: str) -> str:
    """Say what sort of file a key is."""
    name = key.rsplit("/", 1)[-1]
    if key.startswith("material/"):
        return "material"
    if "/ledger/" in key:
        return "journal"
    if "/deposits/" in key:
        return "report"
    if name.startswith("inventory.json"):
        return "sidecar" if name.endswith(".sha256") else "inventory"
    if key.startswith("evidence/") and "/content/" in key:
        return "evidence"
    return "content" if "/content/" in key else "declaration"
