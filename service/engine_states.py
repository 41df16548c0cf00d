# SPDX-License-Identifier: EUPL-1.2
"""How each engine of an open archive is at this moment, by asking it something small."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from archive.catalog import INSTALLATION
from archive.errors import LongevaError, NotFound
from archive.home import Home
from archive.journal import ledger_prefix
from archive.model import SYSTEM_TENANT
from archive.store import ObjectStore
from archive.web.watching import EngineState
from search.index import Index


class EngineStates:
    """Asks the engines of one archive, again and again. For one thread."""

    def __init__(self, home: Home, index: Index) -> None:
        self._home = home
        self._index = index
        self._stores: dict[str, ObjectStore] = {}

    def now(self) -> list[EngineState]:
        """Return how every engine is.

        Nobody can be served without the catalogue and one store that answers. Without a quorum, or without
        the index, what is there is still read and verified.
        """
        settings = self._home.engines.settings
        found = [_state("catalogue", self._ask_catalogue, needed=True)]
        stores = [_state(f"store {name}", partial(self._ask_store, name)) for name in settings.stores]
        reading = any(each.ok for each in stores)
        found.append(EngineState("stores", reading, needed=True, reason="" if reading else "none answers"))
        pairs = zip(stores, settings.stores.values(), strict=True)
        standing = sum(each.ok for each, store in pairs if not store.draining)
        quorum = standing >= settings.quorum
        words = "" if quorum else f"{standing} of the {settings.quorum} stores that must have what comes in"
        found.append(EngineState("quorum", quorum, needed=False, reason=words))
        return [*found, *stores, _state("index", self._ask_index)]

    def _ask_catalogue(self) -> None:
        with self._home.catalog.reading(INSTALLATION) as tx:
            tx.tenants()

    def _ask_store(self, name: str) -> None:
        if name not in self._stores:
            self._stores[name] = self._home.engines.open_one(self._home.engines.settings.stores[name], name)
        require_ledger(self._stores[name])

    def _ask_index(self) -> None:
        self._index.mark()


def require_ledger(store: ObjectStore) -> None:
    """Read something small that every store of an archive has.

    Raises:
        StorageUnavailable: It does not answer.
        NotFound: It answers and has not even the ledger: an empty folder where a disk should be mounted, or
            a store that was not filled yet.
    """
    try:
        store.read(f"{ledger_prefix(SYSTEM_TENANT)}head.json")
    except NotFound as cause:
        words = "it has no ledger: is its disk mounted, is it the right bucket, is it filled yet?"
        raise NotFound(words) from cause


def _state(engine: str, ask: Callable[[], None], *, needed: bool = False) -> EngineState:
    try:
        ask()
    except LongevaError as cause:
        return EngineState(engine, ok=False, needed=needed, reason=str(cause))
    except OSError as cause:
        return EngineState(engine, ok=False, needed=needed, reason=cause.strerror or type(cause).__name__)
    return EngineState(engine, ok=True, needed=needed)


def failed(states: list[EngineState]) -> Iterator[str]:
    """Yield the names of the engines that do not answer."""
    return (each.engine for each in states if not each.ok)
