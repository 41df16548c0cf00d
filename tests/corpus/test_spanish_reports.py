# SPDX-License-Identifier: EUPL-1.2
"""What the report tells a clerk of signatures that were made in Spain: who, in which quality, with which policy.

A selection of each authority and kind that the corpus holds, read by hand once.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from preservation.signatures.engine.judge import judge
from preservation.signatures.reading import read_signatures
from preservation.signatures.reports.page import report_page
from preservation.signatures.reports.spanish import reason_words
from preservation.trust.profile_table import Kind
from preservation.trust.store import TrustStore

pytestmark = pytest.mark.corpus
AT = datetime(2026, 11, 21, tzinfo=UTC)
AFIRMA = "clienteafirma/afirma-crypto"


@pytest.fixture(scope="module")
def reports_on(shared):
    """Judge a file of the Spanish corpus."""
    folder = shared / "data" / "corpus" / "spanish" / "open"
    if not folder.is_dir():
        pytest.skip(f"SPANISH CORPUS ABSENT: {folder}; no Spanish certificate was read")
    return lambda name: [
        judge(each, TrustStore(), AT) for each in read_signatures((folder / name).read_bytes())
    ]


@pytest.mark.parametrize(
    ("file", "name", "identifier", "kind", "organisation"),
    [
        (
            f"{AFIRMA}-xadestri-client/firma_xades_manifest.xsig",
            "JUAN ESPAÑOL ESPAÑOL",
            "00000000T",
            Kind.EMPLOYEE,
            "Q0000000J",
        ),
        (
            f"{AFIRMA}-cades/cades_claimed_role.csig",
            "PRUEBA4EMPN P4EMPAPE1 P4EMPAPE2",
            "00000000T",
            Kind.EMPLOYEE,
            "S2819001E",
        ),
        (
            f"{AFIRMA}-validation/xades_epes_detached.xsig",
            "TRAMITADOR UNIVERSIDAD MIGUEL HERNANDEZ",
            "Q5350015C",
            Kind.ORGAN_SEAL,
            "Q5350015C",
        ),
        (
            f"{AFIRMA}-xades/XAdES-XL_con_sello_binario.xml",
            "CIUDADANO FICTICIO ACTIVO",
            "99999990S",
            Kind.PERSON,
            "",
        ),
        (
            f"{AFIRMA}-xades/firmaIgae.xsig.xml",
            "FIRMA ELECTRONICA ENTORNO DESARROLLO - PRUEBAS",
            "S2826015F",
            Kind.COMPONENT,
            "S2826015F",
        ),
        (f"{AFIRMA}-cades-multi/CAdES-T.asn1", "[SOLO PRUEBAS]060.es", "R05999990", Kind.OFFICE, "R05999990"),
        (f"{AFIRMA}-cades-multi/cms_implicit.csig", "áéíóúñÁÉÍÓÚÑ", "", Kind.EMPLOYEE, ""),
        (
            f"{AFIRMA}-pdf/pades_basic.pdf",
            "SELLO ELECTRONICO DEL MPTAP",
            "S2833002E",
            Kind.ORGAN_SEAL,
            "S2833002E",
        ),
    ],
)
def test_who_signs_is_told_with_name_number_and_quality(
    reports_on, file, name, identifier, kind, organisation
):
    """FNMT, GISS, ACCV, Izenpe, Camerfirma, the old authority of the ministries."""
    signer = reports_on(file)[0].signer
    assert (signer.name, signer.identifier, signer.kind) == (name, identifier, kind)
    assert signer.organisation_identifier == organisation


def test_counter_signatures_of_companies_name_their_keeper(reports_on):
    """ANF: a legal person of before eIDAS, and who held its key."""
    signer = reports_on(f"{AFIRMA}-cades-multi/contrafirma_explicita.csig")[0].signer
    assert (signer.kind, signer.identifier, signer.custodian) == (Kind.LEGAL_PERSON, "B12345674", "12345678Z")


@pytest.mark.parametrize(
    ("file", "policy"),
    [
        ("clienteafirma/afirma-simple/sample-factura-firmada-30.xml", "Facturae, versión 3.0"),
        ("clienteafirma/afirma-simple/sample-factura-firmada-31.xml", "Facturae, versión 3.1"),
        (f"{AFIRMA}-validation/xades_epes_detached.xsig", "AGE, versión 1.9"),
    ],
)
def test_policies_are_known_and_their_digests_are_the_published_ones(reports_on, file, policy):
    """No policy of a real file is doubted for its digest."""
    told = reports_on(file)[0].to_json()["policy_details"]
    assert policy in told["name"]
    assert told["digest_state"] == "matches"


def test_every_page_is_in_spanish(shared, reports_on):
    """Every reason that these files give has its Spanish words, and every page is laid out."""
    folder = shared / "data" / "corpus" / "spanish" / "open"
    unsaid = set()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        reports = reports_on(path.relative_to(folder))
        unsaid |= {reason for each in reports for reason in each.reasons if reason_words(reason) is None}
        assert "Contiene" in report_page(reports, file=path.name, at=AT) or not reports
    assert not unsaid
