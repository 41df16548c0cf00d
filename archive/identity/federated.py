# SPDX-License-Identifier: EUPL-1.2
"""The account of somebody that a provider vouches for: the one that is his, or a new one where it may be.

A person of staff that a municipality added with his NIF is that account, with the roles it was given here.
Otherwise the provider's word makes the account: staff by its roles claim, a citizen by his NIF. What the
provider says anew counts from the next entry on.
"""

from __future__ import annotations

from dataclasses import replace

from archive.catalog import INSTALLATION
from archive.errors import ConflictError, Refused
from archive.home import Home
from archive.identity.accounts import PROVINCIAL, Account, Accounts, federated_key
from archive.identity.provider import Vouched
from archive.identity.roles import Role

AGENT = "provider"
"""Who made or changed such an account, as the ledger tells it."""


def account_of(home: Home, vouched: Vouched, *, citizens: bool) -> Account:
    """Return the account of somebody, made or brought up to date.

    Args:
        home: The archive.
        vouched: What the provider says.
        citizens: Whether whoever has a NIF and is nobody else may ask for copies.

    Raises:
        Refused: He is nobody here; nothing was kept of him.
    """
    accounts, key = Accounts(home), federated_key(vouched.issuer, vouched.subject)
    known = accounts.known_by(key)
    if known is None and vouched.nif:
        known = accounts.known_by(f"nif:{vouched.nif}")
    if known is not None and (known.login or key not in known.known_by):
        return _open(known)  # kept by people here: the provider only proves who he is
    place, roles = _roles(home, vouched)
    citizen = citizens and bool(vouched.nif) and not roles
    wanted = Account(
        "", vouched.name or vouched.nif or "—", home=place, roles=roles, nif=vouched.nif, citizen=citizen,
        known_by=(key,),
    )  # fmt: skip
    if known is None:
        if not roles and not citizen:
            raise Refused("the provider vouches for somebody who is nobody here")
        try:
            return accounts.add(wanted, AGENT)
        except ConflictError:  # the same person in two windows
            return _open(accounts.known_by(key))
    same = replace(
        known,
        name=wanted.name,
        home=place,
        roles=roles,
        nif=vouched.nif,
        citizen=citizen,
        version=known.version,
    )
    if same == _open(known) and same.roles == known.roles:
        return known
    return accounts.change(
        known, AGENT, "account.changed", name=wanted.name, home=place, roles=roles, nif=vouched.nif,
        citizen=citizen,
    )  # fmt: skip


def _open(account: Account | None) -> Account:
    if account is None or account.closed:
        raise Refused("the provider vouches for somebody who is nobody here")
    return account


def _roles(home: Home, vouched: Vouched) -> tuple[str, dict[str, frozenset[Role]]]:
    """Return for which municipality somebody works, and his roles.

    Who has roles in several is of the province, and there his provider can only make him an operator.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        there = {tenant.tenant_id for tenant in tx.tenants()}
    told: dict[str, frozenset[Role]] = {}
    for tenant_id, role in vouched.roles:
        if tenant_id in there:
            told[tenant_id] = told.get(tenant_id, frozenset()) | {role}
    if len(told) == 1:
        return next(iter(told)), told
    lent = {tenant_id: roles & PROVINCIAL for tenant_id, roles in told.items() if roles & PROVINCIAL}
    return "", lent
