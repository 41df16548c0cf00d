# SPDX-License-Identifier: EUPL-1.2
"""Bad evidence, whatever is bad about it: a coded verdict in two languages, no exception and no pass."""

from __future__ import annotations

import base64
import hashlib
import time
from datetime import UTC, datetime

import pytest
from asn1crypto import cms
from record_building import RecordInMaking

from archive.clock import FixedClock
from preservation import der
from preservation.evidence.reading import parse_record
from preservation.evidence.record import (
    MAX_HASHES,
    encode_chain,
    encode_record,
    encode_sequence,
    encode_stamp,
)
from preservation.evidence.verification import verify_record
from preservation.evidence.xmlers import NAMESPACE
from preservation.indications import Indication
from preservation.merkle import combine
from preservation.trust.store import TrustStore

DOCUMENT = b"acta"
DIGEST = hashlib.sha256(DOCUMENT).digest()
SHA256 = "2.16.840.1.101.3.4.2.1"
AT = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def stamp(authority):
    """Return a function that stamps a digest in a year."""

    def stamp(imprint, year=2026, algorithm="sha256"):
        clock = FixedClock(datetime(year, 1, 1, tzinfo=UTC))
        return authority.timestamp_authority(clock).stamp(imprint, algorithm)

    return stamp


@pytest.fixture(scope="module")
def good(authority):
    """A record that passes, so that each of the others fails for its own reason."""
    record = RecordInMaking(authority, [DOCUMENT]).sealed(2026, [b"x"]).record
    assert _judged(authority, record).indication is Indication.TOTAL_PASSED
    return record


def _judged(authority, record, documents=(DOCUMENT,), **options):
    return verify_record(record, documents, at=AT, trust=TrustStore(authority.anchors()), **options)


def _codes(authority, record, documents=(DOCUMENT,), **options):
    verdict = _judged(authority, record, documents, **options)
    assert verdict.indication is not Indication.TOTAL_PASSED
    for step in verdict.steps:
        assert step.message("es") != step.message("en")
        assert "{" not in step.message("es") + step.message("en")
    told = verdict.to_json()
    assert told["codes"] == [each["code"] for each in told["steps"] if not each["passed"]]
    return set(verdict.codes)


def _record(lists, token, algorithm="sha256"):
    return encode_record([algorithm], [encode_chain([encode_stamp(algorithm, lists, token)])])


def test_a_token_for_other_data_is_named(authority, stamp):
    """The tree leads elsewhere than the token."""
    assert _codes(authority, _record([[DIGEST, b"x" * 32]], stamp(b"y" * 32))) == {"TOKEN-IMPRINT"}


def test_another_document_is_named_and_so_is_a_group_that_is_not_whole(authority, good):
    """What was asked about is not in the list; or not all of the list was asked about."""
    assert _codes(authority, good, [b"otra"]) == {"EVIDENCE-RECORD-HASH"}
    both = RecordInMaking(authority, [DOCUMENT, b"anexo"]).sealed(2026).record
    assert _codes(authority, both, group=True) == {"EVIDENCE-RECORD-GROUP"}


def test_a_clock_that_jumps_is_named(authority, stamp):
    """A renewal that says an earlier time than what it renews."""
    first = stamp(DIGEST, 2028)
    second = encode_stamp("sha256", [], stamp(hashlib.sha256(first).digest(), 2027))
    record = encode_record(["sha256"], [encode_chain([encode_stamp("sha256", [], first), second])])
    assert "EVIDENCE-RECORD-ORDER" in _codes(authority, record)


def test_a_hash_named_twice_is_told_and_proves_no_more_than_it_does(authority, stamp):
    """A duplicate leaf in a list: told to whoever reads the verdict, since others fold it once."""
    listed = [DIGEST, DIGEST, b"x" * 32]
    verdict = _judged(authority, _record([listed], stamp(combine(listed, "sha256"))))
    assert verdict.indication is Indication.TOTAL_PASSED
    assert "EVIDENCE-RECORD-DUPLICATE" in {step.code for step in verdict.steps}
    once = _record([listed], stamp(combine(set(listed), "sha256")))
    assert _codes(authority, once) == {"TOKEN-IMPRINT"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda good: good + b"\x00", "EVIDENCE-RECORD-FORMAT"),
        (lambda good: good + good, "EVIDENCE-RECORD-FORMAT"),
        (lambda good: b"\x30\x80" + good[4:] + b"\x00\x00", "EVIDENCE-RECORD-FORMAT"),
        (lambda good: good.replace(der.integer(1), der.integer(2), 1), "EVIDENCE-RECORD-VERSION"),
        (lambda _: b"", "EVIDENCE-RECORD-FORMAT"),
        (lambda _: b"%PDF-1.7", "EVIDENCE-RECORD-FORMAT"),
        (lambda _: encode_record(["sha256"], []), "EVIDENCE-RECORD-FORMAT"),
        (lambda _: encode_record(["sha256"], [encode_chain([])]), "EVIDENCE-RECORD-FORMAT"),
    ],
    ids=["trailing", "glued", "indefinite", "version", "empty", "pdf", "no chains", "no stamps"],
)
def test_what_is_no_record_of_one_piece_is_named(authority, good, change, code):
    """Trailing bytes, two records glued, BER, another version, nothing at all."""
    assert _codes(authority, change(good)) == {code}


def test_records_of_ten_thousand_chains_or_stamps_are_refused_at_once(authority, good):
    """Before any token is looked at: in well under a second."""
    stamp = parse_record(good).chains[0].stamps[0].encoded
    began = time.perf_counter()
    assert _codes(authority, encode_record(["sha256"], [encode_chain([stamp])] * 10_000)) == {
        "EVIDENCE-RECORD-LIMIT"
    }
    assert _codes(authority, encode_record(["sha256"], [encode_chain([stamp] * 10_000)])) == {
        "EVIDENCE-RECORD-LIMIT"
    }
    hashes = [b"%032d" % number for number in range(MAX_HASHES + 1)]
    assert _codes(authority, _record([hashes], b"\x30\x00")) == {"EVIDENCE-RECORD-LIMIT"}
    assert time.perf_counter() - began < 10


def test_algorithms_that_nobody_knows_or_nobody_listed_are_named(authority, good, stamp):
    """Unknown, with parameters, unlisted, mixed within a chain."""
    unknown = good.replace(der.oid(SHA256)[2:], der.oid("2.16.840.1.101.3.4.2.99")[2:], 2)
    assert _codes(authority, unknown) == {"EVIDENCE-RECORD-ALGORITHM-UNKNOWN"}
    token = stamp(DIGEST)
    odd = der.sequence(der.tagged(0xA0, der.oid(SHA256) + der.integer(9)), token)
    record = encode_record(["sha256"], [encode_chain([odd])])
    assert _codes(authority, record) == {"EVIDENCE-RECORD-ALGORITHM-UNKNOWN"}
    unlisted = encode_record(["sha512"], [encode_chain([encode_stamp("sha256", [], token)])])
    assert _codes(authority, unlisted) == {"EVIDENCE-RECORD-ALGORITHM-UNLISTED"}
    second = encode_stamp("sha512", [], stamp(hashlib.sha512(token).digest(), 2028, "sha512"))
    mixed = encode_record(["sha256", "sha512"], [encode_chain([encode_stamp("sha256", [], token), second])])
    assert "EVIDENCE-RECORD-ALGORITHM-MIXED" in _codes(authority, mixed)


def test_hashes_of_a_foreign_length_are_named(authority, stamp):
    """The same bytes cut elsewhere."""
    one, two = sorted([DIGEST, b"x" * 32])
    cut = _record([[one[:16], one[16:] + two]], stamp(hashlib.sha256(one + two).digest()))
    assert _codes(authority, cut, []) == {"EVIDENCE-RECORD-LENGTH"}


def test_what_stands_in_the_place_of_a_token_is_named(authority, stamp):
    """Signed data that is no TSTInfo, another content type, nothing readable, nesting without end."""
    info = cms.ContentInfo.load(stamp(DIGEST))
    info["content"]["encap_content_info"]["content_type"] = "data"
    deep = b""
    for _ in range(3000):
        deep = der.sequence(deep)
    data = der.sequence(der.oid("1.2.840.113549.1.7.1"), der.tagged(0xA0, der.octets(b"x")))
    for token in (info.dump(force=True), data, deep, b"\x30\x00"):
        assert _codes(authority, _record([[DIGEST, b"x" * 32]], token)) == {"TOKEN-FORMAT"}


def test_a_record_over_an_encrypted_form_is_named(authority, good):
    """EncryptionInfo: refused, and INDETERMINATE."""
    parsed = parse_record(good)
    record = der.sequence(
        der.integer(1),
        der.sequence(der.sequence(der.oid(SHA256))),
        der.tagged(0xA1, der.oid("1.2.3") + der.octets(b"key")),
        encode_sequence([each.encoded for each in parsed.chains]),
    )
    assert _codes(authority, record) == {"EVIDENCE-RECORD-ENCRYPTED"}
    assert _judged(authority, record).indication is Indication.INDETERMINATE


def test_what_a_record_carries_besides_is_told_and_changes_nothing(authority, good):
    """CryptoInfos and attributes: named in the steps; the verdict is the same."""
    attribute = der.sequence(der.oid("1.2.3.4"), der.tagged(der.SET, der.octets(b"x")))
    parsed = parse_record(good)
    (stamp,) = parsed.chains[0].stamps
    parts = [each.encoded for each in der.parse(stamp.encoded).children()]
    parts.insert(1, der.tagged(0xA1, attribute))
    record = der.sequence(
        der.integer(1),
        der.sequence(der.sequence(der.oid(SHA256))),
        der.tagged(0xA0, attribute),
        encode_sequence([encode_chain([der.sequence(*parts)])]),
    )
    verdict = _judged(authority, record)
    assert verdict.indication is Indication.TOTAL_PASSED
    told = [step.text for step in verdict.steps if step.code == "EVIDENCE-STEP-CARRIED"]
    assert len(told) == 2
    assert all("1.2.3.4" in each for each in told)


def _xml(body, version="1.0", before=""):
    sequence = f"<ArchiveTimeStampSequence>{body}</ArchiveTimeStampSequence>"
    return f'{before}<EvidenceRecord xmlns="{NAMESPACE}" Version="{version}">{sequence}</EvidenceRecord>'.encode()


def _chain_xml(token, order="1", tree="", inner="1"):
    encoded = base64.b64encode(token).decode()
    return (
        f'<ArchiveTimeStampChain Order="{order}">'
        '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        '<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
        f'<ArchiveTimeStamp Order="{inner}">{tree}<TimeStamp><TimeStampToken Type="RFC3161">{encoded}'
        "</TimeStampToken></TimeStamp></ArchiveTimeStamp></ArchiveTimeStampChain>"
    )


def test_hostile_records_in_xml_are_named(authority, stamp):
    """Document types and entities, huge attributes, odd orders, other versions, too much of anything."""
    token = stamp(DIGEST)
    assert _judged(authority, _xml(_chain_xml(token))).indication is Indication.TOTAL_PASSED
    entity = '<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    hashes = "<DigestValue>eA==</DigestValue>" * (MAX_HASHES + 1)
    tree = f'<HashTree><Sequence Order="1">{hashes}</Sequence></HashTree>'
    cases = [
        (_xml(_chain_xml(token), before=entity), "EVIDENCE-RECORD-FORMAT"),
        (_xml(_chain_xml(token, order="x" * 9_000_000)), "EVIDENCE-RECORD-LIMIT"),
        (_xml(_chain_xml(token, order="2")), "EVIDENCE-RECORD-FORMAT"),
        (_xml(_chain_xml(token, order="-1")), "EVIDENCE-RECORD-FORMAT"),
        (_xml(_chain_xml(token, inner="01")), "EVIDENCE-RECORD-FORMAT"),
        (_xml(_chain_xml(token) * 2), "EVIDENCE-RECORD-FORMAT"),
        (_xml(_chain_xml(token), version="2.0"), "EVIDENCE-RECORD-VERSION"),
        (_xml(_chain_xml(b"x" * 9, tree=tree)), "EVIDENCE-RECORD-LIMIT"),
        (
            _xml("".join(_chain_xml(b"x", order=str(one)) for one in range(1, 10_001))),
            "EVIDENCE-RECORD-LIMIT",
        ),
        (_xml(""), "EVIDENCE-RECORD-FORMAT"),
        (_xml(_chain_xml(b"\x30\x00")), "TOKEN-FORMAT"),
        (_xml(_chain_xml(stamp(b"y" * 32))), "EVIDENCE-RECORD-HASH"),
    ]
    for data, code in cases:
        assert _codes(authority, data) == {code}, data[:200]
