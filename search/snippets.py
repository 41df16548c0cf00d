# SPDX-License-Identifier: EUPL-1.2
"""The piece of a text that answers a question, in its original spelling. Pure, one for all engines.

Folding keeps lengths (`search.text.fold`), so a place found in the folded text is a place in the original.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from search.index import Snippet
from search.query import Node, wanted
from search.text import Analysis, fold, identifiers, words

WIDTH: Final = 240
"""Characters of a snippet, about."""
LOOKED_AT: Final = 200_000
"""Characters of a document in which a snippet is looked for."""
CANDIDATES: Final = 40
"""Places tried before the best is taken."""
_SHORTEST: Final = 3
"""Snowball may change the end of a word: places are looked for by the stem less its last letters."""


class Highlighter:
    """Knows what one question looks for; made once per search."""

    def __init__(self, question: Node, analysis: Analysis) -> None:
        self._analysis = analysis
        self._stems, prefixes, self._keys = wanted(question)
        self._prefixes = tuple(prefixes)
        self._wanted = len(self._stems) + len(prefixes) + len(self._keys)
        self._roots = tuple(
            {*(stem[: max(_SHORTEST, len(stem) - 1)] for stem in self._stems), *prefixes}
            | {key[:2] for key in self._keys}
        )

    def snippet(self, text: str) -> Snippet:
        """Return the window of a normalised text with most different answers, else its beginning."""
        looked = text[:LOOKED_AT]
        folded = fold(looked)
        best, best_worth = 0, 0
        for place in self._candidates(folded):
            start = _start(folded, place)
            worth = len({name for name, _, _ in self._matches(folded[start : start + WIDTH])})
            if worth > best_worth:
                best, best_worth = start, worth
            if worth >= self._wanted:
                break
        end = _end(looked, best)
        places = [(start, stop) for _, start, stop in self._matches(folded[best:end])]
        return _trimmed(looked[best:end], places)

    def _candidates(self, folded: str) -> Iterator[int]:
        found = 0
        for root in self._roots:
            place = folded.find(root)
            while place >= 0 and found < CANDIDATES:
                if place == 0 or not folded[place - 1].isalnum():
                    found += 1
                    yield place
                place = folded.find(root, place + WIDTH // 2)
            found = 0

    def _matches(self, folded: str) -> Iterator[tuple[str, int, int]]:
        """Yield (what was looked for, start, end), in order and without overlap."""
        taken = 0
        spans = [(start, end, key) for key, start, end in identifiers(folded) if self._is_wanted_key(key)]
        for word, start, end in words(folded):
            name = self._name(word)
            if name:
                spans.append((start, end, name))
        for start, end, name in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start >= taken:
                taken = end
                yield name, start, end

    def _is_wanted_key(self, key: str) -> bool:
        return key in self._keys or key.startswith(self._prefixes)

    def _name(self, word: str) -> str:
        stem = self._analysis.stem(word)
        if stem in self._stems:
            return stem
        return word if self._is_wanted_key(word) else ""


def _start(text: str, place: int) -> int:
    """Return the beginning of a word a little before `place`."""
    start = max(0, place - WIDTH // 3)
    if start == 0:
        return 0
    space = text.find(" ", start, place)
    return space + 1 if space >= 0 else start


def _end(text: str, start: int) -> int:
    end = start + WIDTH
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", start + WIDTH // 2, end)
    return space if space >= 0 else end


def _trimmed(text: str, places: list[tuple[int, int]]) -> Snippet:
    """Return it on one line: every kind of white space becomes one blank, one to one."""
    flat = "".join(" " if char.isspace() else char for char in text)
    lead = len(flat) - len(flat.lstrip())
    shown = flat.strip()
    return Snippet(shown, tuple((start - lead, end - lead) for start, end in places))
