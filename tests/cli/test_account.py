# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from client_certificates import client_certificate

from archive.clock import SystemClock
from archive.home import Home
from archive.identity.accounts import Accounts
from archive.identity.keys import Keys
from archive.identity.passwords import same_password
from cli import main

PASSWORD = "tres gatos y un tejado"


@pytest.fixture
def home(tmp_path):
    """A home of one municipality; its path."""
    path = tmp_path / "home"
    with Home.create(path, SystemClock()) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
    return path


def run(home, *words, given="", code=0):
    result = CliRunner().invoke(main, [*words, "--json", "--home", str(home)], input=given)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_person_is_added_with_a_password_from_stdin(home):
    """And must change it, for somebody else chose it."""
    told = run(
        home, "account", "add", "archivera", "--name", "Archivera municipal", "--tenant", "villa", "--role",
        "archivist", given=PASSWORD + "\n",
    )  # fmt: skip
    assert told["roles"] == {"villa": ["archivist"]}
    assert PASSWORD not in json.dumps(told)
    with Home.open(home, SystemClock()) as opened:
        account = Accounts(opened).by_login("archivera")
    assert account.must_change
    assert same_password(account.password, PASSWORD)


@pytest.mark.parametrize(
    ("words", "given", "code"),
    [
        (("add", "x1", "--name", "X"), "", 2),
        (("add", "x1", "--name", "X"), "corta\n", 2),
        (("add", "x1", "--name", "X", "--tenant", "nadie"), PASSWORD, 11),
        (("add", "x1", "--name", "X", "--role", "archivist"), PASSWORD, 2),
        (("role", "nadie", "--tenant", "villa"), "", 11),
        (("close", "nadie"), "", 11),
    ],
)
def test_what_cannot_be_done_is_told(home, words, given, code):
    """No password, a weak one, no such place, a role nowhere, nobody of that name."""
    run(home, "account", *words, given=given, code=code)


def test_there_is_no_option_for_a_password(home):
    """It would stand in the history and in the list of processes."""
    result = CliRunner().invoke(main, ["account", "add", "--help"])
    assert "--password" not in result.output


def test_a_life_of_an_account(home):
    """Roles, a reset, a telephone that was lost, a certificate, the end."""
    run(home, "account", "add", "ana", "--name", "Ana", "--tenant", "villa", given=PASSWORD)
    assert run(home, "account", "role", "ana", "--tenant", "villa", "--role", "auditor")["roles"] == {
        "villa": ["auditor"]
    }
    run(home, "account", "reset", "ana", given="cuatro perros y una parra")
    assert run(home, "account", "totp", "ana", "--forget")["telephone"] is False
    pem = home.parent / "ana.pem"
    pem.write_text(client_certificate("IDCES-00000000T", SystemClock().now()))
    assert (
        run(home, "account", "proof", "ana", "--certificate", str(pem), "--nif", "00000000T")["proofs"] == 2
    )
    assert run(home, "account", "proof", "ana", "--forget")["proofs"] == 0
    assert run(home, "account", "close", "ana")["closed"]
    assert [each["closed"] for each in run(home, "account", "list", "--tenant", "villa")["accounts"]] == [
        True
    ]


def test_a_closed_account_can_be_forgotten(home):
    """Not an open one; afterwards no file of the store has the name, and the login is free."""
    run(home, "account", "add", "berta", "--name", "Berta Nombre Propio", "--tenant", "villa", given=PASSWORD)
    run(home, "account", "erase", "berta", code=30)
    run(home, "account", "close", "berta")
    run(home, "account", "erase", "berta")
    for file in (home / "store").rglob("*"):
        assert not file.is_file() or b"Nombre Propio" not in file.read_bytes(), file
    assert run(home, "account", "list")["accounts"] == []
    run(home, "account", "add", "berta", "--name", "Otra", given=PASSWORD)


def test_a_key_is_printed_once_and_opens(home):
    """Until it is revoked."""
    text = run(home, "key", "add", "villa", "--name", "Gestor", "--right", "deposit", "--days", "30")["key"]
    assert text not in json.dumps(run(home, "key", "list", "villa"))
    with Home.open(home, SystemClock()) as opened:
        key = Keys(opened).opened_by(text)
    assert run(home, "key", "revoke", key.key_id)["revoked"]
    assert [each["good"] for each in run(home, "key", "list", "villa")["keys"]] == [False]
    run(home, "key", "revoke", "nada", code=11)


def test_a_consent_is_granted_and_ended(home):
    """With its reason, for somebody of the province alone."""
    run(home, "account", "add", "tecnica", "--name", "Técnica provincial", given=PASSWORD)
    reason = ("--reason", "Revisión de firmas, a petición de Secretaría")
    told = run(home, "consent", "grant", "tecnica", "--tenant", "villa", "--role", "archivist", *reason)
    assert told["state"] == "granted"
    run(home, "consent", "grant", "tecnica", "--tenant", "villa", "--role", "archivist", *reason, code=30)
    assert [each["counts"] for each in run(home, "consent", "list", "villa")["consents"]] == [True]
    assert run(home, "consent", "end", "villa", told["id"])["state"] == "ended"
    assert [each["counts"] for each in run(home, "consent", "list", "villa")["consents"]] == [False]
