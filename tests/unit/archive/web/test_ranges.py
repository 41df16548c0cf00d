# SPDX-License-Identifier: EUPL-1.2
"""What `Range` asks for, with any header and any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.web.ranges import Span, Unsatisfiable, range_holds, read_range

SIZES = st.integers(0, 1 << 62)


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", Span(0, 0)),
        ("bytes=0-499", Span(0, 499)),
        ("bytes=500-", Span(500, 999)),
        ("bytes=-1", Span(999, 999)),
        ("bytes=-5000", Span(0, 999)),
        ("bytes=990-5000", Span(990, 999)),
        ("BYTES = 1-2", Span(1, 2)),
        ("bytes=1000-", Unsatisfiable()),
        ("bytes=-0", Unsatisfiable()),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=-", None),
        ("bytes=١-٢", None),
        ("", None),
        (None, None),
    ],
)
def test_headers_of_a_file_of_a_thousand_bytes(header, span):
    """First, middle, last and suffix; what has no byte here; what is to be ignored."""
    assert read_range(header, 1000) == span


@given(st.integers(0, 1 << 40), st.integers(0, 1 << 40), SIZES)
def test_a_range_gives_what_slicing_would(first, more, size):
    """`bytes=a-b` means the bytes that a slice would give, or there are none."""
    found = read_range(f"bytes={first}-{first + more}", size)
    wanted = range(size)[first : first + more + 1]
    if not wanted:
        assert found == Unsatisfiable()
    else:
        assert isinstance(found, Span)
        assert (found.first, found.last, found.length) == (wanted[0], wanted[-1], len(wanted))


@given(st.integers(1, 1 << 40), st.integers(1, 1 << 62))
def test_a_suffix_gives_the_last_bytes(count, size):
    """`bytes=-n` ends with the last byte and never begins before the first."""
    found = read_range(f"bytes=-{count}", size)
    assert isinstance(found, Span)
    assert found.last == size - 1
    assert found.length == min(count, size)


@given(st.text(max_size=60) | st.from_regex(r"bytes=[-,0-9 ]{0,40}", fullmatch=True), SIZES)
def test_no_header_is_an_error_and_no_span_leaves_the_file(header, size):
    """Whatever is sent, what is given lies within the file."""
    found = read_range(header, size)
    if isinstance(found, Span):
        assert 0 <= found.first <= found.last < size


def test_a_part_is_given_only_of_the_very_bytes_that_were_meant():
    """`If-Range` with another validator, a weak one or a date gives the whole."""
    assert range_holds(None, '"a"')
    assert range_holds('"a"', '"a"')
    assert not range_holds('W/"a"', '"a"')
    assert not range_holds("Sat, 21 Nov 2026 09:00:00 GMT", '"a"')
