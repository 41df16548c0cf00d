# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import algos

from preservation.algorithms import mechanism_of, signature_holds, weaknesses
from preservation.signatures.facts import Algorithm

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("algorithm", "year"),
    [
        (Algorithm("md5"), 2008),
        (Algorithm("sha1"), 2017),
        (Algorithm("rsa", 1024), 2014),
        (Algorithm("dsa", 1024), 2014),
    ],
)
def test_what_once_proved_something_has_its_date(algorithm, year):
    """One table for tokens and signatures: until the eve it proves, from the day it does not."""
    since = datetime(year, 1, 1, tzinfo=UTC)
    assert weaknesses([algorithm], since - DAY) == []
    assert len(weaknesses([algorithm], since)) == 1


@pytest.mark.parametrize(
    ("algorithm", "sound"),
    [
        (Algorithm("rsa", 768), False),
        (Algorithm("ecdsa", 192), False),
        (Algorithm("unknown"), False),
        (Algorithm("rsa", 2048), True),
        (Algorithm("ecdsa", 256), True),
        (Algorithm("sha3_256"), True),
        (Algorithm("none"), True),
    ],
)
def test_what_never_proved_anything_and_what_still_does(algorithm, sound):
    """Toy keys and what nobody knows prove nothing at any time."""
    for year in (2005, 2026):
        assert (weaknesses([algorithm], datetime(year, 1, 1, tzinfo=UTC)) == []) is sound


def test_algorithm_identifiers_of_certificates_and_cms_are_read_alike():
    """By name, by NIST's number, and with the digest from elsewhere where the identifier names none."""

    def read(dotted: str):
        said = mechanism_of(algos.SignedDigestAlgorithm({"algorithm": dotted}), "sha384")
        return said.kind, said.digest

    assert read("1.2.840.113549.1.1.11") == ("rsa", "sha256")
    assert read("1.2.840.113549.1.1.1") == ("rsa", "sha384")
    assert read("1.2.840.10045.4.3.4") == ("ecdsa", "sha512")
    assert read("2.16.840.1.101.3.4.3.14") == ("rsa", "sha3_256")


def test_a_signature_of_nonsense_does_not_hold_and_does_not_raise():
    """Keys, algorithms and values come from strangers."""
    for dotted in ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.10", "1.2.3.4"):
        algorithm = algos.SignedDigestAlgorithm({"algorithm": dotted})
        assert signature_holds(b"\x30\x00", algorithm, "sha256", b"x", b"y") is False
