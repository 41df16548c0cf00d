# SPDX-License-Identifier: EUPL-1.2
"""`longeva csv import · sedes` and `longeva copy revoke`."""

from __future__ import annotations

from terminal import longeva, problem

TENANT = "villa"
SEDE = "Sede electrónica (2012-2019)"


def documents(sample):
    """Return the ENI identifiers of the sample's documents."""
    shown = longeva("show", sample.object_id, "--home", sample.home, "--json").json
    return [each["eni_id"] for each in shown["documents"]]


def imported(sample, tmp_path, text, *more):
    """Import a table for the sample's municipality."""
    table = tmp_path / "codes.csv"
    table.write_text(text, "utf-8")
    return longeva(
        "csv", "import", table, "--tenant", TENANT, "--sede", SEDE, *more, "--home", sample.home, "--json"
    )


def test_codes_are_imported_listed_and_verified(changing, tmp_path):
    """A code of an old platform is answered by the archive; what is unknown yet makes exit 1."""
    eni_id = documents(changing)[0]
    ran = imported(changing, tmp_path, f"csv;eni_id\nANTIGUO-2014-0001;{eni_id}\n", "--platform", "SIGEM")
    assert (ran.code, ran.json["resolved"]) == (0, 1)
    assert (
        "document kept by the archive" in longeva("verify", "antiguo 2014 ooo1", "--home", changing.home).out
    )
    listed = longeva("csv", "sedes", "--tenant", TENANT, "--home", changing.home, "--json").json["sedes"]
    assert [(one["name"], one["platform"], one["codes"]) for one in listed] == [(SEDE, "SIGEM", 1)]
    lacking = imported(changing, tmp_path, "csv;eni_id\nANTIGUO-2014-0002;ES_L01990019_2014_X\n")
    assert (lacking.code, lacking.json["unknown"]["count"]) == (1, 1)
    assert lacking.json["unknown"]["first"] == [{"line": 2, "csv": "ANTIGUO-2014-0002"}]


def test_wrong_tables_and_tenants_are_told(sample, tmp_path):
    """Invalid input of what is no table, 11 of a municipality that is not there."""
    ran = imported(sample, tmp_path, "uno,dos\n")
    assert ran.json["code"] == "invalid-input"
    base = ("--tenant", "nadie", "--sede", "x", "--home", sample.home, "--json")
    problem(longeva("csv", "import", tmp_path / "codes.csv", *base), "not-found", 11)
    problem(longeva("csv", "sedes", "--tenant", "nadie", "--home", sample.home, "--json"), "not-found", 11)


def test_copy_is_taken_out_of_force_once(changing):
    """By its code; then its code says so, a second time contradicts, and a rebuilding knows it still."""
    home, code = changing.home, changing.issued["csv"]
    ran = longeva("copy", "revoke", code, "--reason", "error", "--home", home, "--json")
    assert (ran.code, ran.json["object"]) == (0, changing.issued["object"])
    assert longeva("verify", code, "--home", home).code != 0
    again = longeva(
        "copy", "revoke", changing.issued["object"], "--reason", "error", "--home", home, "--json"
    )
    problem(again, "conflict", 30)
    longeva("rebuild", "--home", home)
    assert longeva("verify", code, "--home", home).code != 0


def test_unknown_copies_and_missing_successors_are_told(sample):
    """Nothing is withdrawn by a reference that is no copy, nor replaced by nothing."""
    base = ("--home", sample.home, "--json")
    problem(longeva("copy", "revoke", "nada", "--reason", "error", *base), "not-found", 11)
    problem(longeva("copy", "revoke", sample.object_id, "--reason", "error", *base), "not-found", 11)
    ran = longeva("copy", "revoke", sample.issued["csv"], "--reason", "superseded", *base)
    problem(ran, "invalid-request", 2)
