# SPDX-License-Identifier: EUPL-1.2
"""Every sample of the reference data gives what is expected of it (signatures are judged elsewhere)."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime

import pytest

from archive.eni.content import check_signatures_base64, read_content
from archive.eni.huella import candidates_of, match_huella
from archive.eni.read import read_eni
from archive.eni.validate import check_eni
from archive.errors import XmlRefused

pytestmark = pytest.mark.corpus

NOW = datetime(2026, 11, 21, tzinfo=UTC)
EXPECTED = {
    "inside/ProcesoImportarDocumento_Doc1.xml": {"ENI-ID-ORGANO-MISMATCH"},
    "inside/ProcesoValidarDocumento_Doc1.xml": {"ENI-ID-ORGANO-MISMATCH"},
    "inside/ProcesoValidarDocumento_DocRefInterna.xml": {"ENI-ID-ORGANO-MISMATCH"},
    "inside/ProcesoValidarDocumento_BigFile.xml": {
        "ENI-ID-ORGANO-MISMATCH", "ENI-DOCUMENT-UNSIGNED", "ENI-REFERENCE-EXTERNAL-URL",
    },
    "pae/xsdBOE-A-2011-13169_ex_XAdES_Internally_detached.xml": {
        "ENI-SCHEMA-INVALID", "ENI-ID-YEAR", "ENI-FIRMA-EMPTY",
    },
    "synthetic/doc_EE02_copia_autentica.xml": set(),
    "synthetic/doc_EE03_digitalizado.xml": set(),
    "synthetic/doc_TF01_csv.xml": set(),
    "synthetic/doc_TF02_xades_datosxml.xml": set(),
    "synthetic/doc_TF04_cades_detached.xml": set(),
    "synthetic/doc_TF05_cades_attached.xml": set(),
    "synthetic/doc_TF06_mas_TF01.xml": set(),
    "synthetic/doc_TF06_pades.xml": set(),
    "synthetic/doc_v2_referenciaExterna.xml": {"ENI-CONTENT-EXTERNAL"},
    "synthetic/exp_E01_abierto.xml": {"ENI-ESTADO-OPEN"},
    "synthetic/exp_E02_TF02_excC14N.xml": set(),
    "synthetic/exp_E02_TF02_incC14N.xml": set(),
    "synthetic/exp_E02_TF03_FirmaBase64_estiloInSide.xml": set(),
    "synthetic/exp_E02_TF05.xml": set(),
    "synthetic/exp_v2_NombreNatural.xml": set(),
    "synthetic/neg_doc_TD52_solo_InSide.xml": {"ENI-TD-DIALECT"},
    "synthetic/neg_doc_identificador_y_organo_malformados.xml": {
        "ENI-ID-PATTERN", "ENI-ORGANO-SHAPE", "ENI-DOCUMENT-UNSIGNED",
    },
    "synthetic/neg_exp_IndiceContenido_ns_erroneo.xml": {"ENI-INDEX-NAMESPACE"},
    "synthetic/neg_exp_huella_no_coincide.xml": set(),
    "synthetic/neg_exp_indice_sin_firma.xml": {"ENI-INDEX-UNSIGNED"},
    "synthetic/neg_exp_metadatos_alterados_tras_firma.xml": {"ENI-ESTADO-REMISSION"},
    "synthetic/neg_exp_pretty_print_rompe_firma.xml": set(),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_gives_its_findings(shared, name):
    """Reading, schema and sense of a sample give exactly the expected codes, and its base64 decodes."""
    eni = read_eni(shared / "data/eni/samples" / name, place=name)
    assert {one.code for one in check_eni(eni, now=NOW)} == EXPECTED[name]
    assert read_content(eni).findings == ()
    assert check_signatures_base64(eni) == []


def test_no_sample_is_forgotten(shared):
    """Every ENI sample has an expectation here."""
    folder = shared / "data/eni/samples"
    names = {str(path.relative_to(folder)) for path in folder.glob("*/*.xml")}
    eni = {name for name in names if not name.startswith("signatures-gdib/")}
    assert eni - EXPECTED.keys() == {"synthetic/neg_doc_doctype_xxe.xml"}


def test_signatures_alone_are_not_eni(shared):
    """The loose signatures of the corpus are refused as ENI files, safely."""
    for path in (shared / "data/eni/samples/signatures-gdib").glob("*.xml"):
        with pytest.raises(XmlRefused) as caught:
            read_eni(path)
        assert caught.value.findings[0].code == "ENI-NOT-ENI", path.name


def test_the_document_type_is_refused_unread(shared):
    """The sample with a document type never reaches a parser."""
    with pytest.raises(XmlRefused) as caught:
        read_eni(shared / "data/eni/samples/synthetic/neg_doc_doctype_xxe.xml")
    assert caught.value.findings[0].code == "ENI-XML-DOCTYPE"


def test_every_huella_of_the_package_is_explained(shared):
    """Index and documents of the package agree, each by the convention it was made with."""
    found = {}
    with zipfile.ZipFile(shared / "data/eni/samples/synthetic/paquete_expediente_eni.zip") as package:
        files = {name.removesuffix(".xml"): package.read(name) for name in package.namelist()}
    index = next(name for name in files if "_EXP_" in name)
    for one in read_eni(files[index]).expediente.documents():
        document = read_eni(files[one.document.identificador])
        huella = one.document.huella
        match = match_huella(huella.value, huella.function, candidates_of(document))
        assert (match.status, match.algorithm, match.encoding) == ("match", "sha512", "hex")
        found[one.document.identificador[-4:]] = match.what
    assert found == {"SOL1": "content", "INF1": "content", "RES1": "content", "NOT1": "content",
                     "ACU1": "datos-xml-child-exc-c14n", "SUB1": "content"}  # fmt: skip


def test_a_false_huella_is_a_mismatch(shared):
    """The sample whose index lies about its second document is caught there and only there."""
    folder = shared / "data/eni/samples/synthetic"
    with zipfile.ZipFile(folder / "paquete_expediente_eni.zip") as package:
        files = {name.removesuffix(".xml"): package.read(name) for name in package.namelist()}
    statuses = []
    for one in read_eni(folder / "neg_exp_huella_no_coincide.xml").expediente.documents():
        huella = one.document.huella
        document = read_eni(files[one.document.identificador])
        statuses.append(match_huella(huella.value, huella.function, candidates_of(document)).status)
    assert statuses == ["match", "mismatch", "match"]


def test_an_external_content_is_matched_by_its_huella(shared):
    """The video that v2.0 refers to is the one whose digest it gives."""
    folder = shared / "data/eni/samples/synthetic"
    eni = read_eni(folder / "doc_v2_referenciaExterna.xml")
    huella = eni.document.content.huella
    video = (folder / "videoacta_sintetica.bin").read_bytes()
    match = match_huella(huella.value, huella.function, candidates_of(eni, external=lambda: [video]))
    assert (match.status, match.what) == ("match", "content")
