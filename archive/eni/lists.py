# SPDX-License-Identifier: EUPL-1.2
"""The norm's code lists, as dated data: a new code is a line in `lists.json`, not a change of program.

Lists: `tipo_documental` (TD), `estado_elaboracion` (EE), `estado_expediente` (E0x), `tipo_firma` (TF).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One code."""

    code: str
    name: str
    """In Spanish, as the norm says it."""
    since: str
    """Day from which it is known, ISO."""
    source: str
    versions: tuple[str, ...]
    """Versions of the schema whose XSD admits it."""
    dialect: bool
    """Added by an application, not by the norm."""


@cache
def entries(name: str) -> dict[str, ListEntry]:
    """Return a list by its name, keyed by code.

    Raises:
        KeyError: No such list (a programming error).
    """
    text = resources.files("archive.eni").joinpath("lists.json").read_text("utf-8")
    return {
        code: ListEntry(
            code, told["name"], told["since"], told["source"], tuple(told["versions"]), told["dialect"]
        )
        for code, told in json.loads(text)[name].items()
    }


def codes(name: str, version: str) -> frozenset[str]:
    """Return the codes that the schema of a version admits."""
    return frozenset(code for code, entry in entries(name).items() if version in entry.versions)


def label(name: str, code: str) -> str:
    """Return the Spanish words of a code, or the code itself where it is unknown."""
    entry = entries(name).get(code)
    return entry.name if entry else code
