# SPDX-License-Identifier: EUPL-1.2
"""From an account to who asks: its own roles, those that consents lend it, those every citizen has."""

from __future__ import annotations

from archive.catalog import INSTALLATION
from archive.home import Home
from archive.identity.accounts import Account
from archive.identity.consents import Consents
from archive.identity.principal import Kind, Principal
from archive.identity.roles import Role


def principal_of(home: Home, account: Account, kind: Kind, assurance: str) -> Principal:
    """Return who asks, with what he may at this instant.

    Args:
        home: The archive.
        account: Open; a closed one may nothing.
        kind: How he proved it.
        assurance: How well.
    """
    roles = {} if account.closed else dict(account.roles)
    if account.provincial and not account.closed:
        for tenant_id, lent in Consents(home).roles_of(account.account_id).items():
            roles[tenant_id] = roles.get(tenant_id, frozenset()) | lent
    if account.citizen and not account.closed:
        with home.catalog.reading(INSTALLATION) as tx:
            everywhere = [tenant.tenant_id for tenant in tx.tenants()]
        roles = {tenant_id: roles.get(tenant_id, frozenset()) | {Role.CITIZEN} for tenant_id in everywhere}
    return Principal(kind, account.account_id, account.name, roles, None, account.nif, assurance)
