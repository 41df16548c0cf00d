# SPDX-License-Identifier: EUPL-1.2
"""The pages, asked by somebody who means harm."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from flask import Request
from flask.testing import FlaskClient

from archive.identity import Kind, Principal, Role
from archive.web.access import AUTHENTICATORS
from archive.web.app import WebSettings, create_app
from search.indexer import follow
from search.tantivy_index import TantivyIndex
from search.web.finding import INDEX
from search.web.finding_places import blueprint
from search.web.start import blueprint as start
from search.web.verification import blueprint as verification
from tests.support.archived import BASE_URL, make_archive

HOSTILE = '"><script>alert(1)</script>\u202e'
QUERIES = (
    "tenant:villar", "tenant_id:villar", "archivo:villar licencia", "*", "*:*", "/.*/", "licencia OR *", '"', "(((",
    "NOT licencia", "-", "tipo:", "[a TO z]", "año:99999999999999999999", "fecha:2025-13-45", "\x00", "\ud800",
    "a" * 100_000, "(" * 5_000 + "a" + ")" * 5_000, "a~100", '"' + "licencia " * 400 + '"',
)  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[FlaskClient]:
    """Two municipalities, the other one empty, behind a real index."""
    folder = tmp_path_factory.mktemp("pages")
    archived = make_archive(folder)
    archived.home.add_tenant("otro", "Ayuntamiento de Otro Lugar", "L01990020")
    archived.deposit(b"licencia </mark><script>alert(1)</script>", name=HOSTILE, media_type="text/plain")
    index = TantivyIndex(folder / "index")
    follow(archived.home, index)
    everywhere = {tenant: frozenset({Role.ARCHIVIST}) for tenant in ("villar", "otro")}
    known = {"villar": everywhere, "otro": {"otro": everywhere["otro"]}}

    def who(request: Request) -> Principal | None:
        """Believe a header, as no installation does."""
        roles = known.get(request.headers.get("X-Of", ""))
        return Principal(Kind.ACCOUNT, "a1", "Persona de prueba", roles) if roles else None

    services = {INDEX: index, AUTHENTICATORS: [who]}
    pages = [start, verification, blueprint]
    yield create_app(lambda: archived.home, pages, WebSettings(BASE_URL), services=services).test_client()
    archived.home.close()


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_no_question_reaches_another_municipality(client, query):
    """Whatever is asked of one archive is answered soon, without an error of ours, from that archive alone."""
    start = time.monotonic()
    asked = {"q": query.encode("utf-8", "surrogatepass")}
    answer = client.get("/archivo/otro/buscar", query_string=asked, headers={"X-Of": "otro"})
    assert answer.status_code in {200, 400}
    assert "alert(1)" not in answer.text
    assert "/archivo/villar" not in answer.text
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("chosen", ["tipo:TD01", "tipo:) OR (", 'clase:"', "tenant:villar", "año:*"])
def test_no_filter_reaches_another_municipality(client, chosen):
    """A filter narrows what one municipality has, whatever its value."""
    asked = {"q": "licencia", "f": chosen}
    answer = client.get("/archivo/otro/buscar", query_string=asked, headers={"X-Of": "otro"})
    assert answer.status_code == 200
    assert "alert(1)" not in answer.text


def test_titles_and_snippets_are_text(client):
    """Markup in a title or a document stays text on the page."""
    page = client.get("/archivo/villar/buscar?q=licencia", headers={"X-Of": "villar"}).text
    assert "alert(1)" in page
    assert "<script" not in page


def test_an_archive_that_is_not_there_looks_like_one_that_may_not_be_seen(client):
    """No page tells which municipalities exist."""
    names = ("nadie", "villar", "VILLAR")
    pages = [client.get(f"/archivo/{name}/buscar?q=licencia", headers={"X-Of": "otro"}) for name in names]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1


@pytest.mark.parametrize(
    "address",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2f..%2fapp.py",
        "/static/%00",
        "/%ff",
        "/static//etc/passwd",
    ],
)
def test_no_address_leads_out_of_the_pages(client, address):
    """Files outside the static folder have no address."""
    answer = client.get(address, follow_redirects=True)
    assert answer.status_code == 404
    assert "SPDX" not in answer.text
    assert "root:" not in answer.text


def test_the_name_of_the_host_is_never_believed(client):
    """A forged Host header ends in no link, redirect or code."""
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    for address in ("/", "/verificar?csv=x", "/archivo/villar/buscar?q=licencia", "/nada", "/static//x"):
        answer = client.get(address, headers=forged)
        assert "evil.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "POST"])
@pytest.mark.parametrize("address", ["/", "/verificar", "/verificar/documento", "/buscar", "/healthz"])
def test_every_method_gets_the_strict_headers(client, method, address):
    """No method is a way round the policy, and none is an error of ours."""
    answer = client.open(address, method=method)
    assert answer.status_code < 500
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_that_is_too_large_is_refused_unread(client, kind):
    """Ten megabytes to a page that takes a code are turned away."""
    answer = client.post("/verificar", data=b"csv=" + b"A" * 10_000_000, content_type=kind)
    assert answer.status_code == 413
