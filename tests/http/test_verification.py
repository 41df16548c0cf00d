# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from archive.errors import StorageUnavailable

HEADERS = {
    "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Robots-Tag", "Cache-Control",
}  # fmt: skip


def test_start_offers_two_labelled_boxes(client):
    """The first page has a box for codes and one for words, each with its label."""
    page = client.get("/").text
    assert '<label for="csv">' in page
    assert '<label for="q">' in page
    assert '<html lang="es">' in page
    assert 'href="#contenido"' in page


def test_code_from_the_form_is_answered(client, issued):
    """A typed code goes by POST and the answer is plain."""
    answer = client.post("/verificar", data={"csv": issued.csv.lower()})
    assert answer.status_code == 200
    assert "Es una copia auténtica" in answer.text
    assert "Ayuntamiento de Villar de la Encina (L01990019)" in answer.text


def test_code_from_the_qr_is_answered_and_never_cached(client, issued):
    """A QR can only be a GET: its answer is not stored and sends no referrer."""
    answer = client.get("/verificar", query_string={"csv": issued.csv})
    assert "Es una copia auténtica" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_unknown_and_malformed_codes_give_the_same_page(client):
    """But for the code itself, the two pages are the same bytes."""
    wrong, malformed = "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ", "abcdefghijkl"
    pages = [client.post("/verificar", data={"csv": text}) for text in (wrong, malformed)]
    assert pages[0].text.replace(wrong, "") == pages[1].text.replace(malformed, "")
    assert {page.status_code for page in pages} == {200}


def test_copy_is_given_to_who_holds_its_code(client, issued):
    """The download is the issued PDF, by POST only."""
    answer = client.post("/verificar/documento", data={"csv": issued.csv})
    assert answer.data == issued.pdf
    assert answer.mimetype == "application/pdf"
    assert client.get("/verificar/documento", query_string={"csv": issued.csv}).status_code == 405


def test_document_of_any_other_code_is_the_same_404(client):
    """A foreign code, a wrong one and none are not found in the same words."""
    codes = ("A1B2C3D4E5F6G7H8J9K0", "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ", "")
    answers = [client.post("/verificar/documento", data={"csv": code}) for code in codes]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].text == client.get("/no/hay/nada").text


def test_hostile_code_is_escaped(client):
    """What was typed comes back as text."""
    page = client.post("/verificar", data={"csv": '"><script>alert(1)</script>'}).text
    assert "<script" not in page


def test_every_answer_carries_the_strict_headers(client):
    """Pages, errors, files and health: no script, no frame, no sniffing, no index."""
    for address in ("/", "/verificar", "/buscar", "/nada", "/healthz", "/static/longeva.css"):
        with client.get(address) as answer:
            assert set(answer.headers.keys()) >= HEADERS, address
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_pages_have_no_script_and_no_inline_style(client):
    """The policy would stop them, so there is none to stop; nothing comes from another host."""
    for address in ("/", "/verificar", "/buscar?q=licencia"):
        page = client.get(address).text
        assert "<script" not in page
        assert "style=" not in page
        assert "http://" not in page.replace("http://www.w3.org", "")


def test_rehearsal_is_said_on_every_page(client):
    """While the development authority seals, nobody may take a page for the real thing."""
    for address in ("/", "/verificar", "/buscar", "/nada"):
        assert "sin valor legal" in client.get(address).text


def test_machines_get_json_and_problems(client, issued):
    """With Accept: application/json the same answers are JSON, errors are RFC 9457 problems."""
    machine = {"Accept": "application/json"}
    told = client.post("/verificar", data={"csv": issued.csv}, headers=machine).get_json()
    assert told["status"] == "authentic"
    problem = client.post("/verificar/documento", data={"csv": "x"}, headers=machine)
    assert problem.mimetype == "application/problem+json"
    assert problem.get_json()["code"] == "not-found"
    assert client.get("/nada", headers=machine).get_json()["status"] == 404


def test_health_says_ok(client):
    """A monitor can ask without reading anything."""
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_too_large_a_form_is_refused(client):
    """These pages take codes, not files."""
    assert client.post("/verificar", data={"csv": "x" * 200_000}).status_code == 413


def test_failing_service_is_a_plain_page(client, monkeypatch):
    """A store that fails is said without its inside."""

    def fail(*_: object, **__: object) -> None:
        raise StorageUnavailable("disk /dev/sda1 on fire")

    monkeypatch.setattr("search.pages.verify_csv", fail)
    answer = client.post("/verificar", data={"csv": "ABC"})
    assert answer.status_code == 503
    assert "/dev/sda1" not in answer.text


def test_programming_error_has_a_reference_and_no_inside(client, monkeypatch):
    """Neither trace nor message of an unknown error reaches the visitor."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("search.pages.verify_csv", fail)
    for headers in ({}, {"Accept": "application/json"}):
        answer = client.post("/verificar", data={"csv": "ABC"}, headers=headers)
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "eferenc" in answer.text
