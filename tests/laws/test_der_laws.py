# SPDX-License-Identifier: EUPL-1.2
"""Laws of the small DER writer and reader, with asn1crypto as the measure."""

from __future__ import annotations

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from preservation import der

ARCS = st.tuples(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 1 << 130), max_size=5))


@given(st.integers(-(1 << 200), 1 << 200))
def test_integers_are_written_as_asn1crypto_writes_them(value):
    """Shortest two's complement, sign and all."""
    assert der.integer(value) == core.Integer(value).dump()


@given(st.binary(max_size=70_000))
def test_octets_come_back_from_any_length(value):
    """Short and long lengths."""
    encoded = der.octets(value)
    assert encoded == core.OctetString(value).dump()
    assert der.parse(encoded).value == value


@given(ARCS)
def test_object_identifiers_come_back(parts):
    """Any arcs, those of UUIDs included."""
    dotted = ".".join(map(str, (*parts[:2], *parts[2])))
    encoded = der.oid(dotted)
    assert der.oid_text(der.parse(encoded).value) == dotted == core.ObjectIdentifier.load(encoded).dotted


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_a_sequence_gives_its_children_back_as_stored(values):
    """Children are slices of the source: nothing is encoded again."""
    encoded = der.sequence(*map(der.octets, values))
    assert [child.encoded for child in der.parse(encoded).children()] == [*map(der.octets, values)]


@given(st.binary(max_size=60))
def test_hostile_bytes_are_read_or_refused(data):
    """Nothing but MalformedDer ever leaves the reader, however deep one looks."""
    pending = []
    try:
        pending.append(der.parse(data))
        while pending:
            element = pending.pop()
            assert element.start < element.body <= element.end <= len(data)
            if element.tag & 0x20:
                pending += element.children()
    except der.MalformedDer:
        pass


@pytest.mark.parametrize("positions", [(), (0,), (5,), (7,), (8,), (15,), (0, 16)])
def test_named_bits_lose_their_trailing_zeros(positions):
    """X.690 11.2.2: the last bit written is a one."""
    encoded = der.named_bits(*positions)
    bits = core.BitString.load(encoded).native
    assert tuple(place for place, bit in enumerate(bits) if bit) == positions
    assert not bits or bits[-1] == 1


@pytest.mark.parametrize("data", ["3000ff", "30800000", "1f0100", "3005040401", "3085ffffffffff", "30", ""])
def test_what_is_not_definite_der_is_refused(data):
    """Bytes behind, indefinite length, long tags, cut values, absurd lengths."""
    with pytest.raises(der.MalformedDer):
        list(der.parse(bytes.fromhex(data)).children())


def test_identifiers_that_end_inside_an_arc_are_refused():
    """And empty ones."""
    for value in (b"", b"\x2a\x86"):
        with pytest.raises(der.MalformedDer):
            der.oid_text(value)
