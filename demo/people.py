# SPDX-License-Identifier: EUPL-1.2
"""Accounts for whoever looks around in the demo's archive, one for each role, with passwords drawn anew."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from archive.home import Home
from archive.identity.accounts import Account, Accounts
from archive.identity.roles import Role
from demo.town import CITIZEN

_POSTS: Final = (
    ("archivera", "Archivera municipal", Role.ARCHIVIST),
    ("registro", "Oficina de registro", Role.DEPOSITOR),
    ("secretaria", "Secretaría-Intervención", Role.SECRETARY),
    ("alcaldia", "Alcaldía", Role.MAYOR),
    ("informatica", "Informática municipal", Role.OPERATOR),
    ("auditoria", "Auditoría externa", Role.AUDITOR),
)
_INTERESTED: Final = "interesada"


@dataclass(frozen=True, slots=True)
class Entrance:
    """What somebody types to enter."""

    login: str
    password: str
    name: str


def let_in(home: Home, tenant_id: str) -> list[Entrance]:
    """Make an account for each role of a municipality, and one for the citizen of the sample."""
    accounts = Accounts(home)
    made = [
        Account("", name, login, tenant_id, {tenant_id: frozenset({role})}) for login, name, role in _POSTS
    ]
    made.append(Account("", "Parte interesada", _INTERESTED, nif=CITIZEN.nif, citizen=True))
    entrances = []
    for account in made:
        password = secrets.token_urlsafe(12)
        accounts.add(account, "demo", password=password)
        entrances.append(Entrance(account.login, password, account.name))
    return entrances


def write_down(entrances: list[Entrance], path: Path) -> None:
    """Write the passwords into a file that its owner alone may read."""
    lines = [f"{each.login:<12} {each.password:<18} {each.name}" for each in entrances]
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(["usuario      contraseña         quién es", *lines, ""]))
