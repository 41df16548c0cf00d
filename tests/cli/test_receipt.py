# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json

import pytest
from terminal import longeva, problem

from archive.clock import SystemClock
from archive.home import Home
from demo.loads import plain_package
from ingest.queue.claims import Claims
from ingest.queue.settling import Bench
from ingest.queue.submission import submit
from ingest.standing import receipt, standings


@pytest.fixture
def kept(sample, tmp_path):
    """The receipt of the sample, as a file of the depositor."""
    file = tmp_path / "recibo.json"
    file.write_text(json.dumps(sample.receipt, ensure_ascii=False, indent=1), "utf-8")
    return file


def test_receipt_is_what_the_archive_sealed(sample, kept):
    """Whoever trusts the archive's authority sees that the receipt holds."""
    ran = longeva("receipt", "check", kept, "--home", sample.home, "--json")
    assert (ran.code, ran.json["intact"], ran.json["indication"]) == (0, True, "TOTAL_PASSED")
    assert ran.json["deposit"] == sample.receipt["deposit"]


def test_changed_receipt_is_told(sample, kept):
    """One changed digit anywhere, and it does not hold."""
    told = json.loads(kept.read_text("utf-8"))
    told["state"] = "REJECTED"
    kept.write_text(json.dumps(told), "utf-8")
    ran = longeva("receipt", "check", kept, "--home", sample.home, "--json")
    assert (ran.code, ran.json["intact"], ran.json["indication"]) == (1, False, "TOTAL_FAILED")


def test_receipt_is_checked_without_an_archive(kept, tmp_path):
    """On another machine it is unchanged, and its seal is nobody's that is trusted."""
    ran = longeva("receipt", "check", kept, "--home", tmp_path / "none", "--json")
    assert (ran.code, ran.json["intact"], ran.json["indication"]) == (1, True, "INDETERMINATE")


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", '{"seal": {"format": "x"}}', "[" * 100_000])
def test_what_is_no_receipt_is_told(tmp_path, text):
    """Exit 2 with words."""
    file = tmp_path / "x.json"
    file.write_text(text, "utf-8")
    problem(longeva("receipt", "check", file, "--home", tmp_path / "none", "--json"), "invalid-request", 2)


def test_deposit_in_error_is_given_up(empty, tmp_path):
    """`queue drop` takes only what is in ERROR, and leaves a receipt with the reason."""
    longeva("tenant", "add", "villa", "--name", "Villa", "--dir3", "L01990019", "--home", empty)
    file = tmp_path / "a.xml"
    file.write_bytes(b"<a/>")
    with Home.open(empty, SystemClock()) as home:
        queued = submit(home, "villa", [file])[0].deposit_id
        drop = ("queue", "drop", queued, "--reason", "Se repite", "--home", empty, "--json")
        problem(longeva(*drop), "conflict", 30)
        claims = Claims(home)
        with claims.next() as entries:
            claims.fail(entries[0], RuntimeError("broken"))
    ran = longeva(*drop)
    assert (ran.code, ran.json["receipt"]["decision"]["reason"]) == (0, "Se repite")
    assert longeva("queue", "list", "--home", empty, "--json").json["queue"] == []
    assert longeva("queue", "show", queued, "--home", empty, "--json").json["state"] == "REJECTED"
    assert longeva("rebuild", "--home", empty, "--json").code == 0
    assert longeva("queue", "show", queued, "--home", empty, "--json").json["state"] == "REJECTED"


def test_depositor_finds_his_own_after_a_rebuilding(empty, tmp_path):
    """Who brought what is told by the ledger, so a burned catalogue loses it to nobody."""
    longeva("tenant", "add", "villa", "--name", "Villa", "--dir3", "L01990019", "--home", empty)
    package = plain_package(tmp_path / "p", 1, 300, seed=9).folder
    (tmp_path / "roto.xml").write_bytes(b"<roto")
    with Home.open(empty, SystemClock()) as home:
        kept = submit(home, "villa", [package], agent="key:a")[0].deposit_id
        turned_away = submit(home, "villa", [tmp_path / "roto.xml"], agent="key:a")[0].deposit_id
        submit(home, "villa", [package], agent="key:b")
        while Bench(home).settle_next():
            pass
    (empty / "catalog.sqlite3").unlink()
    assert longeva("rebuild", "--home", empty, "--json").code == 0
    with Home.open(empty, SystemClock()) as home:
        own = standings(home, "villa", agent="key:a")
        assert [(each.deposit_id, str(each.state)) for each in own] == [
            (turned_away, "REJECTED"), (kept, "ACCEPTED"),
        ]  # fmt: skip
        assert receipt(home, kept)["deposit"] == kept
        assert [str(each.state) for each in standings(home, "villa", agent="key:b")] == ["REPEATED"]
