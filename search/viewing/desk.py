# SPDX-License-Identifier: EUPL-1.2
"""What looking at contents needs, once for each archive that is open: painters, derived files, a giver."""

from __future__ import annotations

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final
from weakref import WeakKeyDictionary

from archive.digests import read_chunks
from archive.home import Home
from archive.model import DocumentRecord, ObjectRecord
from search.contents import unsigned
from search.giving import Giver
from search.retrieval import record_access
from search.viewing.content import LookedAt, look
from search.viewing.derived import DerivedFolder
from search.viewing.drawing import Painter
from search.viewing.picture import Drawn, Trouble

FOLDER: Final = "viewing"
"""In the work folder of this process: it goes with it."""
ONE_VISIT: Final = 1_800.0
"""Seconds within which somebody who looks at the same thing again is one access."""
_MAX_VISITS: Final = 100_000
VIEWED: Final = "object.viewed"
"""Kind of the event that a look at a page leaves."""
_GIVEN: Final = frozenset({"content"})
"""What leaves the archive: the same event as of any other giving (`search.retrieval`)."""


class Desk:
    """Where contents of one archive are looked at; threads share it."""

    def __init__(self, home: Home, now: Callable[[], float] = time.monotonic) -> None:
        """Prepare; nothing is written or started yet."""
        self._of = weakref.ref(home)
        self._now = now
        self._lock = threading.Lock()
        self._visits: OrderedDict[tuple[str, str, str], float] = OrderedDict()
        self._derived: DerivedFolder | None = None
        self._counted: OrderedDict[str, Drawn] = OrderedDict()
        self.painter = Painter()
        self.giver = Giver()

    @property
    def _home(self) -> Home:
        home = self._of()
        assert home is not None, "the archive was closed"
        return home

    @property
    def derived(self) -> DerivedFolder:
        """The folder. Raises StorageUnavailable."""
        if self._derived is None:
            self._derived = DerivedFolder(self._home.work_folder() / FOLDER)
        return self._derived

    def look(self, record: ObjectRecord, document: DocumentRecord) -> LookedAt:
        """Return the content as it was recorded; see `search.viewing.content.look`."""
        return look(self._home, record, document, self.derived)

    def readable(self, looked: LookedAt) -> LookedAt:
        """Return what a CMS signature around a content holds (TF05), or the content itself."""
        if looked.head[:1] != b"\x30":
            return looked
        key = f"{looked.key}-inner"

        def make(target: BinaryIO) -> None:
            with looked.open() as stream:
                target.writelines(unsigned(read_chunks(stream)))

        def opened() -> BinaryIO:
            return self.derived.open(key, make)

        with opened() as stream:
            head = stream.read(4096)
            return LookedAt(key, stream.seek(0, 2), head, opened)

    def pages(self, looked: LookedAt, kind: str) -> Drawn:
        """Count the pages of a PDF or an image; the answer is remembered, trouble with time is not."""
        known = self._counted.get(looked.key)
        if known is None:
            known = self._draw(looked, kind, -1, 0)
            if known.trouble not in {Trouble.TIMEOUT, Trouble.MEMORY, Trouble.CRASHED}:
                with self._lock:
                    self._counted[looked.key] = known
                    while len(self._counted) > 10_000:
                        self._counted.popitem(last=False)
        return known

    def picture(self, looked: LookedAt, kind: str, page: int, width: int) -> tuple[BinaryIO | None, Trouble]:
        """Return a page as PNG, drawn or found drawn; or why there is none.

        Args:
            looked: A readable content.
            kind: `pdf` or `image`.
            page: From 0.
            width: One of `search.viewing.picture.WIDTHS`.
        """

        def make(target: BinaryIO) -> None:
            self._paint(looked, kind, page, width, target)

        try:
            made = self.derived.open(f"{looked.key}-{page}-{width}.png", make)
        except _NotDrawnError as why:
            return None, why.trouble
        return made, Trouble.NONE

    def visit(self, record: ObjectRecord, agent: str, what: str, document: int = 0) -> None:
        """Tell the ledger that somebody looked, once in a while for each who and what.

        Args:
            record: The object.
            agent: Who looks.
            what: `view` (its page), `document` (a document's), `content` (saved).
            document: Its number; names of files may be names of people.

        Raises:
            StorageUnavailable: It cannot be recorded: then nothing is shown.
        """
        about, now = (agent, record.object_id, f"{what} {document}"), self._now()
        with self._lock:
            while self._visits and (
                next(iter(self._visits.values())) <= now or len(self._visits) >= _MAX_VISITS
            ):
                self._visits.popitem(last=False)
            if about in self._visits:
                return
        detail = {"what": what} | ({"document": str(document)} if document else {})
        if what in _GIVEN:
            record_access(self._home, record, agent, detail)
        else:
            self._home.reads.note(record.tenant_id, VIEWED, record.object_id, agent, dict(detail))
        with self._lock:
            self._visits[about] = now + ONE_VISIT

    def _paint(self, looked: LookedAt, kind: str, page: int, width: int, target: BinaryIO) -> None:
        drawn = self._draw(looked, kind, page, width)
        if drawn.trouble:
            raise _NotDrawnError(drawn.trouble)
        target.write(drawn.png)

    def _draw(self, looked: LookedAt, kind: str, page: int, width: int) -> Drawn:
        with looked.open() as stream:
            return self.painter.draw(Path(stream.name), kind, page, width)


class _NotDrawnError(Exception):
    """There is no picture. Stays inside this module."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


_desks: WeakKeyDictionary[Home, Desk] = WeakKeyDictionary()
_making: Final = threading.Lock()


def desk_of(home: Home) -> Desk:
    """Return the desk of an archive that is open."""
    with _making:
        found = _desks.get(home)
        if found is None:
            found = _desks[home] = Desk(home)
        return found
