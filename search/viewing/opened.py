# SPDX-License-Identifier: EUPL-1.2
"""An object opened for reading: its documents, its tree and its verdicts, held ready for the next page.

What is held never changes: it belongs to one version of an object. An expediente of 3,000 documents is read
once, and its next pages cost the same as those of a small one.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import BinaryIO, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from archive.eni.document import EniDocument
from archive.eni.expediente import EniExpediente
from archive.eni.read import read_eni
from archive.errors import IntegrityError, LimitExceeded, LongevaError, NotFound, XmlRefused
from archive.findings import Finding, Severity
from archive.home import Home
from archive.model import DepositRecord, DocumentRecord, FileRole, ObjectRecord, StoredFile
from search.regimes.rules import newest
from search.viewing.tree import Tree, grow

MAX_INDEX: Final = 64 << 20
"""Bytes of an index that is read for its tree; beyond, the catalogue's folders are shown."""
KEPT_DOCUMENTS: Final = 200_000
"""Documents held ready, of all objects together: some 200 MB."""
KEPT_ENI: Final = 1_000
"""ENI documents whose metadata are held ready."""


V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """One version of an object."""

    record: ObjectRecord
    documents: tuple[DocumentRecord, ...]
    files: tuple[StoredFile, ...]
    tree: Tree
    index: EniExpediente | None
    """None for a loose document, or where the index cannot be read."""
    trouble: str
    """Why not: `damaged`, `too-large`, `unreadable`; empty where nothing is wrong."""
    verdicts: dict[str, Counter[str]]
    """By path of the file: how many signatures have which indication."""
    indications: Counter[str]
    """The same of the whole object."""
    size: int
    """Bytes of all its files."""
    signed: tuple[str, ...] = ()
    """The oldest and the newest time that a signature claims, as kept; empty where none claims any."""

    @property
    def index_path(self) -> str:
        """Logical path of the index; empty where there is none."""
        return next((file.path for file in self.files if file.role is FileRole.INDEX), "")


def open_record(home: Home, record: ObjectRecord) -> OpenedRecord:
    """Open an object in the version that the catalogue gave.

    Raises:
        NotFound: It is gone meanwhile.
        StorageUnavailable: The store cannot be read.
    """
    shelf, key = _shelf(home), (record.object_id, record.version)
    found = shelf.records.get(key)
    if found is None:
        found = _read(home, record)
        if not found.trouble:  # what is damaged may be healed a minute later
            shelf.records.keep(key, found, 50 + len(found.documents))
    return found


Documents = tuple[DocumentRecord, ...]


def documents_of(home: Home, record: ObjectRecord) -> tuple[Documents, Documents]:
    """Return the documents of an object, held ready, and the one whose date decides its access regime."""
    shelf, key = _shelf(home), (record.object_id, record.version)
    found = shelf.documents.get(key)
    if found is None:
        with home.catalog.reading(record.tenant_id) as tx:
            documents = tuple(tx.documents(record.object_id))
        found = documents, newest(documents)
        shelf.documents.keep(key, found, 10 + len(documents))
    return found


def remarks_of(home: Home, deposit: DepositRecord) -> tuple[Finding, ...]:
    """Return what the checks remarked at a deposit, the gravest first, held ready: there may be thousands."""
    shelf, key = _shelf(home), (deposit.deposit_id, str(deposit.state))
    found = shelf.remarks.get(key)
    if found is None:
        with home.catalog.reading(deposit.tenant_id) as tx:
            told = tx.deposit(deposit.deposit_id).findings
        order = list(Severity)
        grave = [one for one in told if one.severity is not Severity.INFO]
        found = tuple(sorted(grave, key=lambda one: -order.index(one.severity)))
        shelf.remarks.keep(key, found, 5 + len(found))
    return found


def open_file(home: Home, record: ObjectRecord, path: str) -> BinaryIO:
    """Open a file of an object in the version that the catalogue gave; fixity is not checked.

    Where its files lie is held ready: the inventory of thousands takes a tenth of a second to read and check.

    Raises:
        NotFound: No such file.
        IntegrityError: The inventory cannot be vouched for, or its bytes are gone.
    """
    shelf, key = _shelf(home), (record.object_id, record.version)
    known = shelf.places.get(key)
    if known is None:
        objects = home.objects(record.tenant_id)
        known = objects.content_keys(objects.inventory(record.object_id))
        shelf.places.keep(key, known, 10 + len(known))
    if path not in known:
        raise NotFound("the object has no such file", place=f"{record.object_id} {path}")
    try:
        return home.store.open_sound(*known[path])
    except NotFound as cause:
        raise IntegrityError("the bytes that the inventory speaks of are gone", place=path) from cause


def open_eni(home: Home, opened: OpenedRecord, document: DocumentRecord) -> EniDocument | None:
    """Return what the ENI XML of a document says; None for a loose file, or one that cannot be read."""
    if not document.eni_id:
        return None
    shelf, key = _shelf(home), (opened.record.object_id, opened.record.version, document.path)
    known = shelf.eni.get(key)
    if known is None:
        try:
            with open_file(home, opened.record, document.path) as stream:
                value = read_eni(stream, place=document.path).value
        except (XmlRefused, IntegrityError):
            return None
        if not isinstance(value, EniDocument):
            return None
        known = value
        shelf.eni.keep(key, known, 1)
    return known


class _Held(Generic[V]):
    """Values held ready up to a weight, the least used thrown out first; threads share it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._weight = 0

    def get(self, key: Hashable) -> V | None:
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, value: V, weight: int) -> None:
        with self._lock:
            _, before = self._values.pop(key, (value, 0))
            self._values[key] = (value, weight)
            self._weight += weight - before
            while self._weight > self._limit and len(self._values) > 1:
                _, (_, gone) = self._values.popitem(last=False)
                self._weight -= gone


class _Shelf:
    """What one home holds ready."""

    def __init__(self) -> None:
        self.records: _Held[OpenedRecord] = _Held(KEPT_DOCUMENTS)
        self.documents: _Held[tuple[Documents, Documents]] = _Held(KEPT_DOCUMENTS)
        self.remarks: _Held[tuple[Finding, ...]] = _Held(KEPT_DOCUMENTS)
        self.places: _Held[dict[str, tuple[str, str]]] = _Held(KEPT_DOCUMENTS)
        self.eni: _Held[EniDocument] = _Held(KEPT_ENI)


_shelves: WeakKeyDictionary[Home, _Shelf] = WeakKeyDictionary()
_making: Final = threading.Lock()


def _shelf(home: Home) -> _Shelf:
    with _making:
        return _shelves.setdefault(home, _Shelf())


def _read(home: Home, record: ObjectRecord) -> OpenedRecord:
    documents, _ = documents_of(home, record)
    with home.catalog.reading(record.tenant_id) as tx:
        files = tuple(tx.files(record.object_id))
        verdicts: dict[str, Counter[str]] = {}
        times = []
        for path, indication, time in tx.verdicts(record.object_id):
            verdicts.setdefault(path, Counter())[indication] += 1
            times.append(time)
    index, trouble = _index(home, record, files)
    tree = grow(index.entries if index else (), documents)
    signed = tuple(sorted(time for time in times if time))
    whole = Counter(indication for counted in verdicts.values() for indication in counted.elements())
    size = sum(file.digests.size for file in files)
    return OpenedRecord(
        record, documents, files, tree, index, trouble, verdicts, whole, size, signed[:1] + signed[-1:]
    )


def _index(
    home: Home, record: ObjectRecord, files: tuple[StoredFile, ...]
) -> tuple[EniExpediente | None, str]:
    """Read the index, its fixity checked; or say why it cannot be."""
    path = next((file.path for file in files if file.role is FileRole.INDEX), "")
    if not path:
        return None, ""
    try:
        value = read_eni(_whole(home, record, path), place=path).value
    except LimitExceeded:
        return None, "too-large"
    except XmlRefused:
        return None, "unreadable"
    except IntegrityError:
        return None, "damaged"
    except LongevaError as cause:
        if cause.http_status >= 500:
            raise
        return None, "unreadable"
    return (value, "") if isinstance(value, EniExpediente) else (None, "unreadable")


def _whole(home: Home, record: ObjectRecord, path: str) -> bytes:
    whole = bytearray()
    for chunk in home.objects(record.tenant_id).read_verified(record.object_id, path):
        whole += chunk
        if len(whole) > MAX_INDEX:
            raise LimitExceeded(f"{path} is larger than an index that is shown")
    return bytes(whole)
