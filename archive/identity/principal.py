# SPDX-License-Identifier: EUPL-1.2
"""Whoever asks, as one value, however he proved who he is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from archive.identity.roles import RIGHTS, Right, Role


class Kind(StrEnum):
    """How somebody is known."""

    NOBODY = "nobody"
    LOCAL = "local"
    """At the command line: who can read the home needs no leave of the program."""
    ACCOUNT = "account"
    KEY = "key"
    """A machine with an API key."""
    CERTIFICATE = "certificate"
    FEDERATED = "federated"
    """Through an OpenID Connect provider."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks and what he may, for the length of one request."""

    kind: Kind
    principal_id: str = ""
    """Account, key or subject id: random or counted, never a name. What the ledger writes."""
    name: str = ""
    """As shown to himself and to those who answer for the archive; never in the ledger."""
    roles: Mapping[str, frozenset[Role]] = field(hash=False, default_factory=dict)
    """By tenant id."""
    rights: frozenset[Right] | None = None
    """A key's own limits (scopes): what its roles give is cut down to these; None cuts nothing."""
    nif: str = ""
    """Of a citizen, as his provider vouches for it; empty otherwise."""
    assurance: str = ""
    """How well he proved it: `password`, `totp`, `certificate`, or the provider's `acr`."""

    @property
    def agent(self) -> str:
        """What the ledger says: `account:0192…`, `key:…`, `web` for nobody, `cli` at the command line."""
        if self.kind is Kind.LOCAL:
            return "cli"
        return f"{self.kind}:{self.principal_id}" if self.principal_id else "web"

    @property
    def known(self) -> bool:
        """Whether he said who he is."""
        return self.kind is not Kind.NOBODY

    def may(self, right: Right, tenant_id: str) -> bool:
        """Tell whether he has a right in a municipality's archive."""
        if self.kind is Kind.LOCAL:
            return True
        if self.rights is not None and right not in self.rights:
            return False
        return any(right in RIGHTS[role] for role in self.roles.get(tenant_id, ()))

    def tenants(self, right: Right | None = None) -> list[str]:
        """Return the tenants where he is anything, or has a right, sorted."""
        return sorted(
            tenant_id
            for tenant_id, roles in self.roles.items()
            if roles and (right is None or self.may(right, tenant_id))
        )


ANONYMOUS: Final = Principal(Kind.NOBODY)
LOCAL: Final = Principal(Kind.LOCAL)
