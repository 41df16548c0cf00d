# SPDX-License-Identifier: EUPL-1.2
"""Digests are computed in one pass and agree with hashlib."""

from __future__ import annotations

import hashlib
import io

from hypothesis import given
from hypothesis import strategies as st

from archive.digests import copy_digesting, digest_bytes, digest_stream


@given(st.binary(max_size=5_000), st.integers(1, 100))
def test_any_way_of_feeding_gives_the_same_digests(data, step):
    """Whole, streamed or copied in pieces, the digests are those of hashlib."""
    expected = (hashlib.sha256(data).hexdigest(), hashlib.sha512(data).hexdigest(), len(data))
    target = io.BytesIO()
    pieces = (data[start : start + step] for start in range(0, len(data), step))
    for digests in (digest_bytes(data), digest_stream(io.BytesIO(data)), copy_digesting(pieces, target)):
        assert (digests.sha256, digests.sha512, digests.size) == expected
    assert target.getvalue() == data
