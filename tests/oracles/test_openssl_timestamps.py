# SPDX-License-Identifier: EUPL-1.2
"""OpenSSL judges our tokens, revocation lists and OCSP answers with nothing but the authority's root."""

from __future__ import annotations

import hashlib
import shutil
import subprocess

import pytest

from archive.clock import FixedClock

pytestmark = pytest.mark.oracle


@pytest.fixture
def openssl():
    """Return a function that runs the command, or a loud skip."""
    if shutil.which("openssl") is None:
        pytest.skip("ORACLE ABSENT: the openssl command; no token was judged by it")

    def run(*arguments: object) -> tuple[int, str]:
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.parametrize("year", [2026, 2031, 2045, 2063])
def test_openssl_accepts_a_token_of_every_generation(openssl, authority, tmp_path, world, year):
    """`openssl ts -verify` with the root alone, at the token's time; other data is refused."""
    at = world.travel(year)
    token = authority.timestamp_authority(FixedClock(at)).stamp(hashlib.sha256(b"acta").digest(), "sha256")
    (tmp_path / "token.tst").write_bytes(token)
    (tmp_path / "acta").write_bytes(b"acta")
    (tmp_path / "other").write_bytes(b"otra")
    common = ("-token_in", "-in", tmp_path / "token.tst", "-CAfile", authority.folder / "root.crt.pem")
    common += ("-attime", int(at.timestamp()))
    code, words = openssl("ts", "-verify", "-data", tmp_path / "acta", *common)
    assert (code, "Verification: OK" in words) == (0, True), words
    assert openssl("ts", "-verify", "-data", tmp_path / "other", *common)[0] != 0


def test_openssl_reads_a_rejection_with_its_reason(openssl, authority, tmp_path):
    """A request with SHA-1 is refused with the failure bit badAlg."""
    query, reply = tmp_path / "q", tmp_path / "r"
    openssl("ts", "-query", "-digest", hashlib.sha1(b"x").hexdigest(), "-sha1", "-out", query)
    reply.write_bytes(authority.respond(query.read_bytes()))
    words = openssl("ts", "-reply", "-in", reply, "-text")[1]
    assert "Status: Rejected" in words
    assert "unrecognized or unsupported algorithm" in words


def test_openssl_accepts_the_answer_to_its_own_request(openssl, authority, tmp_path, world):
    """Request made by OpenSSL, answered by us, nonce and all."""
    data, query, reply = tmp_path / "d", tmp_path / "q", tmp_path / "r"
    data.write_bytes(b"acta")
    openssl("ts", "-query", "-data", data, "-sha512", "-cert", "-out", query)
    reply.write_bytes(authority.respond(query.read_bytes(), world.clock))
    root, at = authority.folder / "root.crt.pem", int(world.clock.now().timestamp())
    code, words = openssl("ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", root, "-attime", at)
    assert (code, "Verification: OK" in words) == (0, True), words


@pytest.mark.parametrize(("role", "state"), [("seal", "good"), ("revoked", "revoked")])
def test_openssl_believes_the_ocsp_answers(openssl, tmp_path, world, role, state):
    """Signed by the delegated responder, about the right certificate, with the right state."""
    at, authority = world.travel(2026, 7), world.authority
    certificate = authority.identity(role).certificate
    (tmp_path / "answer").write_bytes(authority.ocsp(certificate, at))
    folder = authority.folder
    arguments = ("-respin", tmp_path / "answer", "-issuer", folder / "issuing.crt.pem")
    arguments += ("-cert", folder / f"signer-{role}.crt.pem", "-CAfile", folder / "root.crt.pem")
    words = openssl("ocsp", *arguments, "-no_nonce", "-attime", int(at.timestamp()))[1]
    assert "Response verify OK" in words
    assert f".pem: {state}" in words or f"\n{state}\n" in words


def test_openssl_gets_an_answer_to_its_own_ocsp_request(openssl, authority, tmp_path):
    """Request made by OpenSSL, answered at the authority's clock; a unit's certificate, then a stranger's."""
    folder, query, reply = authority.folder, tmp_path / "q", tmp_path / "r"
    common = ("-issuer", folder / "tsa-ca.crt.pem", "-cert", folder / "tsa-2.crt.pem", "-no_nonce")
    openssl("ocsp", *common, "-reqout", query)
    reply.write_bytes(authority.ocsp_respond(query.read_bytes()))
    at = int(authority.clock.now().timestamp())
    trust = ("-CAfile", folder / "root.crt.pem", "-attime", at)
    words = openssl("ocsp", *common, "-respin", reply, *trust)[1]
    assert "Response verify OK" in words
    assert "good" in words
    openssl("ocsp", "-issuer", folder / "issuing.crt.pem", "-serial", "12345", "-reqout", query)
    reply.write_bytes(authority.ocsp_respond(query.read_bytes()))
    words = openssl("ocsp", "-respin", reply, "-resp_text", "-noverify")[1]
    assert "Cert Status: unknown" in words
    openssl("ocsp", "-issuer", folder / "root.crt.pem", "-serial", "12345", "-reqout", query)
    reply.write_bytes(authority.ocsp_respond(query.read_bytes()))
    assert "malformedrequest" in openssl("ocsp", "-respin", reply, "-noverify")[1]


def test_openssl_finds_the_revoked_signer_through_the_lists(openssl, authority, tmp_path, world):
    """`openssl verify -crl_check` refuses the revoked signer and takes the other, at the same instant."""
    at = world.travel(2026, 7)
    folder, bundle = authority.folder, tmp_path / "crls.pem"
    for role in ("seal", "revoked"):
        authority.identity(role)
    for number, crl in enumerate(authority.crls(at)):
        (tmp_path / f"{number}.crl").write_bytes(crl)
        words = openssl("crl", "-inform", "der", "-in", tmp_path / f"{number}.crl")[1]
        bundle.write_text((bundle.read_text() if bundle.exists() else "") + words)
    arguments = ("-CAfile", folder / "root.crt.pem", "-untrusted", folder / "issuing.crt.pem")
    arguments += ("-CRLfile", bundle, "-crl_check_all", "-attime", int(at.timestamp()))
    assert openssl("verify", *arguments, folder / "signer-seal.crt.pem")[0] == 0
    code, words = openssl("verify", *arguments, folder / "signer-revoked.crt.pem")
    assert code != 0
    assert "certificate revoked" in words
