# SPDX-License-Identifier: EUPL-1.2
"""Takes the codes of an old platform in from a table, and says what each stands for today.

    csv;eni_id;sha256;path
    A1B2C3D4E5F6G7H8;ES_L01990019_2014_00000000000000000000001234;;

The header names the columns, in any order; `csv` and one of the others must be there; `,` and tabs separate
too. The same table again changes nothing; a code with another document than before is changed and counted.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from archive.catalog import RegisterEntry
from archive.errors import InvalidInput, StorageUnavailable
from archive.home import Home
from archive.identifiers import uuid7
from archive.registers import Register
from archive.terminal import OnProgress
from search.aliases import (
    CODES_STATE,
    PER_ENTRY,
    REGISTER,
    Alias,
    Sede,
    body_of,
    entries_of,
    is_long_enough,
    keys_of,
)
from search.csv_typing import folded

MAX_CODE: Final = 200
NAMED: Final = 20
"""Lines of each kind that a report names; the rest is counted."""
_COLUMNS: Final = ("csv", "eni_id", "sha256", "path")
_GROUP: Final = 20
"""Entries written in one transaction."""
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Lines:
    """Lines of a table that share a fate: how many, and the first of them."""

    count: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)
    """Number of the line and its code."""

    def add(self, line: int, code: str) -> None:
        """Count a line, and name it if it is among the first."""
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append((line, code))

    def to_json(self) -> dict[str, Any]:
        """Return the form for machines."""
        return {"count": self.count, "first": [{"line": line, "csv": code} for line, code in self.first]}


@dataclass(slots=True)
class ImportReport:
    """What came of a table."""

    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    resolved: int = 0
    """Codes that stand for one document that is kept today."""
    unknown: Lines = field(default_factory=Lines)
    """Their document has not come yet: they resolve when it does; without ENI identifier, imported again."""
    ambiguous: Lines = field(default_factory=Lines)
    """Several documents fit: whoever verifies is asked, or told to ask."""
    alike: Lines = field(default_factory=Lines)
    """Codes of two documents that nobody can tell apart on paper: left out."""
    malformed: Lines = field(default_factory=Lines)
    """Not of the sede's form, unprintable, or naming no document: left out."""
    guessable: Lines = field(default_factory=Lines)
    """Too short to be a key: left out."""

    def to_json(self) -> dict[str, Any]:
        """Return the form for machines."""
        numbers = {name: getattr(self, name) for name in ("read", "new", "changed", "same", "resolved")}
        lines = ("unknown", "ambiguous", "alike", "malformed", "guessable")
        return numbers | {name: getattr(self, name).to_json() for name in lines}


def import_aliases(
    home: Home, sede: Sede, table: Path, *, agent: str, on_progress: OnProgress | None = None
) -> ImportReport:
    """Take a table in: durable when it returns.

    Args:
        home: The archive.
        sede: Whose codes, as `keep_sede` gave it.
        table: See the module; UTF-8, with or without mark.
        agent: For the ledger, which names no code.
        on_progress: Told of entries written.

    Raises:
        InvalidInput: It is no such table.
        StorageUnavailable: It cannot be read, or the archive not be written; what was written stays: import
            it again.
    """
    report = ImportReport()
    wanted = _wanted(sede, table, report)
    held = _Held(home, sede.tenant_id, [alias for _, alias in wanted.values()])
    resolved = {key: held.resolve(line, alias, report) for key, (line, alias) in wanted.items()}
    kept = list(entries_of(home, sede))
    changed = list(_changed(kept, resolved, report))
    entries = [*changed, *_new(home, sede, list(resolved.values()))]
    register = Register(home, REGISTER)
    for start in range(0, len(entries), _GROUP):
        group = entries[start : start + _GROUP]
        register.put_all(sede.tenant_id, group, kind="csv.imported", agent=agent)
        if on_progress:
            on_progress(min(start + _GROUP, len(entries)), len(entries))
    return report


def _wanted(sede: Sede, table: Path, report: ImportReport) -> dict[str, tuple[int, Alias]]:
    """Read the table: folded code to line and alias; what cannot be taken is told."""
    form = re.compile(sede.pattern) if sede.pattern else None
    wanted: dict[str, tuple[int, Alias]] = {}
    unclear: set[str] = set()
    for line, alias in _rows(table):
        report.read += 1
        key = folded(alias.csv)
        before = wanted.get(key)
        if not _is_sound(alias, form):
            report.malformed.add(line, alias.csv[:MAX_CODE])
        elif not is_long_enough(alias.csv):
            report.guessable.add(line, alias.csv)
        elif key in unclear or (before is not None and before[1] != alias):
            if before is not None:
                del wanted[key]
                report.alike.add(*_named(before))
            unclear.add(key)
            report.alike.add(line, alias.csv)
        else:
            wanted[key] = (line, alias)
    return wanted


def _named(known: tuple[int, Alias]) -> tuple[int, str]:
    return known[0], known[1].csv


def _is_sound(alias: Alias, form: re.Pattern[str] | None) -> bool:
    code = alias.csv
    fits = bool(code) and len(code) <= MAX_CODE and code.isprintable() and (not form or form.fullmatch(code))
    names = bool(alias.eni_id or alias.path or alias.sha256)
    return bool(fits) and names and (not alias.sha256 or _SHA256.fullmatch(alias.sha256) is not None)


def _rows(table: Path) -> Iterator[tuple[int, Alias]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            head = stream.readline()
            separator = max(";,\t", key=head.count)
            names = [name.strip().lower() for name in next(csv.reader([head], delimiter=separator), [])]
            if "csv" not in names or not set(names) & set(_COLUMNS[1:]):
                raise InvalidInput(
                    f"the first line names the columns: {', '.join(_COLUMNS)}", place=str(table)
                )
            reader = csv.reader(stream, delimiter=separator)
            for row in reader:
                if any(value.strip() for value in row):
                    told = {name: value.strip() for name, value in zip(names, row, strict=False)}
                    given = (told.get(name, "") for name in _COLUMNS)
                    code, eni_id, sha256, path = given
                    yield reader.line_num + 1, Alias("".join(code.split()), eni_id, sha256.lower(), path)
    except UnicodeDecodeError as cause:
        raise InvalidInput("the table is not UTF-8", place=str(table)) from cause
    except csv.Error as cause:
        raise InvalidInput(f"the table cannot be read: {cause}", place=str(table)) from cause
    except OSError as cause:
        raise StorageUnavailable(f"the table cannot be read: {cause.strerror}", place=str(table)) from cause


class _Held:
    """Which documents of the archive fit an alias: asked once for a whole table, in one pass."""

    def __init__(self, home: Home, tenant_id: str, aliases: Sequence[Alias]) -> None:
        self._found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
        for alias in aliases:
            for key in _names_of(alias.eni_id, alias.sha256, alias.path):
                self._found[key] = []
        with home.catalog.reading(tenant_id) as tx:
            for object_id, path, eni_id, sha256 in tx.known_documents(tenant_id):
                for key in _names_of(eni_id, sha256, path):
                    if key in self._found:
                        self._found[key].append((object_id, path, sha256))

    def resolve(self, line: int, alias: Alias, report: ImportReport) -> Alias:
        """Say what an alias stands for today; the object is written down where there is no ENI identifier."""
        sets = [set(self._found[key]) for key in _names_of(alias.eni_id, alias.sha256, alias.path)]
        fitting = sorted(set.intersection(*sets)) if sets else []
        if not fitting:
            report.unknown.add(line, alias.csv)
            return alias
        if len({sha256 or path for _, path, sha256 in fitting}) > 1:
            report.ambiguous.add(line, alias.csv)
            return alias
        report.resolved += 1
        object_id, path, _ = fitting[0]
        return alias if alias.eni_id else replace(alias, object_id=object_id, path=path)


def _names_of(eni_id: str, sha256: str, path: str) -> list[tuple[str, str]]:
    named = [("eni", eni_id), ("sha256", sha256), ("path", path.rsplit("/", 1)[-1])]
    return [pair for pair in named if pair[1]]


def _changed(
    kept: Iterable[tuple[RegisterEntry, list[Alias]]], wanted: dict[str, Alias], report: ImportReport
) -> Iterator[RegisterEntry]:
    """Give entries with what the table says otherwise; what they held already leaves `wanted`."""
    for entry, aliases in kept:
        told = [wanted.pop(folded(alias.csv), None) for alias in aliases]
        now = [after or before for before, after in zip(aliases, told, strict=True)]
        differing = sum(before != after for before, after in zip(aliases, now, strict=True))
        report.changed += differing
        report.same += sum(after is not None for after in told) - differing
        if differing:
            body = entry.body | {"codes": [alias.to_list() for alias in now]}
            yield replace(entry, version=entry.version + 1, body=body)
    report.new = len(wanted)


def _new(home: Home, sede: Sede, aliases: list[Alias]) -> Iterator[RegisterEntry]:
    at = home.clock.now()
    for start in range(0, len(aliases), PER_ENTRY):
        some = aliases[start : start + PER_ENTRY]
        yield RegisterEntry(
            sede.tenant_id, REGISTER, uuid7(at), 1, at, body_of(sede, some), CODES_STATE, None,
            keys_of(sede, some),
        )  # fmt: skip
