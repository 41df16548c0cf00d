# SPDX-License-Identifier: EUPL-1.2
"""What a search page was asked, as its address says it: read from it, and written into the page's links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlencode

from werkzeug.datastructures import MultiDict

from search.index import Sort

PAGE: Final = 20
MAX_TEXT: Final = 500
MAX_FILTERS: Final = 20
MAX_OFFSET: Final = 10_000
"""Farther pages are not offered: narrow the question, or export all of it."""
FACETS: Final = ("municipio", "clase", "serie", "año", "tipo", "firma", "formato", "acceso", "persona")
"""In the order in which they are shown."""
SORTS: Final = (Sort.RELEVANCE, Sort.NEWEST, Sort.OLDEST, Sort.TITLE)

Filter = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """The address of a search."""

    tenant_id: str
    text: str = ""
    filters: tuple[Filter, ...] = ()
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    also: tuple[str, ...] = ()
    """Other municipalities to look in."""
    all: bool = False
    """Everything was asked for, without a word."""

    @property
    def asked(self) -> bool:
        """Whether anything was asked."""
        return bool(self.text or self.filters or self.all)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parts of the address that make the question, without the page."""
        found = [("q", self.text)] if self.text or not self.all else []
        found += [("f", f"{name}:{value}") for name, value in self.filters]
        found += [("en", one) for one in self.also]
        if self.sort is not Sort.RELEVANCE:
            found.append(("orden", str(self.sort)))
        return [*found, *([("todo", "1")] if self.all else [])]

    def address(self, place: str = "buscar") -> str:
        """Return the address of this search, or of something else that is done with it."""
        pairs = self.pairs + ([("desde", str(self.offset))] if self.offset else [])
        return f"/archivo/{quote(self.tenant_id, safe='')}/{place}?{urlencode(pairs)}"

    def toggled(self, one: Filter) -> Question:
        """Return this question with a filter more, or less; from its first page."""
        kept = tuple(each for each in self.filters if each != one)
        added = () if one in self.filters else (one,)
        return replace(self, filters=kept + added, offset=0)

    def sorted(self, sort: Sort) -> Question:
        """Return this question in another order, from its first page."""
        return replace(self, sort=sort, offset=0)

    def at(self, offset: int) -> Question:
        """Return another page of this question."""
        return replace(self, offset=offset)


def read_question(tenant_id: str, args: MultiDict[str, str]) -> Question:
    """Read a question from an address; what makes no sense is left out, so that old links still answer."""
    offset = args.get("desde", "")
    sort = args.get("orden", "")
    return Question(
        tenant_id,
        args.get("q", "").strip()[:MAX_TEXT],
        _filters(args.getlist("f")),
        Sort(sort) if sort in set(SORTS) else Sort.RELEVANCE,
        min(int(offset), MAX_OFFSET) if offset.isascii() and offset.isdigit() and len(offset) < 9 else 0,
        tuple(dict.fromkeys(one for one in args.getlist("en")[:200] if one != tenant_id)),
        all=args.get("todo") == "1",
    )


def _filters(given: Sequence[str]) -> tuple[Filter, ...]:
    pairs = (one.partition(":") for one in given[:MAX_FILTERS])
    return tuple(dict.fromkeys((name, value) for name, _, value in pairs if name in FACETS and value))
