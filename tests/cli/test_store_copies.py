# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest
from copies_to_order import empty as emptied
from copies_to_order import keep, make_home
from terminal import longeva, problem


@pytest.fixture
def copies(tmp_path):
    """The folder of a home over three stores, and what lies beside it."""
    with make_home(tmp_path) as home:
        keep(home, "kept")
    return tmp_path


def listed(folder):
    ran = longeva("store", "list", "--home", folder / "home", "--json")
    return ran.code, {each["name"]: each["state"] for each in ran.json["stores"]}


def test_how_the_stores_stand_is_listed(copies):
    """Behind until they were compared, whole after; the exit code says whether something is to be done."""
    assert listed(copies) == (1, dict.fromkeys("abc", "behind"))
    assert longeva("store", "heal", "--home", copies / "home").code == 0
    assert listed(copies) == (0, dict.fromkeys("abc", "whole"))
    assert "whole" in longeva("store", "list", "--home", copies / "home").out


def test_an_emptied_store_is_filled_and_the_counts_told(copies):
    """What was compared, copied and repaired, in JSON and in words."""
    longeva("store", "heal", "--home", copies / "home")
    emptied(copies / "b")
    assert listed(copies) == (1, {"a": "whole", "b": "filling", "c": "whole"})
    ran = longeva("store", "heal", "b", "--home", copies / "home", "--json")
    assert (ran.code, set(ran.json["copied"]), ran.json["repaired"]) == (0, {"b"}, 0)
    assert ran.json["bytes"] > 1000
    ran = longeva("store", "heal", "--all", "--home", copies / "home")
    assert ran.code == 0
    assert "keys compared" in ran.out


def test_what_cannot_be_mended_is_a_problem(copies):
    """A file that is wrong everywhere is told by its code, and the exit code is that of a finding."""
    for name in "abc":
        (file,) = (copies / name).glob("tenants/villa/ocfl/*/*/*/*/v1/content/received/one.xml")
        file.write_bytes(b"wrong")
    ran = longeva("store", "heal", "--all", "--home", copies / "home", "--json")
    assert ran.code == 1
    assert [each["code"] for each in ran.json["unrepairable"]] == ["STORE-COPY-UNREPAIRABLE"]


def test_a_store_that_is_not_there_is_refused(copies):
    """A name that no store has, or that of a store that is not written."""
    problem(longeva("store", "heal", "nobody", "--home", copies / "home", "--json"), "invalid-request", 2)


def test_one_store_has_nothing_to_be_compared_with(empty):
    """The embedded archive is whole by itself."""
    assert longeva("store", "list", "--home", empty, "--json").json["stores"][0]["state"] == "whole"
    assert longeva("store", "heal", "--home", empty, "--json").json["compared"] == 0


def test_an_audit_mends_where_that_is_asked(copies):
    """A bad copy is an error without `--repair` and told as mended with it."""
    (file,) = (copies / "c").glob("tenants/villa/ocfl/*/*/*/*/v1/content/received/one.xml")
    file.write_bytes(b"wrong")
    codes = []
    for options in ((), ("--repair",), ()):
        ran = longeva("audit", "--all", *options, "--home", copies / "home", "--json")
        codes.append([each["code"] for each in ran.json["problems"] if "COPY" in each["code"]])
    assert codes == [["AUDIT-COPY"], ["AUDIT-COPY-HEALED"], []]


def test_a_copy_is_checked_by_itself(copies):
    """What the others make up for is a problem of the one that was named."""
    (file,) = (copies / "c").glob("tenants/villa/ocfl/*/*/*/*/v1/content/received/one.xml")
    file.unlink()
    assert longeva("fsck", "--home", copies / "home").code == 0
    assert longeva("fsck", "--store", "a", "--home", copies / "home").code == 0
    ran = longeva("fsck", "--store", "c", "--home", copies / "home", "--json")
    assert (ran.code, [each["code"] for each in ran.json["problems"]]) == (1, ["STORE-CONTENT-MISSING"])
    problem(longeva("fsck", "--store", "nobody", "--home", copies / "home", "--json"), "not-found", 11)
