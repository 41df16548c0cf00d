# SPDX-License-Identifier: EUPL-1.2
"""Laws of the chain: whatever one change is made to a ledger, it shows, and it shows where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from archive.chain import GENESIS, LedgerHead, event_digest, event_line, read_event, verify_chain
from archive.model import LedgerEvent

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 4 * 10**15).map(lambda count: EPOCH + timedelta(microseconds=count))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
DRAFTS = st.tuples(INSTANTS, TEXTS, TEXTS, TEXTS, st.dictionaries(TEXTS, JSON, max_size=3))


@st.composite
def chains(draw: st.DrawFn, shortest: int = 1) -> list[LedgerEvent]:
    """Draw a whole chain of one tenant."""
    chain: list[LedgerEvent] = []
    previous = GENESIS
    for sequence, draft in enumerate(draw(st.lists(DRAFTS, min_size=shortest, max_size=6)), 1):
        at, kind, subject, agent, detail = draft
        event = LedgerEvent(7 * sequence, "villa", sequence, at, kind, subject, agent, detail, previous)
        event = replace(event, digest=event_digest(event))
        chain.append(event)
        previous = event.digest
    return chain


def at_places(chain: list[LedgerEvent]) -> st.SearchStrategy[int]:
    """Draw a place in a chain."""
    return st.integers(0, len(chain) - 1)


@given(chains())
def test_whole_chain_holds(chain: list[LedgerEvent]) -> None:
    """What was chained by the rules is found whole."""
    assert verify_chain(chain) == []


@given(chains(2), st.data())
def test_chain_holds_from_any_known_head(chain: list[LedgerEvent], data: st.DataObject) -> None:
    """The rest of a chain can be checked from any event that is known."""
    place = data.draw(at_places(chain))
    assert verify_chain(chain[place + 1 :], LedgerHead(chain[place].sequence, chain[place].digest)) == []


CHANGES = {
    "at": lambda value: value + timedelta(microseconds=1),
    "kind": lambda value: value + ".",
    "subject": lambda value: value + " ",
    "agent": lambda value: value + "x",
    "detail": lambda value: {**value, "one more": None},
    "previous": lambda value: value[:-1] + ("1" if value[-1] == "0" else "0"),
    "digest": lambda value: value[:-1] + ("1" if value[-1] == "0" else "0"),
    "tenant_id": lambda value: value + "2",
    "sequence": lambda value: value + 1,
}


@given(chains(), st.sampled_from(sorted(CHANGES)), st.data())
def test_any_single_change_shows_at_its_event(
    chain: list[LedgerEvent], name: str, data: st.DataObject
) -> None:
    """Changing any covered field of any event is found, and the event is named."""
    place = data.draw(at_places(chain))
    event = chain[place]
    chain[place] = replace(event, **{name: CHANGES[name](getattr(event, name))})
    if name == "tenant_id" and place == 0 and len(chain) > 1:
        assert verify_chain(chain)  # whichever of the two tenants is taken for the stranger
    else:
        assert [problem.sequence for problem in verify_chain(chain)] == [place + 1]


@given(chains(2), st.data())
def test_rewritten_event_with_a_new_digest_shows_at_the_next(
    chain: list[LedgerEvent], data: st.DataObject
) -> None:
    """Whoever rewrites an event and its digest is betrayed by the event after it."""
    place = data.draw(st.integers(0, len(chain) - 2))
    event = replace(chain[place], agent=chain[place].agent + "x")
    chain[place] = replace(event, digest=event_digest(event))
    assert [problem.sequence for problem in verify_chain(chain)] == [place + 2]


@given(chains(2), st.data())
def test_gap_shows(chain: list[LedgerEvent], data: st.DataObject) -> None:
    """An event taken out anywhere but at the end is missed."""
    place = data.draw(st.integers(0, len(chain) - 2))
    del chain[place]
    assert [problem.sequence for problem in verify_chain(chain)] == [place + 1]


@given(chains(2), st.data())
def test_end_cut_off_shows_against_a_known_head(chain: list[LedgerEvent], data: st.DataObject) -> None:
    """Cutting the end breaks nothing inside; the head that was written down elsewhere tells."""
    keep = data.draw(st.integers(1, len(chain) - 1))
    cut = chain[:keep]
    assert verify_chain(cut) == []
    assert LedgerHead(cut[-1].sequence, cut[-1].digest) != LedgerHead(chain[-1].sequence, chain[-1].digest)


@given(chains(2), st.data())
def test_events_in_another_order_show(chain: list[LedgerEvent], data: st.DataObject) -> None:
    """Two events that changed places are found at the first of them."""
    first, second = sorted(data.draw(st.lists(at_places(chain), min_size=2, max_size=2, unique=True)))
    chain[first], chain[second] = chain[second], chain[first]
    assert [problem.sequence for problem in verify_chain(chain)] == [first + 1]


@given(chains(), st.data())
def test_event_told_twice_shows(chain: list[LedgerEvent], data: st.DataObject) -> None:
    """An event put in again is found at the place that it took."""
    place = data.draw(at_places(chain))
    chain.insert(place + 1, chain[place])
    assert [problem.sequence for problem in verify_chain(chain)] == [place + 2]


@given(chains())
def test_line_gives_the_event_back(chain: list[LedgerEvent]) -> None:
    """A journal line reads as the very event that was written, and writes as the very line."""
    for event in chain:
        line = event_line(event)
        assert read_event(line) == event
        assert event_line(read_event(line)) == line


@given(chains())
def test_position_is_not_covered(chain: list[LedgerEvent]) -> None:
    """The position belongs to a catalogue, not to the chain: another catalogue may number otherwise."""
    assert verify_chain([replace(event, position=0) for event in chain]) == []
