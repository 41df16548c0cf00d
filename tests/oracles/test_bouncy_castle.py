# SPDX-License-Identifier: EUPL-1.2
"""Bouncy Castle, a second implementation of RFC 4998, judges our evidence records."""

from __future__ import annotations

import pytest

from preservation.evidence.repository import record_for
from preservation.evidence.sealing import seal_due
from preservation.renewal.renew import renew_due
from preservation.trust.store import TrustStore

pytestmark = [pytest.mark.oracle, pytest.mark.corpus]
GROUP = {"received/a.xml": b"<a/>", "received/b.xml": b"<b/>", "metadata/deposit.json": b"{}"}


def _records(world):
    """Return records of a single file, a group, and the same renewed twice, with their files."""
    single = world.keep("single", {"received/one.xml": b"<one/>"})
    group = world.keep("group", GROUP)
    for number in range(5):
        world.keep(f"other-{number}", {"received/x.xml": b"%d" % number})
    rows = []
    seal_due(world.home, world.tsa)
    for year in (2026, 2031, 2045):
        if year != 2026:
            world.keep(f"late-{year}", {"received/x.xml": b"%d" % year})
            at = world.travel(year, 7)
            seal_due(world.home, world.tsa)
            renew_due(world.home, world.tsa, at, trust=TrustStore(world.authority.anchors()), force=True)
        rows.append((record_for(world.home, single), [b"<one/>"]))
        rows.append((record_for(world.home, group), [*GROUP.values()]))
    return rows


def test_bouncy_castle_accepts_our_records_and_refuses_altered_documents(world, bouncy_castle):
    """Single file and group, fresh, renewed and renewed again; one byte changed in each is refused."""
    rows = _records(world)
    altered = [(record, [items[0] + b"x", *items[1:]]) for record, items in rows]
    answers = bouncy_castle(rows + altered)
    for (_, items), answer in zip(rows, answers, strict=False):
        wanted = "present;" * len(items) + ("group-present;" if len(items) > 1 else "")
        assert answer[3:] == [wanted, "tst+chain OK"]
    for answer in answers[len(rows) :]:
        assert answer[3].startswith("ABSENT(")
        assert "group-present" not in answer[3]
    assert [answer[2] for answer in answers[: len(rows)]] == ["1", "1", "2", "2", "3", "3"]


def test_bouncy_castle_accepts_a_record_without_tree(world, bouncy_castle):
    """One object of one file alone in its batch: the token covers the file's digest itself."""
    lone = world.keep("lone", {"received/one.xml": b"<one/>"})
    seal_due(world.home, world.tsa)
    ((_, chains, stamps, data, chain),) = bouncy_castle([(record_for(world.home, lone), [b"<one/>"])])
    assert (chains, stamps, data, chain) == ("1", "1", "present;", "tst+chain OK")
