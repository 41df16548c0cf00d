# SPDX-License-Identifier: EUPL-1.2
"""From a package to bytes that are durable: examine, stage, commit. Rows and receipts come after.

Runs in the process that reads the package, so that content never crosses processes. Dying anywhere leaves
only bytes that no inventory speaks of, or an object that no row speaks of: the same package deposited again
finds it and goes on from there, with the record that was written the first time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from archive.catalog import Catalog
from archive.clock import Clock
from archive.digests import Digests
from archive.errors import ConflictError
from archive.findings import finding
from archive.identifiers import object_id, uuid7
from archive.material import MATERIAL_PATH, Material, material_bytes
from archive.model import (
    RECORD_PATH,
    DepositRecord,
    DepositState,
    ObjectRecord,
    StoredFile,
)
from archive.objects import NewVersion, Objects
from archive.record import DepositDocument, record_file
from ingest.admission import STATES, decide
from ingest.contents import Received
from ingest.examination import Examination, examine
from ingest.material import Keeper
from ingest.packages import Limits, open_package
from preservation.trust.store import TrustStore

MESSAGE = "Deposit {deposit}: {count} files as received"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a package was given when it came in, before anybody looked at it."""

    deposit_id: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A package that was examined and, unless rejected, is on stable storage. No row speaks of it yet."""

    document: DepositDocument
    """As written beside the bytes, or as it would have been where nothing was stored."""
    record_file: StoredFile | None
    """The record itself; None where nothing was stored."""

    @property
    def deposit(self) -> DepositRecord:
        """The deposit, without receipt."""
        return self.document.deposit


@dataclass(slots=True)
class Intake:
    """What one process needs to take packages in for one tenant."""

    tenant_id: str
    objects: Objects
    catalog: Catalog
    trust: TrustStore
    clock: Clock
    work: Path
    keeper: Keeper
    limits: Limits | None = None
    tickets: Mapping[Path, Ticket] = field(default_factory=dict)
    """Of packages that have waited; the others come in at this moment."""

    def take(self, paths: Sequence[Path]) -> list[Taken]:
        """Take packages in, with one wait for the medium for all of them.

        Returns:
            One result for each path, in order. The same package twice gives the same object twice.

        Raises:
            InvalidRequest: Nothing at a path.
            ConflictError: A file changes every time that it is read.
            IntegrityError: An object of the same package is there and damaged.
            StorageUnavailable: The medium failed. Nothing of these packages was acknowledged.
        """
        try:
            return self._take_together(paths)
        except ConflictError:
            # Another process deposits one of these at this moment, or one of them is still being written.
            return [self._take_alone(path) for path in paths]

    def _take_together(self, paths: Sequence[Path]) -> list[Taken]:
        staged: dict[str, Taken] = {}
        try:
            results = [self._examined(path, staged) for path in paths]
            self.objects.commit([_version(each) for each in staged.values()])
        except BaseException:
            self.keeper.lost()
            for key in staged:
                self.objects.withdraw(key)
            raise
        self.keeper.settled()
        return [staged[each] if isinstance(each, str) else each for each in results]

    def _take_alone(self, path: Path) -> Taken:
        try:
            return self._take_together([path])[0]
        except ConflictError:
            return self._take_together([path])[0]  # whoever was first is done: what it kept is found now

    def _examined(self, path: Path, staged: dict[str, Taken]) -> Taken | str:
        """Examine one package and stage it; a string names the object in `staged`."""
        with open_package(path, self.work, self.limits) as package:
            at = self.clock.now()
            examination, received = examine(package, trust=self.trust, at=at)
            key = object_id(self.tenant_id, examination.eni_id, examination.digest)
            ticket = self.tickets.get(path) or Ticket(uuid7(at), at)
            document = self._document(examination, key, at, ticket)
            if document.deposit.state is DepositState.REJECTED:
                return Taken(document, None)
            if key in staged:
                return key
            if found := self._already_stored(key):
                return found
            staged[key] = self._stage(document, received, self.keeper.keep(examination.used))
            return key

    def _document(self, examination: Examination, key: str, at: datetime, ticket: Ticket) -> DepositDocument:
        findings = examination.findings
        if self._is_reused(examination):
            findings += (finding("PKG-ID-REUSED", examination.package, id=examination.eni_id),)
        state = STATES[decide(findings)]
        deposit = DepositRecord(
            deposit_id=ticket.deposit_id,
            tenant_id=self.tenant_id,
            state=state,
            since=ticket.received_at,
            package_name=examination.package,
            package_digest=examination.digest,
            object_id="" if state is DepositState.REJECTED else key,
            findings=findings,
        )
        record = ObjectRecord(
            object_id=key,
            tenant_id=self.tenant_id,
            kind=examination.kind,
            eni_id=examination.eni_id,
            title=examination.title,
            version=1,
            package_digest=examination.digest,
            created_at=at,
            metadata=examination.metadata,
        )
        return DepositDocument(
            deposit, record, examination.files, examination.documents, examination.signatures
        )

    def _is_reused(self, examination: Examination) -> bool:
        """Tell whether other bytes are kept under the same ENI identifier: an incident (NTI, anexos I)."""
        with self.catalog.reading(self.tenant_id) as tx:
            kept = tx.objects_with_eni_id(self.tenant_id, examination.eni_id)
        return any(each.package_digest != examination.digest for each in kept)

    def _already_stored(self, key: str) -> Taken | None:
        inventory = self.objects.begin(key)
        if inventory is None:
            return None
        self.objects.withdraw(key)
        with self.catalog.reading(self.tenant_id) as tx:
            known = key in tx.known_objects([key])
        if not known:  # whoever wrote it may have died before it was durable
            self.objects.assure(key)
        data = b"".join(self.objects.read_verified(key, RECORD_PATH, version=1))
        content = inventory.content_path(RECORD_PATH, 1)
        digests = Digests(inventory.manifest[content], inventory.fixity.get(content, ""), len(data))
        return Taken(DepositDocument.from_bytes(data), record_file(digests))

    def _stage(
        self, document: DepositDocument, received: Iterable[Received], material: Sequence[Material]
    ) -> Taken:
        key = document.object.object_id
        try:
            for each in received:
                _require_unchanged(each, self.objects.stage(key, each.path, each.chunks()))
            if material:
                listed = self.objects.stage(key, MATERIAL_PATH, [material_bytes(material)])
                document = replace(document, material=listed)
            digests = self.objects.stage(key, RECORD_PATH, [document.to_bytes()])
        except BaseException:
            self.objects.withdraw(key)
            raise
        return Taken(document, record_file(digests))


def _require_unchanged(received: Received, written: Digests) -> None:
    """Notice a file that changed between being examined and being stored."""
    if written != received.digests:
        raise ConflictError(f"{received.name} changed while it was being deposited", place=received.name)


def _version(taken: Taken) -> NewVersion:
    document = taken.document
    assert taken.record_file is not None
    own = (taken.record_file, *document.material_file())
    files = {file.path: file.digests for file in (*document.files, *own)}
    return NewVersion(
        object_id=document.object.object_id,
        files=files,
        message=MESSAGE.format(deposit=document.deposit.deposit_id, count=len(document.files)),
        user_name=document.deposit.tenant_id,
        created=document.object.created_at,
    )
