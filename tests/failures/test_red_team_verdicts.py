# SPDX-License-Identifier: EUPL-1.2
"""Somebody who wants a pass that the evidence does not carry: stolen keys, withheld lists, odd certificates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from certificates_to_order import authority, party
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from facts_to_order import World, answer, crl, kept, on, responder, said, signature, stamp, unit

from preservation import der
from preservation.signatures.engine.judge import judge
from preservation.trust.revocation_entry import Entry
from preservation.trust.revocation_lists import entry_on
from preservation.trust.store import TrustStore

SIGNED = on(2026, 6, 1, 10)
DAY = timedelta(days=1)
NEVER_REVOKED = x509.ObjectIdentifier("0.4.0.194121.2.1")


@pytest.fixture(scope="module")
def world() -> World:
    """Thirty years of parties."""
    return World.made()


def test_suspension_is_not_lifted_by_who_may_not_answer_any_more(world):
    """A good answer of a responder that has ended lifts nothing, younger or not (RFC 5280 5.3.1)."""
    at, ended = on(2026, 6, 10), responder(world.ca, on(2026, 1), on(2026, 6, 5))
    held = crl(world.ca, on(2026, 6, 3), revoked=[(world.signer, on(2026, 6, 2), "certificateHold")])
    lists = (crl(world.root, at), crl(world.ca, on(2026, 6, 1), days=30), held)
    forged = answer(world.signer, world.ca, on(2026, 6, 4), by=ended)
    report = judge(signature(world.signer), world.trust(*lists, ocsps=[forged]), at)
    assert said(report) == "INDETERMINATE TRY_LATER"
    assert "suspended" in report.reasons[0]
    freed = world.trust(*lists, ocsps=[answer(world.signer, world.ca, on(2026, 6, 4))])
    assert said(judge(signature(world.signer), freed, at)) == "TOTAL_PASSED"


def test_suspension_is_not_lifted_by_a_list_that_forgot_the_expired(world):
    """Suspended until it ended: the next list, without it, says nothing of it, and the signature was late."""
    stamped, at = on(2027, 12, 15), on(2028, 2, 2)
    root = crl(world.root, on(2027, 11, 20), days=60)
    good = crl(world.ca, on(2027, 11, 20), days=60)
    held = crl(world.ca, on(2027, 12, 10), revoked=[(world.signer, on(2027, 12, 1), "certificateHold")])
    today = (crl(world.ca, on(2028, 2)), crl(world.root, at), crl(world.tsca, at))
    facts = signature(world.signer, stamp(world.tsa1, stamped))
    proofs = kept(good, root, held, since=on(2027, 12, 11))
    report = judge(facts, world.trust(root, good, held, *today), at, proofs=proofs)
    assert report.indication == "INDETERMINATE"
    assert judge(facts, world.trust(root, held, *today), at, proofs=proofs).indication == "INDETERMINATE"
    assert said(judge(facts, world.trust(root, good, *today), at, proofs=proofs)) == "TOTAL_PASSED"


@pytest.mark.parametrize("fell", [on(2026, 6, 20), on(2026, 7, 20)], ids=["then", "later"])
@pytest.mark.parametrize("turned", [False, True])
def test_older_list_does_not_make_a_compromised_unit_a_retired_one(world, fell: datetime, turned: bool):
    """Retired first, compromised after all: whichever list comes first, its tokens prove nothing (RFC 3161 4)."""
    at = on(2026, 9)
    retired = [(world.tsa1, on(2026, 6, 20), "superseded")]
    lists = [
        crl(world.tsca, on(2026, 7, 1), days=100, revoked=retired),
        crl(world.tsca, on(2026, 8, 1), days=100, revoked=[(world.tsa1, fell, "keyCompromise")]),
    ]
    rest = (crl(world.root, at), crl(world.ca, SIGNED, days=20))
    facts = signature(world.signer, stamp(world.tsa1, SIGNED))
    report = judge(facts, world.trust(*rest, *(lists[::-1] if turned else lists)), at)
    assert said(report) == "INDETERMINATE TRY_LATER"
    assert report.timestamps[0].sub_indication == "REVOKED_NO_POE"
    assert said(judge(facts, world.trust(*rest, lists[0]), at)) == "TOTAL_PASSED"


def test_certificate_that_calls_itself_never_revoked_and_stands_on_a_list_is_revoked(world):
    """What the authority says of a certificate weighs more than what the certificate says of itself."""
    extension = (x509.UnrecognizedExtension(NEVER_REVOKED, b"\x05\x00"), False)
    short = party("short", world.ca, extensions=[extension], since=on(2024), until=on(2028))
    gone = crl(world.ca, SIGNED, revoked=[(short, on(2026), "keyCompromise")])
    trust = world.trust(crl(world.root, SIGNED), gone)
    assert said(judge(signature(short), trust, SIGNED)) == "INDETERMINATE REVOKED_NO_POE"


def test_answer_of_a_responder_needs_a_list_as_young_as_the_answer_is_proven(world):
    """Whose key is stolen answers with any date: a list of that date says nothing of the day it was found."""
    by = responder(world.ca, on(2026), on(2028), excused=False, lists_at="http://crl.example/ca.crl")
    at = on(2026, 9)
    told = answer(world.signer, world.ca, SIGNED, days=400, by=by)
    lists = (crl(world.root, at), crl(world.ca, SIGNED))
    assert said(judge(signature(world.signer), world.trust(*lists, ocsps=[told]), at)).endswith("TRY_LATER")
    proofs = kept(told, since=SIGNED + DAY)
    report = judge(signature(world.signer), world.trust(*lists, ocsps=[told]), at, proofs=proofs)
    assert said(report) == "TOTAL_PASSED"


def test_responder_that_is_excused_and_stands_on_a_list_is_revoked(world):
    """With id-pkix-ocsp-nocheck nobody need ask for its status; who knows that it fell does not believe it."""
    by, at = responder(world.ca, on(2026), on(2028)), on(2026, 9)
    told = answer(world.signer, world.ca, SIGNED, days=400, by=by)
    root = crl(world.root, at)
    gone = crl(world.ca, on(2026, 8), days=1, revoked=[(by, on(2026, 7), "keyCompromise")])
    facts = signature(world.signer)
    assert said(judge(facts, world.trust(root, ocsps=[told]), at)) == "TOTAL_PASSED"
    report = judge(facts, world.trust(root, gone, ocsps=[told]), at)
    assert said(report) == "INDETERMINATE TRY_LATER"
    older = kept(told, since=SIGNED + DAY)
    assert said(judge(facts, world.trust(root, gone, ocsps=[told]), at, proofs=older)) == "TOTAL_PASSED"


def test_authority_that_nobody_knew_needs_the_status_of_who_issued_it_as_of_now(world):
    """A fallen authority issues another, backdated, and the list that tells of its fall is kept away."""
    at = on(2027, 12)
    forged = authority("forged", world.ca, since=on(2020), until=on(2040))
    signer = party("signer", forged, since=on(2024), until=on(2029))
    stamping = authority("stamping root", since=on(2000), until=on(2080))
    token = stamp(unit("tsa", stamping, on(2024), on(2030)), SIGNED)
    old = (crl(world.root, SIGNED, days=30), crl(world.ca, SIGNED, days=30), crl(forged, SIGNED, days=30))
    facts = signature(signer, token, certificates=(forged,), crls=old)
    trust = TrustStore((world.root.der, stamping.der), (world.ca.der,), (crl(stamping, at),))
    report = judge(facts, trust, at)
    assert said(report) == "INDETERMINATE TRY_LATER"
    assert "no usable revocation data for ca" in report.reasons[0]
    proofs = kept(forged.der, since=SIGNED + DAY)
    assert said(judge(facts, trust, at, proofs=proofs)) == "TOTAL_PASSED"
    gathered = replace(trust, gathered=(forged.der,))  # kept with an older file: nobody decided on it
    assert said(judge(facts, gathered, at)) == "INDETERMINATE TRY_LATER"
    assert said(judge(replace(facts, certificates=()), gathered, at, proofs=proofs)) == "TOTAL_PASSED"
    held = replace(trust, certificates=(world.ca.der, forged.der))
    assert said(judge(facts, held, at)) == "TOTAL_PASSED"
    plain = signature(world.signer, token, crls=old)
    assert said(judge(plain, trust, at)) == "TOTAL_PASSED"


def test_certificate_that_its_signature_does_not_name_is_as_old_as_it_is_proven_to_be(world):
    """Who kept a key and a stamped value has a fallen authority certify the key afterwards (5.6.2.2)."""
    at = on(2027, 12)
    stamping = authority("stamping root", since=on(2000), until=on(2080))
    by = unit("tsa", stamping, on(2024), on(2030))
    fallen = crl(world.root, at, revoked=[(world.ca, on(2027), "cACompromise")])
    trust = TrustStore((world.root.der, stamping.der), (world.ca.der,), (crl(stamping, at), fallen))
    old = (crl(world.root, SIGNED), crl(world.ca, SIGNED))
    first = stamp(by, SIGNED)
    verdicts = []
    for more in ((), (world.signer.der,)):
        archive = stamp(by, SIGNED + DAY, first, *old, *more, kind="archive")
        facts = signature(world.signer, first, archive, crls=old, binds_signer=False)
        verdicts.append(said(judge(facts, trust, at)))
    assert verdicts == ["INDETERMINATE REVOKED_CA_NO_POE", "TOTAL_PASSED"]


def test_authority_is_never_excused_from_revocation(world):
    """The extension noRevAvail is not for authorities (RFC 9608 section 4)."""
    extension = (x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.56"), b"\x05\x00"), False)
    lower = authority("lower", world.ca, extensions=[extension], since=on(2024), until=on(2030))
    signer = party("signer", lower, since=on(2024), until=on(2028))
    trust = world.trust(crl(world.root, SIGNED), crl(lower, SIGNED))
    report = judge(signature(signer, certificates=(lower,)), trust, SIGNED)
    assert said(report) == "INDETERMINATE TRY_LATER"


def test_units_and_responders_sign_no_documents(world):
    """An extended purpose of a service alone is not one of a signer (RFC 5280 4.2.1.12)."""
    for service in (world.tsa1, responder(world.ca, on(2026), on(2028))):
        report = judge(signature(service), world.trust(*world.lists(SIGNED)), SIGNED)
        assert said(report) == "INDETERMINATE CHAIN_CONSTRAINTS_FAILURE"


@pytest.mark.parametrize(
    ("time", "verdict"),
    [
        (on(2015), "INDETERMINATE OUT_OF_BOUNDS_NO_POE"),
        (SIGNED + DAY, "INDETERMINATE TIMESTAMP_ORDER_FAILURE"),
        (SIGNED, "TOTAL_PASSED"),
    ],
    ids=["before its unit", "tomorrow", "now"],
)
def test_token_by_itself_says_no_time_that_one_inside_a_signature_may_not(
    world, time: datetime, verdict: str
):
    """A token that is brought as a proof of a file counts for no time outside the life of its unit."""
    token = replace(stamp(world.tsa1, SIGNED).signature, claimed_time=time)
    assert said(judge(token, world.trust(*world.lists(SIGNED)), SIGNED)) == verdict


def partial(issuer, *extensions, revoked=None):
    """Return a list with these critical extensions, which may name somebody."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(SIGNED).next_update(SIGNED + 7 * DAY)
    if revoked is not None:
        entry = x509.RevokedCertificateBuilder().serial_number(revoked.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(SIGNED - DAY).build())
    for each in extensions:
        builder = builder.add_extension(each, critical=True)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


COMPROMISED_ONLY = x509.IssuingDistributionPoint(
    None,
    None,
    only_contains_user_certs=False,
    only_contains_ca_certs=False,
    only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}),
    indirect_crl=False,
    only_contains_attribute_certs=False,
)


@pytest.mark.parametrize(
    "extension",
    [
        x509.DeltaCRLIndicator(1),
        COMPROMISED_ONLY,
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
    ],
    ids=["delta", "some reasons", "not understood"],
)
def test_partial_list_is_believed_of_whom_it_names_alone(world, extension):
    """Who is not on it may be revoked all the same; who is on it is (RFC 5280 5.2, 5.2.4, 5.2.5)."""
    root, whole = crl(world.root, SIGNED), crl(world.ca, SIGNED - DAY)
    silent = partial(world.ca, extension)
    assert said(judge(signature(world.signer), world.trust(root, silent), SIGNED)).endswith("TRY_LATER")
    assert said(judge(signature(world.signer), world.trust(root, whole, silent), SIGNED)) == "TOTAL_PASSED"
    telling = partial(world.ca, extension, revoked=world.signer)
    report = judge(signature(world.signer), world.trust(root, whole, telling), SIGNED)
    assert said(report) == "INDETERMINATE REVOKED_NO_POE"


@pytest.mark.parametrize("may", [True, False])
def test_list_of_an_authority_that_may_not_sign_lists_says_nothing(world, may: bool):
    """A key usage without cRLSign (RFC 5280 6.3.3 f)."""
    bits = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    usage = x509.KeyUsage(**bits, key_cert_sign=True, crl_sign=may)
    quiet = authority("quiet", world.root, extensions=[(usage, True)], since=on(2010), until=on(2040))
    signer = party("signer", quiet, since=on(2024), until=on(2028))
    trust = world.trust(crl(world.root, SIGNED), crl(quiet, SIGNED))
    report = judge(signature(signer, certificates=(quiet,)), trust, SIGNED)
    assert said(report) == ("TOTAL_PASSED" if may else "INDETERMINATE TRY_LATER")


def in_plain_form(encoded: bytes, issuer, kind, body: str, value: str) -> bytes:
    """Sign again with ECDSA and SHA-1, r and s side by side (BSI TR-03111 5.2.1.2)."""
    made = kind.load(encoded)
    algorithm = {"algorithm": "0.4.0.127.0.7.1.1.4.1.1"}
    made[body]["signature"] = made["signature_algorithm"] = algorithm
    r, s = decode_dss_signature(issuer.key.sign(made[body].dump(force=True), ec.ECDSA(hashes.SHA1())))
    made[value] = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return bytes(made.dump(force=True))


def test_weak_digest_does_not_hide_under_a_rare_identifier(world):
    """SHA-1 of 2026 in a certificate and in a list, by the identifier of plain ECDSA."""
    leaf = in_plain_form(
        world.signer.der, world.ca, asn1_x509.Certificate, "tbs_certificate", "signature_value"
    )
    facts = replace(signature(world.signer), signer=leaf, certificates=(leaf,))
    report = judge(facts, world.trust(*world.lists(SIGNED)), SIGNED)
    assert said(report) == "INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    weak = in_plain_form(
        crl(world.ca, SIGNED), world.ca, asn1_crl.CertificateList, "tbs_cert_list", "signature"
    )
    trust = world.trust(crl(world.root, SIGNED), weak)
    assert said(judge(signature(world.signer), trust, SIGNED)) == "INDETERMINATE TRY_LATER"


def number(value: int) -> bytes:
    """Return an INTEGER."""
    return der.tagged(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def moment(when: datetime) -> bytes:
    """Return a UTCTime."""
    return der.tagged(0x17, when.strftime("%y%m%d%H%M%SZ").encode())


def entry_of(serial: int, *extensions: bytes, when: bytes = b"") -> bytes:
    """Return an entry whose extensions, and date, are as they stand here."""
    tail = [der.sequence(*extensions)] if extensions else []
    return der.sequence(number(serial), when or moment(SIGNED - DAY), *tail)


def list_of(issuer, *entries: bytes, version: int = 1, following: bytes = b"") -> bytes:
    """Return a list with these entries as they stand."""
    algorithm = der.sequence(der.oid("1.2.840.10045.4.3.2"))
    named = asn1_x509.Certificate.load(issuer.der).subject.dump()
    times = moment(SIGNED), following or moment(SIGNED + 7 * DAY)
    body = der.sequence(number(version), algorithm, named, *times, der.sequence(*entries))
    value = issuer.key.sign(body, ec.ECDSA(hashes.SHA256()))
    return der.sequence(body, algorithm, der.tagged(3, b"\0" + value))


def reason(value: bytes) -> bytes:
    """Return the extension with a reason."""
    return der.sequence(der.oid("2.5.29.21"), der.octets(value))


@pytest.mark.parametrize(
    "extensions",
    [
        (),
        (reason(b"\x0a\x01\x07"),),
        (reason(b"\x0a\x01\x2a"),),
        (reason(b"\x0a\x01\x04"), reason(b"\x0a\x01\x01")),
        (reason(b"\x05\x00"),),
        (reason(b"\x0a\x02\x01\x04"),),
        (reason(b""),),
    ],
    ids=["none", "seven", "unknown", "two", "no reason at all", "long", "empty"],
)
def test_revocation_with_an_odd_reason_is_heard_however_often_it_is_asked_for(world, extensions):
    """Read whole at first and from an index later: revoked for no reason that spares, every time."""
    serial = world.signer.certificate.serial_number
    told = list_of(world.ca, entry_of(5, reason(b"\x0a\x01\x07")), entry_of(serial, *extensions))
    assert {entry_on(told, serial) for _ in range(20)} == {Entry(SIGNED - DAY, "")}
    trust = world.trust(crl(world.root, SIGNED), crl(world.ca, SIGNED - DAY), told)
    assert said(judge(signature(world.signer), trust, SIGNED)) == "INDETERMINATE REVOKED_NO_POE"


YEAR_0 = der.tagged(0x18, b"00000101000000Z")


@pytest.mark.parametrize(
    "when", [YEAR_0, der.tagged(0x17, b"abc"), der.tagged(0x18, b"99")], ids=["year 0", "letters", "short"]
)
def test_revocation_of_a_day_that_nobody_can_read_is_a_revocation_of_ever(world, when: bytes):
    """The authority names the certificate: that its date is broken makes nothing older than it."""
    told = list_of(world.ca, entry_of(world.signer.certificate.serial_number, when=when))
    trust = world.trust(crl(world.root, SIGNED), crl(world.ca, SIGNED - DAY), crl(world.tsca, SIGNED), told)
    facts = signature(world.signer, stamp(world.tsa1, SIGNED - DAY))
    assert said(judge(facts, trust, SIGNED)) == "INDETERMINATE REVOKED_NO_POE"


def test_dates_and_versions_out_of_the_calendar_are_verdicts(world):
    """Year 0 in a list or in the signer's certificate, and a list of version 6, never raise."""
    lists = [list_of(world.ca, following=YEAR_0), list_of(world.ca, version=5)]
    root = crl(world.root, SIGNED)
    verdicts = [said(judge(signature(world.signer), world.trust(root, each), SIGNED)) for each in lists]
    assert verdicts == ["INDETERMINATE TRY_LATER", "TOTAL_PASSED"]
    read = asn1_x509.Certificate.load(world.signer.der)["tbs_certificate"]
    names = (
        "version",
        "serial_number",
        "signature",
        "issuer",
        "validity",
        "subject",
        "subject_public_key_info",
    )
    dates = der.sequence(YEAR_0, moment(on(2030)))
    body = der.sequence(*(dates if name == "validity" else read[name].dump() for name in names))
    value = der.tagged(3, b"\0" + world.ca.key.sign(body, ec.ECDSA(hashes.SHA256())))
    old = der.sequence(body, read["signature"].dump(), value)
    facts = replace(signature(world.signer), signer=old, certificates=(old,))
    report = judge(facts, world.trust(*world.lists(SIGNED)), SIGNED)
    assert said(report) == "INDETERMINATE CERTIFICATE_CHAIN_GENERAL_FAILURE"
