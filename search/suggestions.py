# SPDX-License-Identifier: EUPL-1.2
"""What somebody may have meant: words of titles near to those he typed, among what he may see."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from search.index import Index, Request
from search.query import All
from search.text import fold, normalise

LOOKED_AT: Final = 3_000
"""Words with the same beginning among which the nearest is looked for, the most frequent first."""
NEAR: Final = 0.75
_SHORTEST: Final = 4
_WORD: Final = re.compile(r"(?<![\w:*\"/-])[^\W\d_]{4,40}(?![\w:*\"/-])")


def did_you_mean(index: Index, text: str, request: Request) -> str:
    """Return a question that finds more, made from one that found nothing; empty where none is known.

    Args:
        index: Any index.
        text: As typed.
        request: Whose sights count; its question does not.
    """
    everything = replace(request, question=All(), filters=(), facets=(), offset=0)
    plain = normalise(text)
    mended = _WORD.sub(lambda found: _nearest(index, found[0], everything), plain)
    return mended if fold(mended) != fold(plain) else ""


def _nearest(index: Index, word: str, everything: Request) -> str:
    folded = fold(word)
    known = {fold(one): one for one, _ in reversed(index.suggest(folded[:2], everything, LOOKED_AT))}
    if folded in known:
        return word
    near = get_close_matches(folded, list(reversed(known)), n=1, cutoff=NEAR)
    return known[near[0]] if near else word
