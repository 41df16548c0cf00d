# SPDX-License-Identifier: EUPL-1.2
"""The classification scheme of a municipality (cuadro de clasificación), imported from CSV into a register.

    codigo,titulo,padre
    2,Urbanismo,
    2.3,Licencias,2
    2.3.1,Licencias de obras mayores,

Without `padre` a code stands under the longest other one that it begins with, cut at `.`, `/` or `-`.
Source: e-EMGDE 2.0 element 22; Ley 16/1985 art. 59; ISO 15489-1 clause 8.3.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from archive.catalog import RegisterEntry
from archive.errors import InvalidRequest
from archive.home import Home
from archive.registers import Register

REGISTER: Final = "classification"
IMPORTED: Final = "classification.imported"
MAX_ROWS: Final = 20_000
MAX_CODE: Final = 200
MAX_TITLE: Final = 500
MAX_DEPTH: Final = 20
TOGETHER: Final = 500
"""Entries written at once."""
_SEPARATORS: Final = "./-"
_CODE: Final = ("codigo", "código", "code")
_TITLE: Final = ("titulo", "título", "title", "denominacion", "denominación")
_PARENT: Final = ("padre", "parent")


@dataclass(frozen=True, slots=True)
class Series:
    """One line of the scheme."""

    code: str
    title: str
    parent: str = ""
    """Code of what it stands under; empty at the top, or where its own code says it."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of the scheme with what stands under it."""

    series: Series
    own: int = 0
    """Documents of this very code, of those that may be seen."""
    below: tuple[Branch, ...] = ()
    known: bool = True
    """False for a code that documents have and the scheme does not."""

    @property
    def total(self) -> int:
        """Documents of it and of all below."""
        return self.own + sum(each.total for each in self.below)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int = 0
    changed: int = 0
    same: int = 0


def read_scheme(data: bytes) -> list[Series]:
    """Read a CSV: UTF-8 or Windows-1252, `,` or `;` between, first row names.

    Raises:
        InvalidRequest: It cannot be read; the message names the row.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    names = [(name or "").strip().lower() for name in rows.fieldnames or ()]
    rows.fieldnames = names
    code, title = _named(names, _CODE), _named(names, _TITLE)
    parent = _named(names, _PARENT, needed=False)
    found: dict[str, Series] = {}
    try:
        for number, row in enumerate(rows, 2):
            one = Series(_said(row, code).upper(), _said(row, title), _said(row, parent).upper())
            if not one.code and not one.title:
                continue
            _check(one, number, found)
            found[one.code] = one
    except csv.Error as cause:
        raise InvalidRequest(f"the CSV cannot be read: {cause}") from cause
    _check_parents(found)
    return list(found.values())


def import_scheme(home: Home, tenant_id: str, scheme: Iterable[Series], *, agent: str) -> Imported:
    """Keep a scheme: new lines are added, others changed; what is not in it stays as it is.

    Raises:
        NotFound: No such municipality.
        ConflictError: Somebody else imports at this moment; nothing is lost, repeat it.
    """
    register = Register(home, REGISTER)
    kept = {entry.entry_id: entry for entry in register.entries(tenant_id)}
    fresh: list[RegisterEntry] = []
    done = Imported()
    for one in scheme:
        entry_id = f"s-{hashlib.sha256(one.code.encode()).hexdigest()[:24]}"
        body = {"code": one.code, "title": one.title, "parent": one.parent}
        before = kept.get(entry_id)
        if before is not None and before.body == body:
            done = replace(done, same=done.same + 1)
            continue
        version = before.version + 1 if before else 1
        done = replace(done, changed=done.changed + 1) if before else replace(done, added=done.added + 1)
        fresh.append(RegisterEntry(tenant_id, REGISTER, entry_id, version, home.clock.now(), body))
    for begin in range(0, len(fresh), TOGETHER):
        register.put_all(tenant_id, fresh[begin : begin + TOGETHER], kind=IMPORTED, agent=agent)
    return done


def scheme_of(home: Home, tenant_id: str) -> list[Series]:
    """Return the scheme of a municipality, in the order of codes; empty where none was imported."""
    found = (Series(**entry.body) for entry in Register(home, REGISTER).entries(tenant_id))
    return sorted(found, key=lambda one: _ordered(one.code))


def titles_of(home: Home, tenant_id: str) -> dict[str, str]:
    """Return titles by code."""
    return {one.code: one.title for one in scheme_of(home, tenant_id)}


def tree(scheme: Iterable[Series], counts: Mapping[str, int]) -> list[Branch]:
    """Return the scheme as a tree with counts; codes that only documents have stand at the end of the top.

    Args:
        scheme: In any order.
        counts: Documents by code, of those that may be seen.
    """
    known = {one.code: one for one in scheme}
    growing = _Growing({code: counts[code] for code in counts if code in known})
    for code in sorted(known, key=_ordered):
        growing.under.setdefault(_parent(known, known[code]), []).append(known[code])
    unknown = (
        Branch(Series(code, ""), counts[code], known=False) for code in sorted(counts) if code not in known
    )
    return [*growing.branches("", 0), *unknown]


@dataclass(slots=True)
class _Growing:
    counts: Mapping[str, int]
    under: dict[str, list[Series]] = field(default_factory=dict)

    def branches(self, parent: str, depth: int) -> Iterator[Branch]:
        if depth > MAX_DEPTH:
            return
        for one in self.under.get(parent, ()):
            below = tuple(self.branches(one.code, depth + 1))
            yield Branch(one, self.counts.get(one.code, 0), below)


def _parent(known: Mapping[str, Series], one: Series) -> str:
    if one.parent:
        return one.parent
    shorter = (
        one.code[:place] for place in range(len(one.code) - 1, 0, -1) if one.code[place] in _SEPARATORS
    )
    return next((code for code in shorter if code in known), "")


def _ordered(code: str) -> list[tuple[bool, int, str]]:
    """2.10 comes after 2.9."""
    parts = code.replace("/", ".").replace("-", ".").split(".")
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def _named(names: list[str], wanted: tuple[str, ...], *, needed: bool = True) -> str:
    found = next((name for name in names if name in wanted), "")
    if needed and not found:
        raise InvalidRequest(f"the CSV has no column {wanted[0]!r}; its first row names the columns")
    return found


def _said(row: Mapping[str, str | None], name: str) -> str:
    return (row.get(name) or "").strip() if name else ""


def _check(one: Series, number: int, found: Mapping[str, Series]) -> None:
    if not one.code or not one.title:
        raise InvalidRequest(f"row {number}: a series has a code and a title")
    if len(one.code) > MAX_CODE or len(one.title) > MAX_TITLE:
        raise InvalidRequest(f"row {number}: a code has at most {MAX_CODE} characters, a title {MAX_TITLE}")
    if one.code in found:
        raise InvalidRequest(f"row {number}: the code {one.code} was there already")
    if len(found) >= MAX_ROWS:
        raise InvalidRequest(f"a scheme has at most {MAX_ROWS} series")


def _check_parents(found: Mapping[str, Series]) -> None:
    for one in found.values():
        if one.parent and one.parent not in found:
            raise InvalidRequest(f"{one.code} stands under {one.parent}, which the CSV does not have")
        above, seen = one, set[str]()
        while above.parent:
            if above.code in seen or len(seen) > MAX_DEPTH:
                raise InvalidRequest(f"{one.code} stands under itself, or more than {MAX_DEPTH} deep")
            seen.add(above.code)
            above = found[above.parent]
