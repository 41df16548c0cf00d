# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import mmap

import pytest

from preservation.signatures.content import (
    BytesContent,
    KnownDigests,
    SliceContent,
    StreamContent,
    beginning,
    feed,
    holds,
)

DATA = bytes(range(256)) * 20_000


@pytest.fixture
def mapped(tmp_path):
    """The data in a file that is mapped."""
    (tmp_path / "f").write_bytes(DATA)
    with (tmp_path / "f").open("rb") as stream:
        data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    yield data
    data.close()


def test_slices_of_a_mapped_file_are_digested_where_they_stand(mapped):
    """Pieces give one digest, of a mapped file as of octets, and are read again after they were let go."""
    slices = ((5, 3_000_000), (3_000_100, len(DATA)))
    whole = DATA[5:3_000_000] + DATA[3_000_100:]
    for source in (DATA, mapped):
        content = SliceContent(source, slices)
        assert content.digest("sha256") == hashlib.sha256(whole).digest()
        assert content.digest("sha512") == hashlib.sha512(whole).digest()
        assert content.whole() == whole
        assert content.digest("md2") is None


def test_holds_finds_what_lies_across_two_pieces(mapped):
    """A search in pieces misses nothing at their borders."""
    border = DATA[(1 << 20) - 2 : (1 << 20) + 2]
    assert holds(mapped, [border])
    assert holds(DATA, [b"absent", border])
    assert not holds(mapped, [b"absent"])


@pytest.mark.parametrize("kind", ["bytes", "stream", "slices"])
def test_feed_and_beginning_give_the_same_octets_whatever_holds_them(tmp_path, kind):
    """Every kind of content gives all its octets, and its first ones."""
    (tmp_path / "c").write_bytes(DATA)
    content = {
        "bytes": BytesContent(DATA),
        "stream": StreamContent(lambda: (tmp_path / "c").open("rb")),
        "slices": SliceContent(b"x" + DATA, ((1, len(DATA) + 1),)),
    }[kind]
    made = hashlib.sha256()
    assert feed(content, made)
    assert made.digest() == hashlib.sha256(DATA).digest()
    assert beginning(content, 10) == DATA[:10]


def test_feed_of_known_digests_has_no_octets():
    """Where only digests are known nothing is fed, and that is said."""
    assert not feed(KnownDigests({}), hashlib.sha256())
    assert beginning(KnownDigests({}), 10) == b""
