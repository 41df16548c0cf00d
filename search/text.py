# SPDX-License-Identifier: EUPL-1.2
"""How words are made from text: pure, and the same when indexing and when asking, for every engine.

* `normalise` gives one spelling to the same text (NFC; ligatures and invisible characters of PDF gone).
* `fold` takes away case and accents and keeps ñ: *año* and *ano*, *peña* and *pena* stay apart. It never
  changes the length, so that a place in the folded text is the same place in the original.
* ç folds to c: in Spanish it stands only in foreign names (Gonçalves), in Catalan it is a c with a mark.
* `Analysis` stems folded words (Snowball), so that *resolucion* finds *Resolución* and *resoluciones*.
* Identifiers (ENI, NIF, DIR3, CSV, registry numbers) are kept whole beside their parts.

Example:
    >>> Analysis().stems("Resoluciones del año")
    ['resolu', 'del', 'año']
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import Stemmer

ANALYSIS_VERSION: Final = 1
"""Raised whenever the same text would give other words: an index made by another version is rebuilt."""

WORD_LENGTH: Final = 64
IDENTIFIER_LENGTH: Final = 200
"""Longer runs of letters are cut: no word of any norm is longer, hostile files have them."""

_MARKS: Final = "\u0300-\u036f"
_WORD: Final = re.compile(rf"[^\W_]++(?:(?:[{_MARKS}]|·(?=l))[^\W_]*+)*+")
# Possessive, and only from the beginning of a run: a text is looked at once, whatever is in it.
_IDENTIFIER: Final = re.compile(r"(?<![^\W_])[^\W_]++(?:[-_/.:][^\W_]++)++")
_DROPPED: Final = re.compile(rf"[{_MARKS}·]")
_SEPARATORS: Final = str.maketrans("", "", "-.:")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_LIGATURES: Final = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
    "\u013f": "L\u00b7",
    "\u0140": "l\u00b7",
}
_LIGATURE: Final = re.compile("|".join(_LIGATURES))

STOP_WORDS: Final = frozenset(
    # Spanish
    "a al ante con de del el en es la las lo los o para por que se su sus un una unas unos y "  # noqa: SIM905
    # Catalan
    "als amb d dels els i l les per pel s".split()
)
"""Left out of a question (unless it has nothing else), never out of the index: phrases need them."""


def normalise(text: str) -> str:
    """Return the one spelling in which text is kept and read: what is shown to people comes from it.

    NFC, so that composed and decomposed letters are the same; the typographic ligatures of PDF fonts are
    written out; soft hyphens, direction marks and lone surrogates go; other controls become spaces.
    Idempotent.
    """
    if text.isascii() and text.isprintable():
        return text
    plain = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", _LIGATURE.sub(lambda found: _LIGATURES[found[0]], plain))


class _FoldTable(dict[int, int]):
    """Character to folded character, one to one; filled as characters are met."""

    def __missing__(self, code: int) -> int:
        char = chr(code)
        lower = char.lower()
        bare = lower if lower == "ñ" else unicodedata.normalize("NFD", lower)[:1]
        # İ, ŉ and their like would change the length or bring a loose mark: they stay as they are
        folded = ord(bare) if len(lower) == 1 and bare.isalnum() else code
        self[code] = folded
        return folded


_FOLDED: Final = _FoldTable()


def fold(text: str) -> str:
    """Return normalised text without case and accents, ñ kept: `len(fold(t)) == len(t)`."""
    return text.translate(_FOLDED)


def words(folded: str) -> Iterator[tuple[str, int, int]]:
    """Yield (word, start, end) of folded text, in order; `_` and punctuation separate."""
    for found in _WORD.finditer(folded):
        yield _word(found[0]), found.start(), found.end()


def identifiers(folded: str) -> Iterator[tuple[str, int, int]]:
    """Yield (key, start, end) of joined runs with a digit: `ES_L01…`, `12.345.678-Z`, `2025/000123`."""
    for found in _IDENTIFIER.finditer(folded):
        run = found[0]
        if any(char.isdigit() for char in run):
            yield identifier_key(run), found.start(), found.end()


def identifier_key(folded: str) -> str:
    """Return the exact token of an identifier: `-`, `.` and `:` are decoration, `_` and `/` are not."""
    return _DROPPED.sub("", folded).translate(_SEPARATORS)[:IDENTIFIER_LENGTH]


@dataclass(frozen=True, slots=True)
class Analysed:
    """The tokens of one text."""

    stems: list[str]
    """In order and with repetitions, for terms and phrases."""
    exact: list[str]
    """Sorted, once each: folded words as written and identifiers, for prefixes and exact search."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """The analysis of an index: `spanish` or `catalan`, one for all of it and for every question to it."""

    language: str = "spanish"
    _snowball: Stemmer.Stemmer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_snowball", Stemmer.Stemmer(self.language))

    @property
    def version(self) -> str:
        """Name of these rules, kept with an index so that it is never asked with other rules."""
        return f"{self.language}-{ANALYSIS_VERSION}"

    def stem(self, word: str) -> str:
        """Return the stem of one folded word; words with digits are not touched."""
        return _stem(self._snowball, self.language, word)

    def stems(self, text: str) -> list[str]:
        """Return the stems of any text, in order."""
        return [self.stem(word) for word, _, _ in words(fold(normalise(text)))]

    def analyse(self, text: str) -> Analysed:
        """Return every token of a text that is already normalised."""
        folded = fold(text)
        found = [_word(run) for run in _WORD.findall(folded)]
        exact = {*found, *(key for key, _, _ in identifiers(folded))}
        stem, snowball, language = _stem, self._snowball, self.language
        return Analysed([stem(snowball, language, word) for word in found], sorted(exact))


def _word(run: str) -> str:
    return (run if run.isalnum() else _DROPPED.sub("", run))[:WORD_LENGTH]


@lru_cache(maxsize=1 << 17)
def _stem(snowball: Stemmer.Stemmer, language: str, word: str) -> str:
    if not word.isalpha():
        return word
    stem: str = snowball.stemWord(_singular(word, language))
    return stem


def _singular(word: str, language: str) -> str:
    """Undo plurals that Snowball misses: años, obras, ruinosas, jueces (es); resolucions (ca, folded)."""
    if language == "catalan":
        return word[:-2] if word.endswith("ions") else word
    if len(word) >= 5 and word.endswith("ces"):
        return word[:-3] + "z"
    # -amos, -emos, -imos are verbs: solicitamos
    if len(word) >= 4 and word.endswith(("as", "os")) and not word.endswith("mos"):
        return word[:-1]
    return word
