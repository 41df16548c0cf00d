# SPDX-License-Identifier: EUPL-1.2
"""Oracles are asked about files of the test PKI too; Bouncy Castle about evidence records."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from pki_fixture import pki

__all__ = ["pki"]
JARS = [Path("/usr/share/java") / name for name in ("bcprov.jar", "bcpkix.jar", "bcutil.jar")]


@pytest.fixture(scope="session")
def bouncy_castle(shared, tmp_path_factory):
    """Return a function that gives Bouncy Castle's words on `(record, items)` rows."""
    missing = [name for name in ("java", "javac") if shutil.which(name) is None]
    missing += [str(jar) for jar in JARS if not jar.exists()]
    if missing:
        pytest.skip(f"ORACLE ABSENT: {', '.join(missing)} (libbcpkix-java); no record was judged by it")
    folder = tmp_path_factory.mktemp("bouncy")
    path = ":".join(map(str, [*JARS, folder]))
    source = shared / "tools" / "bc-ers" / "BcErs.java"
    subprocess.run(["javac", "-nowarn", "-cp", path, "-d", folder, source], check=True, capture_output=True)

    def ask(rows: list[tuple[bytes, list[bytes]]]) -> list[list[str]]:
        lines = []
        for number, (record, items) in enumerate(rows):
            (folder / f"{number}.ers").write_bytes(record)
            names = [f"{number}.{place}.bin" for place in range(len(items))]
            for name, item in zip(names, items, strict=True):
                (folder / name).write_bytes(item)
            lines.append(f"{number}.ers\t{';'.join(names)}\n")
        command = ["java", "-cp", path, "BcErs", folder]
        done = subprocess.run(command, input="".join(lines), capture_output=True, text=True, check=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    return ask
