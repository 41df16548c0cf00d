# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from lxml import etree

from archive.clock import FixedClock
from preservation.evidence.record import MalformedRecord
from preservation.evidence.verification import verify_record
from preservation.evidence.xmlers import NAMESPACE, canonical_document, parse_xmlers
from preservation.indications import Indication
from preservation.merkle import combine
from preservation.trust.store import TrustStore

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
URIS = {
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
DOCUMENT = b"documento"
SIBLING = hashlib.sha256(b"otro").digest()
PASSED = Indication.TOTAL_PASSED


def _h(data, algorithm="sha256"):
    return hashlib.new(algorithm, data).digest()


def _stamp_xml(order, lists, token):
    sequences = "".join(
        f'<Sequence Order="{number}">'
        + "".join(f"<DigestValue>{base64.b64encode(value).decode()}</DigestValue>" for value in values)
        + "</Sequence>"
        for number, values in enumerate(lists, start=1)
    )
    tree = f"<HashTree>{sequences}</HashTree>" if lists else ""
    return (
        f'<ArchiveTimeStamp Order="{order}">{tree}<TimeStamp><TimeStampToken Type="RFC3161">'
        f"{base64.b64encode(token).decode()}</TimeStampToken></TimeStamp></ArchiveTimeStamp>"
    )


def _chain_xml(order, stamps, algorithm="sha256"):
    return (
        f'<ArchiveTimeStampChain Order="{order}"><DigestMethod Algorithm="{URIS[algorithm]}"/>'
        f'<CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>{"".join(stamps)}</ArchiveTimeStampChain>'
    )


def _record(*chains):
    sequence = f"<ArchiveTimeStampSequence>{''.join(chains)}</ArchiveTimeStampSequence>"
    return f'<EvidenceRecord xmlns="{NAMESPACE}" Version="1.0">{sequence}</EvidenceRecord>'.encode()


def _canonical(record, name):
    """Canonicalise the only element of a name with lxml, as no code of ours does."""
    (element,) = etree.fromstring(record).iter(f"{{{NAMESPACE}}}{name}")
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False)


@pytest.fixture(scope="module")
def stamp(authority):
    """Return a function that stamps a digest in a year."""

    def stamp(imprint, year, algorithm="sha256"):
        clock = FixedClock(datetime(year, 1, 1, tzinfo=UTC))
        return authority.timestamp_authority(clock).stamp(imprint, algorithm)

    return stamp


@pytest.fixture(scope="module")
def judge(authority):
    """Return a function that judges a record over documents in a year."""

    def judge(record, documents=(DOCUMENT,), year=2027):
        at = datetime(year, 1, 1, tzinfo=UTC)
        return verify_record(record, documents, at=at, trust=TrustStore(authority.anchors()))

    return judge


@pytest.fixture(scope="module")
def first(stamp):
    """The first stamp: the document and a stranger's, in 2026."""
    lists = [[_h(DOCUMENT), SIBLING]]
    return _stamp_xml(1, lists, stamp(combine(lists[0], "sha256"), 2026))


def test_a_document_of_a_hash_tree_is_proven_and_another_is_not(first, judge):
    """The record proves what its first list has, and says how long that list is."""
    record = _record(_chain_xml(1, [first]))
    verdict = judge(record)
    assert verdict.indication is PASSED
    assert verdict.proven_since == datetime(2026, 1, 1, tzinfo=UTC)
    assert (verdict.found, verdict.listed) == ((True,), 2)
    assert not judge(record, [b"otra cosa"]).intact


def test_an_xml_document_is_hashed_in_canonical_form(stamp, judge):
    """White space inside tags and the order of attributes do not count; content does."""
    written = b'<?xml version="1.0"?>\n<acta  b="2" a="1" ></acta>'
    token = stamp(_h(b'<acta a="1" b="2"></acta>'), 2026)
    record = _record(_chain_xml(1, [_stamp_xml(1, [], token)]))
    assert judge(record, [written]).indication is PASSED
    assert not judge(record, [written.replace(b"2", b"3")]).intact


def test_a_renewed_time_stamp_covers_the_canonical_element_before_it(first, stamp, judge):
    """A renewal over the TimeStamp element holds years later; over the token alone it does not."""
    before = _canonical(_record(_chain_xml(1, [first])), "TimeStamp")
    good = _stamp_xml(2, [], stamp(_h(before), 2029))
    assert judge(_record(_chain_xml(1, [first, good])), year=2030).indication is PASSED
    token = parse_xmlers(_record(_chain_xml(1, [first]))).chains[0].stamps[0].token
    bad = _stamp_xml(2, [], stamp(_h(token), 2029))
    assert not judge(_record(_chain_xml(1, [first, bad])), year=2030).intact


def test_a_renewed_hash_tree_covers_the_document_and_the_chains_before(first, stamp, judge):
    """A new chain under another algorithm needs the document and the old sequence in its first list."""
    old = _chain_xml(1, [first])
    history = _h(_canonical(_record(old), "ArchiveTimeStampSequence"), "sha512")
    document = _h(DOCUMENT, "sha512")

    def renewed(values):
        token = stamp(combine(values, "sha512"), 2029, "sha512")
        return _record(old, _chain_xml(2, [_stamp_xml(1, [values], token)], "sha512"))

    assert judge(renewed([document, history]), year=2030).indication is PASSED
    assert not judge(renewed([document, _h(b"", "sha512")]), year=2030).intact
    lost = judge(renewed([_h(b"", "sha512"), history]), year=2030)
    assert (lost.intact, lost.found) == (False, (True,))


def test_order_is_told_by_the_attribute_and_not_by_the_place(first, stamp, judge):
    """Stamps written in another order are read by their Order."""
    before = _canonical(_record(_chain_xml(1, [first])), "TimeStamp")
    second = _stamp_xml(2, [], stamp(_h(before), 2029))
    assert judge(_record(_chain_xml(1, [second, first])), year=2030).indication is PASSED


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b'Version="1.0"', b'Version="2.0"'),
        (b'ArchiveTimeStampChain Order="1"', b'ArchiveTimeStampChain Order="2"'),
        (b'Type="RFC3161"', b'Type="XMLENTRUST"'),
        (b"<DigestMethod", b"<DigestMethods"),
        (EXCLUSIVE.encode(), b"http://example.org/c14n"),
        (b"<DigestValue>", b"<DigestValue>*"),
        (b"<?", b"<!DOCTYPE x><?"),
    ],
)
def test_what_is_no_record_of_ours_is_refused_in_words(first, judge, found, put):
    """A form that is not spoken gives a verdict with its reason, never an exception and never a pass."""
    record = b"<?xml version='1.0'?>" + _record(_chain_xml(1, [first]))
    verdict = judge(record.replace(found, put, 1))
    assert verdict.indication is Indication.TOTAL_FAILED
    assert verdict.sub_indication == "FORMAT_FAILURE"
    assert verdict.reasons[0]


def test_a_record_over_encrypted_data_is_not_taken_for_a_proof(first, judge):
    """We keep no encrypted form: such a record proves nothing here."""
    inside = b'<EncryptionInformation xmlns="' + NAMESPACE.encode() + b'"/><ArchiveTimeStampSequence>'
    record = _record(_chain_xml(1, [first])).replace(b"<ArchiveTimeStampSequence>", inside)
    assert judge(record).indication is Indication.INDETERMINATE


def test_what_is_not_xml_is_hashed_as_it_is():
    """Only well-formed XML is canonicalised, and a canonicalisation that is not spoken is refused."""
    assert canonical_document(b"<no xml", EXCLUSIVE) == b"<no xml"
    assert canonical_document(b"%PDF-1.7", EXCLUSIVE) == b"%PDF-1.7"
    assert canonical_document(b"<a/>", "") == b"<a/>"
    with pytest.raises(MalformedRecord):
        canonical_document(b"<a/>", "http://example.org/c14n")


def test_a_record_of_absurdly_many_time_stamps_is_refused_at_once(first, judge):
    """Nobody is kept busy for hours: a century of yearly renewals has a hundred."""
    many = [first.replace('Order="1"><HashTree', f'Order="{n}"><HashTree', 1) for n in range(1, 1026)]
    assert len(judge(_record(_chain_xml(1, many[:2]))).stamps) == 2
    verdict = judge(_record(_chain_xml(1, many)))
    assert verdict.sub_indication == "FORMAT_FAILURE"
    assert "1024" in verdict.reasons[0]


def test_a_renewed_record_under_inherited_xml_attributes_is_refused(first, stamp, judge):
    """Canonicalisation would take xml:lang from outside: refused rather than guessed."""
    again = _chain_xml(2, [first])
    record = _record(_chain_xml(1, [first]), again)
    spoken = record.replace(b"<EvidenceRecord ", b'<EvidenceRecord xml:lang="es" ')
    assert "xml:base" in judge(spoken).reasons[0]
    assert "xml:base" not in judge(record).reasons[0]
