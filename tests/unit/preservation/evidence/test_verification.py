# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from archive.clock import FixedClock
from archive.digests import digest_bytes
from preservation import der
from preservation.evidence.reading import parse_record
from preservation.evidence.record import (
    encode_chain,
    encode_record,
    encode_sequence,
    encode_stamp,
)
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.merkle import combine
from preservation.trust.store import TrustStore

DOCUMENTS = [b"uno", b"dos"]
FAILED, UNSURE, PASSED = Indication.TOTAL_FAILED, Indication.INDETERMINATE, Indication.TOTAL_PASSED


def _digests(algorithm, documents=DOCUMENTS):
    return [hashlib.new(algorithm, one).digest() for one in documents]


@pytest.fixture(scope="module")
def stamp(authority):
    """Return a function that stamps a digest in a year."""

    def stamp(imprint, year, algorithm="sha256", month=1):
        clock = FixedClock(datetime(year, month, 1, tzinfo=UTC))
        return authority.timestamp_authority(clock).stamp(imprint, algorithm)

    return stamp


@pytest.fixture(scope="module")
def first(stamp):
    """One archive time stamp of 2026 over the group, with a stranger's sibling."""
    sibling = hashlib.sha256(b"sibling").digest()
    root = combine([combine(_digests("sha256"), "sha256"), sibling], "sha256")
    return encode_stamp("sha256", [_digests("sha256"), [sibling]], stamp(root, 2026))


@pytest.fixture(scope="module")
def judge(authority):
    """Return a function that judges a record, in 2027 by default."""

    def judge(record, documents=DOCUMENTS, year=2027, **options):
        at = datetime(year, 1, 1, tzinfo=UTC)
        return verify_record(record, documents, at=at, trust=TrustStore(authority.anchors()), **options)

    return judge


def _rehashed(first, stamp, year, algorithm="sha512", *, turned=False, history=None):
    """Return the chain of a hash-tree renewal, written after RFC 4998 5.2 word by word."""
    past = encode_sequence([encode_chain([first])]) if history is None else history
    before = hashlib.new(algorithm, past).digest()
    joined = [(before, one) if turned else (one, before) for one in _digests(algorithm)]
    values = [hashlib.new(algorithm, b"".join(pair)).digest() for pair in joined]
    return encode_chain(
        [encode_stamp(algorithm, [values], stamp(combine(values, algorithm), year, algorithm))]
    )


def _tokens(first, stamp, year):
    """Return a renewal of the first stamp's token."""
    token = parse_record(encode_record(["sha256"], [encode_chain([first])])).chains[0].stamps[0].token
    value = hashlib.sha256(token).digest()
    return encode_stamp("sha256", [], stamp(value, year))


def test_a_group_and_each_member_alone_are_proven(first, judge):
    """The whole group, and any member of it by bytes, by digests or by a function."""
    record = encode_record(["sha256"], [encode_chain([first])])
    whole = judge(record, group=True)
    assert (whole.indication, whole.sub_indication, whole.intact) == (PASSED, "", True)
    assert whole.proven_since == datetime(2026, 1, 1, tzinfo=UTC)
    assert whole.valid_until == datetime(2032, 6, 1, tzinfo=UTC)
    for document in (b"uno", digest_bytes(b"uno"), lambda name: hashlib.new(name, b"uno").digest()):
        assert judge(record, [document]).indication is PASSED
    assert judge(record, [b"uno"], group=True).sub_indication == "HASH_FAILURE"


def test_the_steps_cite_their_clauses(first, judge):
    """Every step names RFC 4998 and a clause, and the JSON holds them."""
    record = encode_record(["sha256"], [encode_chain([first])])
    verdict = judge(record)
    assert {step.clause for step in verdict.steps} == {
        "RFC 4998 5.1",
        "RFC 4998 5.3 (1)",
        "RFC 4998 5.3 (2)",
        "RFC 4998 4.3 (4)",
    }
    assert len(verdict.to_json()["steps"]) == len(verdict.steps)
    assert verdict.reasons == ()


def test_a_hash_tree_renewal_is_judged_in_the_order_of_the_text(first, stamp, judge):
    """H'(H'(document) | H'(history)): this order passes, another one and another history fail."""
    chain = encode_chain([first])
    good = encode_record(["sha256", "sha512"], [chain, _rehashed(first, stamp, 2030)])
    assert judge(good, year=2040, group=True).indication is PASSED
    assert judge(good, [b"tres"], year=2040).sub_indication == "HASH_FAILURE"
    other = encode_record(["sha256", "sha512"], [chain, _rehashed(first, stamp, 2030, history=b"x")])
    assert judge(other, year=2040).indication is FAILED
    turned = encode_record(["sha256", "sha512"], [chain, _rehashed(first, stamp, 2030, turned=True)])
    assert judge(turned, year=2040).sub_indication == "HASH_FAILURE"


def test_a_document_known_by_other_digests_only_is_indeterminate(first, stamp, judge):
    """A renewal under SHA-384 needs the bytes; SHA-256 and SHA-512 do not help."""
    chains = [encode_chain([first]), _rehashed(first, stamp, 2030, "sha384")]
    record = encode_record(["sha256", "sha384"], chains)
    verdict = judge(record, [digest_bytes(b"uno")], year=2040)
    assert (verdict.indication, verdict.sub_indication) == (UNSURE, "SIGNED_DATA_NOT_FOUND")
    assert judge(record, [b"uno"], year=2040).indication is PASSED


def test_a_time_stamp_renewal_must_cover_the_token_before_it(first, stamp, judge):
    """A renewal of another token breaks the chain."""
    good = encode_record(["sha256"], [encode_chain([first, _tokens(first, stamp, 2031)])])
    assert judge(good, year=2040).indication is PASSED
    stranger = encode_stamp("sha256", [], stamp(hashlib.sha256(b"x").digest(), 2031))
    bad = judge(encode_record(["sha256"], [encode_chain([first, stranger])]), year=2040)
    assert (bad.indication, bad.sub_indication, bad.intact) == (FAILED, "HASH_FAILURE", False)


def test_a_renewal_that_came_too_late_proves_nothing(first, stamp, judge):
    """The old certificate ended in 2032; a renewal of 2033 cannot bring it back."""
    record = encode_record(["sha256"], [encode_chain([first, _tokens(first, stamp, 2033)])])
    verdict = judge(record, year=2040)
    assert (verdict.indication, verdict.sub_indication) == (UNSURE, "OUT_OF_BOUNDS_NO_POE")
    assert verdict.intact


def test_time_stamps_out_of_order_are_refused(stamp, judge):
    """A chain whose second token is older than its first."""
    old = stamp(_digests("sha256")[0], 2028)
    young = encode_stamp("sha256", [], stamp(hashlib.sha256(old).digest(), 2027))
    record = encode_record(["sha256"], [encode_chain([encode_stamp("sha256", [], old), young])])
    assert judge(record, [b"uno"], year=2029).indication is FAILED


def test_a_token_from_the_future_is_not_believed(first, judge):
    """Judged in 2025, a token of 2026 proves nothing."""
    record = encode_record(["sha256"], [encode_chain([first])])
    assert judge(record, year=2025).sub_indication == "TIMESTAMP_ORDER_FAILURE"


def test_a_chain_keeps_to_one_algorithm_and_the_record_lists_it(first, stamp, judge):
    """Mixed algorithms in a chain, and one that digestAlgorithms does not know, are malformed."""
    token = parse_record(encode_record(["sha256"], [encode_chain([first])])).chains[0].stamps[0].token
    value = hashlib.sha512(token).digest()
    mixed = encode_chain([first, encode_stamp("sha512", [], stamp(value, 2031, "sha512"))])
    for record in (
        encode_record(["sha256", "sha512"], [mixed]),
        encode_record(["sha512"], [encode_chain([first])]),
    ):
        verdict = judge(record, year=2032)
        assert (verdict.indication, verdict.sub_indication) == (FAILED, "FORMAT_FAILURE")


def test_several_documents_without_a_tree_are_not_proven(stamp, judge):
    """A token over one digest covers one document."""
    record = encode_record(
        ["sha256"], [encode_chain([encode_stamp("sha256", [], stamp(_digests("sha256")[0], 2026))])]
    )
    assert judge(record, [b"uno"], group=True).indication is PASSED
    assert judge(record).sub_indication == "HASH_FAILURE"


def test_hashes_of_a_foreign_length_are_refused(stamp, judge):
    """Cutting the same bytes elsewhere must not make another document."""
    one, two = sorted(_digests("sha256"))
    root = hashlib.sha256(one + two).digest()
    token = stamp(root, 2026)
    cut = encode_stamp("sha256", [[one[:16], one[16:] + two]], token)
    verdict = judge(encode_record(["sha256"], [encode_chain([cut])]), [])
    assert (verdict.indication, verdict.sub_indication) == (FAILED, "FORMAT_FAILURE")


def test_a_record_over_encrypted_data_is_refused_in_plain_words(first, judge):
    """EncryptionInfo present: INDETERMINATE, and the reason says why."""
    encryption = der.tagged(0xA1, der.oid("1.2.3") + der.octets(b"key"))
    record = der.sequence(
        der.integer(1),
        der.sequence(der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))),
        encryption,
        encode_sequence([encode_chain([first])]),
    )
    verdict = judge(record)
    assert (verdict.indication, verdict.sub_indication) == (UNSURE, "SIGNED_DATA_NOT_FOUND")
    assert "encrypted" in verdict.reasons[0]


@pytest.mark.parametrize("year", [2027, 2060])
def test_unknown_algorithms_are_not_guessed(first, judge, year):
    """A chain under an algorithm that we do not speak is INDETERMINATE at any time."""
    record = encode_record(["sha256"], [encode_chain([first])])
    strange = record.replace(der.oid("2.16.840.1.101.3.4.2.1")[2:], der.oid("2.16.840.1.101.3.4.2.8")[2:])
    assert judge(strange, year=year).indication is not PASSED


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"%PDF-1.7", der.sequence(der.integer(2))])
def test_what_is_no_record_gets_a_verdict(judge, data):
    """Format failure, never an exception."""
    verdict = judge(data)
    assert (verdict.indication, verdict.sub_indication) == (FAILED, "FORMAT_FAILURE")
    assert not verdict.intact


def test_a_record_comes_back_byte_for_byte(first):
    """Parsing keeps what was stored: chains and tokens are slices of it."""
    record = encode_record(["sha256"], [encode_chain([first])])
    parsed = parse_record(record)
    assert parsed.encoded == record
    assert parsed.chains[0].encoded == encode_chain([first])
    assert parsed.chains[0].stamps[0].encoded == first
    assert first.endswith(parsed.chains[0].stamps[0].token)
