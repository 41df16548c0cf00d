# SPDX-License-Identifier: EUPL-1.2
"""Which head a proof leads to. What an attacker can do with proofs: tests/failures/test_red_team_ledger.py."""

from __future__ import annotations

import pytest

from archive.errors import NotFound
from archive.ledger import EventDraft
from archive.ledger_proofs import Kept
from archive.ledger_tree import TreeHead
from preservation.evidence.sealing import seal_due
from preservation.ledger import proving
from preservation.ledger.proving import newest_head, newest_stamped, prove, stamped_openings


def happen(world, count):
    """Let things happen in villa."""
    with world.home.catalog.transaction("villa") as tx:
        world.home.ledger.append_all(tx, "villa", [EventDraft("object.read", "urn:x", "cli")] * count)
    world.home.ledger.flush("villa")


def test_a_proof_leads_to_the_newest_stamped_head_that_reaches_as_far(world):
    """Of an early event the stamped head; of a late one the head as it stands, without a stamp."""
    happen(world, 4)
    assert newest_stamped(world.home, "villa") is None
    assert prove(world.home, "villa").opening is None
    world.keep("a", {"received/a": b"1"})
    seal_due(world.home, world.tsa)
    happen(world, 4)
    (opening,) = stamped_openings(world.home, "villa", 5)
    early, late = prove(world.home, "villa", events=[3]), prove(world.home, "villa", events=[8])
    assert (early.head, early.opening) == (opening.head, opening)
    assert (late.head, late.opening) == (newest_head(world.home, "villa"), None)


def test_what_never_was_is_not_proven(world):
    """Heads and events that this ledger never had, and ledgers that are none."""
    happen(world, 3)
    head = newest_head(world.home, "villa")
    for kept in (
        Kept("villa", TreeHead(head.size, b"\x00" * 32)),
        Kept("villa", TreeHead(head.size + 1, head.root)),
        Kept("villa", TreeHead(0, head.root)),
        Kept("villa", head, 2, b"\x00" * 32),
        Kept("villa", head, head.size + 1, b"\x00" * 32),
    ):
        with pytest.raises(NotFound):
            prove(world.home, "villa", [kept])
    with pytest.raises(NotFound):
        prove(world.home, "nadie")


def test_who_guesses_a_head_makes_nobody_read_evidence(world, monkeypatch):
    """Else the time of the answer would tell a stranger whose ledgers exist, and cost more than his question."""
    happen(world, 3)
    world.keep("a", {"received/a": b"1"})
    seal_due(world.home, world.tsa)
    monkeypatch.setattr(proving, "newest_stamped", None)
    with pytest.raises(NotFound):
        prove(world.home, "villa", [Kept("villa", TreeHead(2, b"\x00" * 32))])
