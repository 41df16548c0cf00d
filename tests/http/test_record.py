# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
import random
import re
import zipfile
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from furnished import OTHER, TENANT, furnish, known_as, somebody

from archive.clock import SystemClock
from archive.home import Home
from archive.identity import ANONYMOUS, Role
from archive.regime import Access
from archive.web.app import WebSettings, create_app
from demo.loads import plain_package
from ingest.deposit import deposit
from preservation.installation import archive_seal
from search.holds import Hold, add_hold, end_hold
from search.regimes import Rule, close_rule, set_rule
from search.viewing.address import short_id
from search.viewing.opened import open_record
from search.web.pages_of_records import blueprint

NAMES = {
    1: "<script>alert('x')</script>",
    2: "Señalización de la cañada · Col·legi d'Arquitectes",
    3: "טופס בקשה לרישיון",
    4: "Palabra" * 60,
}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    return furnish(tmp_path_factory.mktemp("furnished"), small=2)


@pytest.fixture(scope="module")
def home(furnished):
    with Home.open(furnished.path, SystemClock()) as home:
        yield home


@pytest.fixture(scope="module")
def hostile(home, tmp_path_factory):
    """An expediente whose index gives its documents names that hurt, and names one that did not come."""
    folder = tmp_path_factory.mktemp("hostile") / "package"
    made = plain_package(folder, 5, 300, seed=4242, csv=False, kind="text")
    index = folder / made.index_name
    text = index.read_text("utf-8")
    assert "NombreNatural" not in text
    (folder / made.document_names[4]).unlink()
    gone = deposit(home, TENANT, [folder], seal=archive_seal(home))[0]
    return record_of(home, str(gone.receipt["object"]))


def client_of(home, *roles, principal=None, tenant=TENANT):
    who = principal or somebody(*roles, tenant=tenant)
    app = create_app(lambda: home, [blueprint], WebSettings("https://sede.example"), services=known_as(who))
    return app.test_client()


@pytest.fixture
def archivist(home):
    return client_of(home, Role.ARCHIVIST)


@pytest.fixture
def page(furnished):
    return f"/archivo/{TENANT}/expediente/{short_id(furnished.expediente)}"


def record_of(home, object_id, tenant=TENANT):
    with home.catalog.reading(tenant) as tx:
        return tx.object(object_id)


def number_of(home, furnished, name):
    opened = open_record(home, record_of(home, furnished.expediente))
    return next(at for at, one in enumerate(opened.documents, 1) if name in one.name)


def test_record_page_says_what_it_is(archivist, page):
    """Metadata with descriptions, the tree with its folders, the state in tags."""
    text = unescape(archivist.get(page).text)
    for said in ("Licencia urbanística de obra mayor", "Cerrado (E02)", "Acceso limitado", "24 firmas válidas",
                 "Con evidencia", "Notificaciones practicadas y sus acuses", "Expediente incluido", "00000014Z",
                 "Personas y entidades a las que afecta."):  # fmt: skip
        assert said in text, said


def test_index_signature_says_what_it_does_not_cover(archivist, page):
    """State, dates, classification and interested parties are not signed: a clerk must read that."""
    assert "La firma del índice no cubre los metadatos del expediente." in archivist.get(page).text


def test_evidence_is_a_picture_with_words(archivist, page):
    """An SVG with title and description, and the same moments as a list; no style attribute (CSP)."""
    text = archivist.get(page).text
    svg = re.search(r"<svg.*?</svg>", text, re.DOTALL)[0]
    titles = re.findall(r'<text class="proof__title"[^>]*>([^<]+)</text>', svg)
    listed = re.findall(r'<li class="proof__item[^>]*>\s*<strong>([^<]+)</strong>', text)
    assert titles == listed
    assert {"Índice firmado", "Con sello de tiempo", "Sellado con evidencia", "Hoy", "Toca renovar"} <= set(
        titles
    )
    assert "<desc" in svg
    assert "style=" not in text


def test_copies_are_listed_and_lead_to_them(archivist, page, furnished):
    """Copies issued, each with its code, and the copy says what it was made of."""
    assert furnished.copy_csv in archivist.get(page).text
    copy = f"/archivo/{TENANT}/expediente/{short_id(furnished.copy_object)}"
    text = archivist.get(copy).text
    assert "Es copia auténtica de:" in text
    assert page in text


def test_nobody_is_sent_to_say_who_he_is(home, page):
    """Without identity there is no answer about what exists, not even 404."""
    client = client_of(home, principal=ANONYMOUS)
    for path in (
        page,
        f"{page}/documento/1",
        f"{page}/fichero/1",
        f"/archivo/{TENANT}/expediente/{'0' * 32}",
    ):
        answer = client.get(path, headers={"Accept": "application/json"})
        assert answer.status_code in {302, 401}, path


@pytest.mark.parametrize("role", [Role.DEPOSITOR, Role.CITIZEN, Role.OPERATOR, Role.MAYOR])
def test_who_may_not_search_finds_nothing(home, page, role):
    """Their answer to an object that is there and to one that is not is the same, letter by letter."""
    client = client_of(home, role)
    there, absent = client.get(page), client.get(f"/archivo/{TENANT}/expediente/{'0' * 32}")
    assert there.status_code == absent.status_code == 404
    assert there.text == absent.text


@pytest.mark.parametrize("tenant", [TENANT, OTHER, "ninguno"])
@pytest.mark.parametrize("rest", ["", "/documento/1", "/documento/1/contenido", "/fichero/1", "/historia"])
def test_object_of_another_municipality_is_not_there(furnished, archivist, tenant, rest):
    """Its id under one's own municipality, its own or none answers as what is nowhere does."""
    there = archivist.get(f"/archivo/{tenant}/expediente/{short_id(furnished.others[0])}{rest}")
    absent = archivist.get(f"/archivo/{tenant}/expediente/{'0' * 32}{rest}")
    assert (there.status_code, there.text) == (404, absent.text)


def test_reserved_object_does_not_exist_for_the_auditor(home, furnished):
    """Every address of a reserved object, and of copies of it, answers the auditor as that of nothing does."""
    auditor, archivist = client_of(home, Role.AUDITOR), client_of(home, Role.ARCHIVIST)
    root = f"/archivo/{TENANT}/expediente/"
    rule = Rule(Access.RESERVED, "declared", object_id=furnished.expediente)
    paths = [root + short_id(one) for one in (furnished.expediente, furnished.copy_object)]
    assert [auditor.get(path).status_code for path in paths] == [200, 200]
    entry = set_rule(home, TENANT, rule, agent="test")
    try:
        nothing = auditor.get(f"{root}{'0' * 32}")
        for path in paths:
            for rest in ("", "/historia", "/documento/1", "?filtro=x"):
                answer = auditor.get(path + rest)
                assert (answer.status_code, answer.text) == (404, nothing.text), rest
            assert "Reservado" in archivist.get(path).text
    finally:
        close_rule(home, TENANT, entry.entry_id, agent="test")


def test_hold_is_told_to_who_describes(home, furnished, page):
    """The archivist reads why it is held and for whom; the secretary, who cannot change it, does not."""
    hold = Hold(
        "Recurso contencioso 12/2026", "Juzgado n.º 1", object_id=furnished.expediente, no_copies=True
    )
    entry, _ = add_hold(home, TENANT, hold, agent="test")
    try:
        text = client_of(home, Role.ARCHIVIST).get(page).text
        assert "Recurso contencioso 12/2026" in text
        assert "No se dan copias" in text
        assert "Recurso contencioso" not in client_of(home, Role.SECRETARY).get(page).text
    finally:
        end_hold(home, TENANT, entry.entry_id, "Sentencia firme", agent="test")


def test_auditor_sees_what_there_is_and_no_content_nor_people(home, page, furnished):
    """Neither interested parties, signers, pictures nor bytes; the history he does see."""
    auditor = client_of(home, Role.AUDITOR)
    text = auditor.get(page).text
    assert "00000014Z" not in text
    assert "PEÑALVER" not in text
    assert "que usted no puede ver" in text
    assert "Historia" in text
    number = number_of(home, furnished, "0123 de concesión")
    shown = auditor.get(f"{page}/documento/{number}").text
    assert "Su perfil permite ver qué hay, no su contenido." in shown
    assert "ALDANA" not in shown
    for rest in (f"/documento/{number}/pagina/1/1000.png", f"/documento/{number}/contenido", "/fichero/1",
                 f"/documento/{number}/medio"):  # fmt: skip
        assert auditor.get(page + rest).status_code == 404, rest
    assert auditor.post(f"{page}/exportar", data={"forma": "eni"}).status_code == 404


def test_filter_and_folders(archivist, page):
    """A filter finds without accents in every folder; a folder has its own trail; nonsense is harmless."""
    found = unescape(archivist.get(page, query_string={"filtro": "NOTIFICACION resolucion"}).text)
    assert "2 documentos con «NOTIFICACION resolucion»." in found
    assert "Todo el expediente" in archivist.get(page, query_string={"carpeta": "1"}).text
    for odd in ({"carpeta": "9.9"}, {"pagina": "-1"}, {"pagina": "9" * 50}, {"filtro": "<script>x"}):
        answer = archivist.get(page, query_string=odd)
        assert answer.status_code == 200
        assert "<script>x" not in answer.text


def test_document_that_did_not_come_is_told(archivist, hostile):
    """The index names five and four came: the fifth stands in its place, without link."""
    text = archivist.get(f"/archivo/{TENANT}/expediente/{short_id(hostile.object_id)}").text
    assert "No llegó" in text
    assert "El índice nombra 1 documento que no llegó con el expediente." in text
    assert "El archivo no ha admitido este depósito." in text


def test_names_that_hurt_are_only_text(home, archivist, hostile):
    """Scripts, middle dots, right-to-left and a name of four hundred letters: shown, never run."""
    from dataclasses import replace

    from archive.catalog.tables import documents, objects

    with home.catalog.transaction(TENANT) as tx:
        number = tx._object_number(hostile.object_id)
        for position, name in NAMES.items():
            where = (documents.c.object_no == number) & (documents.c.position == position - 1)
            tx._run(documents.update().where(where).values(name=name))
        tx._run(objects.update().where(objects.c.object_no == number).values(title=NAMES[1], version=2))
    record = replace(hostile, version=2, title=NAMES[1])
    path = f"/archivo/{TENANT}/expediente/{short_id(record.object_id)}"
    text = archivist.get(path).text
    assert "<script" not in text
    for name in NAMES.values():
        assert name in unescape(text)
    for number, name in NAMES.items():
        shown = archivist.get(f"{path}/documento/{number}")
        assert "<script" not in shown.text
        assert name in unescape(shown.text)
        with archivist.get(f"{path}/documento/{number}/contenido") as given:
            assert given.status_code == 200
            assert given.headers["Content-Disposition"].startswith("attachment;")


def test_visits_are_in_the_ledger_without_names(home, page, archivist, furnished):
    """Looking at the page and at a document leaves an event each, with numbers and no name of a file."""
    archivist.get(page)
    archivist.get(f"{page}/documento/1")
    with home.catalog.reading(TENANT) as tx:
        events = [one for one in tx.events_about(furnished.expediente) if one.kind == "object.viewed"]
    assert {(one.agent, one.detail["what"]) for one in events} >= {
        ("account:a1", "view"),
        ("account:a1", "document"),
    }
    assert all("received" not in repr(one.detail) for one in events)


def test_history_has_pages(archivist, page):
    """All of it, newest first; what is no position begins at the newest."""
    text = archivist.get(f"{page}/historia").text
    assert "Ingresó en el archivo" in text
    assert archivist.get(f"{page}/historia?antes=x").status_code == 200
    assert "No hay nada más antiguo." in archivist.get(f"{page}/historia?antes=1").text


def test_export_is_what_came(archivist, page, home, furnished):
    """The ENI export holds every received file; the kit its evidence and its verifier; others are refused."""
    with archivist.post(f"{page}/exportar", data={"forma": "eni"}) as eni:
        assert eni.headers["Content-Type"] == "application/zip"
        assert eni.content_length == len(eni.data)
        names = zipfile.ZipFile(io.BytesIO(eni.data)).namelist()
    received = [
        one
        for one in open_record(home, record_of(home, furnished.expediente)).files
        if one.path.startswith("received/")
    ]
    assert len(names) == len(received)
    with archivist.post(f"{page}/exportar", data={"forma": "kit"}) as kit:
        assert "evidence/evidence.ers" in zipfile.ZipFile(io.BytesIO(kit.data)).namelist()
    assert archivist.post(f"{page}/exportar", data={"forma": "bagit"}).status_code == 400
    assert not list(Path(home.work_folder()).glob("export-*"))


def test_empty_expediente_says_so(home, archivist, tmp_path):
    """An index without documents: a page, not an error."""
    made = plain_package(tmp_path / "empty", 0, 10, seed=909, csv=False)
    kept = deposit(home, TENANT, [made.folder], seal=archive_seal(home))[0]
    object_id = str(kept.receipt["object"])
    if not object_id:
        pytest.skip("THE CHECKS TURN AN EMPTY EXPEDIENTE AWAY: there is no page of it")
    text = archivist.get(f"/archivo/{TENANT}/expediente/{short_id(object_id)}").text
    assert "El expediente está vacío" in text


def test_no_address_breaks_a_page(archivist, page):
    """Two hundred mistyped, cut and hostile addresses and parameters: an answer to each, never an error of ours."""
    chosen = random.Random(5)
    pieces = [
        "",
        "0",
        "-1",
        "99999999999999999999",
        "ñ",
        "%00",
        "..%2f",
        "<script>",
        "1.1",
        "' OR 1=1",
        "\u202e",
        "x" * 300,
    ]
    routes = ["", "/documento/{}", "/documento/{}/pagina/{}/{}.png", "/documento/{}/contenido", "/documento/{}/medio",
              "/fichero/{}", "/historia"]  # fmt: skip
    for _ in range(200):
        rest = chosen.choice(routes).format(*(quote(chosen.choice(pieces)) for _ in range(3)))
        asked = {name: chosen.choice(pieces) for name in ("carpeta", "filtro", "pagina", "antes", "tamano")}
        with archivist.get(
            chosen.choice([page, page[:-1], page.upper()]) + rest, query_string=asked
        ) as answer:
            assert answer.status_code < 500, (rest, asked)
            assert b"<script" not in answer.data
