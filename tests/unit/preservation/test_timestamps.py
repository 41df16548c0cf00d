# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import subprocess

import pytest
from asn1crypto import tsp

from archive.errors import InvalidRequest
from preservation.timestamps import DIGEST_SIZES, Question, require_question


@pytest.mark.parametrize("algorithm", list(DIGEST_SIZES))
@pytest.mark.parametrize(("nonce", "policy"), [(None, ""), (2**63 - 1, "1.2.3.4"), (128, "")])
def test_a_question_says_what_is_asked(algorithm, nonce, policy):
    """RFC 3161 2.4.1, as a general ASN.1 library reads it; certificates are always asked for."""
    imprint = hashlib.new(algorithm, b"acta").digest()
    asked = tsp.TimeStampReq.load(Question(imprint, algorithm, nonce, policy).encode(), strict=True)
    assert asked["version"].native == "v1"
    assert asked["message_imprint"]["hash_algorithm"]["algorithm"].native == algorithm
    assert asked["message_imprint"]["hashed_message"].native == imprint
    assert (asked["nonce"].native, asked["cert_req"].native) == (nonce, True)
    assert asked["req_policy"].native == (policy or None)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_openssl_writes_the_same_question(tmp_path, algorithm):
    """Byte for byte: what most services were tried with."""
    (tmp_path / "acta").write_bytes(b"acta")
    query = ["openssl", "ts", "-query", "-data", tmp_path / "acta", f"-{algorithm}", "-cert", "-no_nonce"]
    theirs = subprocess.run([*query, "-tspolicy", "1.2.3.4"], check=True, capture_output=True).stdout
    ours = Question(hashlib.new(algorithm, b"acta").digest(), algorithm, None, "1.2.3.4").encode()
    assert ours == theirs


@pytest.mark.parametrize(("imprint", "algorithm"), [(b"x" * 31, "sha256"), (b"x" * 20, "sha1"), (b"", "md5")])
def test_what_is_no_digest_to_stamp_is_refused(imprint, algorithm):
    """A wrong length, or an algorithm that nothing new stands on."""
    with pytest.raises(InvalidRequest):
        require_question(imprint, algorithm, nonce=None)
