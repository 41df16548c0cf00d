# SPDX-License-Identifier: EUPL-1.2
"""The index follows the ledger: what was stored is indexed, what was disposed of goes, in the ledger's order.

* Each commit of the index carries the position, and the digest, of the last event it covers. Whoever dies
  anywhere leaves an index that is behind, and knows it; never one with a hole.
* An event is only the reason to look: what is indexed is the object as the catalogue has it now. So doing an
  event twice, or late, gives the same.
* A rebuild is the same code from position zero, into a new index beside the old one.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from archive.catalog import INSTALLATION
from archive.errors import (
    IndexBusy,
    IndexOutdated,
    IndexUnavailable,
    IntegrityError,
    NotAvailable,
    NotFound,
    XmlRefused,
)
from archive.home import Home
from archive.model import DocumentRecord, LedgerEvent, ObjectKind, ObjectRecord
from archive.settings import ElasticsearchSettings
from search.contents import content_chunks, unsigned
from search.descriptions import describe_document, describe_object
from search.extract import Extractor
from search.extraction import Extraction, Reason
from search.index import Index, IndexedDocument, Mark, Writer
from search.regimes import REGIME_EVENTS, Rules, regime_under, rules_of, touched_by
from search.regimes.register import today
from search.tantivy_index import TantivyIndex, rebuilding

if TYPE_CHECKING:
    from search.elastic.index import ElasticIndex

OBJECT_EVENTS: Final = frozenset({"object.stored", "object.updated", "object.disposed"})
"""Kinds of event after which an object's documents may be others; the subject is the object."""

INDEX_FOLDER: Final = "index"
"""Place of the index in a home."""

DISPOSED: Final = "object.disposed"
WAIT_SECONDS: Final = 10.0
"""How long a rebuild waits for another writer."""
OBJECTS_A_COMMIT: Final = 64
EVENTS_A_PAGE: Final = 1_000
WITHHELD_PAGES: Final = 20
MAX_WITHHELD: Final = 2_000
"""Objects that a question may leave out while the index catches up."""

Progress = Callable[[int], None]
"""Called with how many events were followed so far; `behind` gives how many there are."""

_log = logging.getLogger(__name__)


def open_index(home: Home, *, wait_seconds: float = 10.0) -> Index:
    """Open the index of a home, as its settings say; an empty one where it has none yet.

    One that an older Longeva made is made anew first, from the ledger, and the log says so: that takes as
    long as `longeva rebuild`.

    Args:
        home: The archive.
        wait_seconds: How long to wait for another writer; short for whoever only asks (`keep_up`).

    Raises:
        IndexUnavailable: It cannot be read; `rebuild` mends it. A cluster says so when it is first asked.
        NotAvailable: The settings ask for a cluster, whose library is not installed.
        ConfigurationError: The settings of the cluster cannot be used.
    """
    path = home.path / INDEX_FOLDER
    settings = home.engines.settings.index
    if isinstance(settings, ElasticsearchSettings):
        return _in_cluster(home, settings, wait_seconds)
    if home.read_only:
        return TantivyIndex(_linked(path), wait_seconds=wait_seconds)
    try:
        return TantivyIndex(path, wait_seconds=wait_seconds)
    except IndexOutdated as cause:
        _renew(home, cause)
        return TantivyIndex(path, wait_seconds=wait_seconds)


def _renew(home: Home, cause: IndexOutdated) -> int:
    _log.warning(
        "index.outdated", extra={"why": str(cause), "remedy": "it is being made anew from the ledger"}
    )
    followed = rebuild(home)
    _log.warning("index.renewed", extra={"events": followed})
    return followed


def _in_cluster(home: Home, settings: ElasticsearchSettings, wait_seconds: float) -> ElasticIndex:
    try:
        from search.elastic.index import ElasticIndex  # noqa: PLC0415 - only for those who use it
    except ImportError as cause:
        raise NotAvailable('a cluster needs its library: pip install "longeva[engines]"') from cause
    guard = home.engines.index_guard()
    return ElasticIndex(settings, guard, wait_seconds=wait_seconds, read_only=home.read_only)


def _linked(path: Path) -> Path:
    """Return a folder of links to the files of an index on a medium that cannot be written.

    tantivy takes a lock file even to read; the files of a commit never change, so links to them serve.
    """
    folder = Path(mkdtemp(prefix="longeva-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if path.is_dir():
        own = shutil.ignore_patterns("lock", ".tantivy-*.lock")
        shutil.copytree(path, folder / INDEX_FOLDER, copy_function=os.symlink, ignore=own)
    return folder / INDEX_FOLDER


def follow(home: Home, index: Index, *, limit: int | None = None, on_progress: Progress | None = None) -> int:
    """Bring the index up to date with the ledger.

    Args:
        home: The archive.
        index: The index of this home.
        limit: Follow at most so many events; all by default.
        on_progress: Called after each commit.

    Returns:
        How many events were followed; 0 when there was nothing new.

    Raises:
        IndexBusy: Another process writes the index, and did so for all the time that we wait.
        IndexUnavailable: The index followed another ledger than this (a catalogue restored from an older
            copy), which a rebuild mends; or it cannot be written.
        StorageUnavailable: The store cannot be read: repeat, nothing is lost.
        CatalogUnavailable: The catalogue cannot be read.
    """
    try:
        late = behind(home, index)
    except IndexOutdated as cause:
        return _renew(home, cause)
    if not late:
        return 0
    with index.writing() as writer, Extractor(home.work_folder()) as extractor:
        mark = index.mark()  # again: another process may have gone on before we held it
        _require_same_ledger(home, mark)
        return _Follower(home, writer, extractor, on_progress).run(mark.position, limit)


def keep_up(home: Home, index: Index) -> int:
    """Follow if nobody else is at it, before a search: whoever asks should not wait for a long rebuild.

    Returns:
        How many events the index is still behind: 0, unless another process is writing it.

    Raises:
        IndexUnavailable: As `follow`.
        StorageUnavailable: As `follow`.
    """
    if not home.read_only:
        with suppress(IndexBusy):
            follow(home, index)
    return behind(home, index)


def rebuild(home: Home, path: Path | None = None, *, on_progress: Progress | None = None) -> int:
    """Build the index anew from the whole ledger and take it into use at the end, atomically.

    Until then the old one answers; if this dies, it goes on doing so.

    Args:
        home: The archive.
        path: Folder of an embedded index, in whatever state; None for the index that the settings say.
        on_progress: Called after each commit.

    Returns:
        How many events were followed.

    Raises:
        IndexBusy: Another process writes the index.
        IndexUnavailable: It cannot be written.
    """
    settings = home.engines.settings.index
    fresh: AbstractContextManager[Writer]
    if path is None and isinstance(settings, ElasticsearchSettings):
        fresh = _in_cluster(home, settings, WAIT_SECONDS).rebuilding()
    else:
        fresh = rebuilding(path or home.path / INDEX_FOLDER)
    with fresh as writer, Extractor(home.work_folder()) as extractor:
        return _Follower(home, writer, extractor, on_progress).run(0, None)


def behind(home: Home, index: Index) -> int:
    """Return how many events the index has not followed yet.

    Raises:
        IndexUnavailable: The index followed another ledger; a rebuild mends it.
    """
    mark = index.mark()
    _require_same_ledger(home, mark)
    with home.catalog.reading(INSTALLATION) as tx:
        heads = [tx.last_event(tenant) for tenant in tx.ledger_tenants()]
    return max(0, max((head.position for head in heads if head), default=0) - mark.position)


def withheld(home: Home, index: Index, tenant_id: str) -> tuple[str, ...]:
    """Return the objects whose access regime changed after what the index holds.

    Until it has followed, who may not see what is reserved is not shown them: the index may still call them
    open.

    Raises:
        IndexUnavailable: The index is too far behind to tell; it catches up by itself.
    """
    position, objects = index.mark().position, dict[str, None]()
    for _ in range(WITHHELD_PAGES):
        with home.catalog.reading(INSTALLATION) as tx:
            events = list(tx.events(position, EVENTS_A_PAGE))
        for event in events:
            if event.tenant_id == tenant_id and event.kind in REGIME_EVENTS:
                objects.update(dict.fromkeys(touched_by(home, event)))
        if len(events) < EVENTS_A_PAGE and len(objects) <= MAX_WITHHELD:
            return tuple(objects)
        position = events[-1].position if events else position
    raise IndexUnavailable("The search index is catching up with changes of access; try again in a while")


def documents_of(
    home: Home, object_id: str, extractor: Extractor, rules: Callable[[str], Rules] | None = None
) -> Iterator[IndexedDocument]:
    """Yield what is to be indexed of an object: itself, and each of its documents with its text.

    Args:
        home: The archive.
        object_id: Which object.
        extractor: Reads texts.
        rules: The rules of access of a municipality; read anew where not given.

    Raises:
        NotFound: The catalogue has no such object.
        StorageUnavailable: The store cannot be read.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        record = tx.object(object_id)
        files, documents, signatures = tx.files(object_id), tx.documents(object_id), tx.signatures(object_id)
    known = rules(record.tenant_id) if rules else rules_of(home, record.tenant_id)
    regime = regime_under(home, known, record, documents, on=today(home))
    if record.kind is ObjectKind.EXPEDIENTE or not documents:
        yield replace(describe_object(record, files, signatures), acceso=str(regime.access))
    for document in documents:
        extraction = _extract(home, record, document, extractor)
        told = describe_document(record, document, signatures, extraction)
        yield replace(told, acceso=str(regime.access))


class _Follower:
    """One run over the ledger with one writer."""

    def __init__(
        self, home: Home, writer: Writer, extractor: Extractor, on_progress: Progress | None
    ) -> None:
        self._home = home
        self._writer = writer
        self._extractor = extractor
        self._on_progress = on_progress or (lambda _: None)
        self._followed = 0

    def run(self, position: int, limit: int | None) -> int:
        while events := self._next(position, limit):
            objects: dict[str, None] = {}
            for last in events:
                self._followed += 1
                if last.kind in OBJECT_EVENTS:
                    objects[last.subject] = None
                if last.kind in REGIME_EVENTS:
                    objects.update(dict.fromkeys(touched_by(self._home, last)))
                if len(objects) >= OBJECTS_A_COMMIT:
                    break
            self._index(objects, last)
            position = last.position
        return self._followed

    def _next(self, position: int, limit: int | None) -> list[LedgerEvent]:
        left = EVENTS_A_PAGE if limit is None else min(EVENTS_A_PAGE, limit - self._followed)
        if left <= 0:
            return []
        with self._home.catalog.reading(INSTALLATION) as tx:
            return list(tx.events(position, left))

    def _index(self, objects: dict[str, None], last: LedgerEvent) -> None:
        rules = cache(partial(rules_of, self._home))
        for object_id in objects:
            self._writer.delete_object(object_id)
            if self._is_kept(object_id):
                for document in documents_of(self._home, object_id, self._extractor, rules):
                    self._writer.add(document)
        self._writer.commit(last.position, last.digest)
        self._on_progress(self._followed)

    def _is_kept(self, object_id: str) -> bool:
        with self._home.catalog.reading(INSTALLATION) as tx:
            kinds = [event.kind for event in tx.events_about(object_id) if event.kind in OBJECT_EVENTS]
            if kinds and kinds[-1] == DISPOSED:
                return False
            try:
                tx.object(object_id)
            except NotFound:
                _log.warning("index.object_unknown", extra={"object": object_id})  # `longeva fsck` tells more
                return False
            return True


def _extract(home: Home, record: ObjectRecord, document: DocumentRecord, extractor: Extractor) -> Extraction:
    try:
        return extractor.extract(unsigned(content_chunks(home, record, document)))
    except NotFound:
        return Extraction(reason=Reason.ABSENT)
    except XmlRefused:
        return Extraction(reason=Reason.MALFORMED)
    except IntegrityError:
        _log.warning("index.object_damaged", extra={"object": record.object_id})
        return Extraction(reason=Reason.DAMAGED)


def _require_same_ledger(home: Home, mark: Mark) -> None:
    if mark.position == 0:
        return
    with home.catalog.reading(INSTALLATION) as tx:
        found = tx.events(mark.position - 1, 1)
    if not found or (found[0].position, found[0].digest) != (mark.position, mark.digest):
        raise IndexUnavailable(
            f"The search index followed a ledger that had another event at position {mark.position}: "
            "the catalogue was restored or rebuilt. Run `longeva rebuild`"
        )
