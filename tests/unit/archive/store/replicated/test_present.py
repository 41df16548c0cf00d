# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import json

import pytest

from archive.store.replicated.present import is_rewritten, present

HEAD = "tenants/villa/ledger/head.json"
DEPOSIT = "tenants/villa/deposits/d1.json"
TENANT = "tenants/villa/tenant.json"


def head(sequence: int) -> bytes:
    """How far a ledger reaches."""
    return json.dumps({"sequence": sequence, "digest": "00"}).encode()


def deposit(since: str, state: str = "accepted") -> bytes:
    """A deposit in some state."""
    return json.dumps({"format": 1, "deposit": {"since": since, "state": state}}).encode()


@pytest.mark.parametrize("key", [HEAD, DEPOSIT, TENANT])
def test_these_are_rewritten(key: str) -> None:
    """Few keys are."""
    assert is_rewritten(key)


@pytest.mark.parametrize(
    "key", ["tenants/villa/ledger/000000000001-000000000009.jsonl", "material/00/00", "x/ledger/head.json"]
)
def test_everything_else_is_written_once(key: str) -> None:
    """A difference there is damage, not the past."""
    assert not is_rewritten(key)


def test_the_ledger_reaches_as_far_as_any_store_says() -> None:
    """By number, not by text; what cannot be read reaches nowhere."""
    assert present(HEAD, {"a": head(9), "b": head(10), "c": b"rot"}) == head(10)


def test_a_deposit_is_in_its_latest_state() -> None:
    """Fractions of a second count, and zones are instants."""
    early, late = deposit("2026-11-21T09:15:00Z", "waiting"), deposit("2026-11-21T10:15:00.5+01:00")
    assert present(DEPOSIT, {"a": early, "b": late, "c": b"{}"}) == late


def test_of_equals_most_stores_are_right() -> None:
    """And where they are as many, the first."""
    assert present(TENANT, {"a": b"1", "b": b"2", "c": b"2"}) == b"2"
    assert present(TENANT, {"a": b"1", "b": b"2"}) == b"1"
