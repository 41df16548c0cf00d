# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import pytest
from archived import make_archive

from archive.clock import FixedClock
from archive.digests import digest_bytes
from archive.eni.document import DocumentMetadata
from archive.eni.write import BinaryContent, FileReference, NewFirma, XmlContent, document_xml
from archive.errors import IndexUnavailable
from archive.home import Home
from archive.model import (
    DepositState,
    DocumentRecord,
    FileRole,
    ObjectKind,
    ObjectRecord,
    SignatureRecord,
    StoredFile,
)
from archive.objects import NewVersion
from ingest.decision import settle
from search.find import search as find
from search.indexer import behind, follow, keep_up, rebuild
from search.memory_index import MemoryIndex
from search.sight import WHOLE, Sight
from search.tantivy_index import TantivyIndex

search = partial(find, sight=WHOLE)
"""Asked by who may see all."""

EXPEDIENTE = "ES_L01990019_2025_EXP_LIC42"
OBJECT = f"urn:longeva:villa:{EXPEDIENTE}"


def eni(number: int, content) -> bytes:
    """Return an ENI document XML."""
    metadata = DocumentMetadata(
        f"ES_L01990019_2025_{number:030d}", ("L01990019",), "2025-03-14T10:00:00+01:00", True, "EE01", "TD01"
    )
    return document_xml(metadata, content, [NewFirma("TF01", csv="AB12-CD34", regulation="BOP")])


def contents() -> dict[str, tuple[bytes, bytes | None]]:
    """Return the files of the expediente: path, bytes, decoded content if it has one of its own."""
    text = "La señora Alcaldesa RESUELVE conceder la licencia de demolición.".encode()
    page = "<html><body>Anuncio del tablón municipal</body></html>".encode()
    form = "<f:solicitud xmlns:f='urn:f'><f:asunto>Poda de árboles</f:asunto></f:solicitud>".encode()
    picture = b"\x89PNG\r\n\x1a\n\0\0\0\r"
    return {
        "received/1.xml": (eni(1, BinaryContent(text, "TXT")), text),
        "received/2.xml": (eni(2, BinaryContent(page, "HTML")), page),
        "received/3.xml": (eni(3, XmlContent(form)), None),
        "received/4.xml": (eni(4, BinaryContent(picture, "PNG")), picture),
        "received/5.xml": (eni(5, FileReference("#NADA", "PDF")), None),
    }


def keep(home: Home, tenant: str = "villa", object_id: str = OBJECT, kind=ObjectKind.EXPEDIENTE) -> str:
    """Store the expediente as a deposit would."""
    objects = home.objects(tenant)
    staged = {path: objects.stage(object_id, path, (body,)) for path, (body, _) in contents().items()}
    objects.commit([NewVersion(object_id, staged, "test", "test", home.clock.now())])
    record = ObjectRecord(
        object_id, tenant, kind, EXPEDIENTE, "Derribo de la casa de la Peña", 1,
        digest_bytes(object_id.encode()).sha256, home.clock.now(),
        {"estado": "E03", "organos": ["L01990019"], "clasificacion": "SIA_012345", "interesados": ["12345678Z"],
         "fecha_apertura": "2024-11-02", "adicionales": {"eEMGDE.Asunto": "vivienda ruinosa"}},
    )  # fmt: skip
    files = [StoredFile(path, FileRole.DOCUMENT, digests) for path, digests in staged.items()]
    documents = [
        DocumentRecord(
            f"ES_L01990019_2025_{number:030d}", path, f"Documento {number}", "TD01", "EE01", ("L01990019",),
            "2025-03-14T10:00:00+01:00", True, "", "text/plain", digest_bytes(body) if body is not None else None,
            csv=("AB12-CD34",),
        )
        for number, (path, (_, body)) in enumerate(contents().items(), 1)
    ]  # fmt: skip
    signatures = [
        SignatureRecord("received/1.xml", f"firmas/firma[{n}]", "TF03", "XAdES", "B", indication, "", "", "")
        for n, indication in enumerate(["TOTAL_PASSED", "INDETERMINATE"], 1)
    ]
    with home.catalog.transaction() as tx:
        tx.add_object(record, files, documents, signatures)
        home.ledger.append(tx, tenant, "object.stored", object_id, "test", {})
    return object_id


@pytest.fixture
def home(tmp_path):
    """A home with one expediente."""
    clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    with Home.create(tmp_path / "home", clock) as made:
        made.add_tenant("villa", "Ayuntamiento de Villaejemplo", "L01990019")
        made.add_tenant("otra", "Ayuntamiento de Otra", "L01990020")
        keep(made)
        yield made


@pytest.fixture
def index(home):
    """The index of the home, brought up to date."""
    made = TantivyIndex(home.path / "index")
    follow(home, made)
    return made


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("demolicion", ["received/1.xml"]),
        ("tablon", ["received/2.xml"]),
        ("poda arbol", ["received/3.xml"]),
        ("derribo", [""]),
        ("viviendas", [""]),
        ("nif:12345678Z", [""]),
        ("año:2024", [""]),
        ("firma:indeterminate", ["received/1.xml"]),
        ("firma:unsigned clase:documento", [f"received/{n}.xml" for n in (2, 3, 4, 5)]),
        ("texto:none", ["received/4.xml", "received/5.xml"]),
        ("serie:sia_012345", ["", *(f"received/{n}.xml" for n in range(1, 6))]),
        ("csv:AB12CD34", [f"received/{n}.xml" for n in range(1, 6)]),
    ],
)
def test_what_was_stored_is_found(index, text, paths):
    """The expediente by its metadata, each document by its content, wherever ENI puts it."""
    assert sorted(hit.path for hit in search(index, text, "villa").hits) == paths


def test_no_text_has_its_reason(index):
    """A picture and a content that did not come say why they have no words."""
    reasons = {hit.path: hit.extraction_reason for hit in search(index, "texto:none", "villa").hits}
    assert reasons == {"received/4.xml": "unsupported", "received/5.xml": "absent"}


def test_following_again_does_nothing(home, index):
    """An index that is up to date is not written."""
    before = (index.mark(), index.keys())
    assert follow(home, index) == 0
    assert behind(home, index) == 0
    assert (index.mark(), index.keys()) == before


def test_it_can_follow_in_steps(home):
    """A limit stops after so many events; the rest comes later, and nothing is lost."""
    index = MemoryIndex()
    total = behind(home, index)
    steps = 0
    while follow(home, index, limit=1):
        steps += 1
        assert behind(home, index) == total - steps
    assert steps == total
    assert len(index.keys()) == 6


def test_progress_is_told(home):
    """The number of events followed so far, up to all of them."""
    told: list[int] = []
    assert follow(home, MemoryIndex(), on_progress=told.append) == told[-1]


@pytest.mark.parametrize("make", [MemoryIndex, lambda: TantivyIndex(Path(mkdtemp()))])
def test_what_waits_is_found_by_all_once_it_is_admitted(tmp_path, make):
    """Until the decision only who may see what is reserved finds it; after a refusal, for ever."""
    archived, index = make_archive(tmp_path), make()
    home, seen = archived.home, Sight(content=True)
    waiting = [
        archived.deposit(b"poda", number=number, media_type="text/plain", state=DepositState.WAITING)
        for number in (1, 2)
    ]
    follow(home, index)
    assert find(index, "poda", "villar", sight=seen).total == 0
    found = search(index, "poda", "villar", facets=["acceso"]).to_json()
    assert found["facets"] == {"acceso": {"reservado": 2}}
    for record, admit in zip(waiting, (True, False), strict=True):
        with home.catalog.reading("villar") as tx:
            deposit = tx.deposit_by_digest("villar", record.package_digest)
        settle(home, deposit.deposit_id, admit=admit, reason="prueba", seal=None)
    assert follow(home, index)
    hits = find(index, "poda", "villar", sight=seen).hits
    assert [(hit.object_id, hit.acceso) for hit in hits] == [(waiting[0].object_id, "limitado")]
    assert search(index, "poda", "villar").total == 2
    home.close()


def test_a_disposed_object_goes(home, index):
    """It is found no more, also after a rebuild from the first event."""
    with home.catalog.transaction() as tx:
        home.ledger.append(tx, "villa", "object.disposed", OBJECT, "test", {})
    assert follow(home, index) == 1
    assert index.keys() == []
    rebuild(home, home.path / "index")
    assert index.keys() == []


def test_a_damaged_file_is_indexed_with_its_reason(home):
    """Bit rot does not stop the index; it is written down with the document."""
    key = home.objects("villa").locate(OBJECT, "received/2.xml")
    path = home.path / "store" / key
    data = path.read_bytes()
    at = data.index(b"<", data.index(b"ValorBinario>")) - 20
    path.chmod(0o600)
    path.write_bytes(data[:at] + (b"B" if data[at : at + 1] == b"A" else b"A") + data[at + 1 :])
    index = MemoryIndex()
    follow(home, index)
    (hit,) = search(index, "texto:none ruta:received/2.xml", "villa").hits
    assert hit.extraction_reason in {"damaged", "malformed"}
    assert len(index.keys()) == 6


def test_an_object_missing_from_the_catalogue_is_said(home, caplog):
    """The ledger speaks of it, the catalogue does not: the log says so, and the index goes on."""
    with home.catalog.transaction() as tx:
        home.ledger.append(tx, "villa", "object.stored", "urn:longeva:villa:nada", "test", {})
    index = MemoryIndex()
    follow(home, index)
    said = [record.object for record in caplog.records if record.msg == "index.object_unknown"]
    assert said == ["urn:longeva:villa:nada"]
    assert behind(home, index) == 0


def test_another_ledger_is_noticed(home, index):
    """A catalogue restored from an older copy cannot be followed in silence."""
    mark = index.mark()
    for wrong in (replace(mark, digest="0" * 64), replace(mark, position=mark.position + 5)):
        with index.writing() as writer:
            writer.commit(wrong.position, wrong.digest)
        with pytest.raises(IndexUnavailable, match="longeva rebuild"):
            follow(home, index)
    rebuild(home, home.path / "index")
    assert (follow(home, index), index.mark()) == (0, mark)


def test_a_question_does_not_wait_for_a_rebuild(home):
    """While another process writes the index, it says how far behind it is and answers what it has."""
    index = TantivyIndex(home.path / "index", wait_seconds=0.05)
    events = behind(home, index)
    with TantivyIndex(home.path / "index").writing():
        assert keep_up(home, index) == events
        assert search(index, "", "villa").total == 0
    assert keep_up(home, index) == 0
    assert search(index, "", "villa").total == 6


def test_a_loose_document_is_one_thing(home):
    """A loose document or a copy is not found twice, once as object and once as document."""
    keep(home, "otra", "urn:longeva:otra:suelto", ObjectKind.COPY)
    index = MemoryIndex()
    follow(home, index)
    result = search(index, "", "otra", facets=["clase"])
    assert {hit.path for hit in result.hits} == set(contents())
    assert result.to_json()["facets"] == {"clase": {"copia": 5}}
