# SPDX-License-Identifier: EUPL-1.2
"""For whom a transaction speaks: one tenant, the whole installation, or nobody.

PostgreSQL holds every statement to it (row-level security, docs/adr/0014-postgresql.md). On SQLite the
statements themselves name the tenant, and a scope changes nothing.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeAlias


class Everyone(Enum):
    """Scopes that are no tenant: values of their own, so that no text from outside can ever mean them."""

    INSTALLATION = "installation"
    NOBODY = "nobody"


INSTALLATION: Final = Everyone.INSTALLATION
"""Every tenant: workers, followers of the ledger, audits, rebuilding, the look-up of a code."""

NOBODY: Final = Everyone.NOBODY
"""No tenant was named: on PostgreSQL it sees nothing and changes nothing."""

Scope: TypeAlias = str | Everyone
"""A tenant id, or one of the two above."""


def scope_of(tenant_id: str | None) -> Scope:
    """Return the scope of a question about one tenant, or, of the operator's, about any (None)."""
    return INSTALLATION if tenant_id is None else tenant_id


def spoken(scope: Scope) -> dict[str, str]:
    """Return what the server is told: `tenant` and `scope`."""
    if isinstance(scope, str):
        return {"tenant": scope, "scope": "tenant"}
    return {"tenant": "", "scope": scope.value}
