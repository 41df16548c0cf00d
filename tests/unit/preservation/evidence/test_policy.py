# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.errors import IntegrityError, InvalidRequest, NotFound
from archive.home import Home
from archive.registers import registers_prefix
from preservation.evidence.policy import (
    SealingPolicy,
    change_policy,
    default_policy,
    policies,
    policy_history,
    policy_of,
)

SETTINGS = """
[evidence]
interval = 600
tokens = 2
[timestamps.authorities.first]
url = "https://one.example/tsa"
[timestamps.authorities.second]
url = "https://two.example/tsa"
"""


@pytest.fixture
def home(world):
    """A home whose settings name two authorities, and a second municipality."""
    world.home.add_tenant("otra", "Otro Ayuntamiento", "L01990020")
    (world.home.path / "longeva.toml").write_text(SETTINGS, "utf-8")
    with Home.open(world.home.path, world.clock) as opened:
        yield opened


def test_who_says_nothing_has_what_the_settings_say(home):
    """And a change of the settings is a change for all of them."""
    expected = SealingPolicy(600, 1_000_000, (), 2, "sha256")
    assert default_policy(home) == policy_of(home, "villa") == expected
    assert policies(home) == {}
    assert list(policy_history(home, "villa")) == []


def test_what_a_tenant_has_otherwise_counts_for_it_alone(home):
    """Only what was said differs; the rest follows the settings."""
    decided = change_policy(
        home, "villa", {"interval": 60, "authorities": ["second"], "tokens": 1}, agent="ana"
    )
    assert decided == policy_of(home, "villa") == SealingPolicy(60, 1_000_000, ("second",), 1, "sha256")
    assert policies(home) == {"villa": decided}
    assert policy_of(home, "otra") == default_policy(home)


def test_every_version_is_dated_and_kept(home, world):
    """Which policy was in force on a day can be said decades later, and who decided it."""
    first = world.clock.now()
    change_policy(home, "villa", {"algorithm": "sha512"}, agent="ana")
    second = world.travel(2027)
    change_policy(home, "villa", {"algorithm": None, "batch": 10}, agent="luis")
    change_policy(home, "villa", {"batch": 10}, agent="nobody")  # nothing changes: nothing is told
    change_policy(home, "otra", {"batch": 7}, agent="eva")
    history = list(policy_history(home, "villa"))
    assert [(each.version, each.since, each.agent, dict(each.said)) for each in history] == [
        (1, first, "ana", {"algorithm": "sha512"}),
        (2, second, "luis", {"batch": 10}),
    ]
    with home.catalog.reading() as tx:
        told = tx.last_event("villa")
    assert (told.kind, told.detail["policy"]["batch"]) == ("sealing.changed", 10)


def test_a_version_that_is_gone_is_told(home):
    """The ledger says that there was one."""
    change_policy(home, "villa", {"batch": 10}, agent="ana")
    for key in list(home.store.keys(registers_prefix("villa") + "sealing-policies/")):
        home.store.delete(key)
    with pytest.raises(IntegrityError, match="is gone"):
        list(policy_history(home, "villa"))


@pytest.mark.parametrize(
    "changes",
    [
        {"interval": -1},
        {"interval": True},
        {"interval": 366 * 86_400},
        {"batch": 0},
        {"tokens": 3},
        {"algorithm": "sha1"},
        {"authorities": ["third"]},
        {"authorities": ["first", "first"]},
        {"authorities": ["first"], "tokens": 2},
        {"colour": "blue"},
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(home, changes):
    """Out of bounds, unknown, twice, or more tokens than authorities."""
    with pytest.raises(InvalidRequest):
        change_policy(home, "villa", changes, agent="ana")
    assert policies(home) == {}


def test_a_tenant_that_is_not_there_has_no_policy_of_its_own(home):
    """Nothing is written for it."""
    with pytest.raises(NotFound):
        change_policy(home, "nadie", {"batch": 1}, agent="ana")


def test_no_tree_grows_under_a_digest_that_is_due_to_be_left(world):
    """SHA-256 is to fall in 2040: from 2039 on new trees, whoever wanted which, are of SHA-512."""
    settings = "[evidence.retired]\nsha256 = 2040-01-01\n"
    world.home.close()
    (world.home.path / "longeva.toml").write_text(settings, "utf-8")
    with Home.open(world.home.path, world.clock) as world.home:
        change_policy(world.home, "villa", {"algorithm": "sha256", "interval": 60}, agent="cli")
        world.travel(2038, 12, 30)
        assert default_policy(world.home).algorithm == policy_of(world.home, "villa").algorithm == "sha256"
        world.travel(2039, 1, 2)
        assert default_policy(world.home).algorithm == policy_of(world.home, "villa").algorithm == "sha512"
        assert policies(world.home)["villa"].algorithm == "sha512"
