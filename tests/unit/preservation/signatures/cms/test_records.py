# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib

import pytest
from asn1crypto import cms
from evidence_to_order import record_over, with_attribute

from preservation.evidence.record import encode_record
from preservation.signatures.cms.records import EXTERNAL, INTERNAL, evidence_in_cms
from preservation.signatures.content import BytesContent
from preservation.signatures.records import embedded_word
from preservation.signatures.sign import sign_cms

CONTENT = b"decreto"


def _sha256(data):
    return hashlib.sha256(data).digest()


@pytest.fixture(scope="module")
def attached(world):
    """A CAdES of level T that carries its content."""
    return sign_cms(
        CONTENT, world.seal, detached=False, signing_time=world.signed_at, authority=world.stamper()
    )


@pytest.fixture(scope="module")
def detached(world):
    """A CAdES whose content lies outside."""
    return sign_cms(CONTENT, world.seal, detached=True, signing_time=world.signed_at)


def _words(world, data, content=None):
    return [embedded_word(each, world.at) for each in evidence_in_cms(data, content)]


def test_an_internal_record_covers_the_whole_signature_without_itself(world, attached):
    """It covers the file as it was before the record came in, unsigned attributes included or absent."""
    assert _words(world, attached) == []
    sealed = with_attribute(attached, INTERNAL, record_over(world, [_sha256(attached)]))
    assert _words(world, sealed) == ["valid"]
    bare = sign_cms(CONTENT, world.seal, detached=False, signing_time=world.signed_at)
    assert _words(world, with_attribute(bare, INTERNAL, record_over(world, [_sha256(bare)]))) == ["valid"]


def test_any_octet_that_changes_under_the_record_is_noticed(world, attached):
    """Another content, another value, another certificate: nothing of it was covered."""
    sealed = with_attribute(attached, INTERNAL, record_over(world, [_sha256(attached)]))
    assert _words(world, sealed.replace(CONTENT, b"Decreto")) == ["hash_failure"]
    info = cms.ContentInfo.load(sealed)
    info["content"]["certificates"] = []
    assert _words(world, info.dump()) == ["hash_failure"]


def test_a_second_record_covers_the_first_whatever_their_order(world, attached):
    """Two attributes: the later one was made over the file with the earlier one inside."""
    first = with_attribute(attached, INTERNAL, record_over(world, [_sha256(attached)]))
    later = record_over(world, [_sha256(first)], world.at)
    assert _words(world, with_attribute(first, INTERNAL, later)) == ["valid", "valid"]
    parallel = with_attribute(first, INTERNAL, record_over(world, [_sha256(attached)], world.at))
    assert _words(world, parallel) == ["valid", "hash_failure"]


def test_an_external_record_covers_the_content_too(world, detached):
    """With the content it is valid, without it is nothing found, over another content it fails."""
    record = record_over(world, [_sha256(detached), _sha256(CONTENT)])
    sealed = with_attribute(detached, EXTERNAL, record)
    assert _words(world, sealed, BytesContent(CONTENT)) == ["valid"]
    assert _words(world, sealed) == ["data_not_found"]
    assert _words(world, sealed, BytesContent(b"otro")) == ["hash_failure"]


def test_indefinite_lengths_stay_as_they_were_written(world, attached):
    """A BER file is covered as its octets stand, not as we would write them."""
    inner = attached[4:]
    assert attached[:2] == b"\x30\x82"
    loose = b"\x30\x80" + inner + b"\x00\x00"
    sealed = with_attribute(attached, INTERNAL, record_over(world, [_sha256(loose)]))
    again = b"\x30\x80" + sealed[4:] + b"\x00\x00"
    assert _words(world, again) == ["valid"]
    assert _words(world, sealed) == ["hash_failure"]


def test_a_record_tells_what_it_proves_to_exist(world, attached):
    """Certificates, tokens and the value inside the covered file are among what it proves."""
    sealed = with_attribute(attached, INTERNAL, record_over(world, [_sha256(attached)]))
    (evidence,) = evidence_in_cms(sealed, None)
    info = cms.ContentInfo.load(attached)["content"]
    carried = {_sha256(each.chosen.dump()) for each in info["certificates"]}
    assert carried
    assert carried <= evidence.covered
    assert (
        _sha256(info["signer_infos"][0]["signature"].native) in evidence.covered
        or not evidence.covered - carried
    )


@pytest.mark.parametrize("record", [b"\x30\x00", b"\x05\x00", encode_record(["sha256"], [])])
def test_what_is_no_record_is_no_crash(world, attached, record):
    """Garbage under the attribute gives no record and no exception."""
    assert evidence_in_cms(with_attribute(attached, INTERNAL, record), None) == []
    assert evidence_in_cms(with_attribute(attached, INTERNAL, record)[:-20], None) == []
