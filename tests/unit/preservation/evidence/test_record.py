# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preservation import der
from preservation.evidence.reading import parse_record
from preservation.evidence.record import (
    ALGORITHM_IDS,
    encode_chain,
    encode_record,
    encode_stamp,
)

TOKEN = der.sequence(der.oid("1.2.840.113549.1.7.2"))
STAMP = encode_stamp("sha256", [[b"b" * 32, b"a" * 32], [b"c" * 32]], TOKEN)


def test_a_record_is_taken_apart_as_it_was_put_together():
    """Lists sorted, algorithm named, token untouched."""
    record = parse_record(encode_record(["sha256", "sha512"], [encode_chain([STAMP])]))
    stamp = record.chains[0].stamps[0]
    assert record.algorithms == ("sha256", "sha512")
    assert (stamp.declared, stamp.token) == ("sha256", TOKEN)
    assert stamp.lists == ((b"a" * 32, b"b" * 32), (b"c" * 32,))
    assert not record.encrypted


@given(st.sampled_from([("sha256", 32), ("sha512", 64)]), st.data())
def test_the_quick_way_to_write_a_tree_gives_the_same_octets(algorithm, data):
    """Octets shared by all hashes of a tree are written once; the result is plain DER, value by value."""
    name, size = algorithm
    hashes = st.binary(min_size=size, max_size=size)
    group = data.draw(st.lists(hashes | st.binary(max_size=200), max_size=8))
    siblings = data.draw(st.lists(hashes, max_size=30))
    lists = ([group] if group else []) + [[one] for one in siblings]
    plain = b"".join(der.sequence(*(der.octets(value) for value in sorted(one))) for one in lists)
    expected = der.sequence(
        der.tagged(0xA0, der.oid(ALGORITHM_IDS[name])), der.tagged(0xA2, plain) if plain else b"", TOKEN
    )
    assert encode_stamp(name, [group] if group else [], TOKEN, siblings) == expected
    assert encode_stamp(name, lists, TOKEN) == expected
