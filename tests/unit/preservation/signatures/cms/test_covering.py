# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib

from preservation import der
from preservation.indications import Outcome
from preservation.signatures.augmentation import Augmentation
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.archive import HASH_INDEX_V1, HASH_INDEX_V3, imprint_v3
from preservation.signatures.cms.augment import augment_cms
from preservation.signatures.cms.covering import carried_in
from preservation.signatures.cms.envelope import open_envelope, read_signer_info
from preservation.signatures.cms.growing import Growing, token_with
from preservation.signatures.cms.read import read_cms
from preservation.signatures.content import BytesContent
from preservation.signatures.sign import sign_cms
from preservation.strength import Algorithm

DATA = b"contenido"
CONTENT = BytesContent(DATA)


def _long_term(world) -> bytes:
    plain = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)
    return augment_cms(plain, Augmentation("LT", world.stamper(), world.material()), CONTENT)


def _archived(world, data, name, listed, *, algorithm=b"", twice=False) -> bytes:
    """Add an archive-time-stamp-v3 with a hash index of our own making."""
    envelope = open_envelope(data)
    signer = read_signer_info(next(envelope.signers()))
    parts = (der.sequence(*(der.octets(hashlib.sha256(each).digest()) for each in items)) for items in listed)
    index = der.sequence(algorithm, *parts)
    imprint = imprint_v3("sha256", envelope, signer, index, hashlib.sha256(DATA).digest())
    token = world.stamper().stamp(imprint, "sha256")
    growing = Growing.read(data)
    held = [(name, index)] * (2 if twice else 1)
    growing.add_attribute(0, attrs.ARCHIVE_TIME_STAMP_V3, token_with(token, *held))
    return growing.encode()


def test_the_first_version_of_the_index_hashes_whole_attributes(world):
    """TS 101 733 V2.2.1: its algorithm may be left out, and it lists attributes and not their values."""
    data = _long_term(world)
    envelope = open_envelope(data)
    signer = read_signer_info(next(envelope.signers()))
    listed = (
        envelope.certificate_choices[:1],
        envelope.revocation_choices,
        [each.encoded for each in signer.unsigned_attributes],
    )
    stamp = read_cms(_archived(world, data, HASH_INDEX_V1, listed), CONTENT)[0].stamps[-1]
    assert stamp.imprint.outcome is Outcome.OK
    digests = {
        hashlib.sha256(each).digest() for each in (*envelope.crls, signer.unsigned_attributes[0].values[0])
    }
    assert digests <= stamp.covered
    left_out = set(envelope.certificates[1:]) - {
        each for one in read_cms(data) for each in one.stamps[0].signature.certificates
    }
    assert left_out
    assert not {hashlib.sha256(each).digest() for each in left_out} & stamp.covered


def test_an_empty_index_proves_the_signature_and_nothing_beside_it(world):
    """What the index does not list gets no proof of existence, however it stands beside it."""
    algorithm = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
    stamp = read_cms(
        _archived(world, _long_term(world), HASH_INDEX_V3, ([], [], []), algorithm=algorithm), CONTENT
    )[0].stamps[-1]
    assert stamp.imprint.outcome is Outcome.OK
    assert stamp.covered == frozenset()
    assert stamp.covers == ("content", "signature value")


def test_two_indexes_in_one_stamp_are_not_chosen_between(world):
    """Nobody can say which index was meant."""
    algorithm = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
    made = _archived(world, _long_term(world), HASH_INDEX_V3, ([], [], []), algorithm=algorithm, twice=True)
    assert read_cms(made, CONTENT)[0].stamps[-1].imprint.outcome is Outcome.UNSUPPORTED


def test_the_algorithm_of_the_index_counts(world):
    """An index of SHA-1 makes the stamp no stronger than SHA-1."""
    algorithm = der.sequence(der.oid("1.3.14.3.2.26"))
    made = _archived(world, _long_term(world), HASH_INDEX_V3, ([], [], []), algorithm=algorithm)
    assert Algorithm("sha1") in read_cms(made, CONTENT)[0].stamps[-1].signature.algorithms


def test_carried_in_reaches_into_tokens_and_bears_anything(world):
    """A file covered whole covers its certificates, lists, tokens, and what those carry."""
    data = _long_term(world)
    (facts,) = read_cms(data)
    inside = {
        hashlib.sha256(each).digest() for each in (*facts.certificates, *facts.crls, facts.stamps[0].token)
    }
    assert inside <= carried_in(data)
    assert {hashlib.sha256(each).digest() for each in facts.stamps[0].signature.certificates} <= carried_in(
        data
    )
    assert carried_in(b"\x30\x03\x02\x01\x01") == frozenset()


def test_the_same_token_twice_is_one_time_stamp(world):
    """A time stamp attribute that is copied says nothing new."""
    data = _long_term(world)
    growing = Growing.read(data)
    growing.add_attribute(0, attrs.SIGNATURE_TIME_STAMP, read_cms(data)[0].stamps[0].token)
    assert len(read_cms(growing.encode(), CONTENT)[0].stamps) == 1
