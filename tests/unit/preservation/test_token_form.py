# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from asn1crypto import cms

from archive.clock import FixedClock
from preservation import der
from preservation.token_form import departure
from preservation.tokens import verify_token
from preservation.trust.store import TrustStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)
IMPRINT = hashlib.sha256(b"acta").digest()
SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))


@pytest.fixture(scope="module")
def token(authority):
    """A token of the development authority."""
    return authority.timestamp_authority(FixedClock(NOW)).stamp(IMPRINT, "sha256")


def _rewritten(token, change):
    info = cms.ContentInfo.load(token)
    change(info["content"])
    return info.dump(force=True)


def _digests(*identifiers):
    def change(signed):
        signed["digest_algorithms"] = cms.DigestAlgorithms.load(der.tagged(der.SET, b"".join(identifiers)))

    return change


def _version(place, number):
    def change(signed):
        (signed if place == "signed" else signed["signer_infos"][0])["version"] = number

    return change


def test_a_token_of_our_authority_departs_from_nothing(token):
    """And a rewritten one without a change neither; version 1 is what some authorities write."""
    assert departure(token) == ""
    assert departure(_rewritten(token, lambda _: None)) == ""
    assert departure(_rewritten(token, _version("signed", "v1"))) == ""


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (_version("signed", "v0"), "version"),
        (_version("signer", "v2"), "version"),
        (_digests(), "digest algorithm"),
        (_digests(der.sequence(der.oid("1.3.14.3.2.26"))), "digest algorithm"),
        (_digests(SHA256, der.sequence(der.oid("1.2.3"), der.octets(b"x"))), "parameters"),
    ],
)
def test_what_no_signature_would_tell_is_told(authority, token, change, word):
    """Versions, algorithms that are not listed, parameters: a coded verdict, though the signature holds."""
    odd = _rewritten(token, change)
    assert word in departure(odd)
    verdict = verify_token(odd, IMPRINT, "sha256", trust=TrustStore(authority.anchors()), at=NOW)
    assert (verdict.sub_indication, verdict.problem.code) == ("FORMAT_FAILURE", "TOKEN-FORMAT")


def test_a_listed_digest_that_is_no_algorithm_is_refused(authority, token):
    """A value cut short inside, where nobody would look."""
    broken = bytearray(token)
    broken[token.index(b"\x31\x0f\x30\x0d") + 3] ^= 0x80
    verdict = verify_token(bytes(broken), IMPRINT, "sha256", trust=TrustStore(authority.anchors()), at=NOW)
    assert verdict.sub_indication == "FORMAT_FAILURE"
