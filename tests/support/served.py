# SPDX-License-Identifier: EUPL-1.2
"""The furnished archive behind a real server, with somebody of each role who entered by the door."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from asked_for import ask_for_everything
from flask import Flask
from furnished import TENANT, Furnished
from ports import free_port

from archive.clock import SystemClock
from archive.home import Home
from archive.identity import Role
from archive.identity.accounts import Account, Accounts
from archive.web.serving import Listener
from service.serving import application

PASSWORD = "una clave larga de prueba 2026"
NOBODY = "nadie"
EVERYTHING = "todo"
"""An account with every role: what is to be seen at all, in one round."""
PROVINCIAL = "operador"
"""Works for the province, not for the municipality."""
READERS: dict[str, tuple[str, frozenset[Role]]] = {
    "archivera": ("Archivera municipal", frozenset({Role.ARCHIVIST})),
    "depositante": ("Administrativo de Secretaría", frozenset({Role.DEPOSITOR})),
    "secretaria": ("Secretaria-interventora", frozenset({Role.SECRETARY})),
    "alcaldia": ("Alcaldía", frozenset({Role.MAYOR})),
    "operador": ("Operador provincial", frozenset({Role.OPERATOR})),
    "auditora": ("Auditora", frozenset({Role.AUDITOR})),
    "interesada": ("Interesada", frozenset({Role.CITIZEN})),
    EVERYTHING: ("Persona con todas las funciones", frozenset(Role)),
}


@dataclass(slots=True)
class Served:
    """Where it listens, and the cookies of who entered."""

    base_url: str
    app: Flask
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)


@contextmanager
def serve(furnished: Furnished, folder: Path) -> Iterator[Served]:
    """Serve a copy of the furnished archive until the block ends."""
    with furnished.copied(folder / "home", SystemClock()) as home:
        _people(home)
    port = free_port()
    served = Served(f"http://127.0.0.1:{port}", application(folder / "home", f"http://127.0.0.1:{port}"))
    for login in READERS:
        served.cookies[login] = _enter(served.app, login)
    served.cookies[NOBODY] = {}
    listener, stop = Listener(served.app, "127.0.0.1", port, threads=4), threading.Event()
    thread = threading.Thread(target=listener.run, args=(stop,), kwargs={"grace": 2.0}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        stop.set()
        thread.join(timeout=5)


def _people(home: Home) -> None:
    accounts, ids = Accounts(home), {}
    for login, (name, roles) in READERS.items():
        citizen = roles == {Role.CITIZEN}
        given = {TENANT: roles}
        account = Account(
            "", name, login, "" if citizen or login == PROVINCIAL else TENANT, {} if citizen else given, citizen=citizen,
            nif="12345678Z" if citizen or login == EVERYTHING else "",
        )  # fmt: skip
        ids[login] = accounts.add(account, "test", password=PASSWORD).account_id
    ask_for_everything(home, ids[EVERYTHING], ids[EVERYTHING])


def _enter(app: Flask, login: str) -> dict[str, str]:
    """Enter as a person would, and return the cookies that were given."""
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/entrar").text)
    form = {"nombre": login, "clave": PASSWORD, "csrf_token": token[1] if token else ""}
    answer = client.post("/entrar", data=form)
    assert answer.status_code in {302, 303}, f"{login} could not enter: {answer.status_code}"
    return {cookie.key: cookie.value for cookie in client._cookies.values()}
