# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib

import pytest
from evidence_to_order import record_over, with_attribute

from preservation.evidence.record import encode_chain, encode_record, encode_stamp
from preservation.signatures.cms.records import INTERNAL
from preservation.signatures.content import BytesContent
from preservation.signatures.records import EVIDENCE, as_record, proofs_by_records, record_word, record_words
from preservation.signatures.sign import sign_cms
from preservation.signatures.supplied import Supplied
from preservation.trust.store import TrustStore

DATA = b"acta de pleno"


def _sha256(data):
    return hashlib.sha256(data).digest()


@pytest.fixture(scope="module")
def record(world):
    """A record over the document and a stranger's."""
    return record_over(world, [_sha256(DATA)])


def test_one_word_tells_how_a_record_stands(world, record):
    """Over its document, over another, over none, and broken."""
    assert record_word(record, [BytesContent(b"x"), BytesContent(DATA)], world.at) == "valid"
    assert record_word(record, [BytesContent(b"x")], world.at) == "data_not_found"
    assert record_word(record, [], world.at) == "data_not_found"
    assert record_word(record.replace(_sha256(DATA), bytes(32)), [], world.at) == "hash_failure"
    assert record_word(record[:-9], [], world.at) == "invalid"


def test_the_one_document_of_a_record_that_is_not_its_own_fails(world):
    """A record about one document, beside one document: either it is that one or it was altered."""
    signed = world.stamper().stamp(_sha256(DATA), "sha256")
    alone = encode_record(["sha256"], [encode_chain([encode_stamp("sha256", [], signed)])])
    assert record_word(alone, [BytesContent(DATA)], world.at) == "valid"
    assert record_word(alone, [BytesContent(b"x")], world.at) == "hash_failure"


def test_records_are_found_itself_inside_and_beside(world, record):
    """A file that is one, a file that carries one, and a file with one beside it."""
    assert record_words(record, [Supplied("", BytesContent(DATA))], [], world.at) == ["valid"]
    written = base64.encodebytes(record)
    assert record_words(written, [Supplied("", BytesContent(DATA))], [], world.at) == ["valid"]
    assert record_words(DATA, [], [record, b"no"], world.at) == ["valid", "invalid"]
    signed = sign_cms(DATA, world.seal, detached=False, signing_time=world.signed_at)
    inside = with_attribute(signed, INTERNAL, record_over(world, [_sha256(signed)]))
    assert record_words(inside, [], [record_over(world, [_sha256(inside)])], world.at) == ["valid", "valid"]
    assert record_words(DATA, [], [], world.at) == []


@pytest.mark.parametrize(
    "data",
    [b"", b"0\x00", b"AAAA", b"<a xmlns='urn:ietf:params:xml:ns:ers'/>", b"<urn:ietf:params:xml:ns:ers"],
)
def test_what_is_no_record_is_not_taken_for_one(data):
    """Neither a short file, nor other base64, nor other XML."""
    assert as_record(data) is None


def test_a_record_that_passes_proves_what_it_covers_and_no_more(world, record):
    """Beside the file it proves the whole file; inside, the objects it covers; untrusted or broken, nothing."""
    trust = world.trust()
    beside = proofs_by_records(DATA, [], [record], trust, world.at)
    assert beside.everything is not None
    assert (beside.everything.time, beside.everything.source) == (world.signed_at, EVIDENCE)
    signed = sign_cms(DATA, world.seal, detached=False, signing_time=world.signed_at)
    inside = with_attribute(signed, INTERNAL, record_over(world, [_sha256(signed)]))
    proofs = proofs_by_records(inside, [], [], trust, world.at)
    assert proofs.everything is None
    assert proofs.of(world.seal.certificate, inside=True).time == world.signed_at
    for lost in (
        proofs_by_records(DATA + b".", [], [record], trust, world.at),
        proofs_by_records(inside.replace(DATA, DATA.upper()), [], [], trust, world.at),
        proofs_by_records(DATA, [], [record, b"no"], TrustStore(), world.at),
    ):
        assert lost.everything is None
        assert not lost.objects
