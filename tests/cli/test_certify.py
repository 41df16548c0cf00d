# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from pathlib import Path

from terminal import longeva, problem


def test_a_copy_has_its_csv_and_its_file(sample):
    """A PDF where it was asked for, and an object of its own."""
    assert sample.issued.keys() >= {"csv", "path", "eni_id", "object"}
    assert Path(sample.issued["path"]).read_bytes().startswith(b"%PDF-")
    shown = longeva("show", sample.issued["object"], "--home", sample.home, "--json").json
    assert (shown["kind"], shown["eni_id"]) == ("copia", sample.issued["eni_id"])


def test_nothing_is_issued_that_could_not_be_handed_over(changing, tmp_path):
    """A place that cannot be written is told before a copy is archived."""
    told = longeva(
        "certify", changing.object_id, "-o", tmp_path / "no" / "c.pdf", "--home", changing.home, "--json"
    )
    problem(told, "invalid-request", 2)
    assert longeva("rebuild", "--home", changing.home, "--json").json["copies"] == 1


def test_unknown_objects_and_files_are_told(sample, tmp_path):
    """Exit 11."""
    base = ("-o", tmp_path / "c.pdf", "--home", sample.home, "--json")
    problem(longeva("certify", "nope", *base), "not-found", 11)
    problem(longeva("certify", sample.object_id, "nope", *base), "not-found", 11)
    assert list(tmp_path.iterdir()) == []
