# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from archive.eni.document import (
    ContentKind,
    DocumentMetadata,
    EniContent,
    EniDocument,
    EniSignature,
    SignaturePlace,
)
from archive.model import DocumentRecord
from search.viewing.description import additional_rows, document_rows, expediente_rows

METADATA = {
    "version": "v2.0", "identificador": "ES_X", "organos": ["L01990019"], "fecha_apertura": "2025-01-13T10:22:00+01:00",
    "clasificacion": "C", "estado": "E02", "interesados": ["00000014Z", "Persona"], "fecha_indice": "",
}  # fmt: skip
RECORD = DocumentRecord("ES_D", "received/d.xml", "d", "TD01", "EE01", ("L01990019",), "2025-01-13T10:22:00+01:00",
                        False, "PDF", "application/pdf", None)  # fmt: skip


def values(rows):
    return {row.term: row.value for row in rows}


def test_every_mandatory_metadatum_has_description_and_value():
    """NTI Expediente electrónico anexo I: eight of them, none without description, the absent ones said."""
    rows = expediente_rows(METADATA, people=True)
    assert len(rows) == 8
    assert all(row.description and row.value for row in rows)
    assert values(rows)["Estado"] == "Cerrado (E02)"
    assert values(rows)["Fecha del índice"] == "No consta"


def test_interested_parties_are_counted_for_who_may_not_see_them():
    """The number stays, the names do not."""
    told = values(expediente_rows(METADATA, people=False))["Interesados"]
    assert told.startswith("2,")
    assert "00000014Z" not in told


def test_metadata_that_are_not_what_they_should_be_do_no_harm():
    """A hostile or old record with other types gives rows all the same."""
    rows = expediente_rows(
        {"organos": "L01", "interesados": {"a": 1}, "estado": None, "fecha_apertura": 7}, people=True
    )
    assert values(rows)["Órgano"] == "No consta"
    assert values(rows)["Fecha de apertura"] == "7"


def test_document_says_what_its_xml_says():
    """Version and origin of the copy come from the ENI XML; signatures by the names of their types."""
    metadata = DocumentMetadata("ES_D", (), "", False, "EE02", "TD01", "ES_ORIGEN", "http://v1.0")
    eni = EniDocument("v1.0", metadata, EniContent(ContentKind.BINARY),
                      (EniSignature(1, "TF06", SignaturePlace.REFERENCE),))  # fmt: skip
    told = values(document_rows(RECORD, eni))
    assert told["Documento origen"] == "ES_ORIGEN"
    assert told["Origen"] == "Ciudadano (0)"
    assert told["Tipo de firma"] == "PAdES (TF06)"
    assert "Documento origen" not in values(document_rows(RECORD, None))


def test_loose_file_has_no_eni_metadata():
    """What is no ENI document has none to show."""
    loose = DocumentRecord("", "received/x.bin", "x", "", "", (), "", True, "", "", None)
    assert document_rows(loose, None) == []


def test_additional_metadata_under_their_last_names():
    """`eEMGDE.Nombre.NombreNatural` is shown as NombreNatural; empty ones are left out; many are cut."""
    assert additional_rows([("eEMGDE.Nombre.NombreNatural", "x"), ("a.", "y"), ("b", " ")]) == [
        ("NombreNatural", "x"), ("a.", "y"),
    ]  # fmt: skip
    assert len(additional_rows((str(at), "v") for at in range(1000))) == 60
