# SPDX-License-Identifier: EUPL-1.2
"""Copies the store of an archive to a folder while it is written, so that the copy is whole by itself.

A writer makes what is spoken of durable before what speaks of it: content, then inventory, then ledger, then
the ledger's head. So whoever copies in the opposite order, and looks anew before each step, never copies a
word without what it speaks of:

    1 heads      tenants/T/ledger/head.json
    2 words      ledger segments and the records of deposits
    3 evidence   inventories of the batches, each with those of its versions
    4 objects    inventories of the municipalities' objects, likewise
    5 the rest   content, material, declarations, municipalities

An object that the words do not know yet waits for the next backup; its content may be there already, and is
what an interrupted deposit leaves (`longeva fsck --sweep`). No lock is taken, nobody waits.

Limits: remembers eight bytes for each object while it runs, and reads the ledgers of the copy once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from archive.chain import LedgerHead, read_event
from archive.digests import read_chunks
from archive.errors import IntegrityError, NotFound
from archive.journal import journal_head, ledger_prefix
from archive.store import ObjectStore
from archive.store.folder import FolderStore
from archive.store.keys import RESERVED

STORE: Final = "store"
"""Folder of the copy that is the store."""

_HEAD: Final = re.compile(r"tenants/[^/]+/ledger/head\.json")
_WORD: Final = re.compile(r"tenants/[^/]+/(ledger/\d+-\d+\.jsonl|deposits/[^/]+\.json)")
_TUPLES: Final = r"ocfl/(?:[0-9a-f]+/)+"
_BATCH: Final = re.compile(rf"evidence/{_TUPLES}inventory\.json")
_OBJECT: Final = re.compile(rf"tenants/[^/]+/{_TUPLES}inventory\.json")
_MAP: Final = re.compile(rf"(tenants/[^/]+|evidence)/{_TUPLES}(v\d+/)?inventory\.json(\.\w+)?")
_REWRITTEN: Final = re.compile(rf"{_HEAD.pattern}|tenants/[^/]+/(deposits/[^/]+|tenant)\.json")
_SUBJECT: Final = re.compile(rb'"subject":"((?:[^"\\]|\\.)*)"')
_TRIES: Final = 20
_MARK: Final = "copies/"
"""How far one of several stores was compared with the others: says nothing about a copy."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What one run did."""

    copied: int
    """Files written."""
    bytes: int
    kept: int
    """Files that the copy had already; they are never changed, so they were not read again."""
    heads: dict[str, int]
    """How far each ledger in the copy reaches."""


def back_up(
    store: ObjectStore, target: Path, on_progress: Callable[[int], None] | None = None
) -> BackupReport:
    """Bring a copy of a store up to date, or make it. Durable on return; repeat it after a death.

    Args:
        store: The store, which may be written meanwhile.
        target: A folder; the copy is `target/store`.
        on_progress: Called with how many files were looked at.

    Raises:
        IntegrityError: The copy's ledger reaches further than the store's, or tells another story: the
            archive was put back from an older copy, or this is another archive's. Nothing was changed.
        StorageUnavailable: The store cannot be read, or the copy not written.
    """
    copy = FolderStore(target / STORE)
    require_not_older(store, copy)
    run = _Run(store, copy, on_progress or (lambda _: None))
    run.step(_HEAD.fullmatch, run.bring)
    run.step(_WORD.fullmatch, run.bring)
    run.hear()
    run.step(_BATCH.fullmatch, run.bring_maps)
    run.step(_OBJECT.fullmatch, run.bring_maps)
    run.step(_is_rest, run.bring)
    copy.sync()
    heads = {tenant: journal_head(copy, tenant).sequence for tenant in _ledgers(copy)}
    return BackupReport(run.copied, run.bytes, run.kept, heads)


def require_not_older(store: ObjectStore, copy: ObjectStore) -> None:
    """Refuse a store that does not continue what a copy of it has: what was put back from an older copy.

    Raises:
        IntegrityError: As `back_up`.
    """
    for tenant in _ledgers(copy):
        had, has = journal_head(copy, tenant), journal_head(store, tenant)
        if had.sequence > has.sequence or (had.sequence == has.sequence and had.digest != has.digest):
            raise IntegrityError(
                f"the copy knows the ledger of {tenant} up to event {had.sequence}, the archive up to "
                f"{has.sequence}: was it put back from an older copy? Compare with receipts; keep this copy",
                place=f"{ledger_prefix(tenant)}head.json",
            )
        _require_continues(store, tenant, had)


def _require_continues(store: ObjectStore, tenant: str, had: LedgerHead) -> None:
    for key in store.keys(ledger_prefix(tenant)):
        found = re.search(r"(\d{12})-(\d{12})\.jsonl$", key)
        if found and int(found[1]) <= had.sequence <= int(found[2]):
            line = store.read(key).splitlines()[had.sequence - int(found[1])]
            if read_event(line).digest != had.digest:
                words = (
                    f"the ledger of {tenant} tells another story than its copy from event {had.sequence} on"
                )
                raise IntegrityError(words, place=key)
            return


class _Run:
    """One run over a store."""

    def __init__(self, store: ObjectStore, copy: FolderStore, on_progress: Callable[[int], None]) -> None:
        self._store = store
        self._copy = copy
        self._on_progress = on_progress
        self._told: set[bytes] = set()
        self._looked = self.copied = self.bytes = self.kept = 0

    def step(self, belongs: Callable[[str], object], bring: Callable[[str], None]) -> None:
        for key in self._store.keys(""):
            if belongs(key):
                with suppress(NotFound):  # a leftover that was swept meanwhile
                    bring(key)
            self._looked += 1
            self._on_progress(self._looked)
        self._copy.sync()

    def bring(self, key: str) -> None:
        if _REWRITTEN.fullmatch(key):
            self._bring_newest(key, self._store.read(key))
        elif self._copy.exists(key):
            self.kept += 1
        else:
            with self._store.open(key) as stream:
                self.bytes += self._copy.put(key, read_chunks(stream)).size
            self.copied += 1

    def hear(self) -> None:
        """Learn of what the ledgers of the copy speak; those that an interrupted run brought, too."""
        for tenant in _ledgers(self._copy):
            for key in filter(_WORD.fullmatch, self._copy.keys(ledger_prefix(tenant))):
                subjects = _SUBJECT.findall(self._copy.read(key))
                self._told.update(_short(subject) for subject in subjects)

    def _is_told(self, object_id: str) -> bool:
        # The ledger calls a batch by the last part of the id of its object.
        names = (object_id, object_id.rpartition(":")[2])
        return any(
            _short(json.dumps(name, ensure_ascii=False)[1:-1].encode()) in self._told for name in names
        )

    def bring_maps(self, key: str) -> None:
        """Bring a root inventory with its sidecar, and then those of the versions that it names."""
        for _ in range(_TRIES):  # while a version is added, they disagree for a moment
            data, line = self._store.read(key), self._store.read(f"{key}.sha256")
            if line.split()[:1] == [sha256(data).hexdigest().encode()]:
                break
        prefix, said = key.removesuffix("inventory.json"), json.loads(data)
        if not self._is_told(said["id"]) and not self._copy.exists(key):
            return
        for version in said["versions"]:
            for name in ("inventory.json.sha256", "inventory.json"):
                with suppress(NotFound):  # a lean store has none of its first version
                    self.bring(f"{prefix}{version}/{name}")
        self._bring_newest(f"{key}.sha256", line)
        self._bring_newest(key, data)

    def _bring_newest(self, key: str, data: bytes) -> None:
        if self._copy.exists(key) and self._copy.read(key) == data:
            self.kept += 1
            return
        self._copy.replace(key, data)
        self.bytes += len(data)
        self.copied += 1


def _short(subject: bytes) -> bytes:
    return sha256(subject).digest()[:8]


def _is_rest(key: str) -> bool:
    spoken = any(each.fullmatch(key) for each in (_HEAD, _WORD, _MAP))
    return not spoken and not key.startswith((_MARK, f"{RESERVED}/"))


def _ledgers(store: ObjectStore) -> Iterator[str]:
    for tenant in store.folders("tenants/"):
        if store.exists(f"{ledger_prefix(tenant)}head.json"):
            yield tenant
