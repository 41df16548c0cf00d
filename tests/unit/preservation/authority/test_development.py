# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import stat
from datetime import UTC, datetime

import pytest
from asn1crypto import core, ocsp, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from archive.clock import FixedClock
from archive.errors import ConfigurationError, InvalidRequest
from preservation.authority import DevelopmentAuthority, service
from preservation.authority.profile import NO_LEGAL_VALUE, ROLES, dni
from preservation.timestamps import Question

JULY = datetime(2026, 7, 1, tzinfo=UTC)


def _certificates(authority):
    return [x509.load_pem_x509_certificate(path.read_bytes()) for path in authority.folder.glob("*.crt.pem")]


def _serials(crl):
    return {revoked.serial_number for revoked in x509.load_der_x509_crl(crl)}


def test_every_certificate_says_that_it_is_worth_nothing(authority):
    """Subject and issuer, whatever the role."""
    for role in ROLES:
        authority.identity(role)
    found = _certificates(authority)
    assert len(found) >= len(ROLES) + 8
    for certificate in found:
        for name in (certificate.subject, certificate.issuer):
            assert NO_LEGAL_VALUE in name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def test_keys_are_readable_by_their_owner_only(authority):
    """0600 for keys, 0700 for the folder, and a README in two languages."""
    for path in authority.folder.glob("*.key.pem"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(authority.folder.stat().st_mode) == 0o700
    words = (authority.folder / "README.txt").read_text("utf-8")
    assert "SIN VALOR LEGAL" in words
    assert "WITHOUT LEGAL VALUE" in words


def test_signers_wear_the_spanish_profiles(authority):
    """IDCES for persons, VATES for their organ, the NIF alone on a seal; 2024 to 2029."""
    seal = x509.load_der_x509_certificate(authority.identity("seal").certificate)
    mayor = x509.load_der_x509_certificate(authority.identity("mayor").certificate)
    (number,) = mayor.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    (organ,) = seal.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    assert number.value == f"IDCES-{dni(2)}"
    assert organ.value.startswith("VATES-")
    assert (seal.not_valid_before_utc.year, seal.not_valid_after_utc.year) == (2024, 2029)


def test_an_identity_is_made_once_and_matches_its_key(authority):
    """Asking again, or from another opening of the folder, gives the same certificate."""
    one = authority.identity("secretary")
    two = DevelopmentAuthority.open(authority.folder, authority.clock).identity("secretary")
    assert one.certificate == two.certificate
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    public = x509.load_der_x509_certificate(one.certificate).public_key()
    assert public.public_bytes(*form) == one.private_key.public_key().public_bytes(*form)
    assert one.chain[-1:] == authority.anchors()


def test_identities_with_own_names(authority):
    """A name, a NIF and an organisation of any length; with and without organisation they differ."""
    person = authority.identity_for("Una persona de prueba " * 5, dni(9))
    clerk = authority.identity_for("Una persona de prueba " * 5, dni(9), "Diputación de Ejemplo " * 5)
    assert person.certificate != clerk.certificate
    subject = x509.load_der_x509_certificate(clerk.certificate).subject
    assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value.endswith(NO_LEGAL_VALUE)


def test_roles_that_nobody_plays_are_refused(authority):
    """The words name the roles there are."""
    with pytest.raises(InvalidRequest, match="secretary"):
        authority.identity("astronaut")


def test_revocation_is_told_from_its_instant_on(authority):
    """The revoked role: good in May 2026, revoked in July, in list and answer alike."""
    identity = authority.identity("revoked")
    serial = x509.load_der_x509_certificate(identity.certificate).serial_number
    may = datetime(2026, 5, 1, tzinfo=UTC)
    assert serial not in _serials(authority.crl(may))
    assert serial in _serials(authority.crl(JULY))
    states = [
        ocsp.OCSPResponse.load(authority.ocsp(identity.certificate, at))
        .basic_ocsp_response["tbs_response_data"]["responses"][0]["cert_status"]
        .name
        for at in (may, JULY)
    ]
    assert states == ["good", "revoked"]


def test_any_certificate_can_be_revoked(tmp_path):
    """Also a time-stamping unit, in the list of its own authority only."""
    authority = DevelopmentAuthority.create(tmp_path / "a", FixedClock(JULY))
    unit = authority.time_stamping_identity(JULY)
    authority.revoke(unit.certificate, JULY)
    serial = x509.load_der_x509_certificate(unit.certificate).serial_number
    told = [serial in _serials(crl) for crl in authority.crls(JULY)]
    assert told == [False, False, True]
    with pytest.raises(InvalidRequest):
        authority.crl(JULY, "nobody")
    with pytest.raises(InvalidRequest):
        authority.ocsp(authority.anchors()[0], JULY)


def test_creating_again_completes_and_changes_nothing(tmp_path):
    """A half-made folder is completed; what is there stays."""
    authority = DevelopmentAuthority.create(tmp_path / "a", FixedClock(JULY))
    before = authority.anchors()
    (authority.folder / "tsa-3.crt.pem").unlink()
    with pytest.raises(ConfigurationError):
        DevelopmentAuthority.open(authority.folder, authority.clock)
    again = DevelopmentAuthority.create(authority.folder, authority.clock)
    assert again.anchors() == before
    assert DevelopmentAuthority.open(authority.folder, authority.clock).anchors() == before


def test_damaged_keys_are_a_matter_of_configuration(tmp_path):
    """Not a traceback."""
    authority = DevelopmentAuthority.create(tmp_path / "a", FixedClock(JULY))
    (authority.folder / "root.key.pem").write_text("x")
    (authority.folder / "issuing.crt.pem").write_text("x")
    with pytest.raises(ConfigurationError):
        DevelopmentAuthority.open(authority.folder, authority.clock).anchors()
    with pytest.raises(ConfigurationError):
        DevelopmentAuthority.open(authority.folder, authority.clock).intermediates()


@pytest.mark.parametrize("url", ["http://example.org", "https://10.0.0.1:80"])
def test_certificates_point_to_loopback_only(tmp_path, url):
    """Nothing made here sends anybody to the network."""
    with pytest.raises(InvalidRequest):
        DevelopmentAuthority.create(tmp_path / "a", FixedClock(JULY), base_url=url)


def test_the_service_listens_on_loopback_only(authority):
    """Neither on every interface nor on a name."""
    for host in ("0.0.0.0", "example.org", "10.0.0.1"):
        with pytest.raises(InvalidRequest):
            authority.serve(host, 0)


def test_a_request_without_certificates_gets_none(authority):
    """Field certReq is honoured (RFC 3161 2.4.1)."""
    asked = tsp.TimeStampReq.load(Question(b"x" * 32, "sha256", 7).encode())
    for wanted, count in ((True, 2), (False, 0)):
        asked["cert_req"] = wanted
        answer = tsp.TimeStampResp.load(authority.respond(asked.dump(force=True)))
        certificates = answer["time_stamp_token"]["content"]["certificates"].native
        assert len(certificates or ()) == count


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (
            {"message_imprint": {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": b"x" * 20}},
            "bad_alg",
        ),
        (
            {"message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": b"x"}},
            "bad_data_format",
        ),
        ({"req_policy": "1.2.3.4"}, "unaccepted_policy"),
        (
            {"extensions": [{"extn_id": "1.2.3.4", "critical": True, "extn_value": b"x"}]},
            "unaccepted_extensions",
        ),
    ],
)
def test_requests_that_cannot_be_served_are_rejected_with_their_reason(authority, change, failure):
    """The failure bits of RFC 3161 2.4.2, and no token."""
    asked = {
        "version": "v1",
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": b"x" * 32},
    }
    answer = authority.respond(tsp.TimeStampReq(asked | change).dump())
    status = tsp.PKIStatusInfo.load(core.Sequence.load(answer)[0].dump())
    assert status["status"].native == "rejection"
    assert status["fail_info"].native == {failure}


def test_garbage_is_rejected_as_such(authority):
    """Not a request: badDataFormat, malformedRequest."""
    status = tsp.PKIStatusInfo.load(core.Sequence.load(authority.respond(b"GET /"))[0].dump())
    assert status["fail_info"].native == {"bad_data_format"}
    answer = ocsp.OCSPResponse.load(authority.ocsp_respond(b"GET /"))
    assert answer["response_status"].native == "malformed_request"


def test_lists_and_answers_over_http(authority):
    """`/crl/NAME`, `/ocsp` by POST and GET; everything else is not found."""
    from werkzeug.test import Client

    client = Client(service.Service(authority))
    assert client.get("/crl/issuing").data == authority.crl(authority.clock.now())
    assert client.get("/crl/nobody").status_code == 404
    assert client.get("/tsa").status_code == 404
    assert client.post("/ocsp", data=b"x").content_type == "application/ocsp-response"
    assert client.get("/ocsp/!!!").content_type == "application/ocsp-response"
    asked = Question(b"x" * 32, "sha256", 7).encode()
    assert client.post("/tsa", data=asked).data[:1] == b"0"
    assert client.post("/tsa", data=b"x" * 100_000).status_code == 413
