# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pypdfium2
import pytest
import typst
from archived import BASE_URL, decree

from archive.digests import digest_bytes
from archive.eni.read import read_eni
from archive.errors import InvalidRequest, NotFound, TimestampUnavailable, TrustError
from archive.model import RECORD_PATH, ObjectKind, SignatureRecord
from archive.record import DepositDocument

XML = (
    '<Acuse xmlns="urn:x" version="1"><FechaEntrega>2025-03-10</FechaEntrega>'
    "<Receptor>La persona interesada</Receptor><Vacío/></Acuse>"
).encode()


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page, on one line."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def test_copy_carries_its_code_and_address_on_every_page(issued):
    """The sealed PDF says CSV, address and organ on each page, and shows the original's text."""
    pages = page_texts(issued.pdf)
    assert len(pages) == 3
    assert all(
        issued.csv in page and f"{BASE_URL}/verificar" in page and "L01990019" in page for page in pages
    )
    assert "DECRETO DE ALCALDÍA" in pages[0]


def test_diligencia_names_the_original_and_every_mandatory_metadatum(issued, resolution):
    """Identifiers, digest and the metadata of both documents can be read (NTI Documento VIII)."""
    last = page_texts(issued.pdf)[-1]
    for words in (
        "Versión NTI", "Identificador", "Órgano", "Fecha de captura", "Origen", "Estado de elaboración",
        "Identificador de documento origen", "Nombre de formato", "Tipo documental", "Tipo de firma",
        "Original (EE01)", "Resolución (TD01)", digest_bytes(decree()).sha256, resolution.eni_id,
        issued.eni_id, "A1B2C3D4E5F6G7H8J9K0", "el archivo electrónico único del Ayuntamiento",
    ):  # fmt: skip
        assert words in last


def test_copy_is_a_new_eni_document_of_the_issuer(issued, resolution):
    """EE02 with the original's identifier, sealed (TF06) and with its CSV (TF01), holding the PDF itself."""
    eni = read_eni(issued.eni)
    metadata = eni.document.metadata
    assert metadata.identificador == issued.eni_id != resolution.eni_id
    assert (metadata.estado_elaboracion, metadata.documento_origen) == ("EE02", resolution.eni_id)
    assert metadata.organos == ("L01990019",)
    assert [firma.tipo for firma in eni.document.firmas] == ["TF06", "TF01"]
    assert eni.document.csv == (issued.csv,)
    assert b"".join(eni.open_content() or ()) == issued.pdf


def test_seal_reaches_archival_level(issued):
    """One PAdES signature, a DSS and a document time stamp after it: B-LTA (EN 319 142-1)."""
    with pikepdf.open(io.BytesIO(issued.pdf)) as pdf:
        fields = [field.V for field in pdf.Root.AcroForm.Fields]
        assert "/DSS" in pdf.Root
    assert [str(value.SubFilter) for value in fields] == ["/ETSI.CAdES.detached", "/ETSI.RFC3161"]
    covered = [int(value.ByteRange[2]) + int(value.ByteRange[3]) for value in fields]
    assert covered[0] < covered[1] == len(issued.pdf)


def test_copy_is_archived_in_its_turn(archived, issued, resolution):
    """The copy is an object of its own, whole in the store, in the register and in the ledger."""
    with archived.home.catalog.reading() as tx:
        record = tx.object(issued.object_id)
        copy = tx.copy_by_csv(issued.csv)
        kinds = [event.kind for event in tx.events_about(issued.object_id)]
    assert record.kind is ObjectKind.COPY
    assert (copy.source_object_id, copy.pdf_path) == (resolution.object_id, issued.path)
    assert kinds[:2] == ["object.stored", "copy.issued"]
    objects = archived.home.objects("villar")
    assert b"".join(objects.read_verified(issued.object_id, issued.path)) == issued.pdf
    kept = DepositDocument.from_bytes(b"".join(objects.read_verified(issued.object_id, RECORD_PATH)))
    assert kept.object == record


def test_ledger_does_not_hold_the_code(archived, issued):
    """The CSV opens the document: the ledger, which is shown to auditors, keeps only its digest."""
    with archived.home.catalog.reading() as tx:
        events = tx.events_about(issued.object_id)
    assert all(issued.csv not in str(event.detail) for event in events)


def test_two_copies_have_two_codes(archived, resolution, issued):
    """Every copy is another document with another CSV (RD 203/2021 art. 21.2.b)."""
    again = archived.certify(resolution.object_id)
    assert again.csv != issued.csv
    assert again.object_id != issued.object_id


def test_xml_original_becomes_a_readable_sheet(archived):
    """An XML without pages is shown field by field, attributes and empty fields included."""
    record = archived.deposit(
        XML, number=20, name="Acuse de recibo", tipo="TD09", media_type="application/xml"
    )
    text = " ".join(page_texts(archived.certify(record.object_id).pdf))
    for words in ("Fecha Entrega", "2025-03-10", "La persona interesada", "@version", "Vacío"):
        assert words in text


def test_text_and_image_originals_can_be_copied(archived):
    """Plain text is set, an image stands on a page of its own."""
    note = archived.deposit(
        "Línea una\n\tLínea dos".encode(), number=21, tipo="TD99", media_type="text/plain"
    )
    assert "Línea dos" in page_texts(archived.certify(note.object_id).pdf)[0]
    png = typst.compile(b"#set page(width: 4cm, height: 2cm)\nhola", format="png", ppi=40)
    scan = archived.deposit(png, number=22, tipo="TD99", media_type="image/png")
    assert len(page_texts(archived.certify(scan.object_id).pdf)) == 2


def test_copy_of_a_citizens_document_says_its_limited_effect(archived):
    """Copies of private documents have administrative effect only (Ley 39/2015 art. 27.1)."""
    record = archived.deposit(decree(), number=23, administration=False)
    assert "únicamente efectos administrativos" in page_texts(archived.certify(record.object_id).pdf)[-1]


def test_no_copy_of_what_is_neither_original_nor_copy(archived):
    """EE99 cannot be copied authentically (RD 203/2021 art. 47.2)."""
    record = archived.deposit(decree(), number=24, estado="EE99")
    with pytest.raises(InvalidRequest, match="EE99"):
        archived.certify(record.object_id)


def test_no_automatic_copy_over_a_failed_signature(archived):
    """No machine vouches for an original whose signature is broken; its bytes can still be given."""
    path = "received/ES_L01990019_2025_DOC000000000000000000000000025.xml"
    broken = SignatureRecord(
        path, "content", "TF06", "PAdES", "B", "TOTAL_FAILED", "HASH_FAILURE", "Alguien", ""
    )
    record = archived.deposit(decree(), number=25, signatures=(broken,))
    with pytest.raises(TrustError, match="HASH_FAILURE"):
        archived.certify(record.object_id)


def test_what_paper_cannot_show_is_refused(archived):
    """A recording has no copy on paper: the message says what to give instead."""
    record = archived.deposit(b"\x00\x01binario", number=26, media_type="video/mp4")
    with pytest.raises(InvalidRequest, match="longeva get"):
        archived.certify(record.object_id)


def test_unknown_object_and_document_are_not_found(archived, resolution):
    """Absent things are said with the archive's own error."""
    with pytest.raises(NotFound):
        archived.certify("urn:longeva:villar:nada:0")
    with pytest.raises(NotFound, match="there are:"):
        archived.certify(resolution.object_id, "otro.xml")


def test_no_time_stamp_leaves_nothing_behind(archived, resolution, monkeypatch):
    """An authority that fails stops the copy before anything is stored or registered."""

    class Dead:
        name = "muerta"

        def stamp(self, imprint: bytes, algorithm: str) -> bytes:
            raise TimestampUnavailable("no")

    before = archived.home.catalog
    with before.reading() as tx:
        counted = tx.counts()
    monkeypatch.setattr(archived, "authority", _with_tsa(archived.authority, Dead()))
    with pytest.raises(TimestampUnavailable):
        archived.certify(resolution.object_id)
    with before.reading() as tx:
        assert tx.counts() == counted


def test_catalogue_that_fails_tells_nobody_a_code(archived, resolution, monkeypatch):
    """Bytes without rows are leftovers: no copy is registered when the transaction dies."""
    with archived.home.catalog.reading() as tx:
        before = len(tx.copies_of(resolution.object_id))

    def die(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("search.copy_archive.copy_event", die)
    with pytest.raises(RuntimeError, match="power cut"):
        archived.certify(resolution.object_id)
    with archived.home.catalog.reading() as tx:
        assert len(tx.copies_of(resolution.object_id)) == before


def _with_tsa(authority, tsa):
    """The same authority, stamping with another unit."""

    class Other:
        def __getattr__(self, name: str) -> object:
            return getattr(authority, name)

        def timestamp_authority(self, clock: object) -> object:
            return tsa

    return Other()


def test_choice_of_the_document(archived, resolution):
    """Without a path the first resolution is taken, outside folders first; else what is there must be named."""
    from search.source import choose

    with archived.home.catalog.reading() as tx:
        document = tx.documents(resolution.object_id)[0]
    other = replace(document, path="received/b.xml", eni_id="ES_B", tipo_documental="TD13")
    assert choose([other, document], None) is document
    assert choose([other, document], "b.xml") is other
    assert choose([other, document], "ES_B") is other
    assert choose([other], None) is other
    inside = replace(document, path="received/c.xml", folder="Ocupación")
    assert choose([inside, document], None) is document
    report = replace(other, media_type="application/xml")
    with pytest.raises(InvalidRequest, match="say which"):
        choose([report, report], None)


def test_what_the_copy_does_not_show_is_said(archived):
    """Attached files and scripts of the original are findings, and the diligencia tells of both."""
    source, out = pikepdf.open(io.BytesIO(decree())), io.BytesIO()
    source.attachments["plano.dwg"] = b"dwg"
    source.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1")
    source.save(out)
    copy = archived.certify(archived.deposit(out.getvalue(), number=30).object_id)
    codes = [found.code for found in copy.findings]
    assert codes == ["COPY-ATTACHMENTS-LEFT", "COPY-ACTIVE-CONTENT-LEFT", "COPY-SOURCE-UNSEALED"]
    diligencia = " ".join(page_texts(copy.pdf)[-1].split())
    assert "1 fichero(s) adjuntos" in diligencia
    assert "código ejecutable o acciones automáticas, que no se incorporan a esta copia" in diligencia


def test_register_of_copies_is_rebuilt_from_the_store(tmp_path):
    """The catalogue can be burned: codes are answered again from the bytes alone (ADR-0002)."""
    from archived import make_archive

    from archive.rebuild import rebuild_catalog
    from search.csv import CsvStatus, verify_csv

    archived = make_archive(tmp_path)
    copy = archived.certify(archived.deposit(decree()).object_id)
    rebuild_catalog(archived.home)
    assert verify_csv(archived.home, copy.csv).status is CsvStatus.AUTHENTIC
    archived.home.close()


def test_seal_is_validated_before_anything_is_stored(archived, issued):
    """The verdict kept of our own seal is the validator's, not a claim."""
    with archived.home.catalog.reading() as tx:
        seal, csv = tx.signatures(issued.object_id)
    assert (seal.eni_type, seal.format, seal.level, seal.indication) == (
        "TF06",
        "PAdES",
        "LTA",
        "TOTAL_PASSED",
    )
    assert (csv.eni_type, csv.indication) == ("TF01", "NOT_APPLICABLE")
    assert len(seal.report["timestamps"]) == 2
