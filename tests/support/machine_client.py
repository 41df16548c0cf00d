# SPDX-License-Identifier: EUPL-1.2
"""Asks the interfaces for machines: an application of some blueprints, as somebody with some roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask
from flask.testing import FlaskClient

from archive.home import Home
from archive.identity import ANONYMOUS, Kind, Principal, Role
from archive.web.access import AUTHENTICATORS
from archive.web.app import WebSettings, create_app

BASE_URL = "https://sede.example/archivo"


class Asker:
    """One application; `as_somebody` changes who asks."""

    def __init__(self, home: Home, blueprints: Sequence[Blueprint], **services: Any) -> None:
        self.home = home
        self.principal = ANONYMOUS
        known = {AUTHENTICATORS: [lambda _request: self.principal]}
        self.app: Flask = create_app(
            lambda: home, blueprints, WebSettings(BASE_URL), services={**known, **services}
        )

    def as_somebody(self, *roles: Role, tenant: str = "villar", number: str = "a1") -> FlaskClient:
        """Return a client for somebody with these roles; without any he is known and may nothing."""
        self.principal = Principal(Kind.KEY, number, "Sistema de prueba", {tenant: frozenset(roles)})
        return self.app.test_client()

    def as_nobody(self) -> FlaskClient:
        """Return a client for who has not said who he is."""
        self.principal = ANONYMOUS
        return self.app.test_client()
