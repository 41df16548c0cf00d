# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from pathlib import Path

from terminal import longeva, problem


def evidence(home, *arguments):
    return longeva("evidence", *arguments, "--home", home, "--json")


def test_sealing_covers_what_lacked_evidence(sample, empty):
    """One batch, its authority and how long it is good; nothing to seal is no failure."""
    assert sample.sealed.keys() >= {"batch", "sealed", "authority", "sealed_at", "valid_until"}
    assert sample.sealed["sealed"] == 1
    assert "SIN VALOR LEGAL" in sample.sealed["authority"]
    ran = evidence(empty, "seal")
    assert (ran.code, ran.json) == (0, {"batch": None, "sealed": 0})


def test_a_forecast_says_when_why_and_what_it_takes(sample):
    """Before the time-stamping certificate ends, with the assumptions; the words are the reader's."""
    ran = evidence(sample.home, "forecast", "--at", "2027-01-01")
    assert ran.code == 0
    due = next(each for each in ran.json["due"] if each["work"] == "time-stamps")
    assert due["due_at"].startswith("2031-06")
    assert (due["records"], due["tokens"], due["bytes"], due["overdue"]) == (1, 1, 0, False)
    assert due["why"][0]["kind"] == "unit"
    assert [each["year"] for each in ran.json["years"]] == list(range(2027, 2048))
    assert ran.json["assumptions"]
    told = longeva("evidence", "forecast", "--home", sample.home, language="es_ES.UTF-8").out
    assert "El certificado de sellado" in told
    assert "│" in told


def test_a_forecast_tells_of_what_is_late(sample):
    """Overdue a year before the end, lost after it, also at the end of time: exit 1."""
    overdue = evidence(sample.home, "forecast", "--at", "2031-09-01")
    assert overdue.code == 1
    assert any(each["overdue"] and each["work"] == "time-stamps" for each in overdue.json["due"])
    for at in ("2033-01-01", "9999-12-31"):
        lost = evidence(sample.home, "forecast", "--at", at)
        assert (lost.code, [each["work"] for each in lost.json["due"] if each["tokens"] == 0][-1]) == (
            1,
            "lost",
        )


def test_the_table_of_algorithms_names_its_sources(sample):
    """Each row with its day, whether it is decided, and edition and clause of who says so."""
    table = evidence(sample.home, "forecast", "--table").json["rows"]
    assert {each["planned"] for each in table} == {True, False}
    assert all(each["source"] and each["clause"] and each["reading"] for each in table)


def test_the_register_says_what_covered_an_object(sample, tmp_path):
    """Of the object, of all by batches, and as CSV: from when to when, by whom, and the wait before."""
    one = evidence(sample.home, "coverage", sample.object_id).json
    (version,) = one["versions"]
    assert [each["mechanism"] for each in version["mechanisms"]] == ["seal"]
    assert {each["lack"] for each in version["gaps"]} <= {"unsealed"}
    everything = evidence(sample.home, "coverage", "--from", "2020-01-01").json["entries"]
    assert [(each["batch"], each["versions"]) for each in everything] == [(sample.sealed["batch"], 1)]
    assert evidence(sample.home, "coverage", "--to", "2020-01-01").json["entries"] == []
    table = tmp_path / "register.csv"
    assert evidence(sample.home, "coverage", "--csv", table).code == 0
    rows = table.read_text().splitlines()
    assert rows[0].startswith("tenant,object,version")
    assert any(sample.object_id in row and sample.sealed["batch"] in row for row in rows)
    problem(evidence(sample.home, "coverage", "--tenant", "nobody"), "not-found", 11)


def test_renewing_early_in_the_future_and_too_late(changing):
    """Not due: nothing; due: one token for all; too late: a finding and exit 1."""
    assert evidence(changing.home, "renew").json["renewed"] == []
    late = evidence(changing.home, "renew", "--at", "2099-01-01")
    assert late.code == 1
    assert {"code", "severity", "place", "message"} <= late.json["findings"][0].keys()
    ran = evidence(changing.home, "renew", "--at", "2031-11-01")
    assert (ran.code, ran.json["renewed"]) == (0, [changing.sealed["batch"]])
    assert ran.json["valid_until"] > changing.sealed["valid_until"]
    problem(evidence(changing.home, "renew", "--at", "garbage"), "invalid-request", 2)


def test_a_record_is_shown_written_and_verifies_over_its_files(sample, tmp_path):
    """What `show -o` writes, `verify --data` proves; another file it does not."""
    record, index = tmp_path / "record.er", tmp_path / "index.xml"
    shown = evidence(sample.home, "show", sample.object_id, "-o", record)
    assert (shown.code, shown.err) == (0, "")
    assert shown.json["bytes"] == record.stat().st_size
    assert shown.json["indication"] == "TOTAL_PASSED"
    longeva("get", sample.object_id, "-o", index, "--home", sample.home)
    good = evidence(sample.home, "verify", record, "--data", index)
    assert (good.code, good.json["indication"]) == (0, "TOTAL_PASSED")
    assert good.json["steps"]
    other = evidence(sample.home, "verify", record, "--data", record)
    assert (other.code, other.json["indication"]) == (1, "TOTAL_FAILED")
    assert other.json["codes"] == ["EVIDENCE-RECORD-HASH"]
    none = evidence(sample.home, "verify", index, "--data", index)
    assert (none.code, none.json["codes"]) == (1, ["EVIDENCE-RECORD-FORMAT"])
    problem(evidence(sample.home, "verify", record), "invalid-request", 2)
    problem(evidence(sample.home, "verify", tmp_path / "no.er", "--data", index), "invalid-request", 2)
    assert evidence(tmp_path / "nowhere", "verify", record, "--data", index).code == 1, (
        "nobody is trusted there"
    )


def test_objects_without_evidence_or_without_existence_are_told(sample):
    """The certified copy was issued after the sealing."""
    assert evidence(sample.home, "show", sample.issued["object"]).code in {11, 30, 50}
    problem(evidence(sample.home, "show", "nope"), "not-found", 11)


def test_a_record_is_shown_over_the_files_as_they_are(changing):
    """A file that changed since is no longer proven by a record that is whole."""
    shown = evidence(changing.home, "show", changing.object_id)
    assert shown.json["indication"] == "TOTAL_PASSED"
    (file,) = changing.home.rglob(Path(changing.resolution).name)
    file.write_bytes(file.read_bytes() + b" ")
    shown = evidence(changing.home, "show", changing.object_id)
    assert (shown.code, shown.json["indication"]) == (1, "TOTAL_FAILED")
