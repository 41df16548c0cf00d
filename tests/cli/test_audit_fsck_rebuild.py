# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import math

import pytest
from terminal import errors, longeva, problem

PROBLEM = {"code", "severity", "place", "message"}


@pytest.fixture
def damaged(changing):
    """An archive with one byte of one file changed, and that file's name."""
    file = next(changing.home.glob("store/tenants/villa/ocfl/**/received/12_*.xml"))
    file.chmod(0o600)
    data = file.read_bytes()
    file.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
    return changing


def run(home, *command):
    return longeva(*command, "--home", home, "--json")


@pytest.mark.parametrize("command", [("audit", "--all"), ("audit", "--sample", 3), ("fsck",)])
def test_a_whole_archive_has_no_problems(sample, command):
    """Exit 0, counts, and nothing that weighs."""
    ran = run(sample.home, *command)
    assert (ran.code, ran.err, errors(ran)) == (0, "", [])
    counts = [ran.json[name] for name in ("objects", "files", "bytes") if name in ran.json]
    assert counts
    assert all(count > 0 for count in counts)


@pytest.mark.parametrize("command", [("audit", "--all"), ("fsck",)])
def test_one_changed_byte_is_named(damaged, command):
    """Exit 1, the file by name and nothing else; to people in words, in their language."""
    ran = run(damaged.home, *command)
    assert ran.code == 1
    assert {each["path"].split("/")[-1] for each in errors(ran)} == {damaged.resolution.split("/")[-1]}
    assert all(each.keys() >= PROBLEM for each in ran.json["problems"])
    said = longeva(*command, "--home", damaged.home, language="es_ES.UTF-8")
    assert errors(ran)[0]["mensaje"] in said.out
    assert "{" not in said.out


def test_the_same_seed_draws_the_same_sample(sample):
    """A sample can be repeated."""
    first = run(sample.home, "audit", "--sample", 4)
    again = run(sample.home, "audit", "--sample", 4, "--seed", first.json["seed"])
    assert (first.json["files"], again.json["bytes"]) == (4, first.json["bytes"])


def test_a_sample_says_what_it_is_worth(sample):
    """By number or by what it shall find; which damage it would have met, in both languages."""
    ran = run(sample.home, "audit", "--sample", 5)
    assert [each["probability"] for each in ran.json["found_with"]] == [0.95, 0.99]
    assert "this sample would have met one" in ran.json["statement"]["en"]
    wished = run(sample.home, "audit", "--detect", 0.2, "--confidence", 0.95).json
    assert 5 < wished["files"] < wished["population"]
    assert wished["found_with"][0]["damaged"] <= math.ceil(0.2 * wished["population"])
    said = longeva("audit", "--sample", 5, "--home", sample.home, language="es_ES.UTF-8")
    assert "esta muestra habría dado con alguno" in said.out


def test_audits_are_on_record(damaged):
    """What was read and found is in the history, and in the history of the object that is damaged."""
    run(damaged.home, "audit", "--sample", 3)
    run(damaged.home, "audit", "--all")
    ran = run(damaged.home, "audit", "--history")
    assert ran.code == 0
    assert [each["kind"] for each in ran.json["audits"][:2]] == ["audit.completed", "audit.sampled"]
    assert ran.json["audits"][0]["problems"]["STORE-CONTENT-DIGEST"] == 1
    assert "STORE-CONTENT-DIGEST 1" in longeva("audit", "--history", "--home", damaged.home).out
    shown = run(damaged.home, "show", damaged.object_id).json["history"]
    assert shown[-1]["kind"] == "audit.problem"


def test_a_pass_that_is_resumed_reads_everything(damaged):
    """Portion by portion to the end: the same damage is named, and the whole is on record."""
    ran = run(damaged.home, "audit", "--resume")
    assert ran.code == 1
    assert {each["path"].split("/")[-1] for each in errors(ran)} == {damaged.resolution.split("/")[-1]}
    assert ran.json["pass"]["kind"] == "audit.completed"
    assert ran.json["pass"]["done"] == 2
    assert run(damaged.home, "audit", "--history").json["audits"][0]["pass_files"] == ran.json["files"]


def test_misuse_is_told(sample):
    """All or a sample, of one file at least; a municipality that is there."""
    problem(run(sample.home, "audit"), "invalid-request", 2)
    problem(run(sample.home, "audit", "--all", "--sample", 3), "invalid-request", 2)
    problem(run(sample.home, "audit", "--sample", 0), "invalid-request", 2)
    problem(run(sample.home, "audit", "--detect", 1.5), "invalid-request", 2)
    problem(run(sample.home, "audit", "--resume", "--history"), "invalid-request", 2)
    problem(run(sample.home, "fsck", "--tenant", "nadie"), "not-found", 11)
    assert run(sample.home, "fsck", "--tenant", "villa").code == 0


def test_catalogue_and_index_come_back_from_the_store_alone(changing):
    """Both burned: the same answers afterwards."""
    shown = run(changing.home, "show", changing.object_id).json
    for path in changing.home.glob("catalog.sqlite3*"):
        path.unlink()
    for path in (changing.home / "index").rglob("*"):
        if path.is_file():
            path.unlink()
    problem(run(changing.home, "show", changing.object_id), "catalog-unavailable", 60)
    ran = run(changing.home, "rebuild")
    assert (ran.code, ran.err, ran.json["problems"]) == (0, "", [])
    assert (ran.json["objects"], ran.json["documents"]) == (2, 25)
    assert run(changing.home, "show", changing.object_id).json == shown
    assert (
        longeva("search", "licencia", "--tenant", "villa", "--home", changing.home, "--json").json["total"]
        > 0
    )


def test_rebuilding_says_whether_it_is_the_same(changing):
    """Counts in words, no Python."""
    out = longeva("rebuild", "--home", changing.home).out
    assert "the same as before" in out
    assert "{" not in out
