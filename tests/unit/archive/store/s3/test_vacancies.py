# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from archive.store.s3.vacancies import Vacancies


def test_only_what_was_listed_under_the_guard_is_known():
    """A key is free if its prefix was listed while the guard was held, and it was not there."""
    seen = Vacancies()
    seen.listed("a/", ["a/1"])
    assert not seen.free("a/2")
    with seen.during(["a/"]):
        assert not seen.free("a/2")
        seen.listed("a/", ["a/1"])
        assert seen.free("a/2")
        assert not seen.free("a/1")
        assert not seen.free("b/1")
    assert not seen.free("a/2")


def test_a_listing_of_what_is_not_held_says_nothing():
    """Others may write there at any moment."""
    seen = Vacancies()
    with seen.during(["a/"]):
        seen.listed("b/", [])
        seen.listed("", [])
        assert not seen.free("b/1")
        assert not seen.free("a/1")
    with seen.during([]):
        seen.listed("b/", [])
        assert seen.free("b/1")


def test_a_key_that_was_written_is_no_longer_free():
    """Also where it was only tried."""
    seen = Vacancies()
    with seen.during(["a/"]), seen.during(["a/"]):
        seen.listed("a/", [])
        seen.changed("a/1")
        assert not seen.free("a/1")
        assert seen.free("a/2")
