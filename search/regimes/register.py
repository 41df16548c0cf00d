# SPDX-License-Identifier: EUPL-1.2
"""The register `regimes`: who said, and when, how open a series or an object is. Changing it is told.

The ledger's event names the series or the object, so that the search index can follow (`touched_by`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from archive.catalog import INSTALLATION, RegisterEntry
from archive.errors import InvalidRequest, NotFound
from archive.home import Home
from archive.local_time import peninsular
from archive.model import DocumentRecord, LedgerEvent, ObjectKind, ObjectRecord
from archive.regime import Access, AccessRegime
from archive.registers import Register
from search.admitted import state_outside
from search.regimes.rules import NOT_ADMITTED, Rule, Rules, regime_by

CHANGED: Final = "regime.changed"
ENDED: Final = "regime.ended"
DECISIONS: Final = frozenset({"deposit.admitted", "deposit.refused"})
"""Kinds of event that settle a deposit; the subject is the object."""
REGIME_EVENTS: Final = frozenset({CHANGED, ENDED}) | DECISIONS
"""Kinds of event after which objects may have another regime; ask `touched_by` which."""

IN_FORCE: Final = "in-force"
OVER: Final = "over"
MAX_WORDS: Final = 500
_NAME: Final = "regimes"


def regime_of(
    home: Home, record: ObjectRecord, documents: Iterable[DocumentRecord] = (), *, on: date | None = None
) -> AccessRegime:
    """Return the regime of an object on a day: today's, by the peninsula's calendar, if none is given.

    For many objects of one municipality read `rules_of` once and ask `regime_under`.
    """
    return regime_under(home, rules_of(home, record.tenant_id), record, documents, on=on or today(home))


def regime_under(
    home: Home, rules: Rules, record: ObjectRecord, documents: Iterable[DocumentRecord] = (), *, on: date
) -> AccessRegime:
    """Return the regime of an object on a day, under rules read before.

    What waits for an archivist, or was refused, is reserved whatever the rules say. So is a copy of it.
    """
    source = source_of(home, record)
    with home.catalog.reading(record.tenant_id) as tx:
        outside = state_outside(tx, source or record)
    if outside is not None:
        return NOT_ADMITTED
    return regime_by(rules, record, on=on, documents=documents, source=source)


def source_of(home: Home, record: ObjectRecord) -> ObjectRecord | None:
    """Return what a certified copy was made of; None for everything else, and where it is gone."""
    told = record.metadata.get("copy")
    if record.kind is not ObjectKind.COPY or not isinstance(told, dict):
        return None
    with home.catalog.reading(record.tenant_id) as tx:
        try:
            return tx.object(str(told.get("source_object_id", "")))
        except NotFound:
            return None


def today(home: Home) -> date:
    """Return the day on the peninsula."""
    return peninsular(home.clock.now())[0].date()


def rules_of(home: Home, tenant_id: str) -> Rules:
    """Read the rules in force of a municipality."""
    series, rulings = [], {}
    for entry in Register(home, _NAME).entries(tenant_id, state=IN_FORCE):
        rule = read_rule(entry.body)
        if rule.object_id:
            rulings[rule.object_id] = rule
        else:
            series.append(rule)
    return Rules(tuple(series), rulings)


def entries(home: Home, tenant_id: str) -> list[tuple[RegisterEntry, Rule]]:
    """Return every rule with its entry, also those that are over: series first, in the order of codes."""
    found = [(entry, read_rule(entry.body)) for entry in Register(home, _NAME).entries(tenant_id)]
    return sorted(found, key=lambda one: (bool(one[1].object_id), one[1].prefix, one[1].object_id))


def set_rule(home: Home, tenant_id: str, rule: Rule, *, agent: str) -> RegisterEntry:
    """Put a rule in force, in the place of the one that this series or object had.

    Raises:
        InvalidRequest: Something in it makes no sense.
        NotFound: No such object in this municipality's archive.
        ConflictError: Somebody changed the same rule meanwhile.
    """
    _check(home, tenant_id, rule)
    return _put(home, tenant_id, rule, IN_FORCE, CHANGED, agent)


def close_rule(home: Home, tenant_id: str, entry_id: str, *, agent: str) -> RegisterEntry:
    """Take a rule out of force; it stays in the register. Raises NotFound."""
    rule = read_rule(Register(home, _NAME).get(tenant_id, entry_id).body)
    return _put(home, tenant_id, rule, OVER, ENDED, agent)


def touched_by(home: Home, event: LedgerEvent) -> Iterator[str]:
    """Yield the objects whose regime an event of `REGIME_EVENTS` may have changed, their copies too."""
    if event.kind not in REGIME_EVENTS:
        return
    if event.kind in DECISIONS:
        yield event.subject  # without copies: nothing is certified of what was not admitted
        return
    one = str(event.detail.get("object", ""))
    rule = Rule(Access.LIMITED, "", prefix=str(event.detail.get("series", "")))
    with home.catalog.reading(event.tenant_id) as tx:
        for record in tx.objects(event.tenant_id):
            series = record.metadata.get("clasificacion")
            if one:
                touched = record.object_id == one
            else:
                touched = rule.covers(series if isinstance(series, str) else "")
            told = record.metadata.get("copy")
            if isinstance(told, dict):
                source = str(told.get("source_object_id", ""))
                touched = source == one if one else True
            if touched:
                yield record.object_id


def _put(home: Home, tenant_id: str, rule: Rule, state: str, kind: str, agent: str) -> RegisterEntry:
    register, entry_id = Register(home, _NAME), _entry_id(rule)
    try:
        version = register.get(tenant_id, entry_id).version + 1
    except NotFound:
        version = 1
    about = {"object": rule.object_id} if rule.object_id else {"series": rule.prefix}
    told = {**about, "access": str(rule.access)}
    return register.put(
        tenant_id, entry_id, _body(rule), kind=kind, agent=agent, version=version, state=state, detail=told
    )


def _entry_id(rule: Rule) -> str:
    kind, what = ("object", rule.object_id) if rule.object_id else ("series", rule.prefix)
    return f"{kind}-{hashlib.sha256(what.encode()).hexdigest()[:16]}"


def _check(home: Home, tenant_id: str, rule: Rule) -> None:
    if not rule.cause.strip():
        raise InvalidRequest("a rule has a cause")
    if max(len(rule.cause), len(rule.clause), len(rule.prefix)) > MAX_WORDS:
        raise InvalidRequest(f"cause, clause and series have at most {MAX_WORDS} characters each")
    if not 0 <= rule.opens_after <= 200:
        raise InvalidRequest("a term is of 0 to 200 years")
    if rule.object_id:
        with home.catalog.reading(INSTALLATION) as tx:
            record = tx.object(rule.object_id)
        if record.tenant_id != tenant_id:
            raise NotFound(f"no object {rule.object_id}")
    elif rule.deceased_on or rule.documents_of:
        raise InvalidRequest("a date of death or of documents belongs to one object, not to a series")


def _body(rule: Rule) -> dict[str, Any]:
    return {
        "access": str(rule.access),
        "cause": rule.cause,
        "clause": rule.clause,
        "series": rule.prefix,
        "object": rule.object_id,
        "personal_data": rule.personal_data,
        "opens_after": rule.opens_after,
        "deceased_on": rule.deceased_on.isoformat() if rule.deceased_on else "",
        "documents_of": rule.documents_of.isoformat() if rule.documents_of else "",
    }


def read_rule(body: dict[str, Any]) -> Rule:
    """Read what the register keeps of a rule."""
    return Rule(
        Access(body["access"]), body["cause"], body["clause"], body["series"], body["object"],
        bool(body["personal_data"]), int(body["opens_after"]), _day(body["deceased_on"]),
        _day(body["documents_of"]),
    )  # fmt: skip


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
