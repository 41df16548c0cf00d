# SPDX-License-Identifier: EUPL-1.2
"""Finds the line of a TOML text on which a setting stands, to name it to people."""

from __future__ import annotations

import re
from typing import Final

Place = tuple[str, ...]
"""Names of the tables and of the setting: `("catalog", "url")`."""

_HEADER: Final = re.compile(r"\s*\[+\s*([^\[\]]+?)\s*\]+\s*(#.*)?")
_KEY: Final = re.compile(r"\s*([\w.\"' -]+?)\s*=")


def line_of(text: str, place: Place) -> int | None:
    """Return the line of a setting, counted from 1; that of its table where it has none of its own.

    Limits: reads line by line, and so may be wrong inside texts of several lines. Nothing but messages
    depends on it.
    """
    best, line, table = 0, None, Place()
    for number, written in enumerate(text.splitlines(), 1):
        header, key = _HEADER.fullmatch(written), _KEY.match(written)
        if header:
            table = here = _names(header[1])
        elif key:
            here = (*table, *_names(key[1]))
        else:
            continue
        if len(here) > best and place[: len(here)] == here:
            best, line = len(here), number
    return line


def _names(dotted: str) -> Place:
    return tuple(name.strip().strip("\"'") for name in dotted.split("."))
