# SPDX-License-Identifier: EUPL-1.2
"""Requests for copies and certificaciones on the pages, by everybody who may and everybody who may not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from archived import BASE_URL, decree, make_archive
from copy_askers import ARCHIVIST, CITIZEN, COLLEAGUE, FRIDAY, enable

from archive.identity import ANONYMOUS, Kind, Principal, Role
from archive.identity.accounts import Account, Accounts
from archive.regime import Access
from archive.web.access import AUTHENTICATORS
from archive.web.app import WebSettings, create_app
from search.regimes import Rule, set_rule
from search.requests.entry import ask
from search.requests.model import State
from search.requests.register import listed, read
from search.web.copy_pages import BLUEPRINTS

TENANT = "villar"
HOME = f"/archivo/{TENANT}"


def somebody(name: str, *roles: Role, tenant: str = TENANT) -> Principal:
    """Somebody with roles in a municipality."""
    return Principal(Kind.ACCOUNT, name, name.title(), {tenant: frozenset(roles)}, assurance="totp")


CITIZEN_WHO = Principal(Kind.FEDERATED, "cit-1", "Persona interesada", {TENANT: frozenset({Role.CITIZEN})},
                        nif="00000000T")  # fmt: skip
PEOPLE = {
    "nobody": ANONYMOUS,
    "archivist": ARCHIVIST,
    "secretary": somebody("secretary", Role.SECRETARY),
    "mayor": somebody("mayor", Role.MAYOR),
    "operator": somebody("operator", Role.OPERATOR),
    "auditor": somebody("auditor", Role.AUDITOR),
    "depositor": somebody("depositor", Role.DEPOSITOR),
    "citizen": CITIZEN_WHO,
    "stranger": somebody("stranger", Role.ARCHIVIST, tenant="otro"),
}


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    """A municipality with habilitados, and another one."""
    archived = make_archive(tmp_path_factory.mktemp("copias"), FRIDAY)
    archived.home.add_tenant("otro", "Ayuntamiento de Otro Lugar", "L01990020")
    (archived.home.path / "authority").symlink_to(archived.home.path.parent / "authority")
    enable(archived, ARCHIVIST, COLLEAGUE)
    yield archived
    archived.home.close()


@pytest.fixture(scope="module")
def app(archived):
    """The application; who asks is said by a header that only tests send."""

    def told(request):
        return PEOPLE[request.headers.get("X-Who", "nobody")]

    return create_app(
        lambda: archived.home, BLUEPRINTS, WebSettings(BASE_URL), services={AUTHENTICATORS: [told]}
    )


@pytest.fixture
def as_(app):
    """A visitor by name."""

    def visitor(name: str):
        client = app.test_client()
        client.environ_base["HTTP_X_WHO"] = name
        return client

    return visitor


@pytest.fixture(scope="module")
def record(archived):
    """A resolution of two pages."""
    return archived.deposit(decree(), number=1)


@pytest.fixture
def asked(archived, record):
    """A citizen's request for it."""
    return ask(archived.home, TENANT, CITIZEN, record.eni_id, agent="account:cit-1")


def now(archived, request):
    """The request as the register has it."""
    return read(archived.home, TENANT, request.request_id)


MATRIX = {
    "/copias": {"archivist"},
    "/copias/resueltas": {"archivist"},
    "/copias/{request}": {"archivist"},
    "/copias/{request}/parcial": {"archivist"},
    "/copias/{request}/pagina/1.png": {"archivist"},
    "/habilitados": {"archivist", "secretary", "operator", "auditor"},
    "/regimenes": {"archivist"},
    "/retenciones": {"archivist"},
    "/certificaciones": {"archivist", "secretary", "mayor"},
}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("page", MATRIX)
def test_each_page_is_there_for_those_who_may_alone(as_, asked, page, who):
    """Others get the words of what is not there; nobody is asked to say who he is."""
    answer = as_(who).get(HOME + page.format(request=asked.request_id))
    if who == "nobody":
        assert answer.status_code in {302, 303, 401}
    else:
        assert answer.status_code == (200 if who in MATRIX[page] else 404)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("/copias/{request}/denegar", {"archivist"}),
        ("/copias/festivos", {"archivist"}),
        ("/habilitados/alta", {"secretary", "operator"}),
        ("/regimenes/fijar", {"archivist"}),
        ("/retenciones/poner", {"archivist"}),
        ("/certificaciones", {"archivist", "secretary"}),
    ],
)
def test_each_act_is_there_for_those_who_may_alone(as_, archived, asked, address, may, who):
    """An archivist does not enable himself; an empty form changes nothing for anybody."""
    answer = as_(who).post(HOME + address.format(request=asked.request_id), data={"version": "99"})
    expected = {400, 409} if who in may else {302, 303, 401} if who == "nobody" else {404}
    assert answer.status_code in expected
    assert now(archived, asked).state is State.REQUESTED


def test_stranger_s_request_is_as_absent_as_none(as_, asked):
    """In every address of his own municipality the words are the same."""
    texts = {
        as_("stranger").get(f"/archivo/otro/copias/{ident}").text
        for ident in (asked.request_id, "0192f0c1-0000-7000-8000-000000000000")
    }
    assert len(texts) == 1


def test_citizen_asks_and_follows(as_, archived, record):
    """From the form to the list to the page, with the term; nobody else sees it."""
    client = as_("citizen")
    assert 'name="referencia"' in client.get("/solicitar").text
    sent = client.post(
        "/solicitar", data={"archivo": TENANT, "referencia": record.eni_id, "motivo": "herencia"}
    )
    assert sent.status_code == 303
    page = client.get(sent.location).text
    assert "Pendiente" in page
    assert "14 de diciembre de 2026" in page
    assert "COP-2026-" in client.get("/mis-solicitudes").text
    for other in ("archivist", "depositor", "stranger"):
        assert as_(other).get(sent.location).status_code == 404


def test_document_that_is_reserved_and_none_give_the_same_page(as_, archived):
    """But for number and reference, the bytes are the same (RD 1708/2011 art. 29.3)."""
    secret = archived.deposit(decree(), number=50)
    set_rule(archived.home, TENANT, Rule(Access.RESERVED, "menores", object_id=secret.object_id), agent="t")
    pages = []
    for reference in (secret.eni_id, secret.eni_id.replace("50", "99")):
        client = as_("citizen")
        sent = client.post("/solicitar", data={"archivo": TENANT, "referencia": reference})
        text = client.get(sent.location).text.replace(reference, "R")
        pages.append(re.sub(r"COP-2026-\d+|[0-9a-f]{8}-[0-9a-f-]{27}", "N", text))
    assert pages[0] == pages[1]


def test_municipality_that_is_not_one_s_own_is_not_there(as_):
    """Neither is one that does not exist."""
    for tenant in ("otro", "nadie", ""):
        answer = as_("citizen").post("/solicitar", data={"archivo": tenant, "referencia": "x"})
        assert answer.status_code == 404


@pytest.mark.parametrize("reference", ["", "x" * 400])
def test_form_says_what_is_wrong(as_, reference):
    """In words, with what was written still there."""
    answer = as_("citizen").post(
        "/solicitar", data={"archivo": TENANT, "referencia": reference, "motivo": "m1"}
    )
    assert answer.status_code == 422
    assert "Hay algo que corregir" in answer.text
    assert "m1" in answer.text


def test_archivist_issues_and_the_citizen_takes_it(as_, archived, asked):
    """One button; the copy is a PDF for the one who asked, and that he saw it is noted."""
    address = f"{HOME}/copias/{asked.request_id}"
    done = as_("archivist").post(
        f"{address}/expedir", data={"version": asked.version, "texto": "Aquí la tiene"}
    )
    assert done.status_code == 303
    mine = as_("citizen")
    assert "Aquí la tiene" in mine.get(f"/mis-solicitudes/{asked.request_id}").text
    assert mine.get(f"/mis-solicitudes/{asked.request_id}/copia.pdf").data.startswith(b"%PDF-")
    assert now(archived, asked).read_at is not None
    assert as_("depositor").get(f"/mis-solicitudes/{asked.request_id}/copia.pdf").status_code == 404
    sheet = as_("archivist").get(f"{address}/entrega").text
    assert now(archived, asked).outcome.csv in sheet
    assert as_("archivist").get(f"{address}/codigo.svg").mimetype == "image/svg+xml"


def test_second_archivist_is_told_on_his_page(as_, archived, asked):
    """He has the old page open: words, and the first resolution stands."""
    address = f"{HOME}/copias/{asked.request_id}"
    refused = {"version": asked.version, "motivo": "15.1", "texto": "Datos de salud de terceros"}
    assert as_("archivist").post(f"{address}/denegar", data=refused).status_code == 303
    late = as_("archivist").post(f"{address}/expedir", data={"version": asked.version})
    assert late.status_code == 409
    assert "Alguien ha cambiado la solicitud" in late.text
    assert now(archived, asked).state is State.REFUSED
    assert asked.number not in as_("archivist").get(f"{HOME}/copias").text
    assert asked.number in as_("archivist").get(f"{HOME}/copias/resueltas").text
    page = as_("citizen").get(f"/mis-solicitudes/{asked.request_id}").text
    assert "Datos de salud de terceros" in page
    assert "recurso potestativo de reposición" in page


def test_part_is_chosen_seen_and_issued(as_, archived, asked):
    """Without a script: preview shows the zone, the copy lacks it; nonsense is told and keeps what was written."""
    address, client = f"{HOME}/copias/{asked.request_id}", as_("archivist")
    form = {"version": asked.version, "zonas-1": "10 20 80 12", "suprimir": "2", "motivo": "15.1"}
    seen = client.post(f"{address}/parcial", data={**form, "ver": "1"})
    assert "zonas=10" in seen.text
    assert client.get(f"{address}/pagina/1.png?zonas=10+20+80+12").data.startswith(b"\x89PNG")
    wrong = client.post(f"{address}/parcial", data={**form, "zonas-1": "diez veinte", "expedir": "1"})
    assert wrong.status_code == 400
    assert "diez veinte" in wrong.text
    assert client.post(f"{address}/parcial", data={**form, "suprimir": "9" * 5000}).status_code == 200
    assert client.post(f"{address}/parcial", data={**form, "motivo": "", "expedir": "1"}).status_code == 400
    assert client.post(f"{address}/parcial", data={**form, "expedir": "1"}).status_code == 303
    assert now(archived, asked).state is State.PARTIALLY_ISSUED
    assert client.get(f"{address}/pagina/9.png").status_code == 404


def test_citizen_answers_what_was_asked(as_, archived, asked):
    """The archivist asks, the clock stands still, the citizen answers, it goes on."""
    address = f"{HOME}/copias/{asked.request_id}"
    as_("archivist").post(
        f"{address}/requerir", data={"version": asked.version, "texto": "Acredite su poder"}
    )
    mine = as_("citizen")
    assert "Acredite su poder" in mine.get(f"/mis-solicitudes/{asked.request_id}").text
    assert mine.post(f"/mis-solicitudes/{asked.request_id}/responder", data={"texto": ""}).status_code == 400
    assert (
        mine.post(f"/mis-solicitudes/{asked.request_id}/responder", data={"texto": "Va"}).status_code == 303
    )
    assert now(archived, asked).state is State.REQUESTED
    assert mine.post(f"/mis-solicitudes/{asked.request_id}/retirar").status_code == 303
    assert mine.post(f"/mis-solicitudes/{asked.request_id}/retirar").status_code == 409
    assert now(archived, asked).state is State.WITHDRAWN


def test_late_requests_are_told_on_top(as_, archived, asked):
    """With the clock moved past the term the queue says so."""
    before = archived.clock.instant
    archived.clock.instant += timedelta(days=30)
    try:
        page = as_("archivist").get(f"{HOME}/copias").text
    finally:
        archived.clock.instant = before
    assert "fuera de plazo" in page
    assert "Fuera de plazo" in page


def test_hostile_words_stay_words(as_, archived):
    """Reference, purpose and answers are text on every page."""
    hostile = "<script>alert(1)</script>"
    client = as_("citizen")
    sent = client.post("/solicitar", data={"archivo": TENANT, "referencia": hostile, "motivo": hostile})
    ident = sent.location.rsplit("/", 1)[-1]
    for who, page in (
        ("citizen", sent.location),
        ("archivist", f"{HOME}/copias/{ident}"),
        ("archivist", f"{HOME}/copias"),
    ):
        assert hostile not in as_(who).get(page).text


def test_registers_are_changed_on_their_pages(as_, archived, record):
    """A rule, a hold, an official and a resolution, each entered and ended."""
    archivist, secretary = as_("archivist"), as_("secretary")
    rule = {"acceso": "libre", "causa": "Tablón", "serie": "7.7"}
    assert archivist.post(f"{HOME}/regimenes/fijar", data=rule).status_code == 303
    assert "7.7" in archivist.get(f"{HOME}/regimenes").text
    hold = {"objeto": record.eni_id, "motivo": "Recurso 1", "autoridad": "Juzgado"}
    assert archivist.post(f"{HOME}/retenciones/poner", data=hold).status_code == 303
    entry = re.search(r'name="entrada" value="([^"]+)"', archivist.get(f"{HOME}/retenciones").text)[1]
    ended = archivist.post(f"{HOME}/retenciones/levantar", data={"entrada": entry, "razon": "Sentencia"})
    assert ended.status_code == 303
    new = Account("", "Técnica", "tecnica", TENANT, {TENANT: frozenset({Role.ARCHIVIST})})
    accounts = Accounts(archived.home)
    ident = accounts.add(new, "cli").account_id
    accounts.add(Account("", "Oficina", "oficina", TENANT, {TENANT: frozenset({Role.DEPOSITOR})}), "cli")
    choices = secretary.get(f"{HOME}/habilitados").text
    assert f'<option value="{ident}">Técnica (tecnica)</option>' in choices
    assert "(oficina)" not in choices
    person = {"cuenta": ident, "nombre": "Nueva", "cargo": "la Técnica", "resolucion": "Decreto 9/2026"}
    for useless in ("acc-77", "oficina", ""):
        wrong = person | {"cuenta": useless}
        assert secretary.post(f"{HOME}/habilitados/alta", data=wrong).status_code == 400
    assert secretary.post(f"{HOME}/habilitados/alta", data=person).status_code == 303
    assert secretary.post(f"{HOME}/habilitados/alta", data=person).status_code == 409
    act = {"organo": "Alcaldía", "referencia": "Decreto 50/2026", "fecha": "2026-01-02", "serie": "0.0"}
    assert secretary.post(f"{HOME}/habilitados/resolucion", data=act).status_code == 303
    page = secretary.get(f"{HOME}/habilitados").text
    assert "la Técnica" in page
    assert "Decreto 50/2026" in page


def test_certification_goes_from_draft_to_document(as_, archived, record):
    """The archivist drafts, the Secretary issues, the Mayor approves; nobody does another's act."""
    drafted = as_("archivist").post(
        f"{HOME}/certificaciones", data={"referencia": record.eni_id, "texto": "Que consta."}
    )
    address = drafted.location
    for who in ("archivist", "mayor"):
        assert as_(who).post(f"{address}/expedir", data={"version": 1, "cargo": "x"}).status_code == 404
    assert as_("mayor").get(f"{address}/documento.pdf").data.startswith(b"%PDF-")
    assert as_("secretary").post(f"{address}/expedir", data={"version": 1, "cargo": ""}).status_code == 400
    assert as_("secretary").post(f"{address}/expedir", data={"version": 1, "cargo": "S"}).status_code == 303
    for who in ("archivist", "secretary"):
        assert as_(who).post(f"{address}/aprobar", data={"version": 2, "cargo": "x"}).status_code == 404
    assert as_("mayor").post(f"{address}/aprobar", data={"version": 1, "cargo": "A"}).status_code == 409
    assert as_("mayor").post(f"{address}/aprobar", data={"version": 2, "cargo": "A"}).status_code == 303
    assert "Código seguro de verificación" in as_("secretary").get(address).text
    assert as_("citizen").get(address).status_code == 404


def test_nobody_s_request_is_anybody_s(as_, archived, record):
    """A principal without id owns nothing: an empty id fits no request."""
    empty = replace(CITIZEN, principal_id="")
    ask(archived.home, TENANT, empty, record.eni_id, agent="t")
    PEOPLE["unnamed"] = Principal(Kind.ACCOUNT, "", "x", {TENANT: frozenset({Role.CITIZEN})})
    last = listed(archived.home, TENANT)[-1]
    assert as_("unnamed").get(f"/mis-solicitudes/{last.request_id}").status_code == 404
    del PEOPLE["unnamed"]
