# SPDX-License-Identifier: EUPL-1.2
"""What clerks and archivists do with deposits on pages, over a furnished archive of their own."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from furnished import OTHER, TENANT, known_as, somebody

from archive.clock import SystemClock
from archive.identity import Role
from archive.web.app import WebSettings, create_app
from archive.web.awaiting import AWAITING
from demo.loads import plain_package
from ingest.queue.settling import Bench
from ingest.web import BLUEPRINTS, deposits_awaiting

ROOT = f"/archivo/{TENANT}/depositos"


@pytest.fixture(scope="module")
def home(furnished, tmp_path_factory):
    """A furnished archive that these tests may change."""
    home = furnished.copied(tmp_path_factory.mktemp("deposits") / "home", SystemClock())
    yield home
    home.close()


def visit(home, *roles, tenant=TENANT, principal_id="a1"):
    """Return a client that is known as somebody with these roles."""
    services = known_as(somebody(*roles, tenant=tenant, principal_id=principal_id)) if roles else {}
    services[AWAITING] = [deposits_awaiting]
    return create_app(
        lambda: home, BLUEPRINTS, WebSettings("https://sede.example"), services=services
    ).test_client()


@pytest.fixture(scope="module")
def archivist(home):
    """Decides, sees all."""
    return visit(home, Role.ARCHIVIST)


@pytest.fixture(scope="module")
def depositor(home):
    """Brings, sees his own."""
    return visit(home, Role.DEPOSITOR, principal_id="clerk")


@pytest.fixture
def package(tmp_path):
    """An expediente of three documents as a ZIP."""

    def made(seed: int = 5000) -> tuple[BytesIO, str]:
        folder = plain_package(tmp_path / f"n{seed}", 3, 700, seed=seed).folder
        return zipped(folder), f"expediente-{seed}.zip"

    return made


def zipped(folder: Path) -> BytesIO:
    """Return a folder as a ZIP."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    out.seek(0)
    return out


def send(client, *files, action="depositar", junto="0"):
    """Send the form."""
    data = {"fichero": list(files), "accion": action, "junto": junto}
    return client.post(f"{ROOT}/nuevo", data=data, content_type="multipart/form-data")


def settle_all(home):
    """Do what a worker does."""
    bench = Bench(home)
    while bench.settle_next():
        pass


def test_nobody_and_the_wrong_ones_see_no_deposits(home, furnished):
    """Who is not known must say who he is; whoever may not gets what is not there."""
    addresses = (
        ROOT,
        f"{ROOT}/nuevo",
        f"{ROOT}/{furnished.waiting}",
        f"{ROOT}/{furnished.waiting}/justificante",
    )
    for address in addresses:
        assert visit(home).get(address).status_code == 401
        for roles, tenant in (((Role.CITIZEN,), TENANT), ((Role.ARCHIVIST,), OTHER)):
            client = visit(home, *roles, tenant=tenant)
            answer, missing = client.get(address), client.get(f"{ROOT}/{'0' * 36}")
            assert (answer.status_code, answer.text) == (404, missing.text)


def test_somebody_elses_deposit_is_not_there(depositor, archivist, furnished):
    """The same answer for another's deposit, for its receipt, and for one that never was."""
    for more in ("", "/justificante", "/justificante.json"):
        answers = [depositor.get(f"{ROOT}/{each}{more}") for each in (furnished.waiting, "0" * 36)]
        assert {answer.status_code for answer in answers} == {404}
        assert answers[0].text == answers[1].text
        assert archivist.get(f"{ROOT}/{furnished.waiting}{more}").status_code == 200
    assert depositor.post(f"{ROOT}/{furnished.waiting}/decision", data={}).status_code == 404


def test_another_tenants_deposit_is_not_there(home, furnished):
    """The identifier of one municipality's deposit says nothing in another's archive."""
    client = visit(home, Role.ARCHIVIST, tenant=OTHER)
    assert client.get(f"/archivo/{OTHER}/depositos/{furnished.waiting}").status_code == 404
    decided = {"decision": "admitir", "motivo": "x"}
    assert (
        client.post(f"/archivo/{OTHER}/depositos/{furnished.waiting}/decision", data=decided).status_code
        == 404
    )


def test_list_is_filtered_counted_and_paged(archivist):
    """By state with its count, by day, by who brought it; pages say where one is; copies are no deposits."""
    page = archivist.get(ROOT).text
    assert "Admitido" in page
    assert re.search(r"1 a 25 de \d+", page)
    assert "_2026_01" not in page
    second = archivist.get(ROOT, query_string={"pagina": "2"}).text
    assert "Anteriores" in second
    waiting = archivist.get(ROOT, query_string={"estado": "WAITING"}).text
    assert "lacking" in waiting
    assert "roto.xml" not in waiting
    assert "Ningún depósito" in archivist.get(ROOT, query_string={"hasta": "2020-01-01"}).text
    assert "lacking" in archivist.get(ROOT, query_string={"desde": "2020-01-01", "quien": "cli"}).text
    assert "Ningún depósito" in archivist.get(ROOT, query_string={"quien": "account:nadie"}).text


@pytest.mark.parametrize(
    "asked", [{"pagina": "-1"}, {"pagina": "9" * 30}, {"estado": "X"}, {"desde": "9999-12-31", "hasta": "ayer"},
              {"quien": "'\"<script>" * 30}, {"hasta": "0001-01-01"}]
)  # fmt: skip
def test_wrong_filters_still_give_a_page(archivist, asked):
    """An old or made-up address is a list all the same."""
    answer = archivist.get(ROOT, query_string=asked)
    assert answer.status_code == 200
    assert "<script" not in answer.text


def test_package_is_brought_followed_and_receipted(home, depositor, package):
    """The form answers with the page of the deposit; a worker settles it; the receipt is a page and a file."""
    answer = send(depositor, package())
    assert answer.status_code == 303
    address = answer.headers["Location"]
    waiting = depositor.get(address).text
    assert "En cola" in waiting
    assert "Todavía no hay justificante" in waiting
    assert depositor.get(f"{address}/justificante").status_code == 409
    settle_all(home)
    settled = depositor.get(address).text
    assert "Admitido" in settled
    assert "Usted" in settled
    receipt = depositor.get(f"{address}/justificante.json").get_json()
    assert receipt["state"] == "ACCEPTED"
    assert receipt["seal"]["value"]
    told = depositor.get(f"{address}/justificante").text
    assert receipt["digests"]["package_sha256"] in told
    assert receipt["ledger"]["digest"] in told


def test_check_says_what_a_deposit_would_find_and_stores_nothing(home, depositor, archivist, package):
    """By document, in Spanish; the archive has no more than before."""
    with home.catalog.reading(TENANT) as tx:
        before = tx.counts()
    answer = send(depositor, package(5001), (BytesIO(b"<roto>"), "roto.xml"), action="comprobar")
    assert answer.status_code == 200
    assert "Se admitiría" in answer.text
    assert "No se admitiría" in answer.text
    assert "El XML no está bien formado" in answer.text
    with home.catalog.reading(TENANT) as tx:
        assert tx.counts() == before
        assert tx.queue(TENANT) == []


def test_loose_files_may_be_one_package(home, depositor, tmp_path):
    """The index and its documents, each in its file, are checked as one expediente."""
    folder = plain_package(tmp_path / "suelto", 3, 700, seed=5002).folder
    files = [(BytesIO(path.read_bytes()), path.name) for path in sorted(folder.iterdir())]
    answer = send(depositor, *files, action="comprobar", junto="1")
    assert answer.text.count("Se admitiría") == 1


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "vacio.zip", "está vacío"),
        (b"x", "..", "sencillo"),
        (b"x", "a\x07b.zip", "sencillo"),
        (b"x", "n" * 300 + ".zip", "sencillo"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field(home, depositor, content, name, words):
    """Zero bytes, names that no disk should have: 422, the form again, nothing in the queue."""
    answer = send(depositor, (BytesIO(content), name))
    assert answer.status_code == 422
    assert words in answer.text
    with home.catalog.reading(TENANT) as tx:
        assert tx.queue(TENANT) == []


def test_no_file_and_two_alike_are_said(depositor):
    """The form comes back with what is missing."""
    assert "Elija al menos un fichero" in send(depositor).text
    twice = [(BytesIO(b"x"), "uno.xml"), (BytesIO(b"y"), "uno.xml")]
    assert send(depositor, *twice, junto="1").status_code == 422


@pytest.mark.parametrize("name", ["../../../etc/passwd", "C:\\temp\\..\\fuera.xml", "/etc/cron.d/x.xml"])
def test_paths_in_names_lead_nowhere(home, depositor, name):
    """Of a path on the sender's disk the last part is the name, or it is refused; nothing is left anywhere."""
    answer = send(depositor, (BytesIO(b"nada"), name), action="comprobar")
    assert answer.status_code in {200, 422}
    assert "No se admitiría" in answer.text or "sencillo" in answer.text
    assert list(home.work_folder().glob("sent-*")) == []


def test_name_with_script_is_text_everywhere(home, depositor, archivist):
    """List, page, check and receipt escape what the sender called his file."""
    name = "<script>alert(1)<|script>.xml"
    assert "<script" not in send(depositor, (BytesIO(b"<a/>"), name), action="comprobar").text
    address = send(depositor, (BytesIO(b"<a/>"), name)).headers["Location"]
    settle_all(home)
    for page in (address, f"{address}/justificante", ROOT):
        text = archivist.get(page).text
        assert "<script" not in text
        assert "&lt;script&gt;" in text


def test_other_type_than_its_name_says_is_told(home, depositor):
    """A picture called ZIP is not admitted, and the page says why."""
    address = send(depositor, (BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(200)), "expediente.zip")).headers[
        "Location"
    ]
    settle_all(home)
    page = depositor.get(address).text
    assert "No admitido" in page
    assert "Impide admitirlo" in page


def test_large_file_is_taken_whatever_its_bytes(home, depositor):
    """Line ends near the ends of the parser's blocks do not make a file too large: ZIPs are full of them."""
    page = send(depositor, (BytesIO(b"\r\n" * 150_000), "grande.xml"))
    assert page.status_code == 303


def test_too_much_at_once_is_refused_with_words(home, depositor, monkeypatch):
    """Over the limit the form says the limit."""
    monkeypatch.setattr("ingest.web.bringing.MOST", 10_000)
    answer = send(depositor, (BytesIO(bytes(20_000)), "grande.zip"))
    assert answer.status_code == 413
    assert "de una vez" in answer.text


def test_waiting_deposit_is_decided_with_grounds(home, archivist, furnished, depositor):
    """Without grounds nothing is decided; then the receipt tells them, and a second decision finds it settled."""
    address = f"{ROOT}/{furnished.waiting}"
    missing = archivist.post(f"{address}/decision", data={"motivo": " "})
    assert missing.status_code == 422
    assert "Diga si se admite" in missing.text
    assert "espera su decisión" in archivist.get(f"/archivo/{TENANT}/").text
    told = {"decision": "admitir", "motivo": "El documento que falta consta <b>destruido</b>."}
    assert archivist.post(f"{address}/decision", data=told).status_code == 303
    page = archivist.get(address).text
    assert "Admitido" in page
    assert "consta &lt;b&gt;destruido" in page
    again = archivist.post(f"{address}/decision", data=told)
    assert again.status_code == 409
    assert "ya no espera" in again.text
    assert archivist.get(f"{address}/justificante.json").get_json()["decision"]["reason"] == told["motivo"]


def test_refused_deposit_keeps_its_page(home, archivist, package, tmp_path):
    """What was not admitted says so, with the grounds; its bytes are not disposed of."""
    folder = plain_package(tmp_path / "falta", 3, 600, seed=5005).folder
    next(path for path in sorted(folder.iterdir()) if "EXP" not in path.name).unlink()
    address = send(archivist, (zipped(folder), "falta.zip")).headers["Location"]
    settle_all(home)
    answer = archivist.post(
        f"{address}/decision", data={"decision": "rechazar", "motivo": "Falta un documento"}
    )
    assert answer.status_code == 303
    page = archivist.get(address).text
    assert "No admitido" in page
    assert "Falta un documento" in page


def test_failed_deposit_can_be_given_up(home, depositor, package):
    """What the system cannot settle is told as its failure; its depositor may give it up with a reason."""
    address = send(depositor, package(5006)).headers["Location"]
    deposit_id = address.rsplit("/", 1)[-1]
    now = home.clock.now()
    with home.catalog.transaction(TENANT) as tx:
        entry = tx.queued([deposit_id])[deposit_id]
        tx.claim("w", now, now - now, limit=1)
        tx.fail_queued(deposit_id, "w", now, again_at=now, reason="the medium failed")
    assert entry.package_name == "expediente-5006.zip"
    page = depositor.get(address).text
    assert "Fallo del sistema" in page
    assert "no lo que entregó" in page
    assert depositor.post(f"{address}/abandono", data={"motivo": ""}).status_code == 422
    assert (
        depositor.post(f"{address}/abandono", data={"motivo": "Lo entrego de otra forma"}).status_code == 303
    )
    assert "Lo entrego de otra forma" in depositor.get(address).text


def test_receipts_of_every_end_are_pages(archivist, furnished, depositor, home, package):
    """Admitted, not admitted, repeated: each has its page and its file."""
    addresses = [f"{ROOT}/{furnished.rejected}", f"{ROOT}/{furnished.waiting}"]
    for _ in range(2):
        addresses.append(send(depositor, package(5010)).headers["Location"])
        settle_all(home)
    assert "Repetido" in archivist.get(addresses[-1]).text
    assert "El depósito de entonces" in archivist.get(addresses[-1]).text
    for address in addresses:
        assert archivist.get(f"{address}/justificante").status_code == 200, address
        assert archivist.get(f"{address}/justificante.json").get_json()["deposit"]
