# SPDX-License-Identifier: EUPL-1.2
"""An archive asked by machines: a key for each role, known by its text alone."""

from __future__ import annotations

from archive.identity import Kind, Principal, Role
from archive.web.access import AUTHENTICATORS
from archive.web.app import WebSettings, create_app
from ingest.api.deposits import blueprint as deposits
from ingest.api.uploading import blueprint as uploads

BASE_URL = "https://archivo.example"
KEYS = {
    "depositor": ("villar", Role.DEPOSITOR),
    "colleague": ("villar", Role.DEPOSITOR),
    "archivist": ("villar", Role.ARCHIVIST),
    "auditor": ("villar", Role.AUDITOR),
    "operator": ("villar", Role.OPERATOR),
    "stranger": ("otro", Role.ARCHIVIST),
}


def known_keys(request):
    """Know who asks by `Authorization: Bearer NAME`."""
    name = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if name not in KEYS:
        return None
    tenant_id, role = KEYS[name]
    return Principal(Kind.KEY, name, roles={tenant_id: frozenset({role})})


def asked_by_machines(home, *more):
    """Return the application with the interface for deposits, and more blueprints."""
    return create_app(
        lambda: home, [uploads, deposits, *more], WebSettings(BASE_URL),
        services={AUTHENTICATORS: [known_keys]},
    )  # fmt: skip


class Machine:
    """A client with a key."""

    def __init__(self, app, key):
        self._client = app.test_client()
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def ask(self, method, path, *, headers=None, **more):
        """Ask for an address below the municipality's."""
        address = path if path.startswith("/api") else f"/api/v1/tenants/villar{path}"
        return self._client.open(address, method=method, headers={**self._headers, **(headers or {})}, **more)
