# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import itertools
import pickle
import tracemalloc

import pytest

from preservation import der
from preservation.evidence.reading import parse_record
from preservation.evidence.record import (
    MAX_CHAINS,
    MAX_HASHES,
    MAX_RECORD,
    MAX_STAMPS,
    MalformedRecord,
    encode_chain,
    encode_record,
    encode_sequence,
    encode_stamp,
)

FORMAT, LIMIT, VERSION = "EVIDENCE-RECORD-FORMAT", "EVIDENCE-RECORD-LIMIT", "EVIDENCE-RECORD-VERSION"
TOKEN = der.sequence(der.oid("1.2.840.113549.1.7.2"))
STAMP = encode_stamp("sha256", [[b"b" * 32, b"a" * 32], [b"c" * 32]], TOKEN)
SHA256 = der.oid("2.16.840.1.101.3.4.2.1")
ALGORITHMS = der.sequence(der.sequence(SHA256))
CHAIN = encode_chain([STAMP])
CHAINS = encode_sequence([CHAIN])
GOOD = encode_record(["sha256"], [CHAIN])


def _attribute(number):
    return der.sequence(der.oid(number), der.tagged(der.SET, der.octets(b"x")))


def _stamp(*fields):
    return encode_record(["sha256"], [encode_chain([der.sequence(*fields)])])


def _deep(levels):
    inner = b""
    for _ in range(levels):
        inner = der.sequence(inner)
    return inner


def _tree(lists):
    return _stamp(der.tagged(0xA2, lists), TOKEN)


def test_optional_fields_may_be_absent_or_unknown_to_us():
    """No algorithm, no tree, an algorithm that has no name or odd parameters; NULL parameters are none."""
    bare = parse_record(_stamp(TOKEN)).chains[0].stamps[0]
    assert (bare.declared, bare.lists, bare.attributes) == ("", (), ())
    named = [
        der.sequence(der.oid("1.2.3.4")),
        der.sequence(SHA256, b"\x05\x00"),
        der.sequence(SHA256, der.integer(9)),
    ]
    record = parse_record(der.sequence(der.integer(1), der.sequence(*named), CHAINS))
    assert record.algorithms == ("1.2.3.4", "sha256", "2.16.840.1.101.3.4.2.1 with parameters")


def test_what_nothing_protects_is_named_by_its_types():
    """CryptoInfos of the record and attributes of a time stamp: types only."""
    infos = der.tagged(0xA0, _attribute("1.2.3") + _attribute("1.2.4"))
    stamp = der.sequence(der.tagged(0xA1, _attribute("1.2.5")), TOKEN)
    record = parse_record(
        der.sequence(der.integer(1), ALGORITHMS, infos, encode_sequence([encode_chain([stamp])]))
    )
    assert record.crypto_infos == ("1.2.3", "1.2.4")
    assert record.chains[0].stamps[0].attributes == ("1.2.5",)


def test_a_later_chain_knows_the_octets_of_all_before_it():
    """What a hash-tree renewal hashes: the sequence as it stood, a SEQUENCE of the earlier chains."""
    record = parse_record(encode_record(["sha256"], [CHAIN, CHAIN, CHAIN]))
    digests = [each.history and each.history.digest("sha256") for each in record.chains]
    past = [None, encode_sequence([CHAIN]), encode_sequence([CHAIN, CHAIN])]
    assert digests == [one and hashlib.sha256(one).digest() for one in past]
    assert pickle.loads(pickle.dumps(record)) == record


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", FORMAT),
        (der.octets(b"x"), FORMAT),
        (GOOD + b"\x00", FORMAT),
        (GOOD + GOOD, FORMAT),
        (GOOD[:-1], FORMAT),
        (b"\x30\x80" + GOOD[4:] + b"\x00\x00", FORMAT),
        (b"\x30\x85\x00\x00\x00\x00\x01\x00", FORMAT),
        (b"\x3f\x81\x01\x00", FORMAT),
        (_deep(5000), FORMAT),
        (_tree(_deep(5000)), FORMAT),
        (der.sequence(der.integer(1), ALGORITHMS), FORMAT),
        (der.sequence(der.integer(2), ALGORITHMS, CHAINS), VERSION),
        (der.sequence(der.integer(0), ALGORITHMS, CHAINS), VERSION),
        (der.sequence(der.octets(b"\x01"), ALGORITHMS, CHAINS), FORMAT),
        (der.sequence(der.integer(1), der.octets(b""), CHAINS), FORMAT),
        (der.sequence(der.integer(1), der.sequence(der.sequence()), CHAINS), FORMAT),
        (der.sequence(der.integer(1), der.sequence(SHA256), CHAINS), FORMAT),
        (der.sequence(der.integer(1), ALGORITHMS, der.tagged(0xA5, b""), CHAINS), FORMAT),
        (der.sequence(der.integer(1), ALGORITHMS, der.tagged(0xA0, b""), CHAINS), FORMAT),
        (der.sequence(der.integer(1), ALGORITHMS, der.tagged(0xA0, der.sequence()), CHAINS), FORMAT),
        (
            der.sequence(der.integer(1), ALGORITHMS, *2 * [der.tagged(0xA0, _attribute("1.2"))], CHAINS),
            FORMAT,
        ),
        (
            der.sequence(der.integer(1), ALGORITHMS, der.tagged(0xA0, _attribute("1.2") * 65), CHAINS),
            LIMIT,
        ),
        (
            der.sequence(der.integer(1), ALGORITHMS, der.tagged(0xA1, b""), der.tagged(0xA0, b""), CHAINS),
            FORMAT,
        ),
        (der.sequence(der.integer(1), ALGORITHMS, der.sequence()), FORMAT),
        (der.sequence(der.integer(1), ALGORITHMS, encode_sequence([encode_chain([])])), FORMAT),
        (encode_record(["sha256"], [CHAIN] * (MAX_CHAINS + 1)), LIMIT),
        (encode_record(["sha256"], [CHAIN] * 10_000), LIMIT),
        (encode_record(["sha256"], [encode_chain([der.sequence(TOKEN)] * (MAX_STAMPS + 1))]), LIMIT),
        (encode_record(["sha256"], [encode_chain([der.sequence(TOKEN)] * 600)] * 2), LIMIT),
        (_tree(der.sequence(der.octets(b"") * (MAX_HASHES + 1))), LIMIT),
        (_tree(der.sequence(der.octets(b"h" * 32)) * (MAX_HASHES + 1)), LIMIT),
        (_stamp(), FORMAT),
        (_stamp(der.octets(b"x")), FORMAT),
        (_stamp(der.tagged(0xA2, der.sequence(der.octets(b"x"))), der.tagged(0xA0, SHA256), TOKEN), FORMAT),
        (_stamp(der.tagged(0xA0, SHA256), der.tagged(0xA0, SHA256), TOKEN), FORMAT),
        (_stamp(der.tagged(0xA4, b""), TOKEN), FORMAT),
        (_tree(b""), FORMAT),
        (_tree(der.sequence()), FORMAT),
        (_tree(der.sequence(der.integer(1))), FORMAT),
        (_tree(der.octets(b"x")), FORMAT),
        (_stamp(der.tagged(0xA0, der.octets(b"x")), TOKEN), FORMAT),
        (_stamp(der.tagged(0xA0, SHA256 + b"\x05\x00\x05\x00"), TOKEN), FORMAT),
    ],
    ids=itertools.count(),
)
def test_what_departs_from_the_norm_is_refused_with_its_code(data, code):
    """Version, order, unknown fields, empty or endless sequences, trailing bytes, BER, hashes that are none."""
    with pytest.raises(MalformedRecord) as refused:
        parse_record(data)
    assert refused.value.problem.code == code
    assert refused.value.problem.message("es") != refused.value.problem.message("en")


def test_a_record_too_long_to_be_one_is_not_read():
    """The limit is checked before anything is parsed."""
    with pytest.raises(MalformedRecord) as refused:
        parse_record(b"\x30" + b"\x00" * MAX_RECORD)
    assert refused.value.problem.code == LIMIT


def test_a_tree_of_a_million_hashes_costs_no_more_than_what_is_read_of_it():
    """Refused at a quarter, in memory that does not grow with the rest."""
    data = _tree(der.sequence(der.octets(b"h" * 32) * 1_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(MalformedRecord, match="hashes"):
            parse_record(data)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(data)
    finally:
        tracemalloc.stop()


def test_the_bounds_leave_room_for_a_century_of_renewals():
    """A hundred yearly renewals, and a group of fifty thousand documents, are read."""
    stamps = [der.sequence(TOKEN)] * 100
    assert len(parse_record(encode_record(["sha256"], [encode_chain(stamps)])).chains[0].stamps) == 100
    group = der.sequence(*(der.octets(number.to_bytes(32, "big")) for number in range(50_000)))
    assert len(parse_record(_tree(group)).chains[0].stamps[0].lists[0]) == 50_000
