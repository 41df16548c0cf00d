# SPDX-License-Identifier: EUPL-1.2
"""The report of a signature in the Spanish of an administration: every word that is not a value.

The words live in `spanish.json`, so that who corrects them needs no Python. Reasons are made in
English by the adapters and the judge; here each is recognised by its pattern and said in Spanish. One that
is not recognised is told as it is, in English, beside the meaning of its sub-indication: nothing is lost.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from archive.local_time import day, in_words, peninsular

_FIELD: Final = re.compile(r"\{(\d)(?::(\w+))?\}")
_PHRASES: Final = {"name": "names", "change": "changes", "thing": "things", "where": "where"}
_MAX_NESTING: Final = 3
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_LAST_YEAR: Final = 9999
"""RFC 5280 4.1.2.5: 99991231235959Z stands for no end."""


def indication_words(indication: str) -> str:
    """Say the main indication."""
    return str(_words()["indications"][indication])


def why(sub_indication: str) -> str:
    """Say a sub-indication in one clause that follows `porque`; empty where it is not a known one."""
    return str(_words()["sub_indications"].get(sub_indication, {}).get("why", ""))


def meaning(sub_indication: str) -> tuple[str, str]:
    """Say what a sub-indication means and what can be done about it; both empty where it is not known."""
    entry = _words()["sub_indications"].get(sub_indication, {})
    return str(entry.get("means", "")), str(entry.get("next", ""))


def word(area: str, key: str) -> str:
    """Return the Spanish of one value of a closed list (`kinds`, `stamps`, `proofs`, …), or itself."""
    return str(_words()[area].get(key, key))


def reason_words(reason: str, *, nesting: int = 0) -> str | None:
    """Say a reason in Spanish, or return None where its pattern is not known."""
    return _translated("reasons", reason, nesting)


def phrase(area: str, text: str) -> str:
    """Say a phrase of an open list (`covers`, `where`, `changes`, `names`), or return it as it is."""
    return _translated(area, text, 0) or text


def algorithm_words(name: str) -> str:
    """Write an algorithm as people do: `SHA-1`, `RSA de 1024 bits`."""
    kind, _, bits = name.partition("-")
    if bits.isdigit() and kind in {"rsa", "dsa", "ecdsa", "ec"}:
        return f"{kind.upper()} de {bits} bits"
    return re.sub(r"^(SHA|MD)(\d)", r"\1-\2", name.upper()) if name.isalnum() else name


def moment(instant: datetime | None) -> str:
    """Write an instant with its hour, or `No consta`."""
    if instant is None:
        return "No consta"
    return "Sin fin" if instant.year >= _LAST_YEAR else in_words(instant)


def date(instant: datetime | None) -> str:
    """Write the day of an instant in the peninsula, or `No consta`."""
    if instant is None:
        return "No consta"
    return "Sin fin" if instant.year >= _LAST_YEAR else day(peninsular(instant)[0])


@cache
def _words() -> dict[str, Any]:
    text = resources.files("preservation.signatures.reports").joinpath("spanish.json").read_text("utf-8")
    words: dict[str, Any] = json.loads(text)
    return words


@cache
def _patterns(area: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.DOTALL), spanish) for pattern, spanish in _words()[area])


def _translated(area: str, text: str, nesting: int) -> str | None:
    if nesting > _MAX_NESTING:
        return None
    for pattern, spanish in _patterns(area):
        found = pattern.fullmatch(text)
        if found is not None:
            return _filled(spanish, found, nesting)
    return None


def _filled(spanish: str, found: re.Match[str], nesting: int) -> str:
    """Put the groups into the sentence: days in words, nested reasons and stamp types translated."""

    def value(field: re.Match[str]) -> str:
        text = found[int(field[1]) + 1] or ""
        if field[2] == "reason":
            return reason_words(text, nesting=nesting + 1) or text
        if field[2] == "stamp":
            return word("stamps", text)
        if field[2] == "algorithm":
            return algorithm_words(text)
        if field[2] in _PHRASES:
            return _translated(_PHRASES[field[2]], text, nesting + 1) or text
        iso = _ISO_DAY.fullmatch(text)
        return text if iso is None else _day_of(text)

    return _FIELD.sub(value, spanish)


def _day_of(text: str) -> str:
    try:
        return day(datetime.fromisoformat(f"{text}T00:00:00+00:00"))
    except ValueError:
        return text
