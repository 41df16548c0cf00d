# SPDX-License-Identifier: EUPL-1.2
"""An object opened for reading: its documents, its tree and its verdicts, held ready for the next page.

What is held never changes: it belongs to one version of an object. An expediente of 3,000 documents is read
once, and its next pages cost the same as those of a small one.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from archive.eni.document import EniDocument
from archive.eni.expediente import EniExpediente
from archive.eni.read import read_eni
from archive.errors import IntegrityError, LimitExceeded, LongevaError, XmlRefused
from archive.home import Home
from archive.model import DocumentRecord, FileRole, ObjectRecord, StoredFile
from search.viewing.tree import Tree, grow

MAX_INDEX: Final = 64 << 20
"""Bytes of an index that is read for its tree; beyond, the catalogue's folders are shown."""
KEPT_DOCUMENTS: Final = 200_000
"""Documents held ready, of all objects together: some 200 MB."""
KEPT_ENI: Final = 1_000
"""ENI documents whose metadata are held ready."""


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
    signed: tuple[str, ...] = ()
    """The oldest and the newest time that a signature claims, as kept; empty where none claims any."""

    @property
    def index_path(self) -> str:
        """Logical path of the index; empty where there is none."""
        return next((file.path for file in self.files if file.role is FileRole.INDEX), "")

    def indications(self) -> Counter[str]:
        """How many signatures of the whole object have which indication."""
        return sum(self.verdicts.values(), Counter())


def open_record(home: Home, record: ObjectRecord) -> OpenedRecord:
    """Open an object in the version that the catalogue gave.

    Raises:
        NotFound: It is gone meanwhile.
        StorageUnavailable: The store cannot be read.
    """
    shelf = _shelf(home)
    key = (record.object_id, record.version)
    found = shelf.record(key)
    if found is None:
        found = _read(home, record)
        shelf.keep_record(key, found)
    return found


def documents_of(home: Home, record: ObjectRecord) -> tuple[DocumentRecord, ...]:
    """Return the documents of an object in the version that the catalogue gave, held ready."""
    shelf = _shelf(home)
    opened = shelf.record((record.object_id, record.version))
    if opened is not None:
        return opened.documents
    with home.catalog.reading(record.tenant_id) as tx:
        return tuple(tx.documents(record.object_id))


def open_eni(home: Home, opened: OpenedRecord, document: DocumentRecord) -> EniDocument | None:
    """Return what the ENI XML of a document says; None for a loose file, or one that cannot be read."""
    if not document.eni_id:
        return None
    shelf = _shelf(home)
    key = (opened.record.object_id, opened.record.version, document.path)
    if key not in shelf.eni:
        objects = home.objects(opened.record.tenant_id)
        try:
            with objects.open(opened.record.object_id, document.path) as stream:
                value = read_eni(stream, place=document.path).value
        except (XmlRefused, IntegrityError):
            return None
        shelf.keep_eni(key, value if isinstance(value, EniDocument) else None)
    return shelf.eni.get(key)


class _Shelf:
    """What one home holds ready; threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: OrderedDict[tuple[str, int], OpenedRecord] = OrderedDict()
        self._held = 0
        self.eni: OrderedDict[tuple[str, int, str], EniDocument | None] = OrderedDict()

    def record(self, key: tuple[str, int]) -> OpenedRecord | None:
        with self._lock:
            found = self._records.get(key)
            if found is not None:
                self._records.move_to_end(key)
            return found

    def keep_record(self, key: tuple[str, int], opened: OpenedRecord) -> None:
        if opened.trouble:
            return  # it may be healed a minute later
        with self._lock:
            if key not in self._records:
                self._held += _weight(opened)
            self._records[key] = opened
            while self._held > KEPT_DOCUMENTS and len(self._records) > 1:
                _, oldest = self._records.popitem(last=False)
                self._held -= _weight(oldest)

    def keep_eni(self, key: tuple[str, int, str], value: EniDocument | None) -> None:
        with self._lock:
            self.eni[key] = value
            while len(self.eni) > KEPT_ENI:
                self.eni.popitem(last=False)


_shelves: WeakKeyDictionary[Home, _Shelf] = WeakKeyDictionary()
_making: Final = threading.Lock()


def _shelf(home: Home) -> _Shelf:
    with _making:
        return _shelves.setdefault(home, _Shelf())


def _weight(opened: OpenedRecord) -> int:
    return len(opened.documents) + 50


def _read(home: Home, record: ObjectRecord) -> OpenedRecord:
    with home.catalog.reading(record.tenant_id) as tx:
        documents = tuple(tx.documents(record.object_id))
        files = tuple(tx.files(record.object_id))
        verdicts: dict[str, Counter[str]] = {}
        times = []
        for path, indication, time in tx.verdicts(record.object_id):
            verdicts.setdefault(path, Counter())[indication] += 1
            times.append(time)
    index, trouble = _index(home, record, files)
    tree = grow(index.entries if index else (), documents)
    signed = tuple(sorted(time for time in times if time))
    return OpenedRecord(record, documents, files, tree, index, trouble, verdicts, signed[:1] + signed[-1:])


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
