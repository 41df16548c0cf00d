# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import re
import time
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from archived import decree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import StorageUnavailable
from archive.model import DepositState
from archive.web.app import WebSettings, create_app
from preservation.evidence.sealing import seal_due
from search.alias_import import import_aliases
from search.aliases import Sede, keep_sede
from search.revocation import revoke
from search.verification_requests import OPEN, requests_of
from search.web.start import blueprint as start
from search.web.verification import blueprint as verification
from search.web.verification_words import masked

OLD = "A1B2C3D4E5F6G7H8J9K0"
"""Code of the platform that the first document came from."""

HEADERS = {
    "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Robots-Tag", "Cache-Control",
}  # fmt: skip


def test_start_offers_a_labelled_box_for_codes(client):
    """The first page has a box for codes, with its label, and says in which language it is."""
    page = client.get("/").text
    assert 'for="csv"' in page
    assert '<html lang="es">' in page
    assert "skip-link" in page


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


UNKNOWN = "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ"
"""A code of ours that nobody was given."""


def answer_to(client, code):
    """Return status, headers and page of a code, without the code itself."""
    answer = client.post("/verificar", data={"csv": code})
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name not in {"Date", "Content-Length", "X-Request-ID"}
    }
    return answer.status_code, headers, answer.text.replace(code, "")


def test_codes_of_one_length_that_lead_nowhere_answer_alike(client, archived):
    """Never issued, malformed, near to one, of a deposit that waits: but for the code, the same whole answer."""
    waiting = archived.deposit(b"%PDF-1.4 en espera", number=91, csv="ESPERA-0000-AAAA-BBBB-CCCC-DDDDEE")
    with archived.home.catalog.transaction() as tx:
        kept = tx.deposit_by_digest("villar", waiting.package_digest)
        tx.record_deposit(replace(kept, state=DepositState.WAITING))
    codes = [UNKNOWN, "0" * 28, "!" + "Y" * 28, "Ñ" * 28, "ESPERA-0000-AAAA-BBBB-CCCC-DDDDEE"]
    answers = [answer_to(client, code) for code in codes]
    for answer in answers:
        assert answer == answers[0]
    assert answers[0][0] == 200


def test_a_code_of_another_length_gets_a_hint_in_words(client):
    """What is said of the length comes from what was typed alone."""
    assert "faltan 2" in client.post("/verificar", data={"csv": "Z" * 26}).text
    assert "sobran 1" in client.post("/verificar", data={"csv": "Z" * 29}).text
    assert "sede electrónica anterior" in client.post("/verificar", data={"csv": "abc"}).text
    assert "Escriba el código" in client.post("/verificar", data={"csv": " "}).text


def test_language_links_of_a_scanned_code_do_not_carry_it(client, issued):
    """The address of the QR is the only one that holds a code."""
    page = client.get("/verificar", query_string={"csv": issued.csv}).text
    addresses = re.findall(r'(?:href|action|src)="([^"]*)"', page)
    assert addresses
    assert not [one for one in addresses if issued.csv in one or issued.csv.replace("-", "") in one]


def test_copy_is_given_to_who_holds_its_code(client, issued):
    """The download is the issued PDF, by POST only."""
    answer = client.post("/verificar/documento", data={"csv": issued.csv})
    assert answer.data == issued.pdf
    assert answer.mimetype == "application/pdf"
    assert client.get("/verificar/documento", query_string={"csv": issued.csv}).status_code == 405


@pytest.mark.parametrize("item", ["documento", "original", "informe", "pruebas"])
def test_nothing_is_given_for_other_codes(client, item):
    """A wrong code, one that is no code and none are not found, in the words of any page that is not there."""
    answers = [client.post(f"/verificar/{item}", data={"csv": code}) for code in (UNKNOWN, "x", "")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].text == client.get("/no/hay/nada").text


def test_original_of_an_old_platform_is_given_within_its_term(client, archived):
    """The code of the platform that signed it opens the document; its copy is nothing that exists."""
    answer = client.post("/verificar/original", data={"csv": "A1B2-C3D4-E5F6-G7H8-J9K0"})
    assert answer.data == decree()
    assert answer.mimetype == "application/pdf"
    assert client.post("/verificar/documento", data={"csv": OLD}).status_code == 404


def test_report_on_the_seal_is_a_page_in_spanish(client, issued):
    """Who sealed, judged at this moment."""
    answer = client.post("/verificar/informe", data={"csv": issued.csv})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "firma electrónica" in answer.text


def test_kit_is_given_once_it_is_sealed(app, archived, issued):
    """Until the time stamp is there the page says so; then the ZIP verifies without us."""
    client = app.test_client()
    assert "Se están preparando" in client.post("/verificar", data={"csv": issued.csv}).text
    assert client.post("/verificar/pruebas", data={"csv": issued.csv}).status_code == 404
    seal_due(archived.home, archived.authority.timestamp_authority(archived.clock))
    answer = client.post("/verificar/pruebas", data={"csv": issued.csv})
    assert {"verify.py", "evidence/evidence.ers"} <= set(ZipFile(BytesIO(answer.data)).namelist())


def test_certification_of_a_verification_can_be_asked_for(client, archived):
    """A form of three fields; what is missing is said; what was asked waits for the archivist."""
    asked = {"csv": OLD, "enviar": "1", "nombre": "Interesada", "contacto": ""}
    assert "Escriba dónde" in client.post("/verificar/certificacion", data=asked).text
    told = client.post("/verificar/certificacion", data=asked | {"contacto": "correo@sede.example"})
    kept = requests_of(archived.home, "villar", state=OPEN)
    assert kept[-1].request_id in told.text
    assert kept[-1].asked.name == "Interesada"
    assert client.post("/verificar/certificacion", data=asked | {"csv": UNKNOWN}).status_code == 404


def test_whoever_tries_codes_waits_longer_and_longer(archived, monkeypatch):
    """Unknown codes use up a minute, then an hour, then a day; another address goes on."""
    app = create_app(lambda: archived.home, [start, verification], WebSettings("https://sede.example"))
    client, now = app.test_client(), [time.time()]
    monkeypatch.setattr(time, "time", lambda: now[0])

    def tries(address: str = "192.0.2.1") -> int:
        """Ask until refused; return how many answers there were."""
        for count in range(400):
            asked = client.post("/verificar", data={"csv": UNKNOWN}, environ_base={"REMOTE_ADDR": address})
            if asked.status_code == 429:
                assert int(asked.headers["Retry-After"]) > 0
                return count
        return 400

    assert tries() == 15
    assert tries() == 0
    assert tries("192.0.2.2") == 15
    answered = 15
    for _ in range(10):  # ten minutes later the hour is used up
        now[0] += 61
        answered += tries()
    assert answered == 90
    now[0] += 3601
    assert tries() == 15


def test_a_known_code_may_be_asked_more_often(archived, issued):
    """A town hall's people behind one address verify the papers of a morning."""
    app = create_app(lambda: archived.home, [start, verification], WebSettings("https://sede.example"))
    client = app.test_client()
    codes = [client.post("/verificar", data={"csv": issued.csv}).status_code for _ in range(61)]
    assert codes == [200] * 60 + [429]


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
    for address in ("/", "/verificar", "/nada"):
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

    monkeypatch.setattr("search.web.door.verify_csv", fail)
    answer = client.post("/verificar", data={"csv": "ABC"})
    assert answer.status_code == 503
    assert "/dev/sda1" not in answer.text


def test_programming_error_has_a_reference_and_no_inside(client, monkeypatch):
    """Neither trace nor message of an unknown error reaches the visitor."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("search.web.door.verify_csv", fail)
    for headers in ({}, {"Accept": "application/json"}):
        answer = client.post("/verificar", data={"csv": "ABC"}, headers=headers)
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "eferenc" in answer.text


def test_code_of_two_platforms_is_asked_about_on_the_page(archived, tmp_path_factory):
    """Which one, as the paper says; the answer after it is of that document, and so is what is given."""
    table = tmp_path_factory.mktemp("codes") / "codes.csv"
    with archived.home.catalog.reading() as tx:
        first, second = [record.eni_id for record in tx.objects("villar")][:2]
    for name, eni_id in (("Sede 2012", first), ("Sede 2008", second)):
        table.write_text(f"csv;eni_id\nDOS-SEDES-0001;{eni_id}\n", "utf-8")
        sede = keep_sede(archived.home, Sede("villar", 0, name), agent="test")
        import_aliases(archived.home, sede, table, agent="test")
    client = create_app(
        lambda: archived.home, [start, verification], WebSettings("https://sede.example")
    ).test_client()
    page = client.post("/verificar", data={"csv": "dos sedes ooo1"}).text
    assert "figura en más de una plataforma" in page
    assert "Sede 2012" in page
    assert "Sede 2008" in page
    chosen = client.post("/verificar", data={"csv": "dos sedes ooo1", "opcion": "2"}).text
    assert second in chosen
    assert first not in chosen
    assert "Se ha leído su código como <code>DOS-SEDES-0001</code>" in chosen
    given = client.post("/verificar/original", data={"csv": "dos sedes ooo1", "opcion": "2"})
    assert given.data == b"licencia <b>hostil</b>"


def test_copy_out_of_force_says_why_and_gives_nothing(client, archived, issued):
    """Revoked and superseded are told apart; the code of the new copy is not given away."""
    with archived.home.catalog.reading() as tx:
        source = tx.object(issued.object_id).metadata["copy"]["source_object_id"]
    old, new = archived.certify(source), archived.certify(source)
    revoke(archived.home, "villar", old.object_id, "superseded", agent="test", superseded_by=new.object_id)
    page = client.post("/verificar", data={"csv": old.csv}).text
    assert "fue sustituida por otra" in page
    assert new.csv not in page
    assert "Descargar" not in page
    revoke(archived.home, "villar", new.object_id, "error", agent="test")
    page = client.post("/verificar", data={"csv": new.csv}).text
    assert "quedó sin efecto" in page
    assert "contenía un error" in page
    assert client.post("/verificar/documento", data={"csv": new.csv}).status_code == 404


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("INTERESADA DE PRUEBA - 12345678Z", "INTERESADA DE PRUEBA - ***4567**"),
        ("PRUEBA X1234567L", "PRUEBA ****4567*"),
        ("SELLO DEL AYUNTAMIENTO P1901900A", "SELLO DEL AYUNTAMIENTO P1901900A"),
    ],
)
def test_nif_of_a_signer_is_masked_and_that_of_an_organ_is_not(name, shown):
    """Four digits, as the data protection authority advises."""
    assert masked(name) == shown


@pytest.mark.usefixtures("_endless")
class TestAnyText:
    """Whatever is typed is answered: never a failure, never what was typed as anything but text."""

    @given(st.text(max_size=300), st.text(max_size=5))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_code_is_answered(self, client, code, choice):
        """By form and by address."""
        for answer in (
            client.post("/verificar", data={"csv": code, "opcion": choice}),
            client.get("/verificar", query_string={"csv": code}),
        ):
            assert answer.status_code == 200
            assert "<script" not in answer.text

    @given(
        st.text(max_size=300),
        st.sampled_from(["documento", "original", "informe", "pruebas", "certificacion"]),
    )
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_nothing_is_given_for_any_text(self, client, code, item):
        """No text that nobody was given opens anything."""
        assert client.post(f"/verificar/{item}", data={"csv": code, "enviar": "1"}).status_code == 404


@pytest.fixture
def _endless(monkeypatch):
    """Let one visitor ask without end."""
    monkeypatch.setattr("search.web.door.spend", lambda *_: None)
    monkeypatch.setattr("search.web.verification.spend", lambda *_: None)
