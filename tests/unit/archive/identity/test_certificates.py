# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from client_certificates import client_certificate

from archive.identity.certificates import read_certificate
from archive.identity.provider import plain_nif

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def pem():
    """A natural person's, as Spanish authorities write it."""
    return client_certificate("IDCES-00000000T", NOW)


def test_it_is_read_however_a_proxy_writes_it(pem):
    """PEM as it is, percent-encoded (nginx), with spaces for lines (Apache), DER in base64 (HAProxy), RFC 9440."""
    body = "".join(pem.splitlines()[1:-1])
    read = [read_certificate(each) for each in (pem, quote(pem), pem.replace("\n", " "), body, f":{body}:")]
    assert len(set(read)) == 1
    assert read[0].fingerprint == hashlib.sha256(base64.b64decode(body)).hexdigest()
    assert read[0].nif == "00000000T"
    assert read[0].proofs[-1] == "nif:00000000T"


def test_its_dates_count(pem):
    """From its first second to its last."""
    read = read_certificate(pem)
    assert read.good(NOW)
    assert not read.good(NOW - timedelta(days=2))
    assert not read.good(NOW + timedelta(days=400))


@pytest.mark.parametrize(
    "wrong", ["", "nada", "%%%", "MIIB", "-----BEGIN CERTIFICATE-----", "A" * 100_000, "ñ"]
)
def test_what_is_no_certificate_is_nobody(wrong):
    """No crash, no account."""
    assert read_certificate(wrong) is None


@pytest.mark.parametrize(
    ("told", "nif"),
    [
        ("IDCES-00000000T", "00000000T"), ("ES/ES/00000000t", "00000000T"), ("00000000-T", "00000000T"),
        ("", ""), (None, ""), ("<script>", ""), ("x" * 40, ""),
    ],
)  # fmt: skip
def test_a_nif_is_one_however_it_is_written(told, nif):
    """Prefixes of ETSI and of eIDAS, small letters, hyphens."""
    assert plain_nif(told) == nif
