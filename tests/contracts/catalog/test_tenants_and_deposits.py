# SPDX-License-Identifier: EUPL-1.2
"""What every database under the catalogue must do: municipalities and what they deposited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from catalogued import NOW, a_deposit

from archive.catalog import INSTALLATION, Catalog
from archive.errors import ConflictError, NotFound
from archive.model import DepositState, Tenant


def test_tenant_comes_back_as_it_went_in(catalog: Catalog) -> None:
    """A tenant survives the round trip, microseconds and zone included."""
    with catalog.reading(INSTALLATION) as tx:
        assert tx.tenant("villa") == Tenant("villa", "Villaejemplo", "L01990019", NOW)
        assert [tenant.tenant_id for tenant in tx.tenants()] == ["aldea", "villa"]


def test_tenant_taken_is_a_conflict(catalog: Catalog) -> None:
    """A second tenant of the same name is refused and the first one stays."""
    with pytest.raises(ConflictError), catalog.transaction(INSTALLATION) as tx:
        tx.add_tenant(Tenant("villa", "Otra", "L01990021", NOW))
    with catalog.reading(INSTALLATION) as tx:
        assert tx.tenant("villa").name == "Villaejemplo"


def test_instant_of_another_zone_comes_back_in_utc(catalog: Catalog) -> None:
    """An instant written in another zone is the same instant when read."""
    madrid = NOW.astimezone(timezone(timedelta(hours=2)))
    with catalog.transaction(INSTALLATION) as tx:
        tx.record_deposit(replace(a_deposit(), since=madrid))
    with catalog.reading(INSTALLATION) as tx:
        since = tx.deposit(a_deposit().deposit_id).since
    assert since == NOW
    assert since.utcoffset() == timedelta(0)


def test_naive_instant_is_refused(catalog: Catalog) -> None:
    """An instant without zone is never guessed."""
    with pytest.raises(ValueError, match="zone"), catalog.transaction(INSTALLATION) as tx:
        tx.record_deposit(replace(a_deposit(), since=NOW.replace(tzinfo=None)))


def test_deposit_is_written_and_then_updated(catalog: Catalog) -> None:
    """The same deposit id again is the same deposit in its new state; findings keep their order."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.record_deposit(a_deposit(state=DepositState.WAITING))
        tx.record_deposit(a_deposit(state=DepositState.ACCEPTED))
    with catalog.reading(INSTALLATION) as tx:
        assert tx.deposits() == [a_deposit(state=DepositState.ACCEPTED)]
        assert tx.deposit(a_deposit().deposit_id) == a_deposit()
        with pytest.raises(NotFound):
            tx.deposit("0190")


def test_deposit_by_digest_gives_the_latest_that_was_stored(catalog: Catalog) -> None:
    """A repeated package finds its stored deposit, also a refused one; never another tenant's, nor one turned away."""
    turned_away = replace(a_deposit(3, DepositState.REJECTED), object_id="")
    with catalog.transaction(INSTALLATION) as tx:
        for number, state in enumerate((DepositState.ACCEPTED, DepositState.WAITING, DepositState.REJECTED)):
            tx.record_deposit(a_deposit(number, state))
        tx.record_deposit(turned_away)
    with catalog.reading(INSTALLATION) as tx:
        assert tx.deposit_by_digest("villa", "ab" * 32) == a_deposit(2, DepositState.REJECTED)
        assert tx.deposit_by_digest("aldea", "ab" * 32) is None
        assert tx.deposit_by_digest("villa", "cd" * 32) is None


def test_deposits_are_listed_newest_first_by_tenant(catalog: Catalog) -> None:
    """The list is cut at the limit, newest first, of one tenant or of all."""
    with catalog.transaction(INSTALLATION) as tx:
        for number in (2, 1, 3):
            tx.record_deposit(a_deposit(number))
        tx.record_deposit(a_deposit(4, tenant="aldea"))
    with catalog.reading(INSTALLATION) as tx:
        assert tx.deposits("villa", 2) == [a_deposit(3), a_deposit(2)]
        assert len(tx.deposits()) == 4


def test_deposit_of_unknown_tenant_is_refused(catalog: Catalog) -> None:
    """Nothing can belong to a municipality that is not there."""
    with pytest.raises(ConflictError), catalog.transaction(INSTALLATION) as tx:
        tx.record_deposit(a_deposit(tenant="ciudad"))
