# SPDX-License-Identifier: EUPL-1.2
"""One root for all heads, an opening for each tenant, and nothing in it of anybody else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import IntegrityError
from archive.ledger_openings import LEAST_LEAVES, read_heads, read_opening, roll_up_heads
from archive.ledger_tree import TreeHead

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def heads(count: int) -> list[tuple[str, TreeHead]]:
    """Return heads of tenants that are all alike."""
    return [(f"villa{number}", TreeHead(7, b"\x07" * 32)) for number in range(count)]


@given(st.integers(0, 70))
def test_every_opening_leads_to_the_root(count: int) -> None:
    """However many tenants there are, each one's head opens the root, also read from its file."""
    stamped, openings = roll_up_heads(heads(count), AT)
    assert read_heads(stamped.to_bytes()) == stamped
    assert [each.tenant_id for each in openings] == [tenant for tenant, _ in heads(count)]
    for each in openings:
        assert each.leads(stamped)
        again = read_opening(replace(each, batch_id="b1").to_bytes())
        assert again == replace(each, batch_id="b1")
        assert again.leads(stamped)


def test_no_opening_leads_anywhere_else() -> None:
    """Another size, root, instant, tenant, nonce, place or path is not what was stamped."""
    stamped, (one, other) = roll_up_heads(heads(2), AT)
    foreign = roll_up_heads(heads(2), AT)[0]
    assert not one.leads(foreign)
    for changed in (
        replace(one, head=TreeHead(8, one.head.root)),
        replace(one, head=TreeHead(7, b"\x08" * 32)),
        replace(one, at=AT + timedelta(seconds=1)),
        replace(one, tenant_id=other.tenant_id),
        replace(one, nonce=other.nonce),
        replace(one, index=one.index ^ 1),
        replace(one, index=other.index, path=other.path),
        replace(one, path=one.path[:-1]),
        replace(one, leaves=2 * one.leaves),
    ):
        assert not changed.leads(stamped)


def test_nothing_of_anybody_can_be_learned() -> None:
    """Equal heads give different leaves, each time anew; one's opening has no name, root or leaf of another's."""
    same = TreeHead(7, b"\x07" * 32)
    named = [("ciudad-secreta", same), ("villa", TreeHead(9, b"\x09" * 32))]
    first, (secret, villa) = roll_up_heads(named, AT)
    second, _ = roll_up_heads(named, AT)
    assert first.root != second.root
    for data in (first.to_bytes(), villa.to_bytes()):
        assert b"secreta" not in data
        assert same.root.hex().encode() not in data
        assert secret.nonce.hex().encode() not in data
    body = json.loads(villa.to_bytes())["head"]
    guess = json.dumps(body | {"tenant": "ciudad-secreta", "size": 7, "root": same.root.hex()}, sort_keys=True,
                       separators=(",", ":")).encode()  # fmt: skip
    for nonce in (b"", b"\0" * 32, villa.nonce):  # whoever guesses all but the nonce has no way to be sure
        leaf = hashlib.sha256(b"\0" + hashlib.sha256(nonce + guess).digest()).digest()
        assert leaf not in villa.path
    assert set(json.loads(first.to_bytes())) == {"at", "format", "leaves", "root"}


@pytest.mark.parametrize(("count", "leaves"), [(0, 16), (1, 16), (15, 16), (16, 32), (31, 32), (32, 64)])
def test_how_many_there_are_is_told_by_class_alone(count: int, leaves: int) -> None:
    """The tree is filled with random leaves up to a power of two, sixteen at least."""
    stamped, openings = roll_up_heads(heads(count), AT)
    assert stamped.leaves == leaves >= LEAST_LEAVES
    assert all(len(each.path) == leaves.bit_length() - 1 for each in openings)


def test_leaves_tell_no_order() -> None:
    """Where a leaf stands follows from its value, not from when a tenant came."""
    seen = {tuple(each.index for each in roll_up_heads(heads(3), AT)[1]) for _ in range(20)}
    assert len(seen) > 1


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"null", b"\xff", b'{"format":"longeva-heads/1"}', b"[" * 100_000,
     b'{"at":"2026-11-21T09:00:00Z","format":"longeva-heads/1","leaves":16,"root":"00"}\n',
     b'{"format":"longeva-opening/1","head":[]}', b'{"format":"longeva-opening/1","head":{"size":"x"}}',
     b" " * 70_000],
)  # fmt: skip
def test_what_is_none_is_refused(data: bytes) -> None:
    """Neither heads nor openings: an error that says so."""
    for read in (read_heads, read_opening):
        with pytest.raises(IntegrityError):
            read(data)


def test_heads_that_were_written_otherwise_are_refused() -> None:
    """The file has one form: blanks or another order are not what was stamped."""
    stamped, _ = roll_up_heads(heads(1), AT)
    with pytest.raises(IntegrityError):
        read_heads(json.dumps(json.loads(stamped.to_bytes()), indent=1).encode())
