# SPDX-License-Identifier: EUPL-1.2
"""Which of the inventories that several copies have of one object counts.

Every version only adds to those before it (OCFL 1.1 section 3.5.3), so honest copies differ in how far they
reach and in nothing else: the furthest counts, also where one copy alone has it. Where one denies what
another says, one of them is what a writer left that was never acknowledged, another archive's, or forged.
Then no length counts, only how many copies tell the same; and where that is no majority, nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from archive.errors import IntegrityError
from archive.inventory import Inventory


def continues(later: Inventory, earlier: Inventory) -> bool:
    """Tell whether an inventory says of the past all that another one says."""
    return (
        later.object_id == earlier.object_id
        and later.versions[: earlier.head] == earlier.versions
        and earlier.manifest.items() <= later.manifest.items()
    )


def told_alike(found: Iterable[Inventory]) -> bool:
    """Tell whether none of these inventories denies what another says."""
    by_length = sorted(found, key=lambda each: each.head)
    return all(continues(later, earlier) for earlier, later in pairwise(by_length))


def counting(found: Sequence[Inventory], copies: int) -> Inventory:
    """Return the inventory that counts.

    Args:
        found: What the copies vouch for that have the object, one each, not empty; of those that reach as
            far the first is returned.
        copies: How many copies there are, those without the object and those that are silent as well.

    Raises:
        IntegrityError: They tell different histories, and none is that of most copies.
    """
    if told_alike(found):
        return max(found, key=lambda each: each.head)
    backed = [each for each in found if 2 * sum(continues(each, other) for other in found) > copies]
    if not backed:
        raise IntegrityError(
            "the copies tell different histories of the object, and none is that of most copies",
            place=found[0].object_id,
        )
    return max(backed, key=lambda each: each.head)
