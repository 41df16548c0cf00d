# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
import shutil
from base64 import b64encode
from datetime import timedelta

import pytest
from archived import make_archive
from machines_asking import Machine, asked_by_machines

from archive.catalog import INSTALLATION
from demo.loads import plain_package
from ingest.queue.claims import Claims
from ingest.queue.inbox import Inbox
from ingest.queue.settling import Bench, reconcile
from ingest.receipt import canonical

TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    archived = make_archive(tmp_path_factory.mktemp("deposits"))
    archived.home.add_tenant("otro", "Ayuntamiento de Otro Lugar", "L01990020")
    yield archived
    archived.home.close()


@pytest.fixture(scope="module")
def app(archived):
    return asked_by_machines(archived.home)


@pytest.fixture
def machine(app):
    return Machine(app, "depositor")


_seeds = iter(range(1000))


def package(folder, *, lacking=False):
    """A ZIP of an expediente that nobody deposited yet; lacking one document if so wished."""
    seed = next(_seeds)
    made = plain_package(folder / str(seed), 2, 600, seed=seed).folder
    if lacking:
        next(path for path in sorted(made.iterdir()) if "EXP" not in path.name).unlink()
    return shutil.make_archive(str(folder / f"paquete-{seed}"), "zip", made)


def sent(machine, path, name="paquete.zip"):
    """Send a file as an upload; return its id."""
    with open(path, "rb") as stream:
        data = stream.read()
    headers = {
        **TUS,
        "Upload-Length": str(len(data)),
        "Upload-Metadata": f"filename {b64encode(name.encode()).decode()}",
    }
    answer = machine.ask("POST", "/uploads", headers=headers, data=data)
    assert answer.status_code == 201, answer.data
    return answer.headers["Location"].rpartition("/")[2]


def deposited(machine, path):
    """Deposit a file; return the answer's value."""
    answer = machine.ask("POST", "/deposits", json={"uploads": [sent(machine, path)]})
    assert answer.status_code == 202, answer.data
    return answer.json


def work(archived):
    """Let a worker settle what waits."""
    bench = Bench(archived.home)
    while bench.settle_next():
        pass


def test_deposit_is_followed_to_its_receipt(machine, archived, tmp_path):
    """Sent, checked, deposited, settled by a worker: each step is told, and the receipt at the end is sealed."""
    upload = sent(machine, package(tmp_path))
    checked = machine.ask("POST", "/deposits/check", json={"uploads": [upload]})
    assert (checked.status_code, checked.json["verdict"], checked.json["documents"]) == (200, "acceptable", 2)
    answer = machine.ask("POST", "/deposits", json={"uploads": [upload]})
    assert (answer.status_code, answer.json["state"]) == (202, "QUEUED")
    address = answer.headers["Location"]
    assert machine.ask("GET", f"{address}/receipt").status_code == 409
    assert machine.ask("GET", f"/uploads/{upload}").status_code == 404
    work(archived)
    told = machine.ask("GET", address).json
    assert (told["state"], told["settled"], told["package"]) == ("ACCEPTED", True, "paquete.zip")
    assert told["porque"] == "se ha admitido y se conserva"
    receipt = machine.ask("GET", f"{address}/receipt").json
    assert (receipt["deposit"], receipt["object"]) == (told["id"], told["object"])
    with archived.home.catalog.reading(INSTALLATION) as tx:
        event = next(each for each in tx.events_about(told["object"]) if each.kind == "object.stored")
    assert event.agent == "key:depositor"


def test_check_stores_nothing(machine, archived, tmp_path):
    """After a check of a wrong package nothing is in the archive, and its findings speak both languages."""

    def stored():
        with archived.home.catalog.reading(INSTALLATION) as tx:
            return len(tx.deposits()), len(tx.queue()), len(list(tx.events_about("villar")))

    before = stored()
    answer = machine.ask("POST", "/deposits/check/files", data={"file": (io.BytesIO(b"<roto>"), "roto.xml")})
    assert answer.json["verdict"] == "rejected"
    assert all(each["message"] and each["mensaje"] for each in answer.json["findings"])
    assert stored() == before


def test_small_files_come_in_one_request(machine, archived, tmp_path):
    """One file is the package; several are a folder."""
    made = plain_package(tmp_path / "f", 2, 600, seed=4711).folder
    files = [(io.BytesIO(path.read_bytes()), path.name) for path in sorted(made.iterdir())]
    answer = machine.ask("POST", "/deposits/files", data={"file": files, "name": "Obra ñ"})
    assert answer.status_code == 202
    assert answer.json["package"] == "Obra ñ"
    work(archived)
    assert machine.ask("GET", answer.headers["Location"]).json["state"] == "ACCEPTED"


def test_several_uploads_are_one_folder(machine, archived, tmp_path):
    """Files that were sent one by one are deposited together."""
    made = plain_package(tmp_path / "f", 2, 600, seed=4712).folder
    uploads = [sent(machine, path, path.name) for path in sorted(made.iterdir())]
    answer = machine.ask("POST", "/deposits", json={"uploads": uploads, "name": "carpeta"})
    work(archived)
    assert machine.ask("GET", answer.headers["Location"]).json["state"] == "ACCEPTED"


def test_repeated_order_is_one_deposit(machine, archived, tmp_path):
    """The same Idempotency-Key gives the same deposit, though its uploads are gone by now."""
    order = {
        "json": {"uploads": [sent(machine, package(tmp_path))]},
        "headers": {"Idempotency-Key": "noche-1"},
    }
    first, second = machine.ask("POST", "/deposits", **order), machine.ask("POST", "/deposits", **order)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json == second.json
    assert first.headers["Location"] == second.headers["Location"]


def test_repeated_form_is_one_deposit(machine):
    """A form sent again with another boundary is the same request."""

    def send():
        form = {"file": (io.BytesIO(b"<roto/>"), "uno.xml")}
        return machine.ask("POST", "/deposits/files", data=form, headers={"Idempotency-Key": "form"})

    assert send().json == send().json


def test_same_package_again_is_told(machine, archived, tmp_path):
    """REPEATED names the first deposit, whose receipt it gives."""
    path = package(tmp_path)
    first = deposited(machine, path)
    work(archived)
    second = deposited(machine, path)
    work(archived)
    told = machine.ask("GET", f"/deposits/{second['id']}").json
    assert (told["state"], told["first"]) == ("REPEATED", first["id"])
    assert machine.ask("GET", f"/deposits/{second['id']}/receipt").json["deposit"] == first["id"]


def test_zero_bytes_and_other_types_are_rejected_with_reasons(machine, archived):
    """A file of no bytes, and one that is not what its name says, are settled as rejected, saying why."""
    for data, name in ((b"", "vacio.zip"), (b"%PDF-1.7 no es un zip", "paquete.zip"), (b"MZ\x90", "a.xml")):
        answer = machine.ask("POST", "/deposits/files", data={"file": (io.BytesIO(data), name)})
        assert answer.status_code == 202, answer.data
        work(archived)
        told = machine.ask("GET", answer.headers["Location"]).json
        assert told["state"] == "REJECTED"
        assert told["findings"]


@pytest.mark.parametrize(
    "name", ["../fuera.zip", "/etc/x.zip", "..", "a\\b.zip", "C:\\x.zip", "a/../../b.zip"]
)
def test_tricks_with_names_are_refused(machine, name):
    """A name that points elsewhere is refused in forms and in orders."""
    if name != "a\\b.zip":  # a form's own quoting takes the backslash away
        form = {"file": (io.BytesIO(b"x"), name)}
        assert machine.ask("POST", "/deposits/files", data=form).status_code == 422
    form = {"file": (io.BytesIO(b"x"), "a.zip"), "name": name}
    assert machine.ask("POST", "/deposits/files", data=form).status_code == 422


def test_file_where_a_folder_is_is_refused(machine):
    """Two files that cannot lie beside each other are the client's error."""
    for names in (("a", "a/b"), ("a/b", "a"), ("a", "a")):
        files = [(io.BytesIO(b"x"), name) for name in names]
        assert machine.ask("POST", "/deposits/files", data={"file": files}).status_code == 422


def test_unfinished_upload_is_no_package(machine):
    """An order that names it is refused and forgets nothing."""
    headers = {**TUS, "Upload-Length": "10", "Upload-Metadata": "filename YS56aXA="}
    upload = (
        machine.ask("POST", "/uploads", headers=headers, data=b"abc").headers["Location"].rpartition("/")[2]
    )
    answer = machine.ask("POST", "/deposits", json={"uploads": [upload]})
    assert answer.status_code == 422
    assert machine.ask("GET", f"/uploads/{upload}").json["offset"] == 3


def test_list_has_ones_own_and_all_for_who_decides(app, machine, archived, tmp_path):
    """Two depositors see each their own, the archivist both, page by page, in the order of time."""
    mine = []
    for _ in range(3):
        archived.clock.instant += timedelta(seconds=1)
        mine.append(deposited(machine, package(tmp_path))["id"])
    archived.clock.instant += timedelta(seconds=1)
    other = Machine(app, "colleague")
    theirs = deposited(other, package(tmp_path))["id"]

    def listed(asking, query):
        found, address = [], f"/deposits?{query}"
        while address:
            page = asking.ask("GET", address).json
            found += [each["id"] for each in page["items"]]
            address = page["next"]
        return found

    for _ in "12":
        assert listed(machine, "limit=2")[:3] == mine[::-1]
        assert theirs not in listed(machine, "limit=2")
        assert listed(other, "limit=2") == [theirs]
        everything = listed(Machine(app, "archivist"), "limit=1")
        assert everything[:4] == [theirs, *mine[::-1]]
        assert everything == sorted(set(everything), reverse=True)
        work(archived)
    assert listed(machine, "state=QUEUED") == []
    assert set(mine) <= set(listed(machine, "state=ACCEPTED&limit=2"))
    assert machine.ask("GET", "/deposits?state=NONE").status_code == 422


def test_deposit_of_others_is_not_there(app, machine, archived, tmp_path):
    """A colleague, another municipality's archivist and an invented id get one and the same 404."""
    mine = deposited(machine, package(tmp_path))["id"]
    asked = [(key, address) for key in ("colleague", "stranger") for address in (
        f"/deposits/{mine}", f"/deposits/{mine}/receipt", f"/api/v1/tenants/otro/deposits/{mine}",
        f"/api/v1/tenants/otro/deposits/{mine}/receipt")]  # fmt: skip
    answers = [Machine(app, key).ask("GET", address) for key, address in asked]
    answers += [Machine(app, "colleague").ask("DELETE", f"/deposits/{mine}?reason=x")]
    answers += [Machine(app, "stranger").ask("POST", f"/api/v1/tenants/otro/deposits/{mine}/decision",
                                             json={"decision": "admit", "reason": "x"})]  # fmt: skip
    answers += [machine.ask("GET", "/deposits/0192f0c1-0000-7000-8000-000000000000")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json["title"] for answer in answers}) == 1
    work(archived)
    assert Machine(app, "colleague").ask("GET", f"/deposits/{mine}").status_code == 404


def test_archivist_decides_what_waits(app, machine, archived, tmp_path):
    """A package that lacks a document waits; the depositor cannot decide, the archivist can, once."""
    waiting = deposited(machine, package(tmp_path, lacking=True))
    work(archived)
    address = f"/deposits/{waiting['id']}"
    assert machine.ask("GET", address).json["state"] == "WAITING"
    order = {"json": {"decision": "admit", "reason": "Llegará en papel"}}
    assert machine.ask("POST", f"{address}/decision", **order).status_code == 404
    archivist = Machine(app, "archivist")
    told = archivist.ask("POST", f"{address}/decision", **order)
    assert (told.status_code, told.json["state"]) == (200, "ACCEPTED")
    assert archivist.ask("POST", f"{address}/decision", **order).status_code == 409
    assert machine.ask("GET", f"{address}/receipt").json["decision"]["reason"] == "Llegará en papel"


def test_what_stays_in_error_can_be_given_up(machine, archived, tmp_path):
    """Only in ERROR; then it is told as rejected with its reason, its bytes are gone, and it stays so."""
    queued = deposited(machine, package(tmp_path))["id"]
    address = f"/deposits/{queued}"
    assert machine.ask("DELETE", f"{address}?reason=x").status_code == 409
    claims = Claims(archived.home)
    with claims.next() as entries:
        claims.fail(next(each for each in entries if each.deposit_id == queued), RuntimeError("broken"))
    told = machine.ask("GET", address).json
    assert (told["state"], told["attempts"]) == ("ERROR", 1)
    assert told["again_at"]
    given_up = machine.ask("DELETE", f"{address}?reason=Se+enviará+de+nuevo").json
    assert (given_up["state"], given_up["why"]) == ("REJECTED", "it was not admitted: Se enviará de nuevo")
    receipt = machine.ask("GET", f"{address}/receipt").json
    assert receipt["decision"]["reason"] == "Se enviará de nuevo"
    assert canonical(receipt)
    inbox = Inbox(archived.home.engines.open_inbox())
    assert ("villar", queued) not in set(inbox.waiting())
    reconcile(archived.home)
    assert machine.ask("GET", address).json["state"] == "REJECTED"
    assert machine.ask("DELETE", f"{address}?reason=x").status_code == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"uploads": []}, {"uploads": ["x", "x"]}, {"uploads": "x"}, {"uploads": [1]}, [], {"uploads": ["x"], "more": 1},
     {"uploads": ["x"], "name": "a" * 2000}],
)  # fmt: skip
def test_orders_that_make_no_sense_are_refused(machine, body):
    """A body that does not fit is told so."""
    assert machine.ask("POST", "/deposits", json=body).status_code == 422


def test_large_form_is_refused(machine):
    """More than 16 MiB in one request is for uploads."""
    form = {"file": (io.BytesIO(b"x" * (17 << 20)), "a.zip")}
    answer = machine.ask("POST", "/deposits/files", data=form)
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")
