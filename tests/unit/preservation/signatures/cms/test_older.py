# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib

import pytest

from preservation import der
from preservation.indications import Outcome
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.envelope import open_envelope, read_signer_info
from preservation.signatures.cms.growing import Growing
from preservation.signatures.cms.older import referenced, references_imprints
from preservation.signatures.cms.read import read_cms
from preservation.signatures.content import BytesContent
from preservation.signatures.sign import sign_cms

DATA = b"contenido"


def _signer(data):
    return read_signer_info(next(open_envelope(data).signers()))


def _reference(digest, *objects) -> bytes:
    """Return CompleteCertificateRefs to some objects."""
    algorithm = der.sequence(der.oid({"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1"}[digest]))
    return der.sequence(
        *(
            der.sequence(der.sequence(algorithm, der.octets(hashlib.new(digest, each).digest())))
            for each in objects
        )
    )


def _complete(world, digest="sha256") -> bytes:
    """Return a signature of level C."""
    growing = Growing.read(
        sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at, authority=world.stamper())
    )
    growing.add_attribute(0, attrs.CERTIFICATE_REFERENCES, _reference(digest, world.seal.certificate))
    crls = der.sequence(
        der.sequence(
            der.tagged(
                0xA0,
                der.sequence(_reference(digest, *world.authority.crls(world.signed_at))),
            )
        )
    )
    growing.add_attribute(0, attrs.REVOCATION_REFERENCES, crls)
    growing.add_attribute(
        0,
        attrs.REVOCATION_VALUES,
        der.sequence(der.tagged(0xA0, der.sequence(*world.authority.crls(world.signed_at)))),
    )
    return growing.encode()


def _stamped(world, data, name, form=0) -> bytes:
    over = name == attrs.CADES_C_TIME_STAMP
    imprint = references_imprints(_signer(data), "sha256", over_signature=over)[form]
    growing = Growing.read(data)
    growing.add_attribute(0, name, world.stamper().stamp(imprint, "sha256"))
    return growing.encode()


def _digests(*objects) -> set[bytes]:
    return {hashlib.sha256(each).digest() for each in objects}


@pytest.mark.parametrize("form", [0, 1])
@pytest.mark.parametrize("name", [attrs.CADES_C_TIME_STAMP, attrs.REFERENCES_TIME_STAMP])
def test_a_stamp_over_references_proves_what_they_refer_to(world, name, form):
    """TS 101 733 6.3.5 and 6.3.6, in both readings of what the values of an attribute are."""
    data = _stamped(world, _complete(world), name, form)
    (facts,) = read_cms(data, BytesContent(DATA))
    assert facts.level == "X"
    stamp = facts.stamps[-1]
    assert stamp.type == "refs"
    assert stamp.imprint.outcome is Outcome.OK
    assert _digests(world.seal.certificate, *world.authority.crls(world.signed_at)) <= stamp.covered


def test_only_the_first_type_proves_the_signature(world):
    """A stamp over the references alone says nothing of when the signature was made."""
    complete = _complete(world)
    first = read_cms(_stamped(world, complete, attrs.CADES_C_TIME_STAMP))[0].stamps[-1]
    second = read_cms(_stamped(world, complete, attrs.REFERENCES_TIME_STAMP))[0].stamps[-1]
    assert (first.covers_signature, second.covers_signature) == (True, False)
    token = read_cms(complete)[0].stamps[0].token
    assert _digests(token) <= first.covered
    assert not _digests(token) & second.covered


def test_references_by_a_weak_digest_prove_nothing(world):
    """A certificate may be found to a SHA-1 one day: the reference does not prove that it existed."""
    data = _stamped(world, _complete(world, "sha1"), attrs.REFERENCES_TIME_STAMP)
    stamp = read_cms(data)[0].stamps[-1]
    assert stamp.imprint.outcome is Outcome.OK
    assert stamp.covered == frozenset()


def test_a_stamp_over_references_notices_a_change(world):
    """Another reference put beside the stamped ones breaks the imprint."""
    growing = Growing.read(_stamped(world, _complete(world), attrs.REFERENCES_TIME_STAMP))
    growing.add_attribute(0, attrs.CERTIFICATE_REFERENCES, _reference("sha256", b"otro"))
    assert read_cms(growing.encode())[0].stamps[-1].imprint.outcome is Outcome.FAILED


def test_referenced_leaves_out_what_is_not_named(world):
    """Only the candidates whose digest stands in the references are given."""
    growing = Growing.read(_complete(world))
    names = {attrs.CERTIFICATE_REFERENCES}
    references = [each for each in growing.signers[0].unsigned_attributes if each.name in names]
    assert referenced(references, [world.mayor.certificate, world.seal.certificate]) == [
        world.seal.certificate
    ]
