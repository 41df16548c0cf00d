# SPDX-License-Identifier: EUPL-1.2
"""Kits verified as a stranger would, and kits made over as a forger would."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from archived import Archived, decree, make_archive

from preservation.evidence.sealing import seal_due
from preservation.renewal.renew import renew_due
from preservation.trust.store import TrustStore
from search.kit import export_kit, verifier_source
from search.kit.trust import pem_of

SUMS = "SHA256SUMS"


@cache
def _alone() -> tuple[str, ...]:
    """Command that takes the network away, where this machine lets us."""
    command = ("unshare", "-rn")
    if shutil.which("unshare") is None:
        return ()
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if tried.returncode == 0 else ()


def run_verifier(
    kit: Path, folder: Path, *arguments: str, anchors: Sequence[bytes] = (), path: str = "/usr/bin:/bin"
) -> tuple[int, dict[str, Any]]:
    """Run `verify.py` as a stranger: isolated, without environment, without network, elsewhere."""
    script = folder / "verify.py"
    script.write_bytes(verifier_source())
    command = [
        *_alone(),
        "/usr/bin/env",
        "-i",
        f"PATH={path}",
        sys.executable,
        "-I",
        "-S",
        str(script),
        str(kit),
    ]
    command += ["--json", *arguments]
    if anchors:
        (folder / "mine.pem").write_bytes(pem_of(anchors))
        command += ["--anchors", str(folder / "mine.pem")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def members_of(kit: Path) -> dict[str, bytes]:
    """Return what is in a kit."""
    with zipfile.ZipFile(kit) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(members: dict[str, bytes], target: Path) -> Path:
    """Write a kit with SHA256SUMS brought into line, as a forger would."""
    body = {name: data for name, data in members.items() if name != SUMS}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in body.items())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in (body | {SUMS: sums.encode()}).items():
            archive.writestr(zipfile.ZipInfo(name), data)
    target.write_bytes(packed.getvalue())
    return target


def flipped(data: bytes, at: int) -> bytes:
    """Return bytes with one bit of one of them turned over."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def failed(told: dict[str, Any]) -> list[str]:
    """Return the steps that were found false."""
    return [step["step"] for step in told["steps"] if step["ok"] is False]


LIVES = {
    "fresh": (2026, "", "2026-12-01"),
    "renewed": (2031, "", "2040-01-01"),
    "twice": (2035, "", "2045-01-01"),
    "rehashed": (2040, "sha512", "2045-01-01"),
    "later": (2045, "", "2060-01-01"),
    "sha3": (2048, "sha3_512", "2060-01-01"),
}
"""Kits of one document: year of what was done last, new digest algorithm if any, day of judgement."""


@dataclass(frozen=True, slots=True)
class Kits:
    """Good kits of one document, in its states, and what a stranger knows besides."""

    by_name: dict[str, Path]
    anchors: tuple[bytes, ...]
    """What the stranger trusts, from elsewhere."""

    def __getitem__(self, name: str) -> Path:
        """Return a kit by its name; see `LIVES`."""
        return self.by_name[name]


def make_kits(folder: Path) -> Kits:
    """Seal a document among others, renew its evidence as `LIVES` says, and export its kit each time."""
    archived = make_archive(folder)
    records = [archived.deposit(decree() + b"\n" * n, number=70 + n) for n in range(3)]
    seal_due(archived.home, archived.authority.timestamp_authority(archived.clock))
    made = {}
    for name, (year, algorithm, _) in LIVES.items():
        if year > 2026:
            archived.clock.instant = datetime(year, 6, 1, tzinfo=UTC)
            stamping = archived.authority.timestamp_authority(archived.clock)
            asked = {"algorithm": algorithm} if algorithm else {}
            report = renew_due(
                archived.home, stamping, archived.clock.now(), force=True, trust=trusted(archived), **asked
            )
            assert report.batch is not None, report.findings
        made[name] = export_kit(
            archived.home, records[1].object_id, folder / f"{name}.zip", trust=trusted(archived)
        )
    archived.home.close()
    return Kits(made, archived.authority.anchors())


def trusted(archived: Archived) -> TrustStore:
    """Return trust in the archive's authority, with its lists of the day."""
    return TrustStore.from_authority(archived.authority, archived.clock.now())
