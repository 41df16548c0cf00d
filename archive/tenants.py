# SPDX-License-Identifier: EUPL-1.2
"""A municipality as a value and as its file in the store: `tenants/TENANT/tenant.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Final

from archive.canonical_json import canonical
from archive.clock import format_instant, parse_instant
from archive.errors import IntegrityError, InvalidRequest
from archive.identifiers import Dir3
from archive.model import SYSTEM_TENANT, Tenant
from archive.store import ObjectStore

MAX_NAME: Final = 200
_TENANT_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


def tenant_key(tenant_id: str) -> str:
    """Return the store key of a tenant's file."""
    return f"tenants/{tenant_id}/tenant.json"


def require_tenant(tenant_id: str, name: str, dir3: str, created_at: datetime) -> Tenant:
    """Make a tenant of what an operator typed.

    Raises:
        InvalidRequest: The identifier is malformed or reserved, the name empty or unprintable, or the code
            no DIR3 code.
    """
    if _TENANT_ID.fullmatch(tenant_id) is None:
        raise InvalidRequest(
            f"{tenant_id!r} cannot name a municipality: 2 to 40 of a-z, 0-9 and '-', not '-' first"
        )
    if tenant_id == SYSTEM_TENANT:
        raise InvalidRequest(f"the name {SYSTEM_TENANT!r} is reserved for the installation itself")
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidRequest(f"the name of a municipality has 1 to {MAX_NAME} printable characters")
    if not Dir3(dir3).is_well_formed:
        raise InvalidRequest(f"{dir3!r} is no DIR3 code such as L01990019")
    return Tenant(tenant_id, name.strip(), dir3, created_at)


def tenant_bytes(tenant: Tenant) -> bytes:
    """Return the bytes of a tenant's file (RFC 8785)."""
    body = {
        "format": 1,
        "tenant_id": tenant.tenant_id,
        "name": tenant.name,
        "dir3": tenant.dir3,
        "created_at": format_instant(tenant.created_at),
    }
    return canonical(body) + b"\n"


def read_tenant(data: bytes) -> Tenant:
    """Read what `tenant_bytes` wrote: `read_tenant(tenant_bytes(t)) == t`.

    Raises:
        IntegrityError: It is no tenant's file.
    """
    try:
        body = json.loads(data)
        return require_tenant(
            body["tenant_id"], body["name"], body["dir3"], parse_instant(body["created_at"])
        )
    except (ValueError, TypeError, KeyError, RecursionError, InvalidRequest) as cause:
        raise IntegrityError(f"a tenant's file cannot be read: {cause}") from cause


def stored_tenants(store: ObjectStore) -> Iterator[str]:
    """Yield the identifiers of the tenants that have a file in the store."""
    for name in store.folders("tenants/"):
        with suppress(InvalidRequest):  # a folder that no key can name is nobody's
            if store.exists(tenant_key(name)):
                yield name
