# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import certificates_to_order as orders
import pytest
from lists_to_order import GRANTED, ISSUED, NEXT, instance, lotl, pointer, service, signed, unsigned

from archive.errors import IntegrityError
from preservation.trust.fetch import Answer, FetchPolicy, fetch
from preservation.trust.settings import ListSource
from preservation.trusted_lists.shelf import Shelf
from preservation.trusted_lists.update import admit, operators_in, update

NOW = datetime(2024, 4, 1, tzinfo=UTC)
LOTL, ES, FR, PIVOT = (f"https://lists.example/{name}.xml" for name in ("lotl", "es", "fr", "pivot-10"))


@pytest.fixture(scope="module")
def commission():
    """Two generations of signers of the list of the lists."""
    return orders.party("COMISION 1"), orders.party("COMISION 2")


@pytest.fixture
def web(operator, issuer, commission):
    """What stands on the network: a list of the lists after one pivot, and the list of a state."""
    first, second = commission
    pointers = [pointer(ES, "ES", [operator]), pointer(FR, "FR", [operator])]
    granted = service(issuer, instance(GRANTED, "2016-07-01T00:00:00Z"))
    return {
        LOTL: lotl(second, [second], pointers, sequence=11, pages=["https://journal.example/oj", PIVOT]),
        PIVOT: lotl(first, [second], sequence=10),
        ES: signed(unsigned(services=[granted]), operator),
    }


@pytest.fixture
def folder(tmp_path, commission):
    """A trust folder that believes the Official Journal alone."""
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "oj.pem").write_bytes(commission[0].pem)
    return tmp_path


def _asking(web):
    def ask(url):
        return Answer(url, web[url]) if url in web else Answer(url, problem="no answer")

    return ask


def test_update_walks_from_the_journal_to_the_list_of_a_state(folder, web, issuer):
    """Journal, pivot, list of the lists, list of a state: each believed for the one before."""
    steps = update(folder, [ListSource(LOTL)], _asking(web), NOW)
    assert [(each.url, each.problem, each.new) for each in steps] == [(LOTL, "", True), (ES, "", True)]
    assert "pivot" in steps[0].snapshot.because
    assert "list of the lists" in steps[1].snapshot.because
    shelf = Shelf(folder)
    assert shelf.trust(NOW).anchors_at(NOW, "signing") == (issuer.der,)
    again = update(folder, [ListSource(LOTL)], _asking(web), NOW + timedelta(days=1))
    assert [(each.new, each.snapshot.obtained_at) for each in again] == [(False, NOW), (False, NOW)]


def test_update_takes_the_territories_that_were_asked_for(folder, web):
    """One state by default; all of them where the operator says so, and what fails is told."""
    steps = update(folder, [ListSource(LOTL, frozenset({"*"}))], _asking(web), NOW)
    assert [(each.url, each.problem) for each in steps] == [(LOTL, ""), (ES, ""), (FR, "no answer")]


def test_update_without_the_pivot_believes_nothing(folder, web):
    """The way from the Journal is broken: nothing is kept, and it is said which link was missing."""
    del web[PIVOT]
    steps = update(folder, [ListSource(LOTL)], _asking(web), NOW)
    assert [(each.url, bool(each.problem)) for each in steps] == [(PIVOT, True), (LOTL, True)]
    assert Shelf(folder).snapshots() == ()


def test_update_with_the_network_cut_leaves_what_is_kept(folder, web, issuer):
    """The last lists go on serving; past their next update a warning says so."""
    update(folder, [ListSource(LOTL)], _asking(web), NOW)
    steps = update(folder, [ListSource(LOTL)], _asking({}), NOW)
    assert [each.problem for each in steps] == ["no answer"]
    shelf = Shelf(folder)
    assert shelf.warnings(NOW) == []
    said, of_lists = shelf.warnings(NEXT + timedelta(days=3))
    assert "list of ES should have been renewed on 2024-09-01 (3 days ago)" in said
    assert "the list of EU should have been renewed" in of_lists
    assert shelf.trust(NEXT + timedelta(days=3)).anchors_at(NEXT, "signing") == (issuer.der,)


def test_update_later_edition_is_believed_for_the_keys_of_an_older_one(folder, web, commission):
    """Once kept, an edition names the signers of the next without the Journal or pivots."""
    update(folder, [ListSource(LOTL)], _asking(web), NOW)
    step = admit(folder, lotl(commission[1], [commission[1]], sequence=12), url=LOTL, at=NOW)
    assert "older edition" in step.snapshot.because


def test_admit_by_hand_for_a_signer_that_was_named(tmp_path, operator):
    """Somebody must answer for the signer: the digest of its certificate, or a file in the folder."""
    whole = signed(unsigned(), operator)
    refused = admit(tmp_path, whole, url="es.xml", at=NOW)
    assert (refused.snapshot, refused.signer) == (None, hashlib.sha256(operator.der).hexdigest())
    assert Shelf(tmp_path).snapshots() == ()
    step = admit(tmp_path, whole, url="es.xml", at=NOW, named=[refused.signer.upper()])
    assert "operator of the archive" in step.snapshot.because
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "x.cer").write_bytes(operator.der)
    assert operators_in(tmp_path) == (operator.der,)
    assert "operators" in admit(tmp_path, whole, url="es.xml", at=NOW).snapshot.because


@pytest.mark.parametrize("damage", [b"", b"<a/>", b"\x00" * 50])
def test_admit_what_is_no_list_says_so(tmp_path, damage):
    """Hostile bytes give a reason, and nothing is kept."""
    step = admit(tmp_path, damage, url="x", at=NOW, named=["00"])
    assert step.problem
    assert step.snapshot is None
    assert step.to_json()["snapshot"] is None


def test_shelf_chooses_the_edition_of_the_day(tmp_path, operator, issuer, stamper):
    """Judged as of a day, the youngest edition issued by then; before all of them, the oldest."""
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "x.cer").write_bytes(operator.der)
    for number, (party, months) in enumerate(((issuer, 0), (stamper, 5))):
        issued = ISSUED + timedelta(days=30 * months)
        granted = service(party, instance(GRANTED, "2016-07-01T00:00:00Z"))
        data = signed(unsigned(services=[granted], sequence=7 + number, issued=issued), operator, at=issued)
        assert admit(tmp_path, data, url="x", at=NOW).snapshot
    shelf = Shelf(tmp_path)
    day = timedelta(days=1)
    for at, party in ((ISSUED - day, issuer), (ISSUED + day, issuer), (ISSUED + 160 * day, stamper)):
        assert shelf.trust(at).anchors_at(at, "signing") == (party.der,)


def test_shelf_tells_when_a_snapshot_was_changed(tmp_path, operator):
    """A list that no longer is what its name promises stops the work: trust may not be edited."""
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "x.cer").write_bytes(operator.der)
    step = admit(tmp_path, signed(unsigned(), operator), url="x", at=NOW)
    path = tmp_path / "snapshots" / f"{step.snapshot.digest}.xml"
    path.write_bytes(path.read_bytes().replace(b">7<", b">9<"))
    with pytest.raises(IntegrityError):
        Shelf(tmp_path).trust(NOW)
    (tmp_path / "snapshots" / "index.json").write_text(json.dumps([]))
    with pytest.raises(IntegrityError):
        Shelf(tmp_path).snapshots()


def test_update_over_real_connections(folder, operator, issuer, commission):
    """The same walk through the fetch door and a server of this machine; other hosts are refused and told."""
    pages: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path in pages else 404)
            self.end_headers()
            self.wfile.write(pages.get(self.path, b""))

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        host = f"127.0.0.1:{server.server_address[1]}"
        pointers = [pointer(f"http://{host}/es.xml", "ES", [operator]), pointer(ES, "ES", [operator])]
        pages["/lotl.xml"] = lotl(commission[0], [commission[0]], pointers)
        granted = service(issuer, instance(GRANTED, "2016-07-01T00:00:00Z"))
        pages["/es.xml"] = signed(unsigned(services=[granted]), operator)
        ask = partial(fetch, policy=FetchPolicy(frozenset({host}), loopback=True))
        steps = update(folder, [ListSource(f"http://{host}/lotl.xml")], ask, NOW)
        server.shutdown()
    assert [each.problem for each in steps] == [
        "",
        "",
        "lists.example is not among the hosts that may be asked",
    ]
    assert Shelf(folder).trust(NOW).anchors_at(NOW, "signing") == (issuer.der,)
