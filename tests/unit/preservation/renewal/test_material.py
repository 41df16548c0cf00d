# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest

from archive.material import check_material, load, read_material
from preservation.indications import Indication
from preservation.renewal.material import verification_data
from preservation.tokens import verify_token
from preservation.trust.store import TrustStore

IMPRINT = hashlib.sha256(b"acta").digest()


@pytest.fixture
def trust(world):
    """The development authority's roots and lists of today."""
    return TrustStore.from_authority(world.authority, world.clock.now())


def kinds(store, data, digests):
    named = {each.sha256: each.kind for each in read_material(data)}
    assert all(load(store, digest) for digest in digests)
    return [named[digest] for digest in digests]


def test_what_a_token_was_judged_with_judges_it_alone_decades_later(world, trust):
    """Nothing but what is kept, no trust folder of that day: the token still passes as of that day."""
    at, store = world.clock.now(), world.home.store
    token = world.tsa.stamp(IMPRINT, "sha256")
    data = verification_data(store, [token], trust, at)
    (chain,) = json.loads(data)["chains"]
    assert chain["tokens"] == [hashlib.sha256(token).hexdigest()]
    assert kinds(store, data, chain["certificates"]) == ["certificate", "certificate", "anchor"]
    assert set(kinds(store, data, chain["revocation"])) == {"crl"}
    *between, anchor = (load(store, digest) for digest in chain["certificates"])
    lists = tuple(load(store, digest) for digest in chain["revocation"])
    kept = TrustStore((anchor,), tuple(between), lists)
    verdict = verify_token(token, IMPRINT, "sha256", trust=kept, at=at)
    assert verdict.indication is Indication.TOTAL_PASSED


def test_each_piece_is_kept_once_and_named_with_two_digests(world, trust):
    """A hundred tokens of one unit share its chain; SHA-512 names the pieces when SHA-256 proves no more."""
    tokens = [world.tsa.stamp(hashlib.sha256(b"%d" % n).digest(), "sha256") for n in range(5)]
    data = verification_data(world.home.store, [*tokens, tokens[0]], trust, world.clock.now())
    body = json.loads(data)
    assert len(body["chains"]) == 1
    assert len(body["chains"][0]["tokens"]) == 5
    assert [sha256 for sha256, _ in check_material(world.home.store)] == [
        each["sha256"] for each in body["material"]
    ]
    for piece in body["material"]:
        assert piece["sha512"] == hashlib.sha512(load(world.home.store, piece["sha256"])).hexdigest()
    assert verification_data(world.home.store, reversed(tokens), trust, world.clock.now()) == data


def test_only_what_was_known_that_day_is_kept(world, trust):
    """The newest list by then; one of a later day proves nothing of that day."""
    at = world.clock.now()
    older, later = at - timedelta(days=20), at + timedelta(days=20)
    lists = tuple(each for when in (later, at, older) for each in world.authority.crls(when))
    mixed = TrustStore(trust.anchors, trust.certificates, lists)
    token = world.tsa.stamp(IMPRINT, "sha256")
    expected = verification_data(world.home.store, [token], trust, at)
    assert verification_data(world.home.store, [token], mixed, at) == expected


def test_a_token_that_nobody_vouches_for_is_named_with_what_it_carries(world):
    """No chain was found, so its own certificates are all that there is."""
    token = world.tsa.stamp(IMPRINT, "sha256")
    data = verification_data(world.home.store, [token], TrustStore(), world.clock.now())
    (chain,) = json.loads(data)["chains"]
    assert set(kinds(world.home.store, data, chain["certificates"])) == {"certificate"}
    assert chain["revocation"] == []
    with pytest.raises(ValueError, match="not a time-stamp token"):
        verification_data(world.home.store, [b"no token"], TrustStore(), world.clock.now())
