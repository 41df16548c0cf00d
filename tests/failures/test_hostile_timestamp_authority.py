# SPDX-License-Identifier: EUPL-1.2
"""Time-stamping authorities that lie, break or dawdle: never a token, always TimestampUnavailable."""

from __future__ import annotations

import hashlib
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from archive.clock import FixedClock
from archive.errors import TimestampUnavailable
from preservation import der
from preservation.authority import certificates, tsa
from preservation.authority.folder import KeyPair
from preservation.authority.profile import POLICY, Window, years
from preservation.strength import STRENGTH
from preservation.timestamps import HttpTimestampAuthority, Question, require_token
from preservation.trust.revocation_cache import RevocationCache
from preservation.trust.store import TrustStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)
IMPRINT = hashlib.sha256(b"acta").digest()
LIFE = years(2024, 2030)
QUESTION = Question(IMPRINT, "sha256", 12345, POLICY)


def _check(authority, answer, question=QUESTION, at=NOW):
    return require_token(answer, question, trust=TrustStore(authority.anchors()), at=at, name="TSA")


def _answer(authority, *, question=QUESTION, unit=None, at=NOW):
    """Return what the authority answers, signed by a unit of our choice."""
    if unit is None:
        return authority.respond(question.encode(), FixedClock(at))
    return tsa.respond(question.encode(), unit, authority.intermediates(), at)


def _unit(authority, extensions, window: Window = LIFE) -> KeyPair:
    """Return a unit under the authority's own CA with extensions of our choice."""
    above = authority._pair("tsa-ca")
    key = certificates.new_key()
    name = certificates.service_name("TSA HOSTIL")
    made = certificates.certificate(
        name, key, window, extensions, issuer=above.certificate, issuer_key=above.key
    )
    return KeyPair(made, key)


def test_an_honest_answer_passes(authority):
    """The measure of all tests below: the same path gives a token when nobody lies."""
    token = _check(authority, _answer(authority))
    assert tsp.TSTInfo.load(bytes(cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"]))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question(hashlib.sha256(b"otra").digest(), "sha256", 12345, POLICY), "HASH_FAILURE"),
        (Question(hashlib.sha512(b"acta").digest(), "sha512", 12345, POLICY), "HASH_FAILURE"),
        (Question(IMPRINT, "sha256", 54321, POLICY), "nonce"),
        (Question(IMPRINT, "sha256", None, POLICY), "nonce"),
        (Question(IMPRINT, "sha256", 12345, "1.2.3.4"), "policy"),
    ],
)
def test_an_answer_to_another_question_is_refused(authority, question, words):
    """Wrong imprint, wrong algorithm, wrong or missing nonce, other policy."""
    with pytest.raises(TimestampUnavailable, match=words):
        _check(authority, _answer(authority), question)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_token_of_another_day_is_refused(authority, days):
    """The authority's clock may differ by minutes, not by days."""
    answer = _answer(authority, at=NOW + timedelta(days=days))
    with pytest.raises(TimestampUnavailable, match="our clock says"):
        _check(authority, answer)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00" * 11,
        b"<html>Bad gateway</html>",
        bytes.fromhex("3009060100a0040402ffff"),
        der.sequence(der.sequence(der.integer(0))),
        der.sequence(der.sequence(der.integer(0)), der.sequence()),
        der.sequence(der.sequence(der.integer(0)), b"\x30\x09\x06\x01\x00\xa0\x04\x04\x02\xff\xff"),
        der.sequence(),
        b"\x30\x80\x00\x00",
        b"\x30\x84\xff\xff\xff\xff",
    ],
)
def test_garbage_is_refused(authority, answer):
    """Nothing, zeros, a web page, eleven bytes of rejection, a grant without token, cut lengths."""
    with pytest.raises(TimestampUnavailable, match="gave no time stamp"):
        _check(authority, answer)


def test_a_rejection_is_refused_with_its_words(authority):
    """Status 2 with badAlg: its text reaches the message."""
    with pytest.raises(TimestampUnavailable, match=r"rejected with status 2 .*no, thanks"):
        _check(authority, tsa.rejection(tsa.BAD_ALGORITHM, "no, thanks"))


def test_a_rejection_that_carries_a_token_is_still_a_rejection(authority):
    """Only the statuses granted and grantedWithMods count."""
    token = list(der.parse(_answer(authority)).children())[1].encoded
    with pytest.raises(TimestampUnavailable, match="status 2"):
        _check(authority, der.sequence(der.sequence(der.integer(2)), token))


@pytest.mark.parametrize(
    ("extensions", "window", "words"),
    [
        (certificates.signer_extensions(POLICY), years(2024, 2030), "CHAIN_CONSTRAINTS_FAILURE"),
        (certificates.responder_extensions(), years(2024, 2030), "CHAIN_CONSTRAINTS_FAILURE"),
        (certificates.tsa_extensions(), years(2020, 2025), "OUT_OF_BOUNDS_NO_POE"),
        (certificates.tsa_extensions(), years(2027, 2030), "OUT_OF_BOUNDS_NO_POE"),
    ],
)
def test_a_unit_with_the_wrong_certificate_is_refused(authority, extensions, window, words):
    """No time-stamping usage, OCSP usage, expired, not yet valid."""
    answer = _answer(authority, unit=_unit(authority, extensions, window))
    with pytest.raises(TimestampUnavailable, match=words):
        _check(authority, answer)


def test_a_usage_that_is_not_critical_or_not_alone_is_refused(authority):
    """RFC 3161 2.3: extendedKeyUsage holds timeStamping only and is critical."""
    stamping = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.8")
    both = x509.ExtendedKeyUsage([stamping, x509.ObjectIdentifier("1.3.6.1.5.5.7.3.9")])
    for usage, critical in ((x509.ExtendedKeyUsage([stamping]), False), (both, True)):
        answer = _answer(authority, unit=_unit(authority, [(usage, critical)]))
        with pytest.raises(TimestampUnavailable, match="CHAIN_CONSTRAINTS_FAILURE"):
            _check(authority, answer)


def test_a_unit_of_a_stranger_is_refused(authority):
    """A self-signed unit with all the right extensions leads to no anchor."""
    key = certificates.new_key()
    name = certificates.service_name("TSA PIRATA")
    made = certificates.certificate(name, key, years(2024, 2030), certificates.tsa_extensions())
    with pytest.raises(TimestampUnavailable, match="NO_CERTIFICATE_CHAIN_FOUND"):
        _check(authority, _answer(authority, unit=KeyPair(made, key)))


def test_a_token_signed_with_another_key_is_refused(authority):
    """The right certificate with a signature by somebody else."""
    real = authority._pair("tsa-1")
    answer = _answer(authority, unit=KeyPair(real.certificate, certificates.new_key()))
    with pytest.raises(TimestampUnavailable, match="SIG_CRYPTO_FAILURE"):
        _check(authority, answer)


def _revoking(authority, unit, reason, since):
    """Return the list of the units' own authority that revokes one."""
    above = authority._pair("tsa-ca")
    entry = x509.RevokedCertificateBuilder().serial_number(unit.certificate.serial_number)
    entry = entry.revocation_date(since).add_extension(x509.CRLReason(reason), critical=False)
    builder = x509.CertificateRevocationListBuilder().issuer_name(above.certificate.subject)
    builder = builder.last_update(NOW - timedelta(hours=1)).next_update(NOW + timedelta(days=7))
    signed = builder.add_revoked_certificate(entry.build()).sign(above.key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


@pytest.mark.parametrize("kept", [False, True])
def test_a_unit_that_was_revoked_is_refused_where_that_is_known(authority, tmp_path, kept):
    """By a list of the trust folder or one that was fetched; where nothing is at hand it is not known."""
    unit = _unit(authority, certificates.tsa_extensions())
    answer = _answer(authority, unit=unit)
    anchors, intermediates = authority.anchors(), authority.intermediates()
    require_token(answer, QUESTION, trust=TrustStore(anchors), at=NOW, name="TSA")
    crl = _revoking(authority, unit, x509.ReasonFlags.key_compromise, NOW - timedelta(days=2))
    if kept:
        cache = RevocationCache(tmp_path)
        assert cache.keep_list(crl, intermediates, url="http://crl.example", at=NOW) == ""
        trust = TrustStore(anchors, intermediates, kept=cache)
    else:
        trust = TrustStore(anchors, intermediates, (crl,))
    with pytest.raises(TimestampUnavailable, match="REVOKED"):
        require_token(answer, QUESTION, trust=trust, at=NOW, name="TSA")


def test_a_token_that_already_proves_nothing_is_refused(authority):
    """An algorithm that the operator retired before this day; nothing new stands on it."""
    retired = STRENGTH.retiring("sha256", NOW - timedelta(days=1))
    with pytest.raises(TimestampUnavailable, match="sha256 proves nothing"):
        require_token(
            _answer(authority),
            QUESTION,
            trust=TrustStore(authority.anchors()),
            at=NOW,
            name="TSA",
            strength=retired,
        )


def test_a_token_under_an_authority_that_ended_is_refused(authority):
    """The unit is young and the certificate above it is over: nothing of that chain holds."""
    root, key = authority._pair("root"), certificates.new_key()
    name = certificates.service_name("CA QUE TERMINA")
    extensions = certificates.authority_extensions(0)
    middle = certificates.certificate(
        name, key, years(2020, 2025), extensions, issuer=root.certificate, issuer_key=root.key
    )
    unit_key = certificates.new_key()
    made = certificates.certificate(
        certificates.service_name("TSA JOVEN"), unit_key, LIFE, certificates.tsa_extensions(),
        issuer=middle, issuer_key=key,
    )  # fmt: skip
    answer = tsa.respond(
        QUESTION.encode(), KeyPair(made, unit_key), (middle.public_bytes(Encoding.DER),), NOW
    )
    with pytest.raises(TimestampUnavailable, match="OUT_OF_BOUNDS_NO_POE"):
        _check(authority, answer)


def test_every_single_flipped_byte_is_refused(authority):
    """No byte of the signed parts can change; elsewhere (the words of a status) none can be misused."""
    answer = _answer(authority)
    info = answer.find(IMPRINT)
    for place in range(info - 60, info + 60):
        broken = bytearray(answer)
        broken[place] ^= 0x01
        with pytest.raises(TimestampUnavailable):
            _check(authority, bytes(broken))


@pytest.fixture
def web():
    """Return a function that serves one WSGI view on loopback and gives its address."""
    servers = []

    def serve(view) -> str:
        server = make_server("127.0.0.1", 0, Request.application(view), threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def _client(authority, url, timeout=5.0):
    return HttpTimestampAuthority(
        url, "TSA", TrustStore(authority.anchors()), POLICY, clock=FixedClock(NOW), timeout=timeout
    )


def _drip():
    for _ in range(100):
        time.sleep(0.05)
        yield b"\x30"


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (lambda _: Response("busy", status=503), "status 503"),
        (lambda _: Response("", status=302, headers={"Location": "http://127.0.0.1:9/"}), "status 302"),
        (lambda _: Response(b"x" * (2 << 20)), "more than a time stamp can be"),
        (lambda _: Response("<html>Bienvenido</html>"), "gave no time stamp"),
        (lambda _: Response(_drip(), direct_passthrough=True), "took more than|did not answer"),
    ],
)
def test_a_service_that_misbehaves_gives_no_token(authority, web, view, words):
    """Errors, redirects, floods, web pages and slow drips end in time, with the reason."""
    client, started = _client(authority, web(view), timeout=0.5), time.monotonic()
    with pytest.raises(TimestampUnavailable, match=words):
        client.stamp(IMPRINT, "sha256")
    assert time.monotonic() - started < 4
    client.close()


def test_a_service_that_is_not_there_gives_no_token(authority):
    """A closed port."""
    client = _client(authority, "http://127.0.0.1:9/")
    with pytest.raises(TimestampUnavailable, match="did not answer"):
        client.stamp(IMPRINT, "sha256")
    client.close()
