# SPDX-License-Identifier: EUPL-1.2
"""Digests are computed in one pass and agree with hashlib."""

from __future__ import annotations

import hashlib
import io

from hypothesis import given
from hypothesis import strategies as st

from archive.digests import copy_digesting, digest_bytes, digest_stream, manifest_digest


@given(st.binary(max_size=5_000), st.integers(1, 100))
def test_any_way_of_feeding_gives_the_same_digests(data, step):
    """Whole, streamed or copied in pieces, the digests are those of hashlib."""
    expected = (hashlib.sha256(data).hexdigest(), hashlib.sha512(data).hexdigest(), len(data))
    target = io.BytesIO()
    pieces = (data[start : start + step] for start in range(0, len(data), step))
    for digests in (digest_bytes(data), digest_stream(io.BytesIO(data)), copy_digesting(pieces, target)):
        assert (digests.sha256, digests.sha512, digests.size) == expected
    assert target.getvalue() == data


def test_the_digest_of_a_set_of_files_is_that_of_their_sha256sum_lines():
    """Anybody makes it again with `sha256sum | sha256sum`; the order they were named in does not matter."""
    files = [("b", digest_bytes(b"2")), ("a", digest_bytes(b"1"))]
    lines = f"{hashlib.sha256(b'1').hexdigest()}  a\n{hashlib.sha256(b'2').hexdigest()}  b\n"
    assert (
        manifest_digest(files) == manifest_digest(files[::-1]) == hashlib.sha256(lines.encode()).hexdigest()
    )
