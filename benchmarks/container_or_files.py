# SPDX-License-Identifier: EUPL-1.2
"""One content file per received file, or the received ZIP kept whole? Measured for docs/adr/0003.

python -m benchmarks.container_or_files [FOLDER]      # prints JSON; FOLDER defaults to a temporary one
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive.digests import Digests
from archive.objects import NewVersion, Objects
from archive.store.folder import FolderStore

EXPEDIENTES = 60
DOCUMENTS = 13
SIZE = 200_000
GROUP = 20
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def documents(number: int) -> Iterator[tuple[str, bytes]]:
    """Give the documents of an expediente: base64, which deflate shrinks by a quarter as it does ENI XML."""
    text = base64.b64encode(os.urandom(SIZE * 3 // 4))
    for position in range(DOCUMENTS):
        yield f"ES_L01990019_2025_{number:06d}_{position:02d}.xml", text[:-8] + b"%08d" % position


def make_packages(folder: Path, method: int) -> list[Path]:
    """Write the ZIP of each expediente."""
    paths = []
    for number in range(EXPEDIENTES):
        path = folder / f"{method}-{number}.zip"
        with zipfile.ZipFile(path, "w", method) as package:
            for name, data in documents(number):
                package.writestr(name, data)
        paths.append(path)
    return paths


def as_files(objects: Objects, package: Path) -> dict[str, Digests]:
    """Stage each document on its own: hashed once, checked against the ZIP's CRC by reading it."""
    with zipfile.ZipFile(package) as opened:
        staged = {
            f"received/{name}": objects.stage(package.name, f"received/{name}", _read(opened, name))
            for name in opened.namelist()
        }
    record = json.dumps({path: digests.to_json() for path, digests in staged.items()}).encode()
    return staged | {"metadata/deposit.json": objects.stage(package.name, "metadata/deposit.json", [record])}


def as_container(objects: Objects, package: Path) -> dict[str, Digests]:
    """Stage the ZIP, and hash each document inside all the same: evidence and search are about documents."""
    with package.open("rb") as stream:
        whole = objects.stage(package.name, "received/package.zip", iter(lambda: stream.read(1 << 20), b""))
    index = {}
    with zipfile.ZipFile(package) as opened:
        for entry in opened.infolist():
            sha256, sha512 = hashlib.sha256(), hashlib.sha512()
            for chunk in _read(opened, entry.filename):
                sha256.update(chunk)
                sha512.update(chunk)
            index[entry.filename] = [sha256.hexdigest(), sha512.hexdigest(), entry.header_offset]
    record = objects.stage(package.name, "metadata/deposit.json", [json.dumps(index).encode()])
    return {"received/package.zip": whole, "metadata/deposit.json": record}


def measure(
    folder: Path, packages: list[Path], stage: Callable[[Objects, Path], dict[str, Digests]]
) -> dict[str, float]:
    """Deposit all packages with group commit; count keys and time."""
    home = folder / "store"
    store = FolderStore(home)
    objects = Objects(store, "ocfl/")
    objects.prepare()
    roots = len(list(store.keys()))
    os.sync()
    began, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(packages), GROUP):
        versions = [
            NewVersion(package.name, stage(objects, package), "m", "longeva", WHEN)
            for package in packages[start : start + GROUP]
        ]
        objects.commit(versions)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    result = {
        "documents_per_second": round(EXPEDIENTES * DOCUMENTS / wall),
        "cpu_ms_per_document": round(cpu * 1000 / (EXPEDIENTES * DOCUMENTS), 3),
        "files_written_per_expediente": (len(list(store.keys())) - roots) / EXPEDIENTES,
        "megabytes_stored": round(sum(store.size(key) for key in store.keys("")) / 1e6, 1),
    }
    result |= single_document(home, objects, packages[0])
    shutil.rmtree(home)
    return result


def single_document(root: Path, objects: Objects, package: Path) -> dict[str, float]:
    """What it takes to check the last document of an expediente with a stranger's tools, and to remove it."""
    paths = [path for path in objects.inventory(package.name).version().state if path.startswith("received/")]
    path = f"{root}/{objects.locate(package.name, max(paths))}"
    name = f"ES_L01990019_2025_000000_{DOCUMENTS - 1:02d}.xml"
    if path.endswith(".zip"):
        command = f"unzip -p '{path}' {name} | sha256sum"
        removed = os.path.getsize(path) - os.path.getsize(path) // DOCUMENTS
    else:
        command = f"sha256sum '{path}'"
        removed = 0
    began = time.perf_counter()
    for _ in range(10):
        subprocess.run(["sh", "-c", command], check=True, capture_output=True)
    return {
        "check_one_document_ms": round((time.perf_counter() - began) * 100, 1),
        "bytes_read_to_audit_one_document": os.path.getsize(path),
        "bytes_rewritten_to_dispose_of_one_document": removed,
    }


def _read(package: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with package.open(name) as stream:
        while chunk := stream.read(1 << 20):
            yield chunk


def main() -> None:
    """Measure three ways, alternating, three times; print the medians' run of each."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        folder = Path(name)
        stored = make_packages(folder, zipfile.ZIP_STORED)
        deflated = make_packages(folder, zipfile.ZIP_DEFLATED)
        ways = {
            "files_from_stored_zip": (stored, as_files),
            "container_stored": (stored, as_container),
            "files_from_deflated_zip": (deflated, as_files),
            "container_deflated": (deflated, as_container),
        }
        runs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for _ in range(3):
            for way, (packages, stage) in ways.items():
                runs[way].append(measure(folder, packages, stage))
    middle = {way: sorted(seen, key=lambda run: run["documents_per_second"])[1] for way, seen in runs.items()}
    print(
        json.dumps(
            {"expedientes": EXPEDIENTES, "documents_each": DOCUMENTS, "size": SIZE, **middle}, indent=2
        )
    )


if __name__ == "__main__":
    main()
