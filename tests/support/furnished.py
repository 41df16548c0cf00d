# SPDX-License-Identifier: EUPL-1.2
"""An archive with something of everything that people look at: made once, then copied by whoever changes it.

villanueva   the demo's expediente (24 documents of all kinds, sealed), forty small expedientes, a certified
copy, a package that waits for a decision and one that was turned away
otro         a handful of expedientes that must never show in the other one
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from archive.catalog import INSTALLATION
from archive.clock import Clock, SystemClock
from archive.home import Home
from archive.identity import Kind, Principal, Role
from archive.web.access import AUTHENTICATORS
from demo.expediente import build_expediente
from demo.loads import plain_package
from demo.town import DIR3
from ingest.deposit import deposit
from preservation.evidence.sealing import seal_due
from preservation.installation import (
    SEAL_ROLE,
    archive_seal,
    development_authority,
    time_stamping,
    validation_material,
)
from search.certify import certify
from search.indexer import follow, open_index

TENANT = "villanueva"
OTHER = "otro"
BASE_URL = "https://sede.example/archivo"


@dataclass(slots=True)
class Furnished:
    """What is in the furnished archive."""

    path: Path
    expediente: str
    """Object id of the demo's expediente."""
    copy_csv: str
    copy_object: str
    waiting: str
    """Deposit id of the package that waits."""
    rejected: str
    others: list[str] = field(default_factory=list)
    """Object ids of the other municipality."""

    def copied(self, folder: Path, clock: Clock | None = None) -> Home:
        """Return a home of one's own with the same things in it."""
        shutil.copytree(self.path, folder)
        return Home.open(folder, clock or SystemClock())


def furnish(folder: Path, small: int = 40) -> Furnished:
    """Make it; some ten seconds."""
    with Home.create(folder / "home", SystemClock()) as home:
        home.add_tenant(TENANT, "Ayuntamiento de Villanueva del Encinar", DIR3)
        home.add_tenant(OTHER, "Ayuntamiento de Otro Lugar", "L01990024")
        authority, stamps, seal = development_authority(home), time_stamping(home), archive_seal(home)
        package = build_expediente(folder / "expediente", authority, recording_megabytes=1)
        main = deposit(home, TENANT, [package.zip_path], seal=seal)[0]
        plain = [plain_package(folder / f"p{n}", 3, 900, seed=n).folder for n in range(small)]
        deposit(home, TENANT, plain, seal=seal)
        others = [plain_package(folder / f"o{n}", 2, 700, seed=1000 + n).folder for n in range(3)]
        elsewhere = deposit(home, OTHER, others, seal=seal)
        lacking = plain_package(folder / "lacking", 3, 500, seed=77).folder
        next(path for path in sorted(lacking.iterdir()) if "EXP" not in path.name).unlink()
        waiting = deposit(home, TENANT, [lacking], seal=seal)[0]
        broken = folder / "roto.xml"
        broken.write_bytes(b"<roto>")
        rejected = deposit(home, TENANT, [broken], seal=seal)[0]
        seal_due(home, stamps)
        copy = certify(
            home, str(main.receipt["object"]), None, identity=authority.identity(SEAL_ROLE), authority=stamps,
            material=validation_material(home), base_url=BASE_URL, agent="cli",
        )  # fmt: skip
        seal_due(home, stamps)
        with closing(open_index(home)) as index:
            follow(home, index)
        with home.catalog.reading(INSTALLATION) as tx:
            waits = tx.deposit(waiting.receipt["deposit"])
            assert str(waits.state) == "WAITING", waits
            turned = tx.deposit(rejected.receipt["deposit"])
            assert str(turned.state) == "REJECTED", turned
    return Furnished(
        folder / "home", str(main.receipt["object"]), copy.csv, copy.object_id, waits.deposit_id, turned.deposit_id,
        [str(each.receipt["object"]) for each in elsewhere],
    )  # fmt: skip


def somebody(*roles: Role, tenant: str = TENANT, **told: str) -> Principal:
    """Return somebody with these roles in a municipality, as an account."""
    return Principal(Kind.ACCOUNT, told.get("principal_id", "a1"), "Persona de prueba", {tenant: frozenset(roles)},
                     nif=told.get("nif", ""), assurance="password")  # fmt: skip


def known_as(principal: Principal) -> dict[str, object]:
    """Return services for `create_app` by which every request is this principal's."""
    return {AUTHENTICATORS: [lambda _request: principal]}
