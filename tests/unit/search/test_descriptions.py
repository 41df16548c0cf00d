# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from archive.digests import digest_bytes
from archive.model import DocumentRecord, FileRole, ObjectKind, ObjectRecord, SignatureRecord, StoredFile
from search.descriptions import describe_document, describe_object, worst_verdict
from search.extraction import Extraction, Reason

RECORD = ObjectRecord(
    object_id="urn:longeva:villa:x",
    tenant_id="villa",
    kind=ObjectKind.EXPEDIENTE,
    eni_id="ES_L01990019_2024_EXP_x",
    title="Derribo",
    version=1,
    package_digest="a" * 64,
    created_at=datetime(2026, 3, 1, tzinfo=UTC),
    metadata={"organos": ["L01990019"], "clasificacion": "SIA_1", "fecha_apertura": "2023-01-02"},
)
DOCUMENT = DocumentRecord(
    "ES_L01990019_2025_d", "received/d.xml", "Acta", "TD01", "EE01", ("L01990019",), "2025-03-14T10:00:00",
    True, "PDF", "application/pdf", None, csv=("AB12",),
)  # fmt: skip


def signature(indication: str, path: str = "received/d.xml") -> SignatureRecord:
    """Return a signature of a file."""
    return SignatureRecord(path, "firmas/firma[1]", "TF03", "XAdES", "B", indication, "", "", "")


@pytest.mark.parametrize(
    ("indications", "verdict"),
    [
        ([], "UNSIGNED"),
        (["NOT_APPLICABLE"], "NOT_APPLICABLE"),
        (["NOT_APPLICABLE", "TOTAL_PASSED"], "TOTAL_PASSED"),
        (["TOTAL_PASSED", "INDETERMINATE"], "INDETERMINATE"),
        (["INDETERMINATE", "TOTAL_FAILED", "TOTAL_PASSED"], "TOTAL_FAILED"),
        (["FUTURE_WORD"], "FUTURE_WORD"),
    ],
)
def test_the_verdict_is_the_one_to_be_careful_about(indications, verdict):
    """One bad signature among good ones is what a search for bad ones must find."""
    assert worst_verdict(signature(each) for each in indications) == verdict


def test_an_expediente_is_judged_by_its_index():
    """Signatures of its documents are the documents'."""
    digests = digest_bytes(b"")
    files = [StoredFile("received/exp.xml", FileRole.INDEX, digests, RECORD.eni_id),
             StoredFile("received/d.xml", FileRole.DOCUMENT, digests, DOCUMENT.eni_id)]  # fmt: skip
    signatures = [signature("TOTAL_PASSED", "received/exp.xml"), signature("TOTAL_FAILED")]
    assert describe_object(RECORD, files, signatures).verdict == "TOTAL_PASSED"


def test_the_year_is_the_documents_own():
    """By its date, else by its identifier, else, for an expediente, by its deposit."""
    assert describe_object(RECORD, [], []).year == "2023"
    assert describe_object(replace(RECORD, metadata={}), [], []).year == "2024"
    assert describe_object(replace(RECORD, metadata={}, eni_id="x"), [], []).year == "2026"
    nothing = Extraction(reason=Reason.NO_TEXT)
    assert describe_document(RECORD, DOCUMENT, [], nothing).year == "2025"
    undated = replace(DOCUMENT, captured_at="ayer", eni_id="x")
    assert describe_document(RECORD, undated, [], nothing).year == ""


def test_a_document_says_why_it_has_no_text():
    """And stands in its expediente: title and series come from there."""
    described = describe_document(RECORD, DOCUMENT, [], Extraction(reason=Reason.NO_TEXT))
    assert (described.extraction, described.extraction_reason) == ("none", "no-text")
    assert (described.object_title, described.serie, described.kind) == ("Derribo", "SIA_1", "documento")


@pytest.mark.parametrize(
    "metadata", [{"organos": "L01"}, {"interesados": [1, None]}, {"adicionales": []}, {"estado": 3}]
)
def test_odd_metadata_are_borne(metadata):
    """What an old record holds in another shape does not stop the index."""
    assert describe_object(replace(RECORD, metadata=metadata), [], []).title == "Derribo"
