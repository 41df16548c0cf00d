# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import certificates_to_order as orders
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from preservation.trust.certificates import load
from preservation.trust.chains import find_chain
from preservation.trust.revocation_cache import RevocationCache
from preservation.trust.standing import fallen
from preservation.trust.store import TrustStore

MADE = datetime(2026, 3, 1, tzinfo=UTC)


def on(year, month=1):
    """An instant."""
    return datetime(year, month, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def people():
    """A root, an authority below it, a unit below that."""
    root = orders.authority("RAIZ")
    middle = orders.authority("AC", root)
    return {"root": root, "middle": middle, "unit": orders.party("TSU", middle)}


@pytest.fixture(scope="module")
def chain(people):
    """The unit's path up to the root."""
    return find_chain(load(people["unit"].der), [people["middle"].der], [people["root"].der])


def _list(issuer, who, since, reason="", invalid=None, at=None):
    entry = x509.RevokedCertificateBuilder().serial_number(who.certificate.serial_number)
    entry = entry.revocation_date(since)
    if reason:
        entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags(reason)), critical=False)
    if invalid:
        entry = entry.add_extension(x509.InvalidityDate(invalid.replace(tzinfo=None)), critical=False)
    at = at or on(2029)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = (
        builder.last_update(at).next_update(at + timedelta(days=7)).add_revoked_certificate(entry.build())
    )
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _answer(issuer, who, since):
    builder = ocsp.OCSPResponseBuilder().add_response(
        who.certificate, issuer.certificate, hashes.SHA256(), ocsp.OCSPCertStatus.REVOKED,
        on(2029), on(2029, 2), since, None,
    )  # fmt: skip
    built = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
    return built.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(("issuer", "who"), [("middle", "unit"), ("root", "middle")])
@pytest.mark.parametrize(
    ("reason", "since", "invalid", "proven", "falls"),
    [
        ("superseded", (2027,), None, 2028, None),
        ("superseded", (2026, 2), None, 2028, (2026, 2)),
        ("superseded", (2027,), (2026, 2), 2028, None),
        ("keyCompromise", (2027,), None, 2028, (2027,)),
        ("keyCompromise", (2028,), None, 2027, None),
        ("keyCompromise", (2028,), (2026, 6), 2027, (2026, 6)),
        ("keyCompromise", (2028,), (2027, 6), 2027, None),
        ("cACompromise", (2027,), (2027, 6), 2028, (2027,)),
        ("", (2027,), None, 2028, (2027,)),
    ],
)
def test_a_fall_counts_from_the_day_that_its_reason_gives(
    people, chain, issuer, who, reason, since, invalid, proven, falls
):
    """Retirement spares the past; a key in other hands spares what was covered before it was, if that is said."""
    told = _list(people[issuer], people[who], on(*since), reason, invalid and on(*invalid))
    for trust in (TrustStore(crls=(b"junk", told)), TrustStore(crls=(told,) * 20)):
        found = fallen(chain, trust, MADE, on(proven))
        assert (found and found.since) == (falls and on(*falls))
        assert found is None or found.certificate.dump() == people[who].der


def test_answers_and_what_is_kept_are_asked_like_lists(people, chain, tmp_path):
    """An OCSP answer, a kept list and a kept answer each tell the same; the gravest counts."""
    kept, middle, unit = RevocationCache(tmp_path), people["middle"], people["unit"]
    answer = _answer(middle, unit, on(2027))
    assert fallen(chain, TrustStore(ocsps=(answer,)), MADE, on(2028)).since == on(2027)
    assert fallen(chain, TrustStore(ocsps=(answer,)), MADE, on(2026, 6)) is None
    assert fallen(chain, TrustStore(kept=kept), MADE, on(2028)) is None
    empty = kept.edition
    retired = _list(middle, unit, on(2027), "superseded")
    assert kept.keep_list(retired, [middle.der], url="", at=on(2029)) == ""
    assert kept.edition != empty
    assert fallen(chain, TrustStore(kept=kept), MADE, on(2028)) is None
    asked = load(unit.der), load(middle.der)
    assert kept.keep_answer(answer, *asked, url="", at=on(2029)) == ""
    assert fallen(chain, TrustStore(kept=kept), MADE, on(2028)).since == on(2027)


def test_a_suspension_counts_until_younger_data_of_the_authority_lifts_it(people, chain):
    """A hold alone counts; a later list without it takes it back; an earlier one does not."""
    middle, unit = people["middle"], people["unit"]
    held = _list(middle, unit, on(2027), "certificateHold", at=on(2027))
    later, earlier = (_list(middle, middle, on(2026), at=on(year)) for year in (2028, 2026))
    assert fallen(chain, TrustStore(crls=(held,)), MADE, on(2029)).reason == "certificateHold"
    assert fallen(chain, TrustStore(crls=(held, earlier)), MADE, on(2029)) is not None
    assert fallen(chain, TrustStore(crls=(held, later)), MADE, on(2029)) is None


def test_what_a_stranger_signed_fells_nobody(people, chain):
    """The serial number in a list or answer of somebody else, or of the same name, does not count."""
    stranger = orders.authority("AC")
    lists, answers = _list(stranger, people["unit"], on(2025)), _answer(stranger, people["unit"], on(2025))
    assert fallen(chain, TrustStore(crls=(lists,), ocsps=(answers,)), MADE, on(2029)) is None
