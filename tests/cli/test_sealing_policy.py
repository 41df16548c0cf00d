# SPDX-License-Identifier: EUPL-1.2
"""`longeva evidence policy · status · accounts`, and what sealing says of several authorities."""

from __future__ import annotations

import csv
import io

import pytest
from stamping_services import StampingService, served
from terminal import longeva, problem

from archive.clock import SystemClock
from archive.home import Home
from demo.loads import plain_package
from ingest.deposit import deposit
from preservation.authority import DevelopmentAuthority

SETTINGS = """
[evidence]
interval = 3600
[timestamps.authorities.first]
url = "{first}"
price = 0.05
timeout = 2
[timestamps.authorities.second]
url = "{second}"
price = "0.0300"
timeout = 2
"""


@pytest.fixture
def archive(tmp_path):
    """Two municipalities, two services of one provider, and a function that runs commands."""
    provider = DevelopmentAuthority.create(tmp_path / "authority", SystemClock())
    services = [StampingService(provider, SystemClock()) for _ in range(2)]
    home = tmp_path / "home"
    with served(services[0].answer) as first, served(services[1].answer) as second:
        home.mkdir()
        (home / "longeva.toml").write_text(SETTINGS.format(first=first, second=second), "utf-8")
        (home / "trust").mkdir()
        for number, der in enumerate(provider.anchors()):
            (home / "trust" / f"{number}.der").write_bytes(der)
        longeva("init", "--home", home)
        for tenant, dir3 in (("villa", "L01990019"), ("otra", "L01990020")):
            longeva("tenant", "add", tenant, "--name", tenant, "--dir3", dir3, "--home", home)
        yield Archive(home, services, tmp_path)


class Archive:
    """What a test needs of it."""

    def __init__(self, home, services, folder):
        self.home, self.services, self._folder, self._seed = home, services, folder, 0

    def run(self, *arguments):
        """Run a command of `longeva evidence`."""
        return longeva("evidence", *arguments, "--home", self.home, "--json")

    def deposit(self, tenant):
        """Take something in."""
        self._seed += 1
        package = plain_package(self._folder / f"in{self._seed}", 1, 500, seed=self._seed).folder
        with Home.open(self.home, SystemClock()) as opened:
            deposit(opened, tenant, [package], seal=None)


def test_a_policy_is_set_shown_and_taken_back(archive):
    """Each version with its date; what is not said is as the settings say."""
    assert archive.run("policy").json["settings"]["interval"] == 3600
    said = ("--interval", 60, "--authorities", "second, first", "--tokens", 2, "--algorithm", "sha512")
    told = archive.run("policy", "--tenant", "villa", *said).json
    assert told["policy"] == {
        "interval": 60,
        "batch": 1_000_000,
        "authorities": ["second", "first"],
        "tokens": 2,
        "algorithm": "sha512",
    }
    everybody = archive.run("policy").json["tenants"]
    assert everybody["villa"] == told["policy"]
    assert everybody["otra"] == archive.run("policy").json["settings"]
    back = archive.run("policy", "--tenant", "villa", "--default").json
    assert back["policy"]["interval"] == 3600
    assert [each["version"] for each in back["history"]] == [1, 2]
    assert back["history"][1]["said"] == {}


@pytest.mark.parametrize(
    "said", [("--interval", -1), ("--tokens", 3), ("--authorities", "third"), ("--batch", 0)]
)
def test_what_makes_no_sense_is_refused_with_a_code(archive, said):
    """And a policy without municipality is a matter of the settings."""
    problem(archive.run("policy", "--tenant", "villa", *said), "invalid-request", 2)
    problem(archive.run("policy", "--interval", 5), "invalid-request", 2)
    problem(archive.run("policy", "--tenant", "nadie"), "not-found", 11)


def test_status_says_who_waits_too_long(archive):
    """Exit 1 while somebody is overdue, and 0 once everything is sealed."""
    archive.deposit("villa")
    ran = archive.run("status")
    assert (ran.code, ran.json["waiting"], ran.json["overdue"]) == (0, 1, 0)
    waiting = {each["tenant"]: each for each in ran.json["tenants"]}
    assert waiting["villa"]["interval"] == 3600
    assert waiting["otra"] == {
        "tenant": "otra", "waiting": 0, "since": None, "age": 0, "interval": 3600, "overdue": False
    }  # fmt: skip
    with Home.open(archive.home, SystemClock()) as opened, opened.catalog.transaction() as tx:
        tx._connection.exec_driver_sql("update objects set created_at = '2026-01-01 00:00:00.000000'")
    checked = longeva("config", "check", "--offline", "--home", archive.home, "--json").json["found"]
    (line,) = [each for each in checked if each["subject"] == "sealing"]
    assert line["state"] == "warning"
    assert "villa waits with 1" in line["words"]
    late = archive.run("status")
    assert (late.code, late.json["overdue"]) == (1, 1)
    assert archive.run("status", "--tenant", "otra").code == 0
    assert archive.run("seal").code == 0
    assert archive.run("status").json["waiting"] == 0


def test_two_authorities_are_asked_once_each_and_accounted_for(archive):
    """One request per authority and batch; then one is down, and the batch says what it lacks."""
    for tenant in ("villa", "otra"):
        archive.run("policy", "--tenant", tenant, "--tokens", 2)
        for _ in range(2):
            archive.deposit(tenant)
    sealed = archive.run("seal").json
    assert [each["authority"] for each in sealed["batches"][0]["tokens"]] == ["first", "second"]
    assert (sealed["sealed"], [each.asked for each in archive.services]) == (4, [1, 1])

    archive.services[0].manner = "refuses"
    archive.deposit("villa")
    ran = archive.run("seal")
    assert ran.code == 0
    assert [each["code"] for each in ran.json["findings"]] == [
        "EVIDENCE-AUTHORITY-FAILED",
        "EVIDENCE-TOKEN-MISSING",
    ]

    told = archive.run("accounts").json
    assert (told["tokens"], told["cost"], told["objects"]) == (3, "0.1100", 5)
    assert [(each["authority"], each["tokens"], each["cost"]) for each in told["authorities"]] == [
        ("first", 1, "0.0500"),
        ("second", 2, "0.0600"),
    ]
    assert {each["tenant"]: each["cost"] for each in told["tenants"]} == {"otra": "0.0400", "villa": "0.0700"}
    table = longeva("evidence", "accounts", "--csv", "-", "--home", archive.home)
    assert [row[1] for row in csv.reader(io.StringIO(table.out))] == ["authority", "first", "second"]
    assert archive.run("accounts", "--to", "2020-01-01").json["tokens"] == 0


def test_what_one_policy_waits_for_does_not_hold_up_another(archive):
    """Exit 1 where a part stays due, with the reason; nothing at all is exit 60."""
    archive.run("policy", "--tenant", "villa", "--authorities", "first")
    archive.run("policy", "--tenant", "otra", "--authorities", "second")
    archive.deposit("villa")
    archive.deposit("otra")
    archive.services[0].manner = "refuses"
    ran = archive.run("seal")
    assert (ran.code, ran.json["sealed"]) == (1, 1)
    assert "first answered with status 503" in ran.json["failures"][0]
    problem(archive.run("seal"), "timestamp-unavailable", 60)
    archive.services[0].manner = "honest"
    assert archive.run("seal").json["sealed"] == 1


def test_the_inspection_tells_of_policies_that_cannot_be_kept(archive):
    """An authority that left the settings, and two tokens of the only one that is left."""
    archive.run("policy", "--tenant", "villa", "--authorities", "first,second", "--tokens", 2)
    settings = archive.home / "longeva.toml"
    first, _, _ = settings.read_text("utf-8").partition("[timestamps.authorities.second]")
    settings.write_text(first, "utf-8")
    checked = longeva("config", "check", "--offline", "--home", archive.home, "--json").json["found"]
    words = [each["words"] for each in checked if each["subject"] == "sealing"]
    assert words == [
        "0 objects wait, none longer than its policy says",
        "the policy of villa names second, which the settings do not",
        "the policy of villa asks for 2 tokens, and there is one authority to ask",
    ]
    archive.deposit("villa")
    ran = archive.run("seal")
    assert (ran.code, ran.json["sealed"]) == (0, 1)
    assert "second: the settings do not name it" in ran.json["findings"][0]["message"]


def test_bringing_trust_up_to_date_asks_about_the_units_that_stamped(archive):
    """So that the next token is judged with what their authority says of them; a closed door asks nobody."""

    def asked():
        told = longeva("trust", "update", "--home", archive.home, "--json").json["revocation"]
        return {each["url"]: each["problem"] for each in told}

    archive.deposit("villa")
    archive.run("seal")
    assert asked() == {}
    (archive.home / "trust" / "trust.toml").write_text('[fetch]\nhosts = ["127.0.0.1:8318"]\n', "utf-8")
    told = asked()
    assert told.keys() == {f"http://127.0.0.1:8318/{path}" for path in ("ocsp", "crl/tsa-ca", "crl/root")}
    assert all("not public" in each for each in told.values())  # a name that a stranger wrote leads nowhere
