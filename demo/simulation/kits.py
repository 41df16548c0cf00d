# SPDX-License-Identifier: EUPL-1.2
"""Evidence kits of some objects, verified on the last day by `verify.py` where there is no archive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from typing import Any, Final

from archive.clock import format_instant
from demo.simulation.verdicts import ObjectVerdict
from demo.simulation.world import World
from search.kit import export_kit, verifier_source

FOLDER: Final = "kits"
ROOTS: Final = "raices.pem"
"""The roots of the providers, as a stranger would have got them from elsewhere."""


@dataclass(frozen=True, slots=True)
class KitVerdict:
    """What a stranger's machine says of an object."""

    object_id: str
    file: str
    """In the folder of the simulation."""
    verdict: str
    """VALID, BROKEN, or INCOMPLETE where that machine lacks a tool."""
    expected: bool
    """Whether the archive says that the object is proven."""

    @property
    def agrees(self) -> bool:
        """Whether stranger and archive say the same."""
        return (self.verdict == "VALID") is self.expected

    def to_json(self) -> dict[str, Any]:
        """Return it for `account.json`."""
        return {"object": self.object_id, "file": self.file, "verdict": self.verdict, "agrees": self.agrees}


def chosen(verdicts: Sequence[ObjectVerdict]) -> list[ObjectVerdict]:
    """Return whose kits to make: of each town the oldest and the newest object, and one that has fallen."""
    found: dict[str, ObjectVerdict] = {}
    for tenant in dict.fromkeys(each.record.tenant_id for each in verdicts):
        own = [each for each in verdicts if each.record.tenant_id == tenant]
        for each in (own[0], own[-1], *(one for one in own if not one.proven and one.evidence)):
            found.setdefault(each.record.object_id, each)
            if not each.proven:
                break
    return list(found.values())


def verified_kits(world: World, verdicts: Sequence[ObjectVerdict]) -> list[KitVerdict]:
    """Make a kit of each object and let a stranger verify it now."""
    (world.folder / FOLDER).mkdir(exist_ok=True)
    roots = world.folder / FOLDER / ROOTS
    # of the providers themselves: whoever verifies must not take them from the archive
    roots.write_text("".join(DER_cert_to_PEM_cert(each.root) for each in world.providers.values()), "ascii")
    found = []
    for each in verdicts:
        file = f"{FOLDER}/{each.record.eni_id}.zip"
        export_kit(
            world.home, each.record.object_id, world.folder / file, trust=world.trust(), agent="simulate"
        )
        verdict = _verified(world.folder / file, roots, format_instant(world.now))
        found.append(KitVerdict(each.record.object_id, file, verdict, each.proven))
    return found


def _verified(kit: Path, roots: Path, at: str) -> str:
    """Run the verifier as a stranger would: a bare environment, another folder, no archive on the path."""
    with tempfile.TemporaryDirectory(prefix="stranger-") as elsewhere:
        script = Path(elsewhere) / "verify.py"
        script.write_bytes(verifier_source())
        run = subprocess.run(  # noqa: S603 - our own script with our own interpreter
            [sys.executable, "-I", "-S", str(script), "--json", "--at", at,
             "--anchors", str(roots.resolve()), str(kit.resolve())],
            cwd=elsewhere, env={"PATH": os.defpath}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    try:
        return str(json.loads(run.stdout)["verdict"])
    except (ValueError, KeyError):
        return f"exit {run.returncode}"
