# SPDX-License-Identifier: EUPL-1.2
"""What revocation lists do to a kit, and what their absence does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from archived import make_archive
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateBuilder, load_der_x509_certificate
from kits import failed, members_of, pack, run_verifier, trusted

from preservation.evidence.sealing import seal_due
from search.kit import export_kit
from search.kit.verifier.authority import Certificate, check_token, may_issue, signer_of
from search.kit.verifier.evidence import Token
from search.kit.verifier.reading import Broken, Der

pytestmark = pytest.mark.usefixtures("openssl")
STOLEN, RETIRED = datetime(2026, 11, 25, tzinfo=UTC), datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def archived(tmp_path):
    """An archive with an authority of its own, whose certificates may be revoked, and a sealed document."""
    made = make_archive(tmp_path, own_authority=True)
    record = made.deposit(b"%PDF-1.7 el decreto")
    seal_due(made.home, made.authority.timestamp_authority(made.clock))
    yield made, record
    made.home.close()


def _kit(archived, folder):
    made, record = archived
    made.clock.instant = datetime(2026, 11, 30, tzinfo=UTC)
    return export_kit(made.home, record.object_id, folder / "kit.zip", trust=trusted(made))


def _unit(made):
    return made.authority.time_stamping_identity(made.clock.now()).certificate


def _judged(made, kit, folder, *arguments, at="2026-12-02T00:00:00Z"):
    code, told = run_verifier(kit, folder, "--at", at, *arguments, anchors=made.authority.anchors())
    return code, told["verdict"], failed(told)


@pytest.mark.parametrize(
    ("reason", "verdict"), [("", "BROKEN"), ("keyCompromise", "BROKEN"), ("superseded", "VALID")]
)
def test_a_revoked_unit_takes_its_tokens_along_unless_it_was_retired(archived, tmp_path, reason, verdict):
    """Stolen keys, and silence about why, reach older tokens; a unit that was replaced proved them (RFC 3161 4)."""
    made, _ = archived
    made.authority.revoke(_unit(made), STOLEN, reason)
    said = _judged(made, _kit(archived, tmp_path), tmp_path)
    assert said == ((0, "VALID", []) if verdict == "VALID" else (1, "BROKEN", ["REVOCATION"]))


def test_a_revocation_after_the_instant_of_judgement_does_not_count(archived, tmp_path):
    """What was proven by then stays proven."""
    made, _ = archived
    made.authority.revoke(_unit(made), RETIRED, "keyCompromise")
    assert _judged(made, _kit(archived, tmp_path), tmp_path, at="2026-11-26T00:00:00Z")[1] == "VALID"


def test_whoever_takes_the_lists_out_gets_no_valid_kit(archived, tmp_path):
    """A revocation cannot be hidden by leaving out the list that tells of it."""
    made, _ = archived
    made.authority.revoke(_unit(made), STOLEN, "keyCompromise")
    kit = _kit(archived, tmp_path)
    rest = {name: data for name, data in members_of(kit).items() if not name.startswith("trust/crls/")}
    assert _judged(made, pack(rest, tmp_path / "less.zip"), tmp_path) == (2, "INCOMPLETE", [])


def test_kits_of_before_are_checked_with_lists_of_the_readers(archived, tmp_path):
    """Format 1 knew neither lists nor reports nor proofs: it stands once the reader brings lists."""
    made, _ = archived
    members = members_of(_kit(archived, tmp_path))
    old = {
        name: data
        for name, data in members.items()
        if not name.startswith(("trust/crls/", "ledger/", "reports/"))
    }
    old["ledger/events.jsonl"] = members["ledger/events.jsonl"]
    old["kit.json"] = members["kit.json"].replace(b"longeva-kit/2", b"longeva-kit/1")
    del old["verify.html"]
    kit = pack(old, tmp_path / "old.zip")
    assert _judged(made, kit, tmp_path) == (2, "INCOMPLETE", [])
    lists = []
    for number, der in enumerate(trusted(made).crls):
        lists.append(tmp_path / f"{number}.crl")
        lists[-1].write_bytes(der)
    assert _judged(made, kit, tmp_path, "--crls", *map(str, lists)) == (0, "VALID", [])


def test_a_list_of_before_the_stamp_says_nothing(archived, tmp_path):
    """Its silence is of a day on which the token was not there."""
    made, _ = archived
    members = members_of(_kit(archived, tmp_path))
    rest = {name: data for name, data in members.items() if not name.startswith("trust/crls/")}
    for issuer in ("root", "tsa-ca"):
        rest[f"trust/crls/{issuer}.crl"] = made.authority.crl(datetime(2026, 11, 1, tzinfo=UTC), issuer)
    assert _judged(made, pack(rest, tmp_path / "early.zip"), tmp_path) == (2, "INCOMPLETE", [])


def test_a_certificate_that_poses_as_the_revoked_authority_is_found(archived, tmp_path):
    """The same name and key under another serial number, which no list calls revoked: the chain does not hold."""
    made, _ = archived
    token = Token(Der(made.authority.timestamp_authority(made.clock).stamp(bytes(32), "sha256")))
    root, between = made.authority.anchors()[0], made.authority.intermediates()
    real = load_der_x509_certificate(between[-1])
    key = rsa.generate_private_key(65537, 2048)
    posing = CertificateBuilder(
        real.issuer, real.subject, real.public_key(), 4711, real.not_valid_before_utc, datetime(2020, 1, 1, tzinfo=UTC),
        list(real.extensions),
    ).sign(key, hashes.SHA256())  # fmt: skip
    fake = Certificate(posing.public_bytes(Encoding.DER))
    own = Certificate(root)
    chain = [signer_of(token, []), fake, own]
    assert may_issue(fake, chain[0])
    assert may_issue(own, fake)
    with pytest.raises(Broken):
        check_token(token, chain, made.clock.now())
    assert check_token(token, [chain[0], Certificate(between[-1]), own], made.clock.now())
