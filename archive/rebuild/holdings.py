# SPDX-License-Identifier: EUPL-1.2
"""Objects back into a catalogue, led by the ledger: what was acknowledged, in the order in which it was.

An object without an event died between its bytes and its rows: nobody has a receipt for it. It stays in the
store, is reported as `object.unacknowledged` and kept out of the catalogue; depositing the package again
completes it. An event without its object is the opposite and worse: `object.missing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from archive.catalog import INSTALLATION, Catalog, CopyRecord, Holding, Transaction
from archive.catalog.session import pages
from archive.clock import parse_instant
from archive.digests import Digests, digest_bytes
from archive.errors import ConflictError, IntegrityError, NotFound
from archive.inventory import Inventory, parse_inventory
from archive.layout import INVENTORY, OBJECT_ROOT
from archive.model import RECORD_PATH, ObjectKind, ObjectRecord
from archive.objects import Objects
from archive.rebuild.history import event_pages
from archive.rebuild.report import Notes
from archive.record import DepositDocument
from archive.store import ObjectStore

_GROUP: Final = 200
"""Objects written in one transaction."""

_DISPOSED: Final = "object.disposed"
_REVOKED: Final = "copy.revoked"


class HoldingsOf:
    """Takes the objects of one tenant from the store into a new catalogue."""

    def __init__(self, store: ObjectStore, catalog: Catalog, tenant_id: str, notes: Notes) -> None:
        self._store = store
        self._catalog = catalog
        self._tenant_id = tenant_id
        self._notes = notes
        self._root = f"tenants/{tenant_id}/ocfl/"
        self._objects = Objects(store, self._root)
        self._seen: set[str] = set()
        """Objects whose trouble is noted already."""

    def restore(self) -> None:
        """Write objects with their deposits, and copies; then note what the store holds beyond the ledger."""
        for subjects in pages(self._acknowledged(), _GROUP):
            self._restore_group(subjects)
        self._revoke_copies()
        self._note_unacknowledged()

    def _acknowledged(self) -> Iterator[str]:
        prefix = f"urn:longeva:{self._tenant_id}:"
        for page in event_pages(self._catalog, self._tenant_id):
            subjects = dict.fromkeys(event.subject for event in page if event.subject.startswith(prefix))
            with self._catalog.reading(INSTALLATION) as tx:
                known = tx.known_objects(subjects)
            yield from (subject for subject in subjects if subject not in known)

    def _restore_group(self, subjects: Iterable[str]) -> None:
        # A subject may come twice; writing the same object again is harmless.
        read = (self._read(subject) for subject in dict.fromkeys(subjects))
        found = [pair for pair in read if pair is not None]
        with self._catalog.transaction(INSTALLATION) as tx:
            tx.add_objects([_holding(document, record) for document, record in found])
            for document, _ in found:
                tx.record_deposit(document.deposit)
                self._add_copy(tx, document.object)

    def _read(self, object_id: str) -> tuple[DepositDocument, Digests] | None:
        if object_id in self._seen:
            return None
        try:
            inventory = self._objects.inventory(object_id)
            data = b"".join(self._objects.read_verified(object_id, RECORD_PATH))
            document = DepositDocument.from_bytes(data)
            self._require_agreement(inventory, document)
        except NotFound as cause:
            if not self._is_disposed(object_id):
                self._trouble("object.missing", object_id, cause)
            return None
        except IntegrityError as cause:
            self._trouble("object.damaged", object_id, cause)
            return None
        # Versions after the deposit's add files without writing the record again.
        head = replace(document.object, version=inventory.head)
        return replace(document, object=head), digest_bytes(data)

    def _is_disposed(self, object_id: str) -> bool:
        with self._catalog.reading(INSTALLATION) as tx:
            return any(event.kind == _DISPOSED for event in tx.events_about(object_id))

    def _require_agreement(self, inventory: Inventory, document: DepositDocument) -> None:
        if document.object.object_id != inventory.object_id:
            raise IntegrityError("its record is another object's", place=RECORD_PATH)
        if document.object.tenant_id != self._tenant_id or document.deposit.tenant_id != self._tenant_id:
            raise IntegrityError("its record is another tenant's", place=RECORD_PATH)
        state = inventory.version().state
        for file in document.files:
            if state.get(file.path) != file.digests.sha256:
                raise IntegrityError("record and inventory disagree about a file", place=file.path)

    def _trouble(self, kind: str, object_id: str, cause: Exception) -> None:
        self._seen.add(object_id)
        place = getattr(cause, "place", "")
        self._notes.add(kind, self._tenant_id, object_id, cause, place)

    def _add_copy(self, tx: Transaction, record: ObjectRecord) -> None:
        if record.kind is not ObjectKind.COPY:
            return
        try:
            tx.add_copy(copy_of(record))
        except (KeyError, TypeError, ValueError, ConflictError) as cause:
            self._notes.add("copy.unreadable", self._tenant_id, record.object_id, repr(cause))

    def _revoke_copies(self) -> None:
        for page in event_pages(self._catalog, self._tenant_id):
            for event in page:
                if event.kind == _REVOKED:
                    self._revoke(event.subject, event.at)

    def _revoke(self, copy_object_id: str, at: datetime) -> None:
        try:
            with self._catalog.transaction(INSTALLATION) as tx:
                tx.revoke_copy(copy_object_id, at)
        except NotFound as cause:
            self._notes.add("copy.missing", self._tenant_id, copy_object_id, cause)

    def _note_unacknowledged(self) -> None:
        for key in self._store.keys(self._root):
            folder, _, name = key.removeprefix(self._root).rpartition("/")
            if name != INVENTORY or OBJECT_ROOT.fullmatch(folder) is None:
                continue
            try:
                object_id = parse_inventory(self._store.read(key), key).object_id
            except IntegrityError as cause:
                self._notes.add("object.damaged", self._tenant_id, "", cause, key)
                continue
            with self._catalog.reading(INSTALLATION) as tx:
                known = tx.known_objects([object_id])
            if not known and object_id not in self._seen:
                detail = "its deposit died before the ledger had it: nobody has a receipt; deposit it again"
                self._notes.add("object.unacknowledged", self._tenant_id, object_id, detail, key)


def copy_of(record: ObjectRecord) -> CopyRecord:
    """Return the register's entry of a certified copy, from `metadata["copy"]` of its object.

    Raises:
        KeyError: The object does not say.
    """
    told = record.metadata["copy"]
    return CopyRecord(
        csv=told["csv"],
        tenant_id=record.tenant_id,
        copy_object_id=record.object_id,
        source_object_id=told["source_object_id"],
        source_path=told["source_path"],
        issued_at=parse_instant(told["issued_at"]),
        pdf_path=told["pdf_path"],
        eni_id=record.eni_id,
        revoked_at=None,
    )


def _holding(document: DepositDocument, record: Digests) -> Holding:
    files = document.catalogued_files(record)
    return Holding(document.object, files, document.documents, document.signatures)
