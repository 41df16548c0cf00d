# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import io
from html import unescape
from pathlib import Path

import pikepdf
import pytest
from archived import decree, make_archive
from furnished import known_as
from PIL import Image

from archive.identity import Kind, Principal, Role
from archive.web.app import WebSettings, create_app
from demo.expediente import build_expediente
from ingest.deposit import deposit
from preservation.installation import archive_seal, development_authority
from search.viewing.address import short_id
from search.viewing.opened import open_record
from search.viewing.picture import LARGE, PAGE, THUMBNAIL
from search.web.pages_of_records import blueprint

TENANT = "villar"
WHO = Principal(Kind.ACCOUNT, "a1", "Archivera municipal", {TENANT: frozenset({Role.ARCHIVIST})})


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    archived = make_archive(tmp_path_factory.mktemp("viewer"))
    yield archived
    archived.home.close()


@pytest.fixture(scope="module")
def licence(archived, tmp_path_factory):
    built = build_expediente(
        tmp_path_factory.mktemp("licence"), development_authority(archived.home), recording_megabytes=3
    )
    made = deposit(archived.home, TENANT, [built.zip_path], seal=archive_seal(archived.home))[0]
    with archived.home.catalog.reading(TENANT) as tx:
        return tx.object(str(made.receipt["object"]))


@pytest.fixture
def client(archived):
    app = create_app(
        lambda: archived.home, [blueprint], WebSettings("https://sede.example"), services=known_as(WHO)
    )
    return app.test_client()


def page_of(record, number=1):
    return f"/archivo/{TENANT}/expediente/{short_id(record.object_id)}/documento/{number}"


def named(archived, record, name):
    opened = open_record(archived.home, record)
    return next((at, one) for at, one in enumerate(opened.documents, 1) if name in one.name)


_numbers = iter(range(500, 900))


def shown(archived, client, content, media_type="application/octet-stream", **told):
    """Deposit a content and return its object and its page."""
    record = archived.deposit(content, number=next(_numbers), name=told.pop("name", "Documento"), tipo="TD99",
                              media_type=media_type, **told)  # fmt: skip
    return record, unescape(client.get(page_of(record)).text)


def test_pages_of_a_pdf_are_pictures(archived, client, licence):
    """The page shows one page as an image of ours, thumbnails of both, and the way to the next."""
    number, _ = named(archived, licence, "0123 de concesión")
    page = page_of(licence, number)
    text = client.get(page).text
    assert f"{page}/pagina/1/{PAGE}.png" in text
    assert f"{page}/pagina/2/{THUMBNAIL}.png" in text
    assert "<embed" not in text
    assert "<iframe" not in text
    picture = client.get(f"{page}/pagina/2/{PAGE}.png")
    assert picture.mimetype == "image/png"
    assert Image.open(io.BytesIO(picture.data)).width == PAGE
    assert picture.headers["Cache-Control"] == "no-store"
    assert f"{page}/pagina/2/{LARGE}.png" in client.get(f"{page}?pagina=2&tamano=grande").text
    assert f"{page}/pagina/2/{PAGE}.png" in client.get(f"{page}?pagina=99").text


@pytest.mark.parametrize("rest", ["/pagina/1/999.png", "/pagina/0/1000.png", "/pagina/3/1000.png",
                                  "/pagina/99999999/1000.png", "/pagina/x/1000.png", "/medio"])  # fmt: skip
def test_pictures_that_are_not_there(archived, client, licence, rest):
    """Other widths, pages and forms are 404: nobody fills a folder with a thousand sizes."""
    number, _ = named(archived, licence, "0123 de concesión")
    assert client.get(page_of(licence, number) + rest).status_code == 404


def test_recording_is_played_in_parts(archived, client, licence):
    """A player with its policy; parts are the recording's own bytes, whole it has its digest."""
    number, document = named(archived, licence, "Grabación")
    page = page_of(licence, number)
    shown = client.get(page)
    assert "<audio" in shown.text
    assert "controls" in shown.text
    assert "media-src 'self'" in shown.headers["Content-Security-Policy"]
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    with client.get(f"{page}/medio") as whole:
        assert whole.mimetype == "audio/wav"
        assert hashlib.sha256(whole.data).hexdigest() == document.content.sha256
        assert "sandbox" in whole.headers["Content-Security-Policy"]
        assert whole.headers["X-Content-Type-Options"] == "nosniff"
        data = whole.data
    with client.get(f"{page}/medio", headers={"Range": "bytes=1000000-1000099"}) as part:
        assert (part.status_code, part.data) == (206, data[1_000_000:1_000_100])
    with client.get(f"{page}/medio", headers={"Range": "bytes=-5"}) as part:
        assert part.data == data[-5:]
    with client.get(f"{page}/medio", headers={"Range": f"bytes={len(data)}-"}) as part:
        assert part.status_code == 416


def test_other_pages_may_play_nothing(archived, client, licence):
    """Only the page of a recording loosens its policy."""
    assert "media-src" not in client.get(page_of(licence, 1)).headers["Content-Security-Policy"]


def test_content_is_given_identical_in_whole_and_in_part(archived, client, licence):
    """The digest is the one recorded at the deposit; it is saved, never opened as a page."""
    number, document = named(archived, licence, "0123 de concesión")
    with client.get(f"{page_of(licence, number)}/contenido") as whole:
        assert hashlib.sha256(whole.data).hexdigest() == document.content.sha256
        assert whole.headers["Content-Disposition"].startswith("attachment")
        assert whole.mimetype == "application/octet-stream"
        data, etag = whole.data, whole.headers["ETag"]
    with client.get(f"{page_of(licence, number)}/contenido", headers={"Range": "bytes=10-19"}) as part:
        assert part.data == data[10:20]
    with client.get(f"{page_of(licence, number)}/contenido", headers={"If-None-Match": etag}) as same:
        assert same.status_code == 304


def test_signed_content_is_shown_without_and_given_with_its_signature(archived, client, licence):
    """A TF05 shows the PDF that was signed; what is saved has the recorded digest."""
    number, document = named(archived, licence, "residuos")
    assert f"/pagina/1/{PAGE}.png" in client.get(page_of(licence, number)).text
    with client.get(f"{page_of(licence, number)}/contenido") as given:
        assert hashlib.sha256(given.data).hexdigest() == document.content.sha256


def test_every_file_is_given_as_it_is_kept(archived, client, licence):
    """Each file of the object by its number, with its digest; one too many is not there."""
    opened = open_record(archived.home, licence)
    root = f"/archivo/{TENANT}/expediente/{short_id(licence.object_id)}/fichero"
    for number, file in list(enumerate(opened.files, 1))[::5]:
        with client.get(f"{root}/{number}") as given:
            assert hashlib.sha256(given.data).hexdigest() == file.digests.sha256
    assert client.get(f"{root}/{len(opened.files) + 1}").status_code == 404
    assert client.get(f"{root}/0").status_code == 404


def test_xml_is_read_with_its_names(archived, client, licence):
    """An invoice is laid out by its own names, and nothing of it is markup of ours."""
    number, _ = named(archived, licence, "Factura")
    text = client.get(page_of(licence, number)).text
    assert '<span class="xml__name">' in text
    assert "sangrados para leerlos" in text


def test_what_would_run_is_only_text(archived, client):
    """HTML and SVG of a citizen are escaped words."""
    for content in (b"<!doctype html><html><body><script>alert(1)</script></body></html>",
                    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"):  # fmt: skip
        record = archived.deposit(
            content, number=next(_numbers), name="Página", tipo="TD99", media_type="text/html"
        )
        raw = client.get(page_of(record)).text
        assert "<script" not in raw
        assert "alert(1)" in raw
        assert "onload='" not in raw
        with client.get(f"{page_of(record)}/contenido") as given:
            assert given.mimetype == "application/octet-stream"
            assert given.headers["Content-Disposition"].startswith("attachment")


def test_old_text_keeps_its_letters(archived, client):
    """Windows-1252 without a word about it."""
    _, text = shown(archived, client, "Señalización de la cañada".encode("cp1252"), "text/plain")
    assert "Señalización de la cañada" in text


def test_image_is_drawn_anew(archived, client):
    """A photograph becomes a PNG of ours: nothing hidden in it travels."""
    out = io.BytesIO()
    Image.new("RGB", (2000, 1000), "green").save(out, "JPEG", comment=b"<script>secreto</script>")
    record, text = shown(archived, client, out.getvalue(), "image/jpeg")
    assert f"/pagina/1/{PAGE}.png" in text
    picture = client.get(f"{page_of(record)}/pagina/1/{PAGE}.png")
    assert b"secreto" not in picture.data
    assert Image.open(io.BytesIO(picture.data)).size == (1000, 500)


def locked_pdf():
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(decree())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user="secreto", owner="x"))
    return out.getvalue()


@pytest.mark.parametrize(("content", "said"), [
    (locked_pdf(), "protegido con contraseña"),
    (decree()[:3000], "no puede abrirse"),
    (b"PK\x03\x04" + b"\0" * 100, "Este formato no puede verse aquí"),
    (b"\x00\x01\x02\x03" * 50, "Este formato no puede verse aquí"),
])  # fmt: skip
def test_what_cannot_be_shown_is_said_and_can_be_saved(archived, client, content, said):
    """A password, a broken PDF, an office file, unknown bytes: plain words, and the download."""
    record, text = shown(archived, client, content, "application/pdf")
    assert said in text
    assert "Descargar el contenido" in text
    with client.get(f"{page_of(record)}/contenido") as given:
        assert given.data == content


def test_empty_document_says_so(archived, client):
    """Zero bytes are a document too."""
    record, text = shown(archived, client, b"", "text/plain")
    assert "El documento está vacío." in text
    with client.get(f"{page_of(record)}/contenido") as given:
        assert (given.status_code, given.data) == (200, b"")


def test_damaged_document_is_neither_shown_nor_given(archived, client):
    """One flipped byte: plain words, what happens next, no picture, no byte; the page itself answers."""
    record = archived.deposit(decree() + b"% otro", number=next(_numbers), name="Dañado")
    objects = archived.home.objects(TENANT)
    path = next(
        one for one in objects.inventory(record.object_id).version().state if one.startswith("received/")
    )
    file = Path(archived.home.path) / "store" / objects.locate(record.object_id, path)
    data = bytearray(file.read_bytes())
    at = data.index(b"JVBER") + 400
    data[at] = data[at] ^ 1 if chr(data[at] ^ 1).isalnum() else ord("A")
    file.chmod(0o644)
    file.write_bytes(bytes(data))
    page = client.get(page_of(record))
    assert page.status_code == 200
    assert "no coincide con lo que ingresó" in page.text
    assert "La auditoría lo señala" in page.text
    assert "Descargar el contenido" not in page.text
    for rest in (f"/pagina/1/{PAGE}.png", "/contenido"):
        answer = client.get(page_of(record) + rest)
        assert answer.status_code == 500, rest
        assert b"PNG" not in answer.data
        assert b"%PDF" not in answer.data


def test_signatures_of_a_document_say_what_they_prove(archived, client, licence):
    """Two signers, each with verdict and dates, and the code of the platform of origin."""
    number, _ = named(archived, licence, "0123 de concesión")
    text = client.get(page_of(licence, number)).text
    assert text.count('<article class="signature') == 3
    for said in ("La firma es válida", "Fecha probada", "Qué cubre", "Se comprueba en la sede de origen"):
        assert said in text, said


def test_documents_lead_to_each_other_and_to_a_copy(archived, client, licence):
    """The one before, the one after, the expediente, and where a certified copy is asked for."""
    text = unescape(client.get(page_of(licence, 2)).text)
    assert page_of(licence, 1) in text
    assert page_of(licence, 3) in text
    assert f"/solicitar?archivo={TENANT}&referencia=ES_" in text
    assert client.get(page_of(licence, 25)).status_code == 404
    assert client.get(page_of(licence, 0)).status_code == 404
