# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation import der
from preservation.evidence.record import (
    ALGORITHM_IDS,
    MAX_CHAINS,
    MAX_STAMPS,
    encode_chain,
    encode_record,
    encode_sequence,
    encode_stamp,
    parse_record,
)

TOKEN = der.sequence(der.oid("1.2.840.113549.1.7.2"))
STAMP = encode_stamp("sha256", [[b"b" * 32, b"a" * 32], [b"c" * 32]], TOKEN)
ALGORITHMS = der.sequence(der.sequence(der.oid("2.16.840.1.101.3.4.2.1")))
CHAINS = encode_sequence([encode_chain([STAMP])])


def _stamp(*fields):
    return encode_record(["sha256"], [encode_chain([der.sequence(*fields)])])


def test_a_record_is_taken_apart_as_it_was_put_together():
    """Lists sorted, algorithm named, token untouched."""
    record = parse_record(encode_record(["sha256", "sha512"], [encode_chain([STAMP])]))
    stamp = record.chains[0].stamps[0]
    assert record.algorithms == ("sha256", "sha512")
    assert (stamp.declared, stamp.token) == ("sha256", TOKEN)
    assert stamp.lists == ((b"a" * 32, b"b" * 32), (b"c" * 32,))
    assert not record.encrypted


def test_optional_fields_may_be_absent_or_unknown_to_us():
    """No algorithm, no tree, attributes and cryptoInfos present, an algorithm that has no name."""
    attributes = der.tagged(0xA1, der.sequence())
    bare = parse_record(_stamp(attributes, TOKEN)).chains[0].stamps[0]
    assert (bare.declared, bare.lists) == ("", ())
    strange = der.sequence(der.sequence(der.oid("1.2.3.4")))
    infos = der.tagged(0xA0, der.sequence())
    record = parse_record(der.sequence(der.integer(1), strange, infos, CHAINS))
    assert record.algorithms == ("1.2.3.4",)


@pytest.mark.parametrize(
    "data",
    [
        der.octets(b"x"),
        der.sequence(der.integer(1), ALGORITHMS),
        der.sequence(der.integer(2), ALGORITHMS, CHAINS),
        der.sequence(der.integer(1), der.octets(b""), CHAINS),
        der.sequence(der.integer(1), der.sequence(der.sequence()), CHAINS),
        der.sequence(der.integer(1), ALGORITHMS, der.tagged(0xA5, b""), CHAINS),
        der.sequence(der.integer(1), ALGORITHMS, der.tagged(0xA1, b""), der.tagged(0xA0, b""), CHAINS),
        der.sequence(der.integer(1), ALGORITHMS, der.sequence()),
        der.sequence(der.integer(1), ALGORITHMS, encode_sequence([encode_chain([])])),
        encode_record(["sha256"], [encode_chain([STAMP])] * (MAX_CHAINS + 1)),
        encode_record(["sha256"], [encode_chain([der.sequence(TOKEN)] * (MAX_STAMPS + 1))]),
        _stamp(),
        _stamp(der.octets(b"x")),
        _stamp(der.tagged(0xA2, b""), der.tagged(0xA0, der.oid("1.2.3")), TOKEN),
        _stamp(der.tagged(0xA0, der.oid("1.2.3")), der.tagged(0xA0, der.oid("1.2.3")), TOKEN),
        _stamp(der.tagged(0xA4, b""), TOKEN),
        _stamp(der.tagged(0xA2, der.sequence()), TOKEN),
        _stamp(der.tagged(0xA2, der.sequence(der.integer(1))), TOKEN),
        _stamp(der.tagged(0xA2, der.octets(b"x")), TOKEN),
        _stamp(der.tagged(0xA0, der.octets(b"x")), TOKEN),
    ],
)
def test_what_departs_from_the_norm_is_refused(data):
    """Version, order, unknown fields, empty or endless sequences, hashes that are none."""
    with pytest.raises(der.MalformedDer):
        parse_record(data)


def test_a_record_too_long_to_be_one_is_not_read(monkeypatch):
    """The limit is checked before anything is parsed."""
    monkeypatch.setattr("preservation.evidence.record.MAX_RECORD", 10)
    with pytest.raises(der.MalformedDer, match="MiB"):
        parse_record(encode_record(["sha256"], [encode_chain([STAMP])]))


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
