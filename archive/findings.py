# SPDX-License-Identifier: EUPL-1.2
"""Findings: what a check saw, coded, with its place and the norm's clause, in Spanish and English.

A finding is a value, never an exception. Its words live in `findings_catalog/AREA.json`, keyed by code, so
that a translator needs no Python and the reference page is generated. Severity is part of the code's entry:
the same slip always weighs the same; what it leads to is decided by the admission policy alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any


class Severity(StrEnum):
    """How much a finding weighs; ordered from least to most."""

    INFO = "info"
    """Worth recording; nothing is wrong."""
    WARNING = "warning"
    """A slip known from the wild: accepted, recorded."""
    DECISION = "decision"
    """A person must decide: the deposit waits for an archivist."""
    ERROR = "error"
    """Cannot be parsed safely, or contradicts itself: the deposit is rejected."""


@dataclass(frozen=True, slots=True)
class FindingKind:
    """The entry of one code in `findings_catalog/`."""

    code: str
    severity: Severity
    clause: str
    """Norm and clause, or empty where only good sense demands it."""
    es: str
    en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check saw."""

    code: str
    """A key of the catalogue, such as `ENI-INDEX-MISSING-DOCUMENT`."""
    place: str = ""
    """File, and inside it the element or entry: `expediente.xml#indice`, `paquete.zip!a/b.xml`."""
    values: tuple[tuple[str, str], ...] = field(default=())
    """What the message names, in a fixed order; `NAME_es` is what the Spanish sentence says for `NAME`."""

    @property
    def kind(self) -> FindingKind:
        """Severity, clause and words of this code."""
        return finding_kinds()[self.code]

    @property
    def severity(self) -> Severity:
        """How much it weighs."""
        return self.kind.severity

    def message(self, language: str = "en") -> str:
        """Say it in `es` or `en`."""
        if language != "es":
            return self.kind.en.format_map(_Lenient(self.values))
        spanish = [(name.removesuffix("_es"), value) for name, value in self.values if name.endswith("_es")]
        return self.kind.es.format_map(_Lenient((*self.values, *spanish)))

    def to_json(self) -> dict[str, Any]:
        """Return the form."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "place": self.place,
            "message": self.message("en"),
            "mensaje": self.message("es"),
            "clause": self.kind.clause,
            "values": dict(self.values),
        }


def finding(code: str, place: str = "", **values: object) -> Finding:
    """Make a finding; values are turned to text and cut at 300 characters (they may be hostile).

    Raises:
        KeyError: The code has no entry in the catalogue (a programming error).
    """
    if code not in finding_kinds():
        raise KeyError(code)
    shown = tuple((name, _shown(value)) for name, value in values.items())
    return Finding(code, _shown(place), shown)


def finding_from_json(body: dict[str, Any]) -> Finding:
    """Read back what `Finding.to_json` wrote: `finding_from_json(f.to_json()) == f`."""
    return Finding(body["code"], body["place"], tuple(body["values"].items()))


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the heaviest severity, `INFO` where there is none."""
    order = list(Severity)
    return max((found.severity for found in findings), key=order.index, default=Severity.INFO)


@cache
def finding_kinds() -> dict[str, FindingKind]:
    """Every known code, from `findings_catalog/*.json`.

    Raises:
        ValueError: Two areas claim the same code (a programming error).
    """
    kinds: dict[str, FindingKind] = {}
    for area in sorted(
        resources.files("archive").joinpath("findings_catalog").iterdir(), key=lambda a: a.name
    ):
        for code, entry in json.loads(area.read_text("utf-8")).items():
            if code in kinds:
                raise ValueError(f"{area.name} repeats the code {code}")
            severity = Severity(entry["severity"])
            kinds[code] = FindingKind(code, severity, entry.get("clause", ""), entry["es"], entry["en"])
    return kinds


def _shown(value: object) -> str:
    text = str(value)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= 300 else text[:299] + "…"


class _Lenient(dict[str, str]):
    """Leaves `{name}` in place when a value was not given: a report is never lost for its words."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        super().__init__(values)

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
