# SPDX-License-Identifier: EUPL-1.2
"""The DSS of the European Commission, asked what it sees in a file: an opinion that owes nothing to us.

Its small Java program lives in `tests/oracles/dss`; it is built on demand with Maven, from published artifacts,
into `~/.cache/longeva-oracles` (or `LONGEVA_ORACLE_CACHE`). Building needs `mvn`, a JDK of version 17 and Maven
Central, and takes some twenty seconds; it happens with `make oracles` or where `LONGEVA_ORACLES=1`. Otherwise a
program built before is used, and where there is none the tests that ask for it skip and say so.

One JVM answers a whole run: a file takes some ten milliseconds.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

SOURCES = Path(__file__).resolve().parents[1] / "oracles" / "dss"


class DssAbsent(Exception):
    """DSS cannot be asked here; the message says what is missing."""


@dataclass(frozen=True)
class Stamp:
    """One time stamp as DSS sees it."""

    type: str
    """`SIGNATURE_TIMESTAMP`, `ARCHIVE_TIMESTAMP`, `DOCUMENT_TIMESTAMP`, `CONTAINER_TIMESTAMP`, …"""
    time: str
    imprint_found: bool
    imprint_intact: bool
    signature_intact: bool
    algorithm: str
    archive_type: str

    @property
    def intact(self) -> bool:
        """Whether it stamps what it should, and was signed by whom it names."""
        return self.imprint_intact and self.signature_intact


@dataclass(frozen=True)
class Seen:
    """One signature as DSS sees it."""

    form: str
    """`XAdES`, `CAdES`, `PAdES`, `PKCS7`."""
    level: str
    """`XAdES-BASELINE-LTA`, …"""
    references_intact: bool
    value_intact: bool
    stamps: tuple[Stamp, ...]
    certificates: int
    crls: int
    ocsps: int
    structure_errors: tuple[str, ...]
    changes: int
    """Forbidden changes of a PDF after this signature."""
    references: tuple[tuple[str, bool], ...]
    """Everything that is signed, the entries of manifests too, and whether it is what was signed."""
    counter: bool = False
    """It countersigns another."""

    @property
    def intact(self) -> bool:
        """The mathematics of the signature itself."""
        return self.references_intact and self.value_intact and all(whole for _, whole in self.references)

    @property
    def archive_stamps(self) -> tuple[Stamp, ...]:
        """Time stamps of the long term, in the order of the file."""
        kinds = {"ARCHIVE_TIMESTAMP", "DOCUMENT_TIMESTAMP", "CONTAINER_TIMESTAMP"}
        return tuple(one for one in self.stamps if one.type in kinds)


@dataclass(frozen=True)
class Record:
    """An evidence record as DSS sees it."""

    references: tuple[tuple[str, bool], ...]
    """The documents that it knows by the first list, and whether each is what was stamped."""
    stamps: tuple[Stamp, ...]
    structure_errors: tuple[str, ...]

    def proves(self, documents: int) -> bool:
        """Whether so many documents are what was stamped, and every time stamp holds what is before it."""
        found = sum(intact for _, intact in self.references)
        return found >= documents and bool(self.stamps) and all(one.intact for one in self.stamps)


class Dss:
    """A running JVM that answers questions, one at a time."""

    def __init__(self, folder: Path) -> None:
        command = [
            "java",
            "-Xmx1g",
            "-cp",
            f"{folder / 'classes'}{os.pathsep}{folder / 'lib'}/*",
            "longeva.Look",
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def answer(
        self, path: Path, contents: Sequence[Path] = (), anchors: Sequence[Path] = ()
    ) -> dict[str, Any]:
        """Return everything that DSS says of a file.

        Args:
            path: The signed file.
            contents: What it signs and does not carry.
            anchors: Certificates to trust: a level from LT on is told only where the chain is known.
        """
        columns = (str(path), ";".join(map(str, contents)), ";".join(map(str, anchors)))
        self._process.stdin.write("\t".join(columns) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"DSS died of {path}")
        return json.loads(line)

    def look(self, path: Path, contents: Sequence[Path] = (), anchors: Sequence[Path] = ()) -> list[Seen]:
        """Return the signatures of a file, counter-signatures after the signature that they stand in.

        Raises:
            ValueError: DSS cannot read the file.
        """
        answer = self.answer(path, contents, anchors)
        if "error" in answer:
            raise ValueError(f"DSS cannot read {path.name}: {answer['error']}")
        return [seen for one in answer["signatures"] for seen in _seen(one)]

    def evidence(self, path: Path, documents: Sequence[Path]) -> Record:
        """Return an evidence record over documents, in DER or XML.

        Raises:
            ValueError: DSS cannot read it.
        """
        answer = self.answer(path, documents)
        if "error" in answer or len(answer["evidence"]) != 1:
            raise ValueError(f"DSS cannot read {path.name}: {answer.get('error', 'not one record')}")
        (said,) = answer["evidence"]
        return Record(
            references=tuple(each for one in said["references"] for each in _references(one)),
            stamps=tuple(_stamp(one) for one in said["timestamps"]),
            structure_errors=tuple(said["structure_errors"] or ()),
        )


def _seen(said: dict[str, Any], *, counter: bool = False) -> list[Seen]:
    own = Seen(
        form=str(said["form"]),
        level=str(said["level"]),
        references_intact=said["references_intact"],
        value_intact=said["value_intact"],
        stamps=tuple(_stamp(one) for one in said["timestamps"]),
        certificates=said["certificates"],
        crls=said["crls"],
        ocsps=said["ocsps"],
        structure_errors=tuple(said["structure_errors"] or ()),
        changes=said["changes"] or 0,
        references=tuple(each for one in said["references"] for each in _references(one)),
        counter=counter,
    )
    return [own, *(each for one in said["counter_signatures"] for each in _seen(one, counter=True))]


def _references(said: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return a reference, and the entries of a manifest behind it."""
    return [
        (str(said["name"]), bool(said["intact"])),
        *(each for one in said["entries"] for each in _references(one)),
    ]


def _stamp(said: dict[str, Any]) -> Stamp:
    names = (
        "type",
        "time",
        "imprint_found",
        "imprint_intact",
        "signature_intact",
        "algorithm",
        "archive_type",
    )
    return Stamp(**{name: said[name] for name in names})


def open_dss(*, build: bool) -> Dss:
    """Start DSS.

    Args:
        build: Build the program where it is not built yet.

    Raises:
        DssAbsent: It is not built, or cannot be.
    """
    folder = _folder()
    if shutil.which("java") is None:
        raise DssAbsent("no java on this machine")
    if not folder.is_dir():
        if not build:
            raise DssAbsent("it is not built; `make oracles` builds it")
        _build(folder)
    return Dss(folder)


def _folder() -> Path:
    cache = Path(os.environ.get("LONGEVA_ORACLE_CACHE", Path.home() / ".cache" / "longeva-oracles"))
    sources = sorted(path for path in SOURCES.rglob("*") if path.suffix in {".java", ".xml"})
    version = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    return cache / f"dss-{version}"


def _build(folder: Path) -> None:
    if shutil.which("mvn") is None:
        raise DssAbsent("no mvn to build it with")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        shutil.copytree(SOURCES, work, dirs_exist_ok=True)
        made = subprocess.run(
            ["mvn", "-q", "-B", "compile"], cwd=work, capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise DssAbsent(f"mvn could not build it: {made.stdout[:500]}")
        try:
            os.rename(Path(work) / "target", folder)
        except OSError:  # another process built it meanwhile
            if not folder.is_dir():
                raise


if __name__ == "__main__":
    try:
        open_dss(build=True).__exit__()
    except DssAbsent as why:
        sys.exit(f"DSS ABSENT: {why}")
