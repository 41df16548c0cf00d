# SPDX-License-Identifier: EUPL-1.2
"""What an access rule says of an object on a day. Pure.

    ruling on the object, if there is one        decides alone (an archivist looked)
    else the strictest of
        the rule of its series (longest prefix)
        what its own metadata declare (e-EMGDE 9.1)
        personal data that its metadata declare (e-EMGDE 8.4)
    else limited: nobody said that it may be given to anybody

A hold is not here: it keeps things from being destroyed or given, and opens nothing.

Source: LPH art. 57.1 (free consultation, personal data 25 years after death, else 50 from the date of the
documents); Ley 19/2013 arts. 14-15; RD 1708/2011 art. 28; e-EMGDE v2 elements 8.4 and 9.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from archive.model import DocumentRecord, ObjectRecord
from archive.regime import Access, AccessRegime

YEARS_AFTER_DEATH: Final = 25
YEARS_FROM_DATE: Final = 50
PERSONAL_DATA: Final = "personal-data"
PERSONAL_DATA_CLAUSE: Final = "Ley 16/1985, art. 57.1.c; RD 1708/2011, art. 28"
DEFAULT: Final = AccessRegime(Access.LIMITED, "not-classified", "Ley 39/2015, arts. 13.d y 53.1.a")
"""Of what nobody has classified."""
NOT_ADMITTED: Final = AccessRegime(
    Access.RESERVED, "not-admitted", "NTI de Política de gestión de documentos electrónicos, VI.1"
)
"""Of what waits for an archivist or was refused: no rule opens it, nor needs to close it."""

_STRICT: Final = {Access.OPEN: 0, Access.LIMITED: 1, Access.RESERVED: 2}
_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for a series, or a ruling on one object."""

    access: Access
    cause: str
    """Short code or words: `personal-data`, `Ley 19/2013 art. 14.1.e`…"""
    clause: str = ""
    """Norm and article, or the resolution that says so."""
    prefix: str = ""
    """Of the classification code; empty for every series. Not read in a ruling."""
    object_id: str = ""
    """The one object of a ruling; empty in a rule for a series."""
    personal_data: bool = False
    """Opens 25 years after the death of those affected, else 50 years from the date of the documents."""
    opens_after: int = 0
    """Opens so many years from the date of the documents; 0: not by itself."""
    deceased_on: date | None = None
    """Of a ruling: when the last of those affected died."""
    documents_of: date | None = None
    """Of a ruling: the date of the documents, where the metadata give a wrong one or none."""

    def covers(self, series: str) -> bool:
        """Tell whether a classification code is of this rule's series: `2.3` covers `2.3.1`, not `2.31`."""
        if not series.startswith(self.prefix):
            return False
        rest = series[len(self.prefix) :]
        return not self.prefix or not rest or not rest[0].isalnum() or not self.prefix[-1].isalnum()


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one municipality."""

    series: tuple[Rule, ...] = ()
    rulings: Mapping[str, Rule] = field(hash=False, default_factory=dict)
    """By object id."""

    def for_series(self, series: str) -> Rule | None:
        """Return the rule with the longest prefix that covers a classification code."""
        found = [rule for rule in self.series if rule.covers(series)]
        return max(found, key=lambda rule: len(rule.prefix), default=None)


def regime_by(
    rules: Rules,
    record: ObjectRecord,
    *,
    on: date,
    documents: Iterable[DocumentRecord] = (),
    source: ObjectRecord | None = None,
) -> AccessRegime:
    """Return the regime of an object on a day.

    Args:
        rules: Of its municipality.
        record: The object.
        on: The day.
        documents: Of the object, for their dates; without them only the object's own dates count.
        source: Of a certified copy, the object that it was made of: a copy is as open as its original.
    """
    if source is not None:
        return regime_by(rules, source, on=on)
    ruling = rules.rulings.get(record.object_id)
    dated = documents_date(record, documents)
    if ruling is not None:
        return _applied(ruling, ruling.documents_of or dated, on)
    said = list(_said(rules, record, dated, on))
    if not said:
        return DEFAULT
    strictest = max(said, key=lambda one: _STRICT[one.access])
    closed = [one.until for one in said if one.access is not Access.OPEN]
    known = [day for day in closed if day is not None]
    until = max(known) if known and len(known) == len(closed) else None
    return AccessRegime(strictest.access, strictest.cause, strictest.clause, until)


def documents_date(record: ObjectRecord, documents: Iterable[DocumentRecord] = ()) -> date:
    """Return the date from which years run: FechaFin (e-EMGDE 4.2), else the newest that is known.

    The newest is the careful one: nothing opens too early. The day of the deposit where nothing is known.
    """
    declared = _date(_additional(record, "fechafin"))
    if declared is not None:
        return declared
    told = [record.metadata.get(name) for name in ("fecha_apertura", "fecha_indice", "fecha_captura")]
    told += [document.captured_at for document in documents]
    dates = [found for text in told if (found := _date(text)) is not None]
    return max(dates, default=record.created_at.date())


def newest(documents: Iterable[DocumentRecord]) -> tuple[DocumentRecord, ...]:
    """Return the one document that decides in `documents_date`, or none: to be remembered for thousands.

    Law: `documents_date(record, newest(documents)) == documents_date(record, documents)`.
    """
    dated = [(found, one) for one in documents if (found := _date(one.captured_at)) is not None]
    return (max(dated, key=lambda pair: pair[0])[1],) if dated else ()


def _said(rules: Rules, record: ObjectRecord, dated: date, on: date) -> Iterator[AccessRegime]:
    series = record.metadata.get("clasificacion")
    rule = rules.for_series(series if isinstance(series, str) else "")
    if rule is not None:
        yield _applied(rule, dated, on)
    declared = _additional(record, "tipoacceso").casefold()
    if declared in {"libre", "limitado"}:
        cause = _additional(record, "codigocausalimitacion") or "declared"
        clause = _additional(record, "causalegalnormativa") or "e-EMGDE 9.1"
        yield AccessRegime(Access(declared), "declared" if declared == "libre" else cause, clause)
    if _additional(record, "sensibilidaddatospersonales").casefold() not in {"", "ninguno", "ninguna", "no"}:
        personal = Rule(Access.LIMITED, PERSONAL_DATA, PERSONAL_DATA_CLAUSE, personal_data=True)
        yield _applied(personal, dated, on)


def _applied(rule: Rule, dated: date, on: date) -> AccessRegime:
    if rule.access is Access.OPEN:
        return AccessRegime(Access.OPEN, rule.cause, rule.clause)
    until = _opening(rule, dated)
    if until is not None and on >= until:
        return AccessRegime(Access.OPEN, "term-over", rule.clause or PERSONAL_DATA_CLAUSE)
    return AccessRegime(rule.access, rule.cause, rule.clause, until)


def _opening(rule: Rule, dated: date) -> date | None:
    ends = []
    if rule.personal_data:
        died = rule.deceased_on
        ends.append(_later(died, YEARS_AFTER_DEATH) if died else _later(dated, YEARS_FROM_DATE))
    if rule.opens_after:
        ends.append(_later(dated, rule.opens_after))
    return max(ends, default=None)


def _later(start: date, years: int) -> date:
    """Return the first day after a term of years, counted from date to date (Código Civil art. 5)."""
    year = start.year + years
    try:
        last = start.replace(year=year)
    except ValueError:  # 29 February, or past the calendar's end
        last = date(year, 2, 28) if year <= date.max.year else date.max - timedelta(days=1)
    return last + timedelta(days=1)


def _additional(record: ObjectRecord, name: str) -> str:
    """Return an additional metadatum by the last part of its name, whatever its writer put before."""
    values: Any = record.metadata.get("adicionales")
    if not isinstance(values, Mapping):
        return ""
    for key, value in values.items():
        last = str(key).replace(" ", "").replace("_", "").rsplit(".", 1)[-1]
        if last.casefold() == name and isinstance(value, str):
            return value.strip()
    return ""


def _date(text: object) -> date | None:
    found = _DATE.match(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
