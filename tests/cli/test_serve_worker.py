# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import json
import signal
import socket
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from ports import free_port
from terminal import longeva, problem, process, start


def read(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


@pytest.fixture(scope="module")
def server(sample):
    """`longeva serve` over the sample, on a free port, ended by Ctrl-C."""
    address = f"http://127.0.0.1:{free_port()}"
    running = start("serve", "--port", address.rsplit(":", maxsplit=1)[-1], "--home", sample.home, "--json")
    try:
        for _ in range(1200):
            try:
                read(f"{address}/healthz")
                break
            except (urllib.error.URLError, ConnectionError):
                assert running.poll() is None, running.communicate()
                time.sleep(0.05)
        yield address
    finally:
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)
    assert running.returncode == 0, err
    assert json.loads(out)["served"] == address
    assert "Traceback" not in err


def test_it_is_well(server):
    """The machine's question."""
    assert json.loads(read(f"{server}/healthz")[1])["status"] == "ok"


@pytest.mark.parametrize("path", ["/", "/verificar", "/entrar"])
def test_its_pages_are_served(server, path):
    """Each page is HTML in Spanish."""
    status, page = read(server + path)
    assert status == 200
    assert 'lang="es"' in page


def test_a_csv_is_verified(sample, server):
    """The same answer as the command of that name."""
    page = read(f"{server}/verificar?{urllib.parse.urlencode({'csv': sample.issued['csv']})}")[1]
    assert sample.issued["eni_id"] in page


def test_who_searches_must_say_who_he_is(server):
    """An archivist's page sends whoever is not known to the page where one enters."""
    assert 'name="clave"' in read(f"{server}/archivo/villa/buscar?q=resolucion")[1]


def test_an_address_that_cannot_be_used_is_misuse(sample):
    """Taken, of another machine, of no machine at all."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        problem(process("serve", "--port", port, "--home", sample.home, "--json"), "invalid-request", 2)
    problem(
        process("serve", "--host", "nadie.invalid", "--home", sample.home, "--json"), "invalid-request", 2
    )
    problem(process("serve", "--port", 0, "--home", sample.home, "--json"), "invalid-request", 2)


def test_there_must_be_an_archive(tmp_path):
    """Exit 11, with what to type."""
    told = problem(longeva("serve", "--home", tmp_path / "no", "--json"), "not-found", 11)
    assert "longeva init" in told["detail"]
    problem(longeva("worker", "--once", "--home", tmp_path / "no", "--json"), "not-found", 11)


def test_a_worker_does_what_is_due_and_then_nothing(changing):
    """The certified copy still lacked evidence; a second round finds nothing to seal."""
    first = longeva("worker", "--once", "--home", changing.home, "--json")
    assert first.code == 0
    assert first.json.keys() >= {"rounds", "swept", "sealed", "renewed", "indexed"}
    assert first.json["sealed"] == 1
    assert longeva("worker", "--once", "--home", changing.home, "--json").json["sealed"] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_ends_when_it_is_told_to(changing, number):
    """In the pause between rounds: exit 0, for it finished what it had, without a traceback."""
    running = start("worker", "--every", 100, "--home", changing.home)
    assert "round" in running.stderr.readline()
    time.sleep(0.2)
    running.send_signal(number)
    _, err = running.communicate(timeout=20)
    assert running.returncode == 0
    assert "Traceback" not in err


def test_a_worker_settles_what_waits(changing, tmp_path):
    """Queued, listed, settled and shown; what is rejected is shown with its findings."""
    (tmp_path / "nothing.zip").write_bytes(b"PK\x03\x04 no")
    queued = longeva(
        "deposit", "--queue", changing.package.zip_path, tmp_path / "nothing.zip",
        "--tenant", changing.tenant, "--home", changing.home, "--json",
    )  # fmt: skip
    assert queued.code == 0
    again, broken = (each["deposit"] for each in queued.json["queued"])
    listed = longeva("queue", "list", "--home", changing.home, "--json")
    assert [each["state"] for each in listed.json["queue"]] == ["QUEUED", "QUEUED"]
    assert longeva("queue", "show", again, "--home", changing.home, "--json").json["state"] == "QUEUED"
    done = longeva("worker", "--once", "--home", changing.home, "--json")
    assert (done.code, done.json["settled"], done.json["failed"]) == (0, 2, {})
    assert longeva("queue", "list", "--home", changing.home, "--json").json["queue"] == []
    shown = longeva("queue", "show", again, "--home", changing.home, "--json")
    assert (shown.code, shown.json["state"]) == (0, "REPEATED")
    assert shown.json["receipt"]["deposit"] == changing.receipt["deposit"]
    shown = longeva("queue", "show", broken, "--home", changing.home, "--json")
    assert (shown.code, shown.json["state"]) == (1, "REJECTED")
    problem(longeva("queue", "show", "nobody", "--home", changing.home, "--json"), "not-found", 11)
    problem(longeva("queue", "retry", again, "--home", changing.home, "--json"), "not-found", 11)


def test_what_failed_is_told_and_can_be_tried_at_once(changing):
    """A package that was damaged while it waited: the reason, exit 1; mended, it is settled."""
    queued = longeva(
        "deposit", "--queue", changing.package.folder, "--tenant", changing.tenant,
        "--home", changing.home, "--json",
    ).json["queued"][0]  # fmt: skip
    kept = changing.home / "inbox" / changing.tenant / queued["deposit"] / "package"
    whole = kept.read_bytes()
    kept.write_bytes(whole[1:])
    longeva("worker", "--once", "--home", changing.home, "--json")
    listed = longeva("queue", "list", "--home", changing.home, "--json")
    assert listed.code == 1
    (entry,) = listed.json["queue"]
    assert (entry["state"], entry["attempts"]) == ("ERROR", 1)
    assert "not what was submitted" in entry["reason"]
    kept.write_bytes(whole)
    assert longeva("queue", "retry", queued["deposit"], "--home", changing.home, "--json").code == 0
    assert longeva("worker", "--once", "--home", changing.home, "--json").json["settled"] == 1
