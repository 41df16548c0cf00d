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


def test_a_forecast_says_when_and_why(sample):
    """Before the time-stamping certificate ends; a year later too, and at the end of time."""
    for when in ((), ("--at", "2027-01-01"), ("--at", "9999-12-31")):
        ran = evidence(sample.home, "forecast", *when)
        assert ran.code == 0
        due = ran.json["due"][0]
        assert due.keys() >= {"due_at", "why", "batches", "objects"}
        assert due["batches"] == [sample.sealed["batch"]]
    assert (
        "hay que renovar"
        in longeva("evidence", "forecast", "--home", sample.home, language="es_ES.UTF-8").out
    )


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
    assert evidence(sample.home, "verify", index, "--data", index).code == 1
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
