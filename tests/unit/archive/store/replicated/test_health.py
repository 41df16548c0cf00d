# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from concurrent.futures import Future

import pytest

from archive.store.replicated.health import LONGEST_PAUSE, READ_FAILURES, Health, Suspect


class Time:
    """A clock that is moved by hand."""

    at = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.at


@pytest.fixture
def time() -> Time:
    """The clock of the test."""
    return Time()


@pytest.fixture
def health(time: Time) -> Health:
    """Nothing was seen yet."""
    return Health(time)


def test_a_store_that_failed_is_left_alone_for_longer_each_time(health: Health, time: Time) -> None:
    """Twice the pause for each failure, up to the longest; then it is asked again."""
    pauses = []
    for _ in range(12):
        health.failed("a", "no route")
        assert health.left_alone("a") == "no route"
        begun = time.at
        while health.left_alone("a"):
            time.at += 0.25
        pauses.append(time.at - begun)
    assert pauses[:3] == [0.5, 1.0, 2.0]
    assert pauses[-1] == LONGEST_PAUSE
    assert not health.left_alone("b")


def test_one_bad_read_is_no_dead_store(health: Health) -> None:
    """Only reads that fail one after the other count."""
    for _ in range(READ_FAILURES - 1):
        health.failed("a", "bad sector", reading=True)
    assert not health.left_alone("a")
    health.answered("a")
    health.failed("a", "bad sector", reading=True)
    assert not health.left_alone("a")
    for _ in range(READ_FAILURES - 1):
        health.failed("a", "bad sector", reading=True)
    assert health.left_alone("a") == health.last_failure("a") == "bad sector"


def test_who_answers_is_well_but_behind_until_it_is_healed(health: Health, time: Time) -> None:
    """A store that missed a write is read after the others, also when it answers again."""
    health.failed("a", "full")
    time.at += 60
    health.answered("a")
    assert (health.left_alone("a"), health.behind("a"), health.behind("b")) == ("", True, False)
    health.healed("a")
    assert not health.behind("a")


def test_a_store_still_at_work_is_left_alone_until_it_ends(health: Health) -> None:
    """However long that takes."""
    work: Future[None] = Future()
    health.late("a", work)
    assert health.left_alone("a")
    work.set_result(None)
    assert not health.left_alone("a")


def test_suspects_are_told_once(health: Health) -> None:
    """Whoever takes them looks after them."""
    health.suspect("a", "key", "00")
    health.suspect("a", "key", "00")
    assert health.take_suspects() == [Suspect("a", "key", "00")]
    assert health.take_suspects() == []
