# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest
from terminal import longeva, problem

from demo.loads import plain_package

FIELDS = {"deposit", "state", "object", "digests", "ledger", "findings"}


def deposit(home, *paths, tenant="villa"):
    return longeva("deposit", *paths, "--tenant", tenant, "--home", home, "--json")


def test_the_receipt_says_what_is_kept(sample):
    """Every field of the contract, the seal, and the digest of each received file."""
    assert sample.receipt.keys() >= FIELDS
    assert sample.receipt["state"] == "ACCEPTED"
    assert len(sample.receipt["digests"]["files"]) == len(list(sample.package.folder.iterdir()))
    assert sample.receipt["seal"]["value"]


def test_the_same_package_gives_the_same_receipt(changing):
    """As the folder instead of the ZIP too; stdout carries the JSON alone."""
    ran = deposit(changing.home, changing.package.folder)
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["receipts"] == [changing.receipt]


def test_people_are_told_that_it_was_there_already(changing):
    """Not only the same numbers: in words."""
    ran = longeva("deposit", changing.package.folder, "--tenant", "villa", "--home", changing.home)
    assert "already deposited" in ran.out
    assert changing.object_id in ran.out


def test_exit_1_where_one_of_several_was_rejected(changing, tmp_path):
    """Each has its receipt, in the order given; what was fine is kept."""
    good = plain_package(tmp_path / "bueno", 2, 500, seed=5).folder
    (tmp_path / "carta.txt").write_text("hola")
    ran = deposit(changing.home, tmp_path / "carta.txt", good)
    assert ran.code == 1
    assert [each["state"] for each in ran.json["receipts"]] == ["REJECTED", "ACCEPTED"]
    assert all(each.keys() >= FIELDS for each in ran.json["receipts"])
    found = ran.json["receipts"][0]["findings"][0]
    assert {"code", "severity", "place", "message"} <= found.keys()


@pytest.mark.parametrize("name", ["empty", "caf\udce9.xml"])
def test_what_is_no_package_leaves_a_report(changing, tmp_path, name):
    """A rejected deposit has a receipt and can be asked for; nothing else was kept."""
    path = tmp_path / name
    path.write_text("x") if path.suffix else path.mkdir()
    ran = deposit(changing.home, path)
    assert ran.code == 1
    assert ran.json["receipts"][0]["object"] == ""


def test_misuse_is_told_before_anything_is_stored(changing, tmp_path):
    """A path that is not there stops the whole command; so does an unknown municipality."""
    good = plain_package(tmp_path / "bueno", 1, 500, seed=6).folder
    problem(deposit(changing.home, good, tmp_path / "no.zip"), "invalid-request", 2)
    problem(deposit(changing.home), "invalid-request", 2)
    problem(deposit(changing.home, good, tenant="nadie"), "not-found", 11)
    problem(deposit(tmp_path / "nowhere", good), "not-found", 11)
    assert longeva("rebuild", "--home", changing.home, "--json").json["objects"] == 2
