# SPDX-License-Identifier: EUPL-1.2
"""What a random sample is worth: the probability that it meets damage, and how large it must be.

With `k` damaged files among `N`, a sample of `n` drawn evenly and without replacement meets at least one
with probability 1 - C(N-k, n) / C(N, n). It finds epidemics (a disk that fails, a program that wrote
rubbish); only a full pass finds the single file.

Source: hypergeometric distribution; the conservative size is ln(1 - confidence) / ln(1 - share).
"""

from __future__ import annotations

import math
from fractions import Fraction

from archive.errors import InvalidRequest


def detection(population: int, drawn: int, damaged: int) -> float:
    """Return the probability that `drawn` of `population` files meet at least one of `damaged`."""
    drawn = min(drawn, population)
    if damaged <= 0 or drawn <= 0:
        return 0.0
    if drawn + damaged > population:
        return 1.0
    few, many = sorted((drawn, damaged))
    return -math.expm1(math.fsum(math.log1p(-many / (population - step)) for step in range(few)))


def smallest_found(population: int, drawn: int, confidence: float) -> int | None:
    """Return the least number of damaged files that such a sample meets with `confidence`.

    None where nothing was drawn: then not even all of them would have been met.
    """
    if drawn <= 0 or population <= 0:
        return None
    low, high = 1, population
    while low < high:
        middle = (low + high) // 2
        if detection(population, drawn, middle) >= confidence:
            high = middle
        else:
            low = middle + 1
    return low


def wanted_size(share: float, confidence: float) -> int:
    """Return a size that meets a damaged share with `confidence` in an archive of any size.

    Raises:
        InvalidRequest: Not both between 0 and 1, or the sample would be no sample any more (over 10^12).
    """
    if not (0 < share < 1 and 0 < confidence < 1):
        raise InvalidRequest("a share and a confidence lie between 0 and 1, such as 0.0001 and 0.99")
    size = math.log1p(-confidence) / math.log1p(-share)
    if size > 1e12:
        raise InvalidRequest("no sample is as large as that: audit everything")
    return max(1, math.ceil(size))


def needed_size(population: int, share: float, confidence: float) -> int:
    """Return the least size that meets a damaged share of exactly `population` files with `confidence`."""
    damaged = max(1, math.ceil(Fraction(share).limit_denominator(10**12) * population))
    low, high = 1, max(1, min(population, wanted_size(share, confidence)))
    while low < high:
        middle = (low + high) // 2
        if detection(population, middle, damaged) >= confidence:
            high = middle
        else:
            low = middle + 1
    return low
