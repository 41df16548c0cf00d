# SPDX-License-Identifier: EUPL-1.2
"""A small archive with people in it, its web application, and browsers that enter."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from archive.clock import FixedClock
from archive.home import Home
from archive.identity import Role
from archive.identity.accounts import Account, Accounts
from archive.web.access import AUTHENTICATORS
from archive.web.app import WebSettings, create_app
from archive.web.authenticators import key_principal
from archive.web.people import BLUEPRINTS
from archive.web.session import RULES, SessionRules, session_principal

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""For tests that enter often; what archive.identity.passwords takes is slow on purpose."""
PASSWORD = "tres gatos y un tejado"
START = datetime(2026, 11, 21, 9, tzinfo=UTC)
HERE, ELSEWHERE = "villa", "aldea"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Inhabited:
    """Two municipalities and their people."""

    home: Home
    clock: FixedClock
    accounts: Accounts
    people: dict[str, Account] = field(default_factory=dict)

    def later(self, **time: float) -> None:
        """Move the clock."""
        self.clock.instant += timedelta(**time)

    def app(self, *more: Any, secure: bool = True, services: dict[str, Any] | None = None, **rules: Any):
        """Return the application with the pages about people."""
        known = [key_principal, session_principal]
        given = {
            RULES: SessionRules(b"x" * 32, secure=secure, **rules), AUTHENTICATORS: known, **(services or {}),
        }  # fmt: skip
        return create_app(
            lambda: self.home, [*BLUEPRINTS, *more], WebSettings("https://sede.example"), services=given
        )


@cache
def hashed() -> str:
    """Return the hash of everybody's password."""
    return CHEAP.hash(PASSWORD)


def inhabit(folder: Path) -> Inhabited:
    """Make it: an archivist and an operator here, an archivist elsewhere, a technician of the province."""
    clock = FixedClock(START)
    home = Home.create(folder / "home", clock)
    home.add_tenant(HERE, "Ayuntamiento de Villa", "L01990019")
    home.add_tenant(ELSEWHERE, "Ayuntamiento de Aldea", "L01990024")
    made = Inhabited(home, clock, Accounts(home))
    for login, place, roles in (
        ("archivera", HERE, {Role.ARCHIVIST}),
        ("operadora", HERE, {Role.OPERATOR}),
        ("auditora", HERE, {Role.AUDITOR}),
        ("secretario", HERE, {Role.SECRETARY}),
        ("vecina", ELSEWHERE, {Role.ARCHIVIST, Role.OPERATOR}),
        ("tecnica", "", set()),
    ):
        wanted = Account("", login.capitalize(), login, place, {place: frozenset(roles)} if place else {})
        made.people[login] = made.accounts.add(replace(wanted, password=hashed()), "cli")
    return made


class Browser:
    """A Flask test client that reads forms as a browser does."""

    def __init__(self, app: Any, base_url: str = "https://sede.example") -> None:
        self.client = app.test_client()
        self.base_url = base_url

    def get(self, address: str, **more: Any) -> Any:
        """Open a page."""
        return self.client.get(address, base_url=self.base_url, **more)

    def token(self, page: str) -> str:
        """Return the token of the last form of a page."""
        found = TOKEN.findall(self.get(page).text)
        return found[-1] if found else ""

    def post(self, address: str, data: dict[str, Any] | None = None, *, page: str = "", **more: Any) -> Any:
        """Send a form, with the token of the page where it stands (the address itself by default)."""
        filled = {"csrf_token": self.token(page or address), **(data or {})}
        return self.client.post(address, base_url=self.base_url, data=filled, **more)

    def enter(self, login: str, password: str = PASSWORD, back: str = "") -> Any:
        """Enter with a password."""
        return self.post("/entrar", {"nombre": login, "clave": password, "volver": back})

    @property
    def cookie(self) -> str:
        """The session's cookie."""
        found = [each for each in self.client._cookies.values() if each.key.endswith("longeva")]
        return found[0].value if found else ""
