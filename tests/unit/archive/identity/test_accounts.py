# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace

import pytest
from inhabited import ELSEWHERE, HERE, PASSWORD, inhabit

from archive.errors import ConflictError, InvalidRequest, NotFound
from archive.identity import Kind, Right, Role
from archive.identity.accounts import Account, find_account
from archive.identity.resolving import principal_of
from archive.model import SYSTEM_TENANT
from archive.rebuild import rebuild_catalog


@pytest.fixture
def town(tmp_path):
    """Two municipalities and their people."""
    town = inhabit(tmp_path)
    yield town
    town.home.close()


def events(town, tenant_id):
    with town.home.catalog.reading() as tx:
        return tx.tenant_events(tenant_id)


def test_an_account_is_found_by_login_and_id(town):
    """As it was kept; the letters' size does not matter."""
    kept = town.people["archivera"]
    assert town.accounts.by_login(" Archivera ") == kept == town.accounts.get(kept.account_id)
    assert find_account(town.accounts, kept.account_id) == kept
    assert town.accounts.by_login("nadie") is None
    with pytest.raises(NotFound):
        find_account(town.accounts, "nadie")


def test_a_login_is_one_persons(town):
    """A second account of the same name is refused."""
    with pytest.raises(ConflictError):
        town.accounts.add(Account("", "Otra", "ARCHIVERA", ELSEWHERE), "cli")


@pytest.mark.parametrize(
    "wrong",
    [
        Account("", "Nombre", "con espacio", HERE),
        Account("", "Nombre", "ñ", HERE),
        Account("", "", "vale", HERE),
        Account("", "x" * 121, "vale", HERE),
        Account("", "con\x00cero", "vale", HERE),
        Account("", "De otro sitio", "vale", ELSEWHERE, {HERE: frozenset({Role.AUDITOR})}),
        Account("", "De la provincia", "vale", "", {HERE: frozenset({Role.ARCHIVIST})}),
    ],
)
def test_what_cannot_be_an_account(town, wrong):
    """Logins, names, and roles where somebody does not work."""
    with pytest.raises(InvalidRequest):
        town.accounts.add(wrong, "cli")


def test_the_province_may_keep_machines_running(town):
    """Operator is the one role that somebody of the province holds by himself."""
    changed = town.accounts.set_roles(town.people["tecnica"], HERE, [Role.OPERATOR], "cli")
    who = principal_of(town.home, changed, Kind.ACCOUNT, "password")
    assert who.may(Right.ADMINISTER, HERE)
    assert not who.may(Right.SEARCH, HERE)
    assert not who.may(Right.ADMINISTER, ELSEWHERE)


def test_a_municipality_reads_in_its_own_ledger_who_is_what(town):
    """Roles given and taken are told where they count; no ledger has a name, a login or a hash."""
    account = town.accounts.set_roles(town.people["archivera"], HERE, [Role.AUDITOR], "account:x")
    town.accounts.close(account, "cli")
    told = [event for event in events(town, HERE) if event.subject == account.account_id]
    assert [event.detail["roles"] for event in told] == [["archivist"], ["auditor"], []]
    everything = "".join(str(event.detail) + event.subject for event in events(town, SYSTEM_TENANT) + told)
    assert "rchivera" not in everything
    assert "argon2" not in everything


def test_a_password_ends_sessions_and_so_does_closing(town):
    """The epoch moves with each."""
    account = town.people["archivera"]
    changed = town.accounts.set_password(account, PASSWORD + "!", "cli", must_change=True)
    assert changed.epoch == account.epoch + 1
    assert changed.must_change
    assert town.accounts.end_sessions(changed, "cli").epoch == account.epoch + 2


def test_a_change_needs_what_was_read(town):
    """Of two who change the same one is told."""
    account = town.people["archivera"]
    town.accounts.end_sessions(account, "cli")
    with pytest.raises(ConflictError):
        town.accounts.close(account, "cli")


def test_a_closed_account_may_nothing(town):
    """Not even with its roles still written down."""
    closed = town.accounts.close(town.people["archivera"], "cli")
    assert closed.roles
    assert principal_of(town.home, closed, Kind.ACCOUNT, "password").tenants() == []


def test_a_citizen_may_ask_everywhere_and_nothing_else(town):
    """His role is the same in every municipality."""
    citizen = replace(Account("", "Interesada", nif="00000000T", citizen=True), known_by=("federated:1",))
    kept = town.accounts.add(citizen, "provider")
    who = principal_of(town.home, kept, Kind.FEDERATED, "substantial")
    assert who.tenants(Right.ASK_COPY) == [ELSEWHERE, HERE]
    assert who.tenants(Right.SEARCH) == []
    assert who.nif == "00000000T"


def test_accounts_come_back_with_a_rebuilding(town):
    """The catalogue can be burned: who may enter is in the store."""
    before = sorted(town.accounts.every(), key=lambda each: each.account_id)
    rebuild_catalog(town.home)
    assert sorted(town.accounts.every(), key=lambda each: each.account_id) == before
