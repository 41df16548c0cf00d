# SPDX-License-Identifier: EUPL-1.2
"""Every reference sample through the whole examination: verdict, signatures and findings of weight."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.clock import FixedClock
from archive.findings import Severity
from archive.home import Home
from archive.model import DepositState
from ingest.deposit import deposit
from ingest.examination import examine
from ingest.packages import open_package
from preservation.trust.store import TrustStore

pytestmark = pytest.mark.corpus

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PASSED, FAILED, CSV = "TOTAL_PASSED", "TOTAL_FAILED HASH_FAILURE", "NOT_APPLICABLE"
UNCHAINED = "INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND"
ALONE = "PKG-DOCUMENT-MISSING"  # an index that comes without its documents

EXPECTED = {
    "inside/ProcesoImportarDocumento_Doc1.xml": (
        "acceptable", [UNCHAINED], {"ENI-ID-ORGANO-MISMATCH", "SIG-INDETERMINATE"}),
    "inside/ProcesoValidarDocumento_Doc1.xml": (
        "acceptable", [UNCHAINED], {"ENI-ID-ORGANO-MISMATCH", "SIG-INDETERMINATE"}),
    "inside/ProcesoValidarDocumento_DocRefInterna.xml": (
        "acceptable", [UNCHAINED], {"ENI-ID-ORGANO-MISMATCH", "SIG-INDETERMINATE"}),
    "inside/ProcesoValidarDocumento_BigFile.xml": (
        "needs_decision", [],
        {"ENI-DOCUMENT-UNSIGNED", "ENI-ID-ORGANO-MISMATCH", "ENI-REFERENCE-EXTERNAL-URL", "PKG-EXTERNAL-URL"}),
    "pae/xsdBOE-A-2011-13169_ex_XAdES_Internally_detached.xml": (
        "needs_decision", [], {"ENI-FIRMA-EMPTY", "ENI-SCHEMA-INVALID", "SIG-DECLARED-NOT-FOUND"}),
    "synthetic/doc_EE02_copia_autentica.xml": ("acceptable", [PASSED, CSV], set()),
    "synthetic/doc_EE03_digitalizado.xml": ("acceptable", [PASSED], set()),
    "synthetic/doc_TF01_csv.xml": ("acceptable", [CSV], set()),
    "synthetic/doc_TF02_xades_datosxml.xml": ("acceptable", [PASSED], set()),
    "synthetic/doc_TF04_cades_detached.xml": ("acceptable", [PASSED], set()),
    "synthetic/doc_TF05_cades_attached.xml": ("acceptable", [PASSED], set()),
    "synthetic/doc_TF06_mas_TF01.xml": ("acceptable", [PASSED, CSV], set()),
    "synthetic/doc_TF06_pades.xml": ("acceptable", [PASSED], set()),
    "synthetic/doc_v2_referenciaExterna.xml": ("needs_decision", [CSV], {"PKG-EXTERNAL-MISSING"}),
    "synthetic/exp_E01_abierto.xml": ("needs_decision", [PASSED], {ALONE, "ENI-ESTADO-OPEN"}),
    "synthetic/exp_E02_TF02_excC14N.xml": ("needs_decision", [PASSED], {ALONE}),
    "synthetic/exp_E02_TF02_incC14N.xml": ("needs_decision", [PASSED], {ALONE}),
    "synthetic/exp_E02_TF03_FirmaBase64_estiloInSide.xml": ("needs_decision", [PASSED], {ALONE}),
    "synthetic/exp_E02_TF05.xml": ("needs_decision", [PASSED], {ALONE}),
    "synthetic/exp_v2_NombreNatural.xml": ("needs_decision", [PASSED], {ALONE}),
    "synthetic/neg_doc_TD52_solo_InSide.xml": ("acceptable", [CSV], {"ENI-TD-DIALECT"}),
    "synthetic/neg_doc_doctype_xxe.xml": ("rejected", [], {"ENI-XML-DOCTYPE"}),
    "synthetic/neg_doc_identificador_y_organo_malformados.xml": (
        "needs_decision", [], {"ENI-DOCUMENT-UNSIGNED", "ENI-ID-PATTERN", "ENI-ORGANO-SHAPE"}),
    "synthetic/neg_exp_IndiceContenido_ns_erroneo.xml": (
        "needs_decision", [PASSED], {ALONE, "ENI-INDEX-NAMESPACE"}),
    "synthetic/neg_exp_huella_no_coincide.xml": ("needs_decision", [PASSED], {ALONE}),
    "synthetic/neg_exp_indice_sin_firma.xml": ("needs_decision", [], {ALONE, "ENI-INDEX-UNSIGNED"}),
    "synthetic/neg_exp_metadatos_alterados_tras_firma.xml": (
        "needs_decision", [PASSED], {ALONE, "ENI-ESTADO-REMISSION"}),
    "synthetic/neg_exp_pretty_print_rompe_firma.xml": (
        "needs_decision", [FAILED], {ALONE, "SIG-TOTAL-FAILED"}),
    "synthetic/paquete_expediente_eni.zip": (
        "acceptable", [PASSED, CSV, PASSED, PASSED, PASSED, CSV, CSV], set()),
}  # fmt: skip


def examined(path: Path, work: Path, samples: Path):
    trust = TrustStore.from_paths([samples / "synthetic" / "sello_pruebas.cer"])
    with open_package(path, work) as package:
        return examine(package, trust=trust, at=NOW)[0]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_gets_the_verdict_that_the_dossier_expects(name, shared, tmp_path):
    """Verdict, every signature's indication, and the findings of weight are those of the dossier."""
    verdict, signatures, codes = EXPECTED[name]
    samples = shared / "data" / "eni" / "samples"
    found = examined(samples / name, tmp_path, samples)
    assert found.verdict == verdict
    assert [f"{one.indication} {one.sub_indication}".strip() for one in found.signatures] == signatures
    assert {one.code for one in found.findings if one.severity is not Severity.INFO} == codes


def test_no_sample_is_forgotten(shared):
    """A sample added to the reference data must be given an expectation here."""
    samples = shared / "data" / "eni" / "samples"
    there = {
        str(path.relative_to(samples))
        for folder in ("inside", "pae", "synthetic")
        for path in (samples / folder).iterdir()
        if path.suffix in {".xml", ".zip"}
    }
    assert there == set(EXPECTED)


def test_a_wrong_huella_contradicts_its_document(shared, tmp_path):
    """The index whose second huella is wrong is rejected once the documents come with it."""
    synthetic = shared / "data" / "eni" / "samples" / "synthetic"
    folder = tmp_path / "paquete"
    shutil.unpack_archive(synthetic / "paquete_expediente_eni.zip", folder)
    next(folder.glob("*_EXP_*")).unlink()
    shutil.copy(synthetic / "neg_exp_huella_no_coincide.xml", folder)
    found = examined(folder, tmp_path, synthetic.parent)
    assert found.verdict == "rejected"
    wrong = [one for one in found.findings if one.code == "PKG-HUELLA-MISMATCH"]
    assert [dict(one.values)["id"][-4:] for one in wrong] == ["INF1"]


def test_the_outside_content_of_a_v2_document_is_matched_when_it_comes(shared, tmp_path):
    """The recording that a v2.0 document refers to is found beside it and its huella holds."""
    synthetic = shared / "data" / "eni" / "samples" / "synthetic"
    for name in ("doc_v2_referenciaExterna.xml", "videoacta_sintetica.bin"):
        shutil.copy(synthetic / name, tmp_path / name)
    work = tmp_path.with_name("work")
    work.mkdir()
    found = examined(tmp_path, work, synthetic.parent)
    assert found.verdict == "acceptable"
    assert found.documents[0].content_path == "received/videoacta_sintetica.bin"


def test_the_reference_package_deposits_whole(shared, tmp_path):
    """paquete_expediente_eni.zip is accepted, and every one of its files is kept byte for byte."""
    path = shared / "data" / "eni" / "samples" / "synthetic" / "paquete_expediente_eni.zip"
    with Home.create(tmp_path / "home", FixedClock(NOW)) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        receipt = deposit(home, "villa", [path], seal=None)[0].receipt
        assert receipt["state"] == DepositState.ACCEPTED
        assert len(receipt["digests"]["files"]) == 7
        shutil.unpack_archive(path, tmp_path / "unpacked")
        for file in (tmp_path / "unpacked").iterdir():
            kept = home.objects("villa").read_verified(receipt["object"], f"received/{file.name}")
            assert b"".join(kept) == file.read_bytes()
