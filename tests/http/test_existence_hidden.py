# SPDX-License-Identifier: EUPL-1.2
"""What is reserved, or was not admitted, never was: whole answers compared, byte for byte, with those of an archive without it.

Two archives, the same but that one has reserved and unadmitted documents too, are asked the same by the same people without
the right. Every byte of every answer is compared, and every header: pages, interface, exports, facets, totals,
suggestions, snippets, order, what is not found.
"""

from __future__ import annotations

import re

import pytest
from archived import make_archive
from machine_client import BASE_URL

from archive.identity import Kind, Principal, Right, Role
from archive.model import DepositState
from archive.regime import Access
from archive.web.access import AUTHENTICATORS
from archive.web.app import WebSettings, create_app
from search.api import blueprint as api
from search.classification import Series, import_scheme
from search.indexer import follow
from search.memory_index import MemoryIndex
from search.regimes import Rule, set_rule
from search.tantivy_index import TantivyIndex
from search.web.finding import INDEX
from search.web.finding_places import blueprint as finding
from search.web.pages_of_records import blueprint as records

CLERK = frozenset({Right.SEARCH, Right.READ})
WHO = {
    "clerk": Principal(Kind.ACCOUNT, "a1", "Personal", {"villar": frozenset({Role.ARCHIVIST})}, rights=CLERK),
    "clerk who sees people": Principal(
        Kind.ACCOUNT, "a2", "Personal", {"villar": frozenset({Role.ARCHIVIST})}, rights=CLERK | {Right.PEOPLE}
    ),
    "auditor": Principal(Kind.ACCOUNT, "a3", "Auditora", {"villar": frozenset({Role.AUDITOR})}),
}
ARCHIVIST = Principal(Kind.ACCOUNT, "a4", "Archivera municipal", {"villar": frozenset({Role.ARCHIVIST})})

OPEN = [
    (1, "Licencia de obra", b"licencia de obra mayor en la calle del Molino", "TD01"),
    (2, "Informe", b"informe sobre la obra y el vertido", "TD13"),
    (4, "Acta del Pleno", b"acta de la licencia, denuncia en ruegos", "TD10"),
    (5, "Licencia de poda", b"poda", "TD01"),
]
SECRET = [
    (3, "Denuncia reservada de vertidos", b"denuncia licencia licencia obra vertido unicornio", "TD99"),
    (6, "Licencia secreta", b"obra licencia secreta 12345678Z", "TD01"),
    (7, "Licencia de obra", b"licencia de obra mayor", "TD55"),
]
OUTSIDE = [
    (2, "Informe", b"informe gemelo sobre la obra, unicornio", "TD13", DepositState.WAITING),
    (8, "Licencia rechazada", b"licencia de obra 12345678Z", "TD99", DepositState.REJECTED),
]
"""Waiting under an identifier that an admitted one has, and refused."""
QUESTIONS = [
    "q=licencia", "q=licencia&orden=titulo", "q=licencia&orden=recientes", "q=licencia&orden=antiguos", "todo=1&q=",
    "q=denuncia", "q=unicornio", "q=denumcia", "q=secret*", "q=12345678Z", "q=%22licencia+secreta%22", "q=-obra",
    "q=tipo:TD99", "q=licencia&f=tipo:TD99", "q=licencia&f=tipo:TD01", "q=obra+OR+secreta", "q=2025-03",
    "q=acceso:reservado", "q=licencia&f=acceso:reservado", "q=licencia&desde=20", "q=licencia&en=otro", "q=unicorino",
]  # fmt: skip
RANDOM = {"X-Request-ID"}
"""Headers that are another for every answer."""
DEPOSIT = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|SHA-256 <code>[0-9a-f]{64}</code>")
"""Its number, and the digest of the record that names it: another for every deposit."""
API = "/api/v1/tenants/villar/search"


@pytest.fixture(scope="module", params=["tantivy", "memory"])
def both(request, tmp_path_factory):
    """The archive that never had them, and the one that has."""
    archives = []
    for secrets in ([], SECRET):
        folder = tmp_path_factory.mktemp("hidden")
        archived = make_archive(folder)
        archived.home.add_tenant("otro", "Ayuntamiento de Otro Lugar", "L01990020")
        index = TantivyIndex(folder / "own-index") if request.param == "tantivy" else MemoryIndex()
        archived.outside = []
        for number, name, content, tipo in sorted([*OPEN, *secrets]):
            kept = archived.deposit(content, number=number, name=name, tipo=tipo, media_type="text/plain")
            if number in {one[0] for one in secrets}:
                rule = Rule(Access.RESERVED, "prueba", "norma", object_id=kept.object_id)
                set_rule(archived.home, "villar", rule, agent="test")
                archived.secret = kept.object_id
            if number % 2:
                follow(archived.home, index)
        for number, name, content, tipo, state in OUTSIDE if secrets else ():
            kept = archived.deposit(
                content, number=number, name=name, tipo=tipo, media_type="text/plain", state=state
            )
            archived.outside.append(kept.object_id)
        follow(archived.home, index)
        import_scheme(archived.home, "villar", [Series("2", "Urbanismo")], agent="test")
        archives.append((archived, index))
    yield [client_of(archived.home, index) for archived, index in archives], archives
    for archived, _ in archives:
        archived.home.close()


def client_of(home, index):
    """Return a way to ask one archive as anybody."""
    asking: list[Principal] = []
    services = {INDEX: index, AUTHENTICATORS: [lambda _request: asking[-1]]}
    app = create_app(lambda: home, [finding, records, api], WebSettings(BASE_URL), services=services)

    def asked_by(who: Principal, ask):
        asking.append(who)
        return ask(app.test_client())

    return asked_by


def answers(both, who: Principal, ask) -> list[tuple[int, list[tuple[str, str]], bytes]]:
    """Return status, headers and body of what each of the two archives says."""
    told = []
    for asked_by in both[0]:
        answer = asked_by(who, ask)
        headers = [pair for pair in answer.headers if pair[0] not in RANDOM]
        told.append((answer.status_code, sorted(headers), answer.data))
    return told


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_page_and_file_is_the_same(both, who, question):
    """Hits, order, snippets, facets, totals, suggestions and exports."""
    for place in ("buscar", "buscar/csv", "buscar/jsonl", "buscar/ead"):
        never, has = answers(
            both, WHO[who], lambda client, at=place: client.get(f"/archivo/villar/{at}?{question}")
        )
        assert has == never
        assert never[0] == 200


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("path", ["cuadro", "busquedas", "buscar"])
def test_every_other_page_is_the_same(both, who, path):
    """Counts of the classification tree too."""
    never, has = answers(both, WHO[who], lambda client: client.get(f"/archivo/villar/{path}"))
    assert has == never
    assert never[0] == 200


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("asked", [
    {"q": "licencia", "facets": ["tipo", "acceso", "año"]}, {"q": "", "sort": "lugar", "limit": 2},
    {"q": "unicornio"}, {"q": "", "facets": ["persona"]}, {"q": "licencia", "filters": [["tipo", "TD99"]]},
])  # fmt: skip
def test_the_interface_says_the_same(both, who, asked):
    """Cursors and positions too."""
    never, has = answers(both, WHO[who], lambda client: client.post(API, json=asked))
    assert has == never


@pytest.mark.parametrize("who", WHO)
def test_what_is_reserved_is_not_found_as_what_never_was(both, who):
    """Its pages and its place in the interface; even by who knows its address."""
    has_them = both[1][1][0]
    for short in (one.rsplit(":", 1)[-1] for one in (has_them.secret, *has_them.outside)):
        for path in (f"/archivo/villar/expediente/{short}", f"/archivo/villar/expediente/{short}/documento/1",
                     f"/archivo/villar/buscar/documento?objeto={short}&ruta=x", f"/api/v1/tenants/villar/objects/{short}"):  # fmt: skip
            never, has = answers(both, WHO[who], lambda client, at=path: client.get(at))
            assert has == never
            assert never[0] == 404


def test_a_record_does_not_speak_of_its_unadmitted_twin(both):
    """The page of the admitted one is the same with and without another of its identifier that waits."""
    with both[1][0][0].home.catalog.reading("villar") as tx:
        (record,) = [one for one in tx.objects("villar") if one.title == "Informe"]
    address = f"/archivo/villar/expediente/{record.object_id.rsplit(':', 1)[-1]}"
    never, has = answers(both, WHO["clerk"], lambda client: client.get(address))
    pages = [DEPOSIT.sub(b"", one[2]) for one in (never, has)]
    assert pages[0] == pages[1]
    assert never[0] == 200


def test_who_has_the_right_sees_what_was_not_admitted_marked(both):
    """In the results and on the page of the record: what waits, and what was refused."""
    asked_by, has_them = both[0][1], both[1][1][0]
    for object_id, words in zip(has_them.outside, ("Pendiente de decisión", "No admitido"), strict=True):
        for path in ("buscar?todo=1&q=", f"expediente/{object_id.rsplit(':', 1)[-1]}"):
            page = asked_by(ARCHIVIST, lambda client, at=path: client.get(f"/archivo/villar/{at}"))
            assert (page.status_code, words in page.text) == (200, True)
    before = both[0][0](ARCHIVIST, lambda client: client.get("/archivo/villar/buscar?todo=1&q="))
    assert "Pendiente de decisión" not in before.text


def test_who_has_the_right_sees_a_difference(both):
    """Else the comparison would compare nothing."""
    for question in ("q=licencia", "q=unicornio", "q=tipo:TD99", "todo=1&q="):
        never, has = answers(
            both, ARCHIVIST, lambda client, at=question: client.get(f"/archivo/villar/buscar?{at}")
        )
        assert has != never
