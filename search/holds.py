# SPDX-License-Identifier: EUPL-1.2
"""Legal holds: what must not be destroyed, or given, while a procedure lasts, whatever else says otherwise.

A hold covers one object, a series or the whole archive of a municipality. It is in force once the register
has it; then every file it covers is put under the legal hold of the stores that have one (S3 Object Lock),
which can be repeated (`apply`) for what came in later or for a store that did not answer. A hold opens
nothing: the access regime is another question.

Source: LPH art. 55.2 (no destruction while it proves rights); Ley 19/2013 art. 14.1.f; LJCA art. 48.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from archive.catalog import INSTALLATION, RegisterEntry
from archive.clock import format_instant
from archive.errors import ConflictError, InvalidRequest, LongevaError, NotFound
from archive.home import Home
from archive.identifiers import uuid7
from archive.layout import object_root
from archive.model import ObjectRecord
from archive.regime import Access
from archive.registers import Register
from search.regimes import Rule
from search.regimes.register import source_of

IN_FORCE: Final = "in-force"
OVER: Final = "over"
_NAME: Final = "holds"
MAX_WORDS: Final = 500


@dataclass(frozen=True, slots=True)
class Hold:
    """Why something is held, and what."""

    reason: str
    authority: str
    """Court or organ that asks for it, with its reference."""
    object_id: str = ""
    """One object; empty for a series."""
    series: str = ""
    """Prefix of the classification; with no object either, everything."""
    no_copies: bool = False
    """Also no copy may be given while it lasts."""

    def covers(self, record: ObjectRecord) -> bool:
        """Tell whether an object is held by this."""
        if self.object_id:
            return record.object_id == self.object_id
        series = record.metadata.get("clasificacion")
        code = series if isinstance(series, str) else ""
        return Rule(Access.LIMITED, "", prefix=self.series).covers(code)


@dataclass(frozen=True, slots=True)
class Locked:
    """What the stores did."""

    keys: int
    """Files that stores with legal holds confirmed."""
    failed: tuple[str, ...] = ()
    """Stores that could not, with their words: repeat."""


class _Holding(Protocol):
    def hold(self, key: str, *, on: bool) -> None: ...


def add_hold(home: Home, tenant_id: str, hold: Hold, *, agent: str) -> tuple[RegisterEntry, Locked]:
    """Put a hold in force, and the files it covers under the stores' own.

    Raises:
        InvalidRequest: It has no reason or no authority.
        NotFound: No such object in this municipality's archive.
    """
    for words in (hold.reason, hold.authority):
        if not words.strip() or len(words) > MAX_WORDS:
            raise InvalidRequest(f"a hold has a reason and an authority, of at most {MAX_WORDS} characters")
    if hold.object_id:
        with home.catalog.reading(INSTALLATION) as tx:
            if tx.object(hold.object_id).tenant_id != tenant_id:
                raise NotFound(f"no object {hold.object_id}")
    entry_id = uuid7(home.clock.now())
    kept = Register(home, _NAME).put(
        tenant_id, entry_id, _body(hold), kind="hold.added", agent=agent, state=IN_FORCE, detail=_told(hold)
    )
    return kept, apply_holds(home, tenant_id, hold)


def end_hold(home: Home, tenant_id: str, entry_id: str, why: str, *, agent: str) -> Locked:
    """End a hold, and release the files that no other one covers.

    Raises:
        NotFound: No such hold.
        InvalidRequest: Nobody said why.
        ConflictError: It has ended already, or somebody is just ending it.
    """
    if not why.strip():
        raise InvalidRequest("say why the hold ends")
    register = Register(home, _NAME)
    entry = register.get(tenant_id, entry_id)
    if entry.state != IN_FORCE:
        raise ConflictError("the hold has ended already", place="settled")
    hold = read_hold(entry.body)
    body = {**entry.body, "ended_at": format_instant(home.clock.now()), "ended_why": why[:MAX_WORDS]}
    register.put(
        tenant_id, entry_id, body, kind="hold.ended", agent=agent, version=entry.version + 1, state=OVER,
        detail=_told(hold),
    )  # fmt: skip
    return _lock(home, tenant_id, hold, on=False)


def apply_holds(home: Home, tenant_id: str, hold: Hold | None = None) -> Locked:
    """Put what a hold covers (all that are in force by default) under the stores' legal hold again."""
    if hold is not None:
        return _lock(home, tenant_id, hold, on=True)
    done = [_lock(home, tenant_id, one, on=True) for _, one in holds(home, tenant_id, in_force=True)]
    failed = tuple(dict.fromkeys(words for one in done for words in one.failed))
    return Locked(sum(one.keys for one in done), failed)


def holds(home: Home, tenant_id: str, *, in_force: bool = False) -> list[tuple[RegisterEntry, Hold]]:
    """Return the holds of a municipality, oldest first."""
    state = IN_FORCE if in_force else None
    return [(one, read_hold(one.body)) for one in Register(home, _NAME).entries(tenant_id, state=state)]


def holds_on(home: Home, record: ObjectRecord) -> list[Hold]:
    """Return the holds in force on an object; those on its original hold a certified copy too."""
    source = source_of(home, record)
    found = [hold for _, hold in holds(home, record.tenant_id, in_force=True)]
    return [hold for hold in found if hold.covers(record) or (source is not None and hold.covers(source))]


def read_hold(body: dict[str, Any]) -> Hold:
    """Read what the register keeps of a hold."""
    return Hold(body["reason"], body["authority"], body["object_id"], body["series"], body["no_copies"])


def _body(hold: Hold) -> dict[str, Any]:
    return {
        "reason": hold.reason, "authority": hold.authority, "object_id": hold.object_id,
        "series": hold.series, "no_copies": hold.no_copies,
    }  # fmt: skip


def _told(hold: Hold) -> dict[str, Any]:
    return {"object": hold.object_id} if hold.object_id else {"series": hold.series}


def _lock(home: Home, tenant_id: str, hold: Hold, *, on: bool) -> Locked:
    stores = list(_holding_stores(home))
    if not stores:
        return Locked(0)
    keys, failed = 0, {}
    with home.catalog.reading(tenant_id) as tx:
        records = [tx.object(hold.object_id)] if hold.object_id else list(tx.objects(tenant_id))
    for record in records:
        if not hold.covers(record) or (not on and holds_on(home, record)):
            continue
        folder = f"tenants/{tenant_id}/ocfl/{object_root(record.object_id)}/"
        for key in home.store.keys(folder):
            for name, store in stores:
                try:
                    store.hold(key, on=on)
                    keys += 1
                except LongevaError as cause:
                    failed[name] = f"{name}: {cause}"
    return Locked(keys, tuple(failed.values()))


def _holding_stores(home: Home) -> Iterator[tuple[str, _Holding]]:
    """Yield the stores that know legal holds."""
    for name, store in home.store.copies().stores:
        bare = getattr(store, "bare", store)
        if hasattr(bare, "hold"):
            yield name, cast("_Holding", bare)
