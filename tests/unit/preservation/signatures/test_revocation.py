# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import timedelta

import pytest

from preservation.signatures import revocation
from preservation.signatures.certificates import load
from preservation.signatures.revocation import RevocationState, revocation_of


@pytest.fixture(scope="module")
def pair(world):
    """A certificate and its issuer."""
    return load(world.seal.certificate), load(world.seal.chain[0])


def _asked(pair, world, **material):
    given = {"crls": (), "ocsps": (), "control": world.at, "at": world.at, **material}
    return revocation_of(*pair, **given)


def test_revocation_by_list_or_by_answer_is_good_while_current(world, pair):
    """A CRL and an OCSP answer of the issuer both speak, and the source is told."""
    crls = world.authority.crls(world.at)
    answer = world.authority.ocsp(world.seal.certificate, world.at)
    assert _asked(pair, world, crls=crls).state is RevocationState.GOOD
    told = _asked(pair, world, ocsps=(answer,))
    assert (told.state, told.source) == (RevocationState.GOOD, answer)


@pytest.mark.parametrize("days", [-400, 400])
def test_revocation_data_too_old_or_from_the_future_says_nothing(world, pair, days):
    """A list that was not current at the control time, or not yet issued, is not believed."""
    other = world.at + timedelta(days=days)
    assert _asked(pair, world, crls=world.authority.crls(other)).state is RevocationState.UNKNOWN


def test_revocation_data_issued_after_the_end_counts_only_where_it_remembers(world, pair, monkeypatch):
    """A list that says expiredCertsOnCRL still speaks of the expired; without it, it may have forgotten."""
    ended = pair[0].not_valid_after + timedelta(days=30)
    material = {"crls": world.authority.crls(ended), "control": ended, "at": ended}
    assert _asked(pair, world, **material).state is RevocationState.GOOD
    monkeypatch.setattr(revocation, "_expired_certs_on", lambda _: None)
    revocation._list_header.cache_clear()
    assert _asked(pair, world, **material).state is RevocationState.UNKNOWN
    revocation._list_header.cache_clear()


def test_revocation_data_of_somebody_else_or_altered_says_nothing(world, pair):
    """Only the issuer's own signature counts."""
    (mine, *_) = [each for each in world.authority.crls(world.at) if _asked(pair, world, crls=(each,)).source]
    broken = bytearray(mine)
    broken[-1] ^= 1
    assert _asked(pair, world, crls=(bytes(broken),)).state is RevocationState.UNKNOWN
    assert _asked(pair, world, crls=(b"", b"\x30\x00", mine[:50])).state is RevocationState.UNKNOWN
    assert _asked(pair, world, ocsps=(b"", b"\x30\x00", mine)).state is RevocationState.UNKNOWN
    other = world.authority.ocsp(world.mayor.certificate, world.at)
    assert _asked(pair, world, ocsps=(other,)).state is RevocationState.UNKNOWN
