# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from preservation import der
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.envelope import open_envelope, other_revocation, read_signer_info
from preservation.signatures.cms.read import read_cms
from preservation.signatures.sign import sign_cms

ID_DATA = der.oid("1.2.840.113549.1.7.1")


@pytest.fixture(scope="module")
def parts(world) -> list[bytes]:
    """The fields of an attached SignedData."""
    signature = sign_cms(b"acta", world.seal, detached=False, signing_time=world.signed_at)
    return attrs.members(attrs.members(attrs.members(signature)[1])[0])


def _wrapped(*fields, more=b"") -> bytes:
    return der.sequence(der.oid("1.2.840.113549.1.7.2"), der.tagged(0xA0, der.sequence(*fields)), more)


def test_open_envelope_gives_the_fields_as_stored(world, parts):
    """Content, certificates and signers come out with their octets."""
    envelope = open_envelope(_wrapped(*parts))
    assert envelope.inside == b"acta"
    assert world.seal.certificate in envelope.certificates
    assert read_signer_info(next(envelope.signers())).whole.encoded == attrs.members(parts[-1])[0]


def test_a_second_content_is_refused(parts):
    """A SignedData with two contents is none: nobody can tell which one is signed."""
    first, second = der.tagged(0xA0, der.octets(b"acta")), der.tagged(0xA0, der.octets(b"otra"))
    for inside in (
        der.sequence(ID_DATA, first, second),
        der.sequence(ID_DATA, der.tagged(0xA0, der.octets(b"acta") + der.octets(b"otra"))),
    ):
        (facts,) = read_cms(_wrapped(parts[0], parts[1], inside, *parts[3:]))
        assert facts.unreadable
    (facts,) = read_cms(_wrapped(parts[0], parts[1], parts[2], der.sequence(ID_DATA, second), *parts[3:]))
    assert facts.unreadable


def test_a_second_signed_data_or_set_of_signers_is_refused(parts):
    """Further fields are not skipped over."""
    assert read_cms(_wrapped(*parts, parts[-1]))[0].unreadable
    assert read_cms(_wrapped(*parts, more=der.tagged(0xA0, der.sequence(*parts))))[0].unreadable
    assert read_cms(_wrapped(*parts[:3], parts[-1], parts[3]))[0].unreadable


def test_what_stands_behind_a_signature_is_told(parts):
    """Padding with zeros is usual; anything else behind the signature is told and not covered."""
    whole = _wrapped(*parts)
    assert open_envelope(whole + bytes(100)).trailing == 0
    (facts,) = read_cms(whole + b"<script>")
    assert facts.intact
    assert any("behind the signature" in note for note in facts.notes)


@pytest.mark.parametrize("kept", [(), (0, 1, 2, 4, 3), (0, 1, 2, 3), (0, 2, 4, 5)])
def test_a_signer_info_out_of_order_is_refused(parts, kept):
    """RFC 5652 5.3: the fields stand in their order and all that are needed are there."""
    fields = attrs.members(attrs.members(parts[-1])[0])
    made = der.sequence(*(fields[at] for at in kept))
    (facts,) = read_cms(_wrapped(*parts[:-1], der.tagged(der.SET, made)))
    assert facts.unreadable


def test_content_of_another_type_is_signed_without_its_tag(parts):
    """RFC 2315 9.3: PKCS #7 signs the contents octets of a content of any type."""
    inside = der.sequence(ID_DATA, der.tagged(0xA0, der.sequence(der.integer(7))))
    assert open_envelope(_wrapped(parts[0], parts[1], inside, *parts[3:])).inside == der.integer(7)


def test_other_revocation_that_is_strange_gives_nothing():
    """An OtherRevocationInfoFormat without an answer is left aside."""
    assert other_revocation(der.tagged(0xA1, der.oid("1.3.6.1.5.5.7.16.2"))) == []
    whole = der.tagged(0xA1, der.oid("1.3.6.1.5.5.7.16.2") + der.sequence(b""))
    assert other_revocation(whole) == [b"\x30\x00"]
