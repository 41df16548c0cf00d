# SPDX-License-Identifier: EUPL-1.2
"""What the hands of the story sign is judged by the archive's own engine, on the day of a deposit."""

from __future__ import annotations

from collections import Counter

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from archive.eni.read import read_eni
from demo.documents import pieces
from demo.hostile import tampered, wrapping
from demo.signing import PEOPLE, Hands
from demo.town import on
from preservation.indications import Indication
from preservation.signatures.cms.read import read_cms
from preservation.signatures.content import BytesContent
from preservation.signatures.engine.judge import judge
from preservation.signatures.pdf.read import read_pdf
from preservation.signatures.xml.read import read_xml
from preservation.trust.store import TrustStore

DEPOSITED = on("2026-02-01 10:00")
SIGNED = [piece for piece in pieces() if piece.signings]


@pytest.fixture(scope="module")
def reports_of(authority):
    """Judges every signature of an ENI XML file."""
    trust = TrustStore.from_authority(authority, DEPOSITED)

    def judged(path):
        return [judge(facts, trust, DEPOSITED) for facts in _facts(path)]

    return judged


def _facts(path):
    eni = read_eni(path)
    tipos = {firma.tipo: firma for firma in eni.value.firmas}
    if "TF02" in tipos:
        return read_xml(path.read_bytes())
    if "TF04" in tipos or "TF05" in tipos:
        firma = tipos.get("TF04") or tipos["TF05"]
        content = BytesContent(b"".join(eni.open_content())) if firma.tipo == "TF04" else None
        return read_cms(b"".join(eni.open_signature(firma)), content)
    content = b"".join(eni.open_content())
    return read_pdf(content) if "TF06" in tipos else read_xml(content)


@pytest.mark.parametrize("piece", SIGNED, ids=lambda piece: piece.code)
def test_each_signature_passes(piece, package, reports_of):
    """Every signature of every document is TOTAL_PASSED, at the level and by the signer of the table."""
    reports = reports_of(package.path(piece.code))
    assert [report.indication for report in reports] == [Indication.TOTAL_PASSED] * len(piece.signings)
    for report, signing in zip(reports, piece.signings, strict=True):
        expected = PEOPLE[signing.signer].name.upper() if signing.signer in PEOPLE else "SELLO"
        assert report.signer.name.startswith(expected)
        assert "PRUEBAS SIN VALOR LEGAL" in report.signer.name
        assert report.level in {signing.level, f"B-{signing.level}", f"{signing.level}-B", "BES"}, (
            report.level
        )
        proven = [stamp.time for stamp in report.timestamps]
        assert len(proven) == (signing.level != "B")
        assert all(abs((at - signing.at).total_seconds()) < 10 for at in proven)


def test_the_index_signature_passes_and_covers_the_index(package, reports_of):
    """The secretary's signature of the index passes and covers IndiceContenido."""
    (report,) = reports_of(package.folder / package.index_name)
    assert report.indication is Indication.TOTAL_PASSED
    assert any("EXP_INDICE_CONTENIDO" in covered for covered in report.covers)


def test_a_forgery_fails(package, reports_of, tmp_path):
    """Changed content and a changed layout of the index are TOTAL_FAILED for their digest."""
    forged = wrapping.forged_content(tmp_path, package.folder)
    pretty = tampered.pretty_printed_index(tmp_path, package.folder) / package.index_name
    for path in (forged, pretty):
        (report,) = reports_of(path)
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "HASH_FAILURE")


def test_metadata_of_the_index_can_change_unnoticed_by_its_signature(package, reports_of, tmp_path):
    """The known trap is really there: Estado changes and the signature still passes."""
    altered = tampered.altered_metadata(tmp_path, package.folder) / package.index_name
    (report,) = reports_of(altered)
    assert report.indication is Indication.TOTAL_PASSED


def test_people_have_certificates_of_their_own(authority):
    """Each person of the story gets one certificate, the same whenever asked for."""
    hands = Hands(authority)
    own = Counter(hands.identity(name).certificate for name in (*PEOPLE, "seal"))
    assert set(own.values()) == {1}
    assert hands.identity("mayor").certificate in own


def test_only_the_town_s_people_are_public_employees(authority):
    """The builder's certificate names no organisation that would make a public employee of him."""
    hands = Hands(authority)
    subject = {
        name: x509.load_der_x509_certificate(hands.identity(name).certificate).subject for name in PEOPLE
    }
    assert not subject["builder"].get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert subject["mayor"].get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
