# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import random

import pytest
from certificates_to_order import authority, party
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from preservation.trust import nif
from preservation.trust.certificates import describe
from preservation.trust.profile_table import POLICIES, Kind, longest

CITIZEN = "1.3.6.1.4.1.5734.3.10.1"
SECTOR = "2.16.724.1.3.5"


def subject(common="", **more):
    """Return a name from common name and dotted or short attributes."""
    kinds = {
        "serial": NameOID.SERIAL_NUMBER, "given": NameOID.GIVEN_NAME, "surname": NameOID.SURNAME,
        "org": NameOID.ORGANIZATION_NAME, "orgid": NameOID.ORGANIZATION_IDENTIFIER,
        "unit": NameOID.ORGANIZATIONAL_UNIT_NAME, "title": NameOID.TITLE, "pseudonym": NameOID.PSEUDONYM,
    }  # fmt: skip
    pairs = [(kinds[key], value) for key, value in more.items()]
    if common:
        pairs.append((NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in pairs])


def holder(who, *, policies=(), other=(), purposes=(), statements=b""):
    """Issue a certificate and say what is read of its holder."""
    extensions = []
    if policies:
        told = [x509.PolicyInformation(ObjectIdentifier(each), None) for each in policies]
        extensions.append((x509.CertificatePolicies(told), False))
    if other:
        names = x509.Name([x509.NameAttribute(ObjectIdentifier(kind), text) for kind, text in other])
        extensions.append((x509.SubjectAlternativeName([x509.DirectoryName(names)]), False))
    if purposes:
        extensions.append((x509.ExtendedKeyUsage(purposes), True))
    if statements:
        own = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.5.5.7.1.3"), statements)
        extensions.append((own, False))
    return describe(party(who, authority("AC Pruebas"), extensions=extensions).der)


def sector(arc, **fields):
    """Return attributes of the public sector profile by their last number."""
    return [(f"{SECTOR}.{arc}.{key[1:]}", value) for key, value in fields.items()]


def test_citizen_of_fnmt_is_a_natural_person():
    """AC Usuarios: name without its number, NIF without its prefix."""
    who = subject("EJEMPLO UNO ANA - 12345678Z", serial="IDCES-12345678Z", given="ANA", surname="EJEMPLO UNO")
    signer = holder(who, policies=[CITIZEN])
    assert (signer.name, signer.identifier) == ("EJEMPLO UNO ANA", "12345678Z")
    assert (signer.kind, signer.profile) == (Kind.PERSON, "FNMT-RCM AC Usuarios")
    assert signer.organisation == signer.represents == ""


def test_dnie_is_named_without_its_use():
    """DNIe writes `APELLIDOS, NOMBRE (FIRMA)`."""
    signer = holder(subject("EJEMPLO UNO, ANA (FIRMA)", serial="12345678Z"), policies=["2.16.724.1.2.2.2.3"])
    assert (signer.name, signer.profile) == ("EJEMPLO UNO, ANA", "DNIe (firma)")


def test_representative_signs_for_its_entity():
    """AC Representación: who signs, for whom, and the NIF of both."""
    who = subject("12345678Z ANA EJEMPLO (R: B12345674)", serial="IDCES-12345678Z", org="PRUEBAS SL",
                  orgid="VATES-B12345674")  # fmt: skip
    signer = holder(who, policies=["1.3.6.1.4.1.5734.3.11.2", "2.16.724.1.3.5.8"])
    assert (signer.name, signer.identifier, signer.kind) == ("ANA EJEMPLO", "12345678Z", Kind.REPRESENTATIVE)
    assert (signer.represents, signer.organisation_identifier) == ("PRUEBAS SL", "B12345674")


@pytest.mark.parametrize(("arc", "level"), [("3.1", "high level"), ("7.2", "medium level")])
def test_public_employee_of_both_profiles(arc, level):
    """Profiles of 2009 and 2016: person, entity, post and assurance level, from the alternative name."""
    other = sector(arc, f2="AYUNTAMIENTO DE PRUEBAS", f3="P2800000H", f4="12345678Z", f6="ANA", f7="EJEMPLO",
                   f8="UNO", f10="SECRETARÍA", f11="SECRETARIA")  # fmt: skip
    who = subject("ANA EJEMPLO UNO - DNI 12345678Z", serial="IDCES-12345678Z")
    signer = holder(who, policies=[f"{SECTOR}.{arc}"], other=other)
    assert (signer.kind, signer.name, signer.identifier) == (Kind.EMPLOYEE, "ANA EJEMPLO UNO", "12345678Z")
    assert (signer.organisation, signer.organisation_identifier) == ("AYUNTAMIENTO DE PRUEBAS", "P2800000H")
    assert signer.position == "SECRETARIA, SECRETARÍA"
    assert level in signer.qualities


def test_employee_with_pseudonym_has_no_number():
    """The pseudonym is told, and no number beside it is taken for the person's."""
    other = sector("4.1", f2="CUERPO DE PRUEBAS", f3="S2833002E", f12="94784686")
    who = subject("SEUDONIMO - 94784686 - CUERPO DE PRUEBAS", pseudonym="94784686", serial="IDCES-12345678Z")
    signer = holder(who, policies=[f"{SECTOR}.4.1"], other=other)
    assert (signer.kind, signer.pseudonym, signer.identifier) == (Kind.PSEUDONYM, "94784686", "")
    assert signer.organisation_identifier == "S2833002E"


def test_organ_seal_names_its_keeper():
    """The entity signs; the person who answers for the key is told apart."""
    other = sector(
        "6.2", f2="AYUNTAMIENTO DE PRUEBAS", f3="P2800000H", f4="12345678Z", f6="ANA", f7="EJEMPLO"
    )
    signer = holder(subject("SELLO DE PRUEBAS", serial="P2800000H"), policies=[f"{SECTOR}.6.2"], other=other)
    assert (signer.kind, signer.identifier) == (Kind.ORGAN_SEAL, "P2800000H")
    assert signer.custodian == "ANA EJEMPLO (12345678Z)"


def test_legal_person_of_fnmt_is_told_from_who_asked_for_it():
    """Clase 2 of before eIDAS: the entity signs, a natural person keeps the key."""
    common = "ENTIDAD UNO SL - CIF B12345674 - NOMBRE UNO ANA - NIF 12345678Z"
    other = [("1.3.6.1.4.1.5734.1.7", "B12345674"), ("1.3.6.1.4.1.5734.1.4", "12345678Z")]
    signer = holder(subject(common), policies=["1.3.6.1.4.1.5734.3.7"], other=other)
    assert (signer.name, signer.identifier, signer.kind) == ("UNO SL", "B12345674", Kind.LEGAL_PERSON)
    assert signer.custodian == "UNO ANA (12345678Z)"


def test_entity_seal_is_known_by_its_statements():
    """QcType eseal (ETSI EN 319 412-5 4.2.3) where no Spanish profile speaks."""
    statements = bytes.fromhex("301f3008060604008e4601013013060604008e4601063009060704008e46010602")
    signer = holder(subject("SELLO PRUEBAS"), statements=statements)
    assert signer.kind == Kind.ENTITY_SEAL
    assert signer.qualities == ("qualified", "for seals")


@pytest.mark.parametrize(
    ("purpose", "kind"),
    [(ExtendedKeyUsageOID.TIME_STAMPING, Kind.TIME_STAMPING), (ExtendedKeyUsageOID.OCSP_SIGNING, Kind.OCSP)],
)
def test_services_are_known_by_their_only_purpose(purpose, kind):
    """A certificate for one service alone is that service, whatever its policy says."""
    assert holder(subject("SERVICIO"), purposes=[purpose], policies=[CITIZEN]).kind == kind


def test_authority_is_one():
    """BasicConstraints decide before anything else."""
    assert describe(authority("AC Pruebas").der).kind == Kind.AUTHORITY


def test_a_number_in_a_name_that_does_not_hold_is_no_nif():
    """Nothing is invented: a free text gives a NIF only with its control letter."""
    assert holder(subject("ANA EJEMPLO - NIF 12345678A", given="ANA", surname="EJEMPLO")).identifier == ""


def test_what_is_declared_is_told_as_it_stands():
    """A serialNumber with a wrong control is what the certificate says; it is shown, and is no valid NIF."""
    signer = holder(subject("PRUEBAS SL", serial="B12345678"))
    assert signer.identifier == "B12345678"
    assert not nif.is_valid(signer.identifier)


def test_direction_characters_of_a_name_are_not_shown():
    """A name cannot turn the page around."""
    assert holder(subject("ANA\u202eAMOR")).name == "ANA\ufffdAMOR"


def test_the_longest_policy_counts():
    """A version of a policy is that policy; a longer number of another is not."""
    assert longest("1.3.6.1.4.1.5734.3.10.1.7", POLICIES)[0] is Kind.PERSON
    assert longest("1.3.6.1.4.1.5734.3.50", POLICIES) is None


@pytest.fixture(scope="module")
def rich():
    """A certificate with every extension that is read."""
    other = x509.Name(
        [x509.NameAttribute(ObjectIdentifier(f"{SECTOR}.7.2.{n}"), f"VALOR {n}") for n in range(1, 12)]
    )
    extensions = [
        (x509.SubjectAlternativeName([x509.DirectoryName(other)]), False),
        (x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier(f"{SECTOR}.7.2"), None)]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),
    ]
    return party(subject("ANA - DNI 12345678Z", serial="IDCES-12345678Z"), extensions=extensions).der


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 12))
def test_broken_bytes_never_fall_over(rich, seed, changes):
    """Whatever is changed in a certificate, it is read or it is not; no exception comes out."""
    chance = random.Random(seed)
    data = bytearray(rich)
    for _ in range(changes):
        data[chance.randrange(len(data))] = chance.randrange(256)
    describe(bytes(data))
