# SPDX-License-Identifier: EUPL-1.2
"""The answering side of RFC 3161: what it signs with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from preservation.authority import certificates, tsa
from preservation.authority.folder import KeyPair
from preservation.authority.profile import years
from preservation.timestamps import require_question, require_token
from preservation.tokens import parse_token
from preservation.trust.store import TrustStore

AT = datetime(2045, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_a_token_is_signed_with_the_digest_asked_for(digest):
    """After SHA-256 is retired an authority signs with SHA-512; the token holds either way."""
    key = certificates.new_key()
    unit = KeyPair(
        certificates.certificate(
            certificates.service_name("TSU"), key, years(2040, 2050), certificates.tsa_extensions()
        ),
        key,
    )
    question = require_question(bytes(64), "sha512", nonce=7)
    answer = tsa.respond(question.encode(), unit, (), AT, digest=digest)
    anchor = unit.certificate.public_bytes(certificates.Encoding.DER)
    token = require_token(answer, question, trust=TrustStore((anchor,)), at=AT, name="TSU")
    signer = parse_token(token).signer
    assert signer["digest_algorithm"]["algorithm"].native == digest
    assert signer["signature_algorithm"]["algorithm"].native == f"{digest}_rsa"
