# SPDX-License-Identifier: EUPL-1.2
"""What every TimestampAuthority must do: the development authority in process, over HTTP, and behind failover."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime

import pytest

from archive.clock import FixedClock
from archive.errors import InvalidRequest, TimestampUnavailable
from preservation.authority import service
from preservation.authority.profile import POLICY
from preservation.indications import Indication
from preservation.stamping import TimestampAuthorities
from preservation.timestamps import HttpTimestampAuthority
from preservation.tokens import parse_token, verify_token
from preservation.trust.store import TrustStore


class _Served:
    """The development authority with a clock of its own, for the service's threads."""

    def __init__(self, authority, clock):
        self.clock = clock
        self._authority = authority

    def respond(self, request):
        return self._authority.respond(request, self.clock)

    def ocsp_respond(self, request):
        return self._authority.ocsp_respond(request)

    def revocation_list(self, issuer):
        return self._authority.crl(self.clock.now(), issuer)


@pytest.fixture
def clock():
    return FixedClock(datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC))


@pytest.fixture
def served(authority, clock):
    """The base address of the authority's service on a free loopback port."""
    server = service.listen(_Served(authority, clock), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class _Dead:
    def __init__(self, name="dead"):
        self.name = name

    def stamp(self, imprint, algorithm):
        raise TimestampUnavailable(f"{self.name} is not there")


@pytest.fixture(params=["in-process", "deterministic", "http", "failover"])
def tsa(request, authority, clock, served):
    """One implementation after the other."""
    http = HttpTimestampAuthority(
        f"{served}/tsa", "http", TrustStore(authority.anchors()), POLICY, clock=clock
    )
    made = {
        "in-process": authority.timestamp_authority(clock),
        "deterministic": authority.timestamp_authority(clock, deterministic=True),
        "http": http,
        "failover": TimestampAuthorities([_Dead(), http]),
    }
    yield made[request.param]
    http.close()


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512", "sha3_512"])
def test_a_stamp_covers_its_imprint_and_passes_every_check(tsa, authority, clock, algorithm):
    """The token says our digest, our instant and our policy, and is judged TOTAL_PASSED."""
    imprint = hashlib.new(algorithm, b"acta").digest()
    token = tsa.stamp(imprint, algorithm)
    verdict = verify_token(token, imprint, algorithm, trust=TrustStore(authority.anchors()), at=clock.now())
    assert verdict.indication is Indication.TOTAL_PASSED
    assert (verdict.gen_time, verdict.policy) == (clock.now(), POLICY)
    assert verdict.valid_until == datetime(2032, 6, 1, tzinfo=UTC)


def test_the_newest_unit_in_service_stamps(tsa, authority, clock):
    """The clock decides which generation signs: overlapping windows give the younger one."""
    for year, name in ((2029, "TSA-1"), (2031, "TSA-2"), (2045, "TSA-3")):
        clock.instant = datetime(year, 1, 1, tzinfo=UTC)
        imprint = hashlib.sha256(b"%d" % year).digest()
        token = tsa.stamp(imprint, "sha256")
        verdict = verify_token(
            token, imprint, "sha256", trust=TrustStore(authority.anchors()), at=clock.now()
        )
        assert verdict.authority.startswith(name)


def test_outside_the_life_of_every_unit_there_is_no_stamp(tsa, clock):
    """In 2023 and in 2064 the authority refuses, and says so."""
    for year in (2023, 2064):
        clock.instant = datetime(year, 6, 1, tzinfo=UTC)
        with pytest.raises(TimestampUnavailable, match="no time-stamping unit"):
            tsa.stamp(hashlib.sha256(b"x").digest(), "sha256")


@pytest.mark.parametrize(
    ("imprint", "algorithm"), [(b"short", "sha256"), (b"x" * 20, "sha1"), (b"", "sha512")]
)
def test_what_is_no_digest_is_not_asked_for(tsa, imprint, algorithm):
    """A wrong length or a weak algorithm is the caller's mistake."""
    with pytest.raises(InvalidRequest):
        tsa.stamp(imprint, algorithm)


def test_two_stamps_of_one_imprint_have_their_own_serials(authority, clock):
    """Serial numbers come from chance unless the authority was asked to be deterministic."""
    imprint = hashlib.sha256(b"x").digest()
    by_chance, fixed = (
        authority.timestamp_authority(clock),
        authority.timestamp_authority(clock, deterministic=True),
    )
    serials = {parse_token(by_chance.stamp(imprint, "sha256")).serial for _ in range(3)}
    assert len(serials) == 3
    assert fixed.stamp(imprint, "sha256") == fixed.stamp(imprint, "sha256")


def test_failover_gives_every_reason_when_all_are_dead():
    """Nobody answers: one error with each authority's words."""
    with pytest.raises(TimestampUnavailable, match="dead is not there · gone is not there"):
        TimestampAuthorities([_Dead(), _Dead("gone")]).stamp(b"x" * 32, "sha256")
    with pytest.raises(InvalidRequest):
        TimestampAuthorities([])
