# SPDX-License-Identifier: EUPL-1.2
"""Law of canonical JSON: whichever way is taken, it is what the RFC 8785 library writes, or no form at all."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from archive.canonical_json import canonical
from archive.errors import InvalidRequest


class Word(StrEnum):
    """A text that is an enumeration too."""

    ONE = "uno"


class Number(IntEnum):
    """An integer that is an enumeration too."""

    ONE = 1


# characters that are escaped, that UTF-16 sorts otherwise than code points, and halves of surrogate pairs
AWKWARD = st.text(
    st.sampled_from('\x00\x1f\b\f\n\r\t"\\/\x7f\x80ñ\u2028\ue000\uffff\U00010000\U0010ffff\ud800aA')
)
TEXTS = st.text(max_size=10) | AWKWARD
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) - 1, 2**53 + 1)
    | st.sampled_from([2**53 - 1, 2**53, 1 - 2**53, -(2**53), 10**30, Word.ONE, Number.ONE, b"bytes", {1}])
    | st.floats()
    | TEXTS
)
NAMES = TEXTS | st.integers(0, 2) | st.none() | st.just(Word.ONE)
PLAIN_TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(TEXTS, inner, max_size=4)
        | st.dictionaries(NAMES, inner, max_size=2)
    ),
    max_leaves=12,
)


@given(PLAIN_TREES | TREES)
def test_it_is_what_the_library_writes(value: Any) -> None:
    """Values without a canonical form are refused, all others give the library's bytes."""
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):  # the latter for a name of half a pair
        with pytest.raises(InvalidRequest):
            canonical(value)
    else:
        assert canonical(value) == expected


def test_a_value_that_holds_itself_is_refused() -> None:
    """No form, and no end: said in our words."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(InvalidRequest):
        canonical(endless)
