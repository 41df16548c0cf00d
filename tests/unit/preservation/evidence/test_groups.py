# SPDX-License-Identifier: EUPL-1.2
"""The digests that a seal stands for: from what was taken at ingest where that will do, else from the bytes."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from archive.errors import NotFound
from preservation.evidence.groups import DocumentChanged, VersionGroup, renewed_group
from preservation.evidence.record import encode_sequence

CONTENTS = (b"uno", b"dos", b"dos")


@pytest.fixture
def group(world):
    """Return the group of an object of three files, two of them alike; the first one's bytes have rotted."""
    files = {f"received/{number}": data for number, data in enumerate(CONTENTS)}
    object_id = world.keep("a", files)
    world.path_of(object_id, "received/0").write_bytes(b"rotten")
    return VersionGroup.of(world.home.store, world.home.objects("villa"), object_id, 1)


def _digests(algorithm, contents=CONTENTS):
    return sorted({hashlib.new(algorithm, each).digest() for each in contents})


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_what_was_taken_at_ingest_needs_no_byte(group, algorithm):
    """Each different file once, ascending (RFC 4998 4.2 step 2), though one has rotted since."""
    assert group(algorithm) == _digests(algorithm)


def test_bytes_that_are_read_must_be_those_that_were_received(group):
    """SHA3-512 was never taken, and SHA-512 may be asked for anew: both read, and notice the rotten file."""
    with pytest.raises(DocumentChanged, match="not those that were received"):
        group("sha3_512")
    with pytest.raises(DocumentChanged):
        replace(group, read=True)("sha512")


def test_either_recorded_digest_gives_a_change_away(world):
    """Bytes whose SHA-256 were forged still differ from the SHA-512 that was recorded beside it."""
    object_id = world.keep("b", {"received/a": b"uno"})
    group = VersionGroup.of(world.home.store, world.home.objects("villa"), object_id, 1)
    assert group("sha3_512") == _digests("sha3_512", [b"uno"])
    (path,) = group.inventory.fixity
    forged = replace(group.inventory, fixity={path: hashlib.sha512(b"dos").hexdigest()})
    with pytest.raises(DocumentChanged):
        replace(group, inventory=forged)("sha3_512")


def test_a_version_that_never_was_has_no_group(world):
    """Neither has an object."""
    object_id = world.keep("c", {"received/a": b"1"})
    for name, version in ((object_id, 2), ("urn:longeva:villa:nothing", 1)):
        with pytest.raises(NotFound):
            VersionGroup.of(world.home.store, world.home.objects("villa"), name, version)


def test_a_later_chain_joins_each_digest_with_the_chains_before():
    """H(digest, then H of the chains): in this order, not sorted (RFC 4998 5.2 steps 2 to 4)."""
    digests, chains = _digests("sha512"), (b"\x30\x00", b"\x30\x01\x00")
    before = hashlib.sha512(encode_sequence(chains)).digest()
    assert renewed_group(digests, chains, "sha512") == sorted(
        hashlib.sha512(each + before).digest() for each in digests
    )
    assert renewed_group(digests, (), "sha512") == digests
