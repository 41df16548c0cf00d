# SPDX-License-Identifier: EUPL-1.2
"""A settings file that says everything, written from the model: what is commented out is the default."""

from __future__ import annotations

from collections.abc import Iterator

from archive.settings.known import KIND, NAME, Known, known_settings
from archive.settings.places import Place

_HEAD = """\
# longeva.toml: every setting of Longeva. What is commented out is the default.
# Secrets are better kept as credentials: docs/configuration.md."""


def example() -> str:
    """Return the text. It is TOML, and says nothing: every setting in it is commented out."""
    return "\n".join([_HEAD, *_tables()]) + "\n"


def _tables() -> Iterator[str]:
    tables: dict[tuple[Place, str], list[Known]] = {}
    for each in known_settings():
        tables.setdefault((each.place[:-1], each.kind), []).append(each)
    for (table, kind), group in tables.items():
        yield ""
        if NAME in table:
            yield f"# NAME is yours to choose{f'; for kind {kind}' if kind else ''}"
        yield f"# [{'.'.join(table)}]"
        for each in group:
            yield from _lines(each)


def _lines(each: Known) -> Iterator[str]:
    given = "" if each.default else "; must be given"
    if each.place[-1] != KIND:
        yield f"#   {each.words} ({each.values}{given})".replace("#    (", "#   (")
    yield f"# {each.place[-1]} = {each.default or '…'}"
