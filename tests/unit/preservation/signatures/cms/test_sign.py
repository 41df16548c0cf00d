# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from preservation.signatures.cms.read import read_cms
from preservation.signatures.content import BytesContent
from preservation.signatures.sign import AGE_POLICY, sign_cms

DATA = b"Acta de la sesi\xc3\xb3n\r\n" * 50


def test_sign_cms_with_rsa_twice_gives_the_same_bytes(world):
    """Signing is repeatable: time is a parameter and RSA PKCS#1 v1.5 has no chance in it."""
    once = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)
    again = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)
    assert once == again


@pytest.mark.parametrize(("detached", "cades"), [(True, True), (False, True), (True, False), (False, False)])
def test_sign_cms_is_verified_by_openssl(world, tmp_path, detached, cades):
    """An independent implementation accepts what we sign, attached and detached, plain and CAdES."""
    if shutil.which("openssl") is None:
        pytest.skip("OPENSSL ABSENT: nothing was checked against it")
    (tmp_path / "s.p7s").write_bytes(
        sign_cms(DATA, world.seal, detached=detached, cades=cades, signing_time=world.signed_at)
    )
    (tmp_path / "data").write_bytes(DATA)
    command = [
        "openssl",
        "cms",
        "-verify",
        "-inform",
        "DER",
        "-in",
        "s.p7s",
        "-noverify",
        "-out",
        "out",
        "-binary",
    ]
    if detached:
        command += ["-content", "data"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == DATA


def test_sign_cms_after_2049_tells_its_time(world):
    """From 2050 on the signing time needs a GeneralizedTime (RFC 5652 section 11.3)."""
    at = datetime(2050, 1, 1, 9, 30, tzinfo=UTC)
    (facts,) = read_cms(sign_cms(DATA, world.seal, detached=True, signing_time=at), BytesContent(DATA))
    assert facts.claimed_time == at


def test_sign_cms_keeps_what_belongs_to_each_signer_apart(world):
    """What is encoded once for a signer is not given to the next one."""
    told = {
        read_cms(sign_cms(DATA, who, detached=True, signing_time=None), BytesContent(DATA))[0].intact
        for who in (world.seal, world.mayor, world.seal)
    }
    assert told == {True}


def test_sign_cms_with_policy_names_it(world):
    """An -EPES signature tells the policy of the AGE by its identifier."""
    signature = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at, policy=AGE_POLICY)
    (facts,) = read_cms(signature, BytesContent(DATA))
    assert facts.intact
    assert facts.policy == "2.16.724.1.3.1.1.2.1.9"
    assert AGE_POLICY.digest.hex() == "1bbae8b9c7fad34f9fd37affa346c0390e9602cd"


def test_sign_cms_with_an_elliptic_curve_key_holds(world):
    """An ECDSA signature verifies with the key that made it."""

    class Identity:
        certificate = world.seal.certificate
        private_key = ec.generate_private_key(ec.SECP256R1())
        chain = ()

    (facts,) = read_cms(sign_cms(DATA, Identity(), detached=True, signing_time=None), BytesContent(DATA))
    assert str(facts.value.outcome) == "failed"  # the certificate is of another key: it must not hold
    assert str(facts.references[0].outcome) == "ok"
