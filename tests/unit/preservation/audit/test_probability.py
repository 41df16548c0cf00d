# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import math
import random

import pytest

from archive.errors import InvalidRequest
from preservation.audit.probability import detection, needed_size, smallest_found, wanted_size


def exact(population: int, drawn: int, damaged: int) -> float:
    return 1 - math.comb(population - damaged, drawn) / math.comb(population, drawn)


@pytest.mark.parametrize(("population", "drawn"), [(100, 30), (1000, 5), (7, 7), (10, 1)])
def test_the_smallest_damage_that_is_found_is_the_smallest(population, drawn):
    """One damaged file fewer would not have been met with that confidence."""
    for confidence in (0.5, 0.95, 0.99):
        least = smallest_found(population, drawn, confidence)
        assert least is not None
        assert exact(population, drawn, least) >= confidence
        assert least == 1 or exact(population, drawn, least - 1) < confidence


def test_nothing_drawn_finds_nothing():
    """Without a draw, or without files, there is no damage that would have been met."""
    assert smallest_found(0, 0, 0.95) is None
    assert smallest_found(10, 0, 0.95) is None
    assert detection(10, 0, 10) == 0.0


@pytest.mark.parametrize("population", [1, 2, 50, 3000, 10**7, 10**10])
def test_the_wished_probability_is_reached_with_as_few_files_as_that_takes(population):
    """The size holds what was asked, one file fewer does not, and it is never over the one for any archive."""
    for share, confidence in ((0.0001, 0.99), (0.01, 0.95), (0.3, 0.5)):
        size = needed_size(population, share, confidence)
        damaged = max(1, math.ceil(share * population - 1e-9))
        assert detection(population, size, damaged) >= confidence
        assert size == 1 or detection(population, size - 1, damaged) < confidence
        assert size <= min(population, wanted_size(share, confidence))


def test_the_stated_probability_is_what_happens():
    """Two thousand draws of 60 among 1,000 files of which 20 are damaged meet damage as often as stated."""
    source = random.Random(1)
    met = sum(any(each < 20 for each in source.sample(range(1000), 60)) for _ in range(2000))
    assert met / 2000 == pytest.approx(detection(1000, 60, 20), abs=0.03)


@pytest.mark.parametrize(("share", "confidence"), [(0, 0.9), (1, 0.9), (0.1, 0), (0.1, 1), (1e-13, 0.99)])
def test_a_certainty_that_cannot_be_is_refused(share, confidence):
    """Nothing is sure, and no sample finds next to nothing."""
    with pytest.raises(InvalidRequest):
        wanted_size(share, confidence)
