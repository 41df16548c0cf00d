# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import partial

import certificates_to_order as orders
import pytest
from lists_to_order import GRANTED, Signer, instance, lotl, pointer, service, signed, unsigned
from terminal import longeva

from preservation.signatures.cms.sign import sign_cms

OLD = {"since": datetime(1999, 1, 1, tzinfo=UTC), "until": datetime(2019, 1, 1, tzinfo=UTC)}


@pytest.fixture(scope="module")
def people():
    """Who signs lists, and an authority that a list names with a holder of its certificate."""
    issuer = orders.authority("AC LISTADA")
    return {
        "commission": orders.party("COMISION"),
        "operator": orders.party("OPERADOR"),
        "issuer": issuer,
        "holder": orders.party("TITULAR", issuer),
        "old": orders.authority("CLASE 2", **OLD),
    }


@pytest.fixture
def ask(tmp_path):
    """A command over a fresh archive."""
    home = tmp_path / "home"
    assert longeva("init", "--home", home).code == 0

    def run(*arguments, code=0):
        ran = longeva(*arguments, "--home", home, "--json")
        assert ran.code == code, (ran.out, ran.err)
        return ran.json

    run.home = home
    return run


def _list(people):
    return signed(
        unsigned(services=[service(people["issuer"], instance(GRANTED, "2016-07-01T00:00:00Z"))]),
        people["operator"],
    )


def test_trust_of_a_fresh_archive_is_the_development_authority(ask):
    """Out of the box nobody is believed but the authority for trials, and its name says so."""
    told = ask("trust", "list")
    assert [each["name"] for each in told["anchors"]] == ["AC RAIZ - PRUEBAS SIN VALOR LEGAL"]
    assert (told["dated"], told["lists"], told["services"], told["warnings"]) == ([], [], 0, [])


def test_trust_add_list_asks_who_answers_for_its_signer(ask, people, tmp_path):
    """A list of an unknown hand is not taken; with --signer it is, and a signature under it finds its anchor."""
    (tmp_path / "es.xml").write_bytes(_list(people))
    (refused,) = ask("trust", "add", tmp_path / "es.xml", code=1)["added"]
    digest = hashlib.sha256(people["operator"].der).hexdigest()
    assert f"--signer {digest}" in refused["problem"]
    (taken,) = ask("trust", "add", tmp_path / "es.xml", "--signer", digest)["added"]
    assert (taken["kind"], taken["problem"]) == ("list", "")
    told = ask("trust", "list")
    assert told["services"] == 1
    assert "should have been renewed" in told["warnings"][0]
    (anchor,) = ask("trust", "show", hashlib.sha256(people["issuer"].der).hexdigest()[:12])["found"]
    assert (anchor["service"], anchor["periods"][0]["status"]) == ("CA/QC", "granted")
    assert [each["name"] for each in ask("trust", "show", "es")["found"]] == ["list of ES"]
    (tmp_path / "a.txt").write_bytes(b"hola")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    (tmp_path / "a.p7s").write_bytes(
        sign_cms(b"hola", Signer.of(people["holder"]), detached=True, signing_time=at)
    )
    validate = partial(
        ask, "signature", "validate", tmp_path / "a.p7s", "--content", tmp_path / "a.txt", code=1
    )
    for more in ((), ("--trust", tmp_path / "es.xml")):
        (report,) = validate(*more)["signatures"]
        assert report["sub_indication"] != "NO_CERTIFICATE_CHAIN_FOUND", report["reasons"]
    (report,) = validate("--trust", people_file(tmp_path, people["old"]))["signatures"]
    assert report["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND"


def people_file(tmp_path, party):
    """Return a file with the certificate of a party."""
    path = tmp_path / "otro.cer"
    path.write_bytes(party.der)
    return path


def test_trust_option_refuses_a_list_whose_signature_does_not_hold(ask, people, tmp_path):
    """A list named on the command line is meant, and must still be whole."""
    (tmp_path / "es.xml").write_bytes(_list(people).replace(b">7<", b">8<"))
    told = ask("signature", "validate", tmp_path / "es.xml", "--trust", tmp_path / "es.xml", code=70)
    assert "does not hold" in told["detail"]


def test_trust_add_walks_from_operators_over_the_list_of_lists(ask, people, tmp_path):
    """Certificates for lists, the list of the lists, the list of a state: in one command, in whatever order."""
    (tmp_path / "oj.pem").write_bytes(people["commission"].pem)
    ask("trust", "add", tmp_path / "oj.pem", "--operator")
    assert len(ask("trust", "list")["anchors"]) == 1  # who signs lists is no anchor
    more = [pointer("https://x.example/es.xml", "ES", [people["operator"]])]
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "a-es.xml").write_bytes(_list(people))
    (folder / "b-eu.xml").write_bytes(lotl(people["commission"], [people["commission"]], more))
    told = ask("trust", "add", folder)["added"]
    assert [(each["name"], each["problem"]) for each in told] == [("b-eu.xml", ""), ("a-es.xml", "")]
    assert len(ask("trust", "show", "list of")["found"]) == 2


def test_trust_add_certificate_with_dates_is_written_down(ask, people, tmp_path):
    """What the operator decides stands in anchors.toml, and only once."""
    path = people_file(tmp_path, people["old"])
    command = (
        "trust",
        "add",
        path,
        "--since",
        "1999-03-18",
        "--until",
        "2017-09-12",
        "--purpose",
        "signing",
        "--source",
        'BOE "A"',
    )
    assert ask(*command)["added"][0]["kind"] == "anchor"
    told = ask("trust", "list")
    assert len(told["anchors"]) == 1
    (dated,) = told["dated"]
    assert (dated["source"], dated["purposes"]) == ('BOE "A"', ["signing"])
    assert (dated["periods"][0]["since"], dated["periods"][0]["until"]) == (
        "1999-03-18T00:00:00Z",
        "2017-09-12T00:00:00Z",
    )
    assert "already" in ask(*command, code=70)["detail"]
    assert (
        longeva("trust", "list", "--home", ask.home).out.count("CLASE 2  1999-03-18 / 2017-09-12  signing")
        == 1
    )


def test_trust_add_named_certificate_of_a_holder_is_an_anchor_by_decision(ask, people, tmp_path):
    """One certificate in a file that was named is meant; in a folder it only helps."""
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "h.cer").write_bytes(people["holder"].der)
    assert ask("trust", "add", tmp_path / "x")["added"][0]["kind"] == "certificate"
    assert ask("trust", "list")["dated"] == []
    assert ask("trust", "add", tmp_path / "x" / "h.cer")["added"][0]["kind"] == "anchor"
    assert "put in by the operator" in ask("trust", "list")["dated"][0]["source"]


def test_trust_add_revocation_list_of_a_known_authority(ask, people, tmp_path):
    """A list whose authority is at hand is kept with today's date; another is not taken."""
    (tmp_path / "i.cer").write_bytes(people["issuer"].der)
    crl = orders.revocation_list(people["issuer"], [5], at=datetime(2026, 1, 1, tzinfo=UTC))
    (tmp_path / "l.crl").write_bytes(crl)
    assert "no authority" in ask("trust", "add", tmp_path / "l.crl", code=1)["added"][0]["problem"]
    ask("trust", "add", tmp_path / "i.cer", tmp_path / "l.crl")
    assert ask("trust", "list")["revocation"] == {"lists": 1, "answers": 0}


def test_trust_add_rubbish_or_nonsense_is_told(ask, people, tmp_path):
    """A file without anything usable exits 1; options that contradict each other exit 2."""
    (tmp_path / "r.pem").write_bytes(b"hola")
    assert "nothing in it" in ask("trust", "add", tmp_path / "r.pem", code=1)["added"][0]["problem"]
    path = people_file(tmp_path, people["old"])
    ask("trust", "add", path, "--since", "2020-01-01", "--until", "2019-01-01", code=2)
    ask("trust", "add", path, "--operator", "--source", "x", code=2)
    ask("trust", "show", "nadie", code=11)


def test_trust_update_says_what_it_may_not_ask(ask, people, tmp_path):
    """Without hosts in trust.toml nothing is asked, and each refusal is told."""
    assert ask("trust", "update") == {"lists": [], "revocation": []}
    (ask.home / "trust").mkdir(exist_ok=True)
    (ask.home / "trust" / "trust.toml").write_text('[[list]]\nurl = "https://lists.example/lotl.xml"\n')
    (told,) = ask("trust", "update", code=1)["lists"]
    assert "lists.example is not among the hosts" in told["problem"]
    path = people_file(tmp_path, people["old"])
    ask("trust", "add", path)
    assert ask("trust", "update", path, code=1)["revocation"] == []
    (tmp_path / "h.cer").write_bytes(people["holder"].der)
    assert "no path" in ask("trust", "update", tmp_path / "h.cer", code=2)["detail"]


def test_trust_settings_that_are_not_understood_stop_the_work(ask):
    """A slip of the pen in trust.toml is told wherever trust is asked for."""
    (ask.home / "trust").mkdir(exist_ok=True)
    (ask.home / "trust" / "trust.toml").write_text("[fetch]\nhost = 'x'\n")
    assert "trust.toml" in ask("trust", "list", code=70)["detail"]
