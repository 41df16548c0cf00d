# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from archive.digests import digest_bytes
from archive.errors import IntegrityError
from archive.inventory import Inventory, Version
from archive.lineages import continues, counting, told_alike

WHEN = datetime(2026, 11, 21, 10, tzinfo=UTC)


def version(before: Inventory | None, data: bytes) -> Inventory:
    """The next version of an object, whose one file holds `data`."""
    staged = {"received/one": digest_bytes(data)}
    begun = before or Inventory("urn:longeva:villa:one", (), {})
    return begun.next_version(staged, staged, Version(WHEN, {}, "", "test", ""))


FIRST = version(None, b"1")
SECOND = version(FIRST, b"2")
OTHER = version(None, b"other")
LONGER = version(version(OTHER, b"still other"), b"and longer")


def test_of_one_history_the_furthest_counts_however_few_have_it() -> None:
    """A copy that was away comes back with the past, which is no contradiction."""
    assert counting([FIRST, FIRST, SECOND], 3) == SECOND
    assert told_alike([SECOND, FIRST, FIRST])


def test_of_two_histories_that_of_most_copies_counts_and_not_the_longer() -> None:
    """One copy alone cannot rewrite the past of the others, however far it reaches."""
    assert counting([LONGER, FIRST, SECOND], 3) == SECOND
    assert counting([LONGER, FIRST, FIRST], 3) == FIRST


@pytest.mark.parametrize(
    ("found", "copies"), [([FIRST, OTHER], 2), ([FIRST, OTHER], 3), ([FIRST, LONGER], 3)]
)
def test_without_a_majority_nobody_knows(found: list[Inventory], copies: int) -> None:
    """A copy that is silent may be the one that decides; until then neither history is taken for the truth."""
    with pytest.raises(IntegrityError, match="different histories"):
        counting(found, copies)


def test_who_forgets_bytes_of_the_past_does_not_continue_it() -> None:
    """The same versions, but a manifest that lost or moved what it says of bytes, is another history."""
    forgetful = replace(
        SECOND, manifest={path: digest for path, digest in SECOND.manifest.items() if "v2" in path}
    )
    assert continues(SECOND, FIRST)
    assert not continues(forgetful, FIRST)
    assert not continues(FIRST, SECOND)
