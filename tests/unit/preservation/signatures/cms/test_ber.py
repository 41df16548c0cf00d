# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation import der
from preservation.signatures.cms import ber
from preservation.signatures.cms.ber import MAX_DEPTH, element, octets, segments


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        (b"\x04\x03abc", b"abc"),
        (b"\x24\x07\x04\x01a\x04\x02bc", b"abc"),
        (b"\x24\x80\x04\x01a\x24\x80\x04\x02bc\x00\x00\x00\x00", b"abc"),
        (b"\x04\x00", b""),
    ],
)
def test_octets_come_whole_from_one_piece_or_several(encoded, value):
    """X.690 8.7: an octet string may stand in pieces, and pieces in pieces."""
    assert octets(element(encoded)) == value


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\x30",
        b"\x30\x05\x02\x01\x01",
        b"\x30\x80\x02\x01\x01",
        b"\x04\x80ab\x00\x00",
        b"\x1f\x81\x01\x00",
        b"\x30\x89" + b"\x00" * 9,
        b"\x30\xff",
        b"\x30\x80" * (MAX_DEPTH + 2) + b"\x00\x00" * (MAX_DEPTH + 2),
    ],
)
def test_element_that_cannot_be_is_refused(encoded):
    """Cut short, running over its end, endless, or encoded as nobody does: one kind of error."""
    with pytest.raises(ValueError, match=r"\w"):
        list(element(encoded))


def test_element_ends_behind_its_end_of_contents(tmp_path):
    """An indefinite length is walked over to its end, in memory or in a mapped file."""
    encoded = b"\x30\x80\x02\x01\x05\x30\x80\x00\x00\x00\x00rest"
    (tmp_path / "f").write_bytes(encoded)
    with (
        (tmp_path / "f").open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        for source in (encoded, data):
            found = element(source)
            assert found.indefinite
            assert source[found.end :] == b"rest"
            assert [each.tag for each in found] == [0x02, 0x30]


def test_segments_of_something_else_are_refused():
    """Only octet strings stand inside a constructed octet string."""
    with pytest.raises(ValueError, match="octet string"):
        list(segments(element(b"\x24\x03\x02\x01\x01")))


def test_canonical_sorts_sets_and_shortens_lengths():
    """X.690 10 and 11: definite shortest lengths, whole strings, sets in order, true as FF."""
    strange = b"\x31\x80\x02\x81\x01\x05\x24\x80\x04\x01b\x04\x01a\x00\x00\x01\x01\x01\x00\x00"
    assert ber.canonical(element(strange)) == der.tagged(0x31, b"\x01\x01\xff\x02\x01\x05\x04\x02ba")


@given(
    st.recursive(
        st.binary(max_size=20).map(der.octets), lambda inner: st.lists(inner).map(lambda x: der.sequence(*x))
    )
)
def test_canonical_of_der_is_itself(encoded):
    """What is DER already stays as it is."""
    assert ber.canonical(element(encoded)) == encoded


@given(st.binary(max_size=200))
def test_any_octets_give_an_element_or_a_value_error(data):
    """No octets of strangers raise anything else."""
    try:
        for inner in element(data):
            octets(inner)
            ber.canonical(inner)
    except ValueError:
        pass


def test_identifier_is_read_and_anything_else_refused():
    """An object identifier comes dotted."""
    assert ber.identifier(element(der.oid("1.2.840.113549.1.7.1"))) == "1.2.840.113549.1.7.1"
    with pytest.raises(ValueError, match="identifier"):
        ber.identifier(element(b"\x02\x01\x01"))
