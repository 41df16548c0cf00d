# SPDX-License-Identifier: EUPL-1.2
"""Audits over several stores: each copy is challenged, a bad one is named, and mended where that is asked."""

from __future__ import annotations

import json

import pytest
from copies_to_order import contents, flaws, keep, leaving_stores, make_home, settings, take_away
from faulty_store import FaultyStore

from archive.canonical_json import canonical
from archive.engines import Engines
from archive.healing import heal_due
from archive.store import Answer
from archive.store.folder import FolderStore
from preservation.audit.run import audit
from preservation.evidence.sealing import seal_due
from preservation.installation import time_stamping, trust_store


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Three stores with a few objects in each."""
    leaving_stores(monkeypatch)
    made = make_home(tmp_path)
    for number in range(3):
        keep(made, f"kept-{number}")
    heal_due(made)
    return made


def problems(report):
    """What is wrong with the copies, whatever is wrong with rows that no deposit made."""
    return [each for each in report.problems if each.kind.startswith(("AUDIT-COPY", "STORE"))]


@pytest.mark.parametrize("name", ["v1/content/received/one.xml", "inventory.json", "inventory.json.sha256"])
@pytest.mark.parametrize("what", ["other", "gone"])
def test_a_bad_copy_is_named_and_mended_where_that_is_asked(home, tmp_path, name, what):
    """Whatever store it is in: told with its name, left alone; with `repair` mended, told, and found no more."""
    key = home.objects("villa").locate("urn:longeva:villa:kept-1", "received/one.xml")
    path = tmp_path / "b" / (key.partition("v1/")[0] + name)
    path.write_bytes(b"rot") if what == "other" else path.unlink()
    (found,) = problems(audit(home))
    assert (found.kind, found.severity) == ("AUDIT-COPY", "error")
    assert found.detail.startswith("b: E092")
    assert not path.exists() or path.read_bytes() == b"rot"
    (mended,) = problems(audit(home, repair=True))
    assert (mended.kind, mended.severity) == ("AUDIT-COPY-HEALED", "warning")
    assert problems(audit(home)) == []
    assert flaws(tmp_path / "b") == []


def test_a_file_bad_in_every_copy_is_lost_and_stays_as_it_is(home, tmp_path):
    """Then it is no bad copy but damage, as with one store; nothing is overwritten."""
    key = home.objects("villa").locate("urn:longeva:villa:kept-1", "received/one.xml")
    for name in "abc":
        (tmp_path / name / key).write_bytes(b"rot")
    assert [each.kind for each in problems(audit(home, repair=True))] == ["STORE-CONTENT-DIGEST"]
    assert (tmp_path / "a" / key).read_bytes() == b"rot"


def test_a_store_that_is_away_is_told_once(home, tmp_path):
    """A dead end-point is one warning, not one for each file, and no damage."""
    take_away(tmp_path / "a")
    report = audit(home)
    assert [(each.kind, each.detail[:2]) for each in problems(report)] == [("AUDIT-COPY-AWAY", "a:")]
    assert all(each.severity != "error" for each in problems(report))


def test_evidence_is_judged_by_the_copies_that_answer(tmp_path, monkeypatch):
    """A store that is away leaves every record proven: no evidence counts as failed because of it."""
    leaving_stores(monkeypatch)
    with make_home(tmp_path) as home:
        keep(home, "kept")
        heal_due(home)
        seal_due(home, time_stamping(home))
        take_away(tmp_path / "b")
        report = audit(home, trust=trust_store(home, home.clock.now()))
    assert [each.kind for each in problems(report)] == ["AUDIT-COPY-AWAY"]
    assert (report.evidence.verified, report.evidence.failed) == (1, 0)


class RememberingStore(FaultyStore):
    """Answers a challenge from the digest that it remembers, without reading."""

    def challenge(self, key, nonce):
        """Tell the digest it knows, and a MAC that it cannot know."""
        told = self.store.challenge(key, nonce)
        return Answer(told.sha256, "0" * 64, told.size)


def test_a_store_that_answers_from_memory_is_caught(home, tmp_path, monkeypatch):
    """The right sha256 is not enough: the answer to the nonce must be that of the other copies."""
    opened = Engines.open_one

    def open_one(engines, given, name="local"):
        return RememberingStore(FolderStore(tmp_path / "c")) if name == "c" else opened(engines, given, name)

    monkeypatch.setattr(Engines, "open_one", open_one)
    with type(home).open(home.path, home.clock) as again:
        found = problems(audit(again))
    assert found
    assert {(each.kind, each.detail[:2]) for each in found} == {("AUDIT-COPY", "c:")}


def test_what_a_drained_store_does_not_have_is_no_damage(home, tmp_path):
    """It is written no more: what came later is not there, and that is as it should be."""
    settings(home.path, "abc", draining="c")
    home.close()
    with type(home).open(home.path, home.clock) as again:
        keep(again, "later")
        assert problems(audit(again)) == []
    assert contents(tmp_path / "c").keys() < contents(tmp_path / "a").keys()


def test_everything_that_maps_an_object_may_rot_in_one_store(home, tmp_path):
    """Nothing in that store can say which of the four is right: the others can; each is named and mended."""
    key = home.objects("villa").locate("urn:longeva:villa:kept-1", "received/one.xml")
    maps = [f"{folder}inventory.json{end}" for folder in ("", "v1/") for end in ("", ".sha256")]
    before = contents(tmp_path / "b")
    for name in maps:
        (tmp_path / "b" / (key.partition("v1/")[0] + name)).write_bytes(b"rot")
    mended = problems(audit(home, repair=True))
    assert sorted(each.path for each in mended) == sorted(maps)
    assert {each.kind for each in mended} == {"AUDIT-COPY-HEALED"}
    after = contents(tmp_path / "b")
    assert {key for key in before if before[key] != after[key] and "/ledger/" not in key} == set()


def test_a_journal_that_rots_in_the_first_store_is_no_fault_of_the_others(home, tmp_path):
    """Also where the head that speaks of the damaged segment rots with it, in another event's favour."""
    segment = "tenants/villa/ledger/000000000002-000000000002.jsonl"
    head = "tenants/villa/ledger/head.json"
    path = tmp_path / "a" / segment
    path.write_bytes(path.read_bytes()[:-3] + b"?}\n")
    told = json.loads((tmp_path / "c" / head).read_bytes())
    (tmp_path / "c" / head).write_bytes(canonical({**told, "sequence": 2}) + b"\n")
    (tmp_path / "c" / segment).write_bytes(b"rot\n")
    found = [each for each in audit(home).problems if "/ledger/" in each.key or each.kind == "AUDIT-LEDGER"]
    assert sorted((each.detail[:2], each.key) for each in found) == [
        ("a:", segment),
        ("c:", segment),
        ("c:", head),
    ]
    assert {each.kind for each in found} == {"AUDIT-COPY"}
