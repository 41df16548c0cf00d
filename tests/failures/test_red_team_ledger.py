# SPDX-License-Identifier: EUPL-1.2
"""Whoever has every key of the house rewrites history, chain and catalogue and all: what is kept elsewhere tells.

The chain by itself holds after each of these attacks, for its digests are made anew. What it is held against
are heads that somebody kept, receipts, and the heads that were time-stamped.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from terminal import longeva

from archive.chain import GENESIS, LedgerHead, event_digest
from archive.errors import NotFound
from archive.heads_check import check_heads, stamped_heads
from archive.home import Home
from archive.journal import put_head, put_segment, read_journal, segments, verify_journal
from archive.ledger import EventDraft
from archive.ledger_growth import Tree
from archive.ledger_openings import opening_key, read_opening
from archive.ledger_proofs import Kept, LedgerProof, LedgerVerdict
from archive.ledger_tree import TreeHead, consistency_proof, inclusion_proof, leaf_hash, root_of
from archive.rebuild import rebuild_catalog
from preservation.evidence.sealing import seal_due
from preservation.ledger.proving import prove
from preservation.ledger.verification import verify_ledger, verify_proof
from preservation.trust.store import TrustStore

STAMPED, ALL = 8, 16
"""Events of villa when its stamped head was told to it, and in the end."""


@pytest.fixture
def town(world):
    """Two municipalities with some history, heads stamped in the middle of it."""
    world.home.add_tenant("otra", "Otro Ayuntamiento", "L01990020")
    world.keep("a", {"received/a": b"1"})
    happen(world.home, "otra", 3)
    happen(world.home, "villa", STAMPED - 2)
    world.batch = seal_due(world.home, world.tsa)  # writes one event of villa
    happen(world.home, "villa", ALL - STAMPED)
    assert world.home.ledger.head("villa").sequence == ALL
    return world


def happen(home, tenant, count):
    """Let things happen."""
    drafts = [EventDraft("object.read", f"urn:{number}", "cli", {"n": number}) for number in range(count)]
    with home.catalog.transaction(tenant) as tx:
        placed = home.ledger.append_placed(tx, tenant, drafts)
    home.ledger.flush(tenant)
    return placed


def kept_head(home, size=0):
    """Return a head as somebody wrote it down."""
    with home.catalog.reading("villa") as tx:
        tree = Tree(tx, "villa")
        return Kept("villa", tree.head(size or tree.size))


def kept_receipt(home, sequence):
    """Return what a receipt tells."""
    with home.catalog.reading("villa") as tx:
        (event,) = tx.tenant_events("villa", sequence - 1, 1)
        place = Tree(tx, "villa").place(sequence, sequence)
    return Kept("villa", place.head, sequence, bytes.fromhex(event.digest), place.proof)


def forge(town, events):
    """Put another history in the place of villa's: chained anew, segments, head, catalogue and all."""
    previous, forged, home = GENESIS, [], town.home
    for sequence, event in enumerate(events, 1):
        one = replace(event, sequence=sequence, previous=previous, position=1000 + sequence)
        forged.append(replace(one, digest=event_digest(one)))
        previous = forged[-1].digest
    for key, _, _ in list(segments(home.store, "villa")):
        home.store.delete(key)
    home.store.sync()
    put_segment(home.store, forged)
    put_head(home.store, "villa", LedgerHead(len(forged), previous))
    home.store.sync()
    home.close()
    for path in home.path.glob("catalog.sqlite3*"):
        path.unlink()
    town.home = Home.open_store(home.path, home.clock)
    rebuild_catalog(town.home)


def rewritten(events, at):
    """Say of one event that something else happened."""
    return [*events[:at], replace(events[at], detail={"n": "other"}), *events[at + 1 :]]


ATTACKS = {
    "rewritten": lambda events: rewritten(events, 4),
    "first rewritten": lambda events: rewritten(events, 0),
    "truncated": lambda events: events[:5],
    "reordered": lambda events: [*events[:3], events[4], events[3], *events[5:]],
    "removed": lambda events: [*events[:4], *events[5:]],
    "inserted": lambda events: [*events[:4], replace(events[4], subject="urn:invented"), *events[4:]],
    "forked": lambda events: [*events[:4], *(replace(event, agent="forger") for event in events[4:])],
}
LATE = {
    "truncated": lambda events: events[: ALL - 2],
    "forked": lambda events: rewritten(events, ALL - 2),
}
"""After the head that was stamped: only what somebody kept since can tell."""


@pytest.mark.parametrize("attack", ATTACKS)
def test_history_that_was_changed_is_told_by_the_stamped_heads(town, attack):
    """The chain of digests holds again, and the head that was time-stamped says what it was."""
    assert verify_ledger(town.home, "villa").verdict is LedgerVerdict.VALID
    forge(town, ATTACKS[attack](list(read_journal(town.home.store, "villa"))))
    assert verify_journal(town.home.store, "villa") == []
    assert town.home.ledger.verify("villa") == []
    report = verify_ledger(town.home, "villa")
    assert report.verdict is LedgerVerdict.BROKEN
    assert {step.code for step in report.steps} == {"LEDGER-BROKEN"}
    ran = longeva("fsck", "--home", town.home.path, "--json")
    assert ran.code == 1
    assert {problem["kind"] for problem in ran.json["problems"]} == {"ledger.opening"}


@pytest.mark.parametrize("attack", [*ATTACKS, *(f"late {name}" for name in LATE)])
def test_history_that_was_changed_is_told_by_what_somebody_kept(town, attack):
    """One old head is enough, or one receipt; also of what no time stamp covers yet."""
    head, receipt = kept_head(town.home), kept_receipt(town.home, ALL - 1)
    assert verify_ledger(town.home, "villa", [head, receipt]).verdict is LedgerVerdict.VALID
    change = LATE[attack.removeprefix("late ")] if attack.startswith("late") else ATTACKS[attack]
    forge(town, change(list(read_journal(town.home.store, "villa"))))
    for kept in (head, receipt):
        report = verify_ledger(town.home, "villa", [kept])
        assert report.verdict is LedgerVerdict.BROKEN
        told = {step.code for step in report.steps}
        assert told & {"LEDGER-REWRITTEN", "LEDGER-TRUNCATED", "LEDGER-EVENT-OTHER"}
        with pytest.raises(NotFound):
            prove(town.home, "villa", [kept])


@pytest.mark.parametrize("attack", [*ATTACKS, *(f"late {name}" for name in LATE)])
def test_no_proof_from_another_history_holds_for_an_outsider(town, attack):
    """Who has an old head or a receipt is never told VALID, whatever is computed from a changed history."""
    events = list(read_journal(town.home.store, "villa"))
    change = LATE[attack.removeprefix("late ")] if attack.startswith("late") else ATTACKS[attack]
    happened = [*change(events), *(replace(events[-1], subject=f"urn:later:{n}") for n in range(ALL))]
    honest = prove(town.home, "villa")
    leaves, previous = [], GENESIS
    for sequence, event in enumerate(happened, 1):
        digest = event_digest(replace(event, sequence=sequence, previous=previous))
        leaves.append(leaf_hash(bytes.fromhex(digest)))
        previous = digest
    head = TreeHead(len(leaves), root_of(leaves))

    def node(level, number):
        return root_of(leaves[number << level : number + 1 << level])

    for kept in (kept_head(town.home), kept_receipt(town.home, ALL - 1)):
        for older in (kept.head, TreeHead(kept.head.size, root_of(leaves[: kept.head.size]))):
            lie = LedgerProof(
                "villa", head,
                ((kept.sequence, kept.digest, tuple(inclusion_proof(kept.sequence - 1, head.size, node))),)
                if kept.sequence else (),
                ((older, tuple(consistency_proof(older.size, head.size, node))),),
                honest.opening, honest.heads, honest.record,
            )  # fmt: skip
            report = judged(town, lie, [kept])
            assert report.verdict is LedgerVerdict.BROKEN
            assert "LEDGER-REWRITTEN" in {step.code for step in report.steps}


def judged(town, proof, kept):
    """Judge as an outsider who trusts the authority of the time stamps."""
    trust = TrustStore(town.authority.anchors())
    return verify_proof(proof, kept, at=town.clock.now(), trust=trust)


def test_an_outsider_is_told_valid_of_an_honest_archive(town):
    """Old head, receipt and proof file: all of it holds, up to the time stamp."""
    kept = [kept_head(town.home, 3), kept_head(town.home, STAMPED - 1), kept_receipt(town.home, 5)]
    report = judged(town, prove(town.home, "villa", kept), kept)
    assert report.verdict is LedgerVerdict.VALID
    assert report.steps[-1].code == "LEDGER-STAMPED"


def test_what_no_stamp_covers_yet_is_incomplete(town):
    """A head that is newer than every stamp is proven, and said to lack one; the next seal brings it."""
    kept = [kept_head(town.home)]
    report = judged(town, prove(town.home, "villa", kept), kept)
    assert report.verdict is LedgerVerdict.INCOMPLETE
    assert [step.code for step in report.steps if step.severity != "info"] == ["LEDGER-NOT-STAMPED"]
    town.keep("b", {"received/a": b"2"})
    seal_due(town.home, town.tsa)
    assert judged(town, prove(town.home, "villa", kept), kept).verdict is LedgerVerdict.VALID


def test_any_piece_of_another_proof_is_told(town):
    """Head, opening, roll-up or record of another tenant, of another stamp, or of nothing: BROKEN."""
    kept = [kept_head(town.home, 3)]
    good = prove(town.home, "villa", kept)
    foreign = prove(town.home, "otra")
    town.keep("b", {"received/a": b"2"})
    seal_due(town.home, town.tsa)
    later = prove(town.home, "villa", kept)
    assert judged(town, later, kept).verdict is LedgerVerdict.VALID
    for lie in (
        replace(good, tenant_id="otra"),
        replace(good, head=foreign.head),
        replace(good, opening=foreign.opening),
        replace(good, opening=later.opening),
        replace(good, heads=later.heads, record=later.record),
        replace(good, record=later.record),
        replace(good, record=b""),
        replace(good, record=b"\x30\x80" * 500),
        replace(good, heads=b"{}"),
        replace(good, older=((kept[0].head, (os.urandom(32),)),)),
        replace(good, opening=replace(good.opening, nonce=bytes(32))),
    ):
        assert judged(town, lie, kept).verdict is LedgerVerdict.BROKEN
    assert judged(town, replace(good, older=()), kept).verdict is LedgerVerdict.INCOMPLETE
    assert judged(town, replace(good, opening=None), kept).verdict is LedgerVerdict.INCOMPLETE


def test_a_removed_opening_is_told(town):
    """Whoever takes away what opens a stamped head leaves a gap that fsck and the ledger's check name."""
    town.travel(2026, 4)
    town.keep("b", {"received/a": b"2"})
    last = seal_due(town.home, town.tsa)
    store, key = town.home.store, opening_key("villa", last.batch_id)
    for gone in (key, opening_key("villa", town.batch.batch_id)):  # the newest; then all of them
        store.delete(gone)
        store.sync()
        told = list(check_heads(store, "villa", stamped_heads(store)))
        assert [(problem.kind, problem.key) for problem in told] == [("ledger.opening", key)]
        assert verify_ledger(town.home, "villa").verdict is LedgerVerdict.BROKEN
    assert verify_ledger(town.home, "otra").verdict is LedgerVerdict.VALID


def test_swapped_and_foreign_openings_are_told(town, tmp_path, authority):
    """Another tenant's opening, another installation's, or one that was made up."""
    store, batch = town.home.store, town.batch.batch_id
    own, other = opening_key("villa", batch), opening_key("otra", batch)
    mine, theirs = store.read(own), store.read(other)
    stamped = stamped_heads(store)
    with Home.create(tmp_path / "foreign", town.clock) as foreign:
        foreign.add_tenant("villa", "Villa", "L01990019")
        from archive.ledger_heads import keep_openings, roll_up

        heads = roll_up(foreign)
        assert heads is not None
        keep_openings(foreign, heads, batch)
        alien = foreign.store.read(own)
    made_up = replace(read_opening(mine), head=TreeHead(STAMPED - 1, b"\x01" * 32)).to_bytes()
    for data in (theirs, alien, made_up, b"", mine[:-10]):
        store.replace(own, data)
        store.sync()
        told = [problem.key for problem in check_heads(store, "villa", stamped)]
        assert told == [own]
        assert verify_ledger(town.home, "villa").verdict is LedgerVerdict.BROKEN
    store.replace(own, mine)
    store.sync()
    assert verify_ledger(town.home, "villa").verdict is LedgerVerdict.VALID
    store.replace(own, theirs)
    store.replace(other, mine)
    store.sync()
    assert [p.key for tenant in ("villa", "otra") for p in check_heads(store, tenant, stamped)] == [
        own,
        other,
    ]


def test_nothing_of_one_tenant_is_in_anothers_proof(town):
    """Neither name, head, digest nor nonce of villa's is in what otra is given; nor in what is stamped."""
    told = str(prove(town.home, "otra", events=[1, 2]).to_json()).encode()
    opening = read_opening(town.home.store.read(opening_key("villa", town.batch.batch_id)))
    secrets = [opening.head.root, opening.nonce, *(bytes.fromhex(event.digest) for event in
               read_journal(town.home.store, "villa"))]  # fmt: skip
    heads = b"".join(town.home.evidence_objects().read_verified(town.batch.object_key, "heads.json"))
    for data in (told, heads):
        assert b"villa" not in data
        for secret in secrets:
            assert secret.hex().encode() not in data
