# SPDX-License-Identifier: EUPL-1.2
"""Puts objects into a home as a deposit would, by the hundred, without packages: for tests of what reads them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from archive.clock import FixedClock
from archive.home import Home
from archive.model import RECORD_PATH, FileRole, ObjectKind, ObjectRecord, StoredFile
from archive.objects import NewVersion


def keep_objects(home: Home, tenant_id: str, names: list[str], *, files: int = 2) -> list[str]:
    """Keep an object for each name with `files` small files and a record; return their identifiers.

    A clock that stands still is moved by a second for each object.
    """
    objects = home.objects(tenant_id)
    made: list[tuple[str, ObjectRecord, list[StoredFile]]] = []
    versions = []
    for name in names:
        if isinstance(home.clock, FixedClock):
            home.clock.instant += timedelta(seconds=1)
        now = home.clock.now()
        object_id = f"urn:longeva:{tenant_id}:{name}"
        paths = {f"received/{n}.xml": f"{object_id} {n}".encode() * 20 for n in range(files)}
        staged = {path: objects.stage(object_id, path, [data]) for path, data in paths.items()}
        record = {RECORD_PATH: objects.stage(object_id, RECORD_PATH, [b"{}"])}
        versions.append(NewVersion(object_id, staged | record, "m", "longeva", now))
        row = ObjectRecord(object_id, tenant_id, ObjectKind.EXPEDIENTE, name, name, 1, "0" * 64, now)
        made.append(
            (
                object_id,
                row,
                [StoredFile(path, FileRole.DOCUMENT, digests) for path, digests in staged.items()],
            )
        )
    objects.commit(versions)
    with home.catalog.transaction() as tx:
        for object_id, row, stored in made:
            tx.add_object(row, stored)
            home.ledger.append(tx, tenant_id, "object.stored", object_id, "test")
    home.ledger.flush()
    return [object_id for object_id, _, _ in made]


def place_of(home: Home, tenant_id: str, object_id: str, path: str) -> Path:
    """Return where the bytes of a file lie in a folder store, to damage them."""
    return home.path / "store" / home.objects(tenant_id).locate(object_id, path)
