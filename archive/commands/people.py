# SPDX-License-Identifier: EUPL-1.2
"""`longeva account`: who may enter, and as what. Passwords come from the terminal or stdin only."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from archive.errors import InvalidRequest
from archive.identity import Role
from archive.identity.accounts import Account, Accounts, find_account
from archive.identity.certificates import read_certificate
from archive.identity.provider import plain_nif
from archive.terminal import App, Outcome, longeva_command

AGENT = "cli"
ROLES = click.Choice([str(role) for role in Role if role is not Role.CITIZEN])


@click.group()
def account() -> None:
    """People who may enter: add, list, give roles, reset, close."""


@longeva_command("add", short_help="Add a person; the password is read from the terminal or stdin.")
@click.argument("login")
@click.option("--name", required=True, help="As shown: a position will do.")
@click.option(
    "--tenant", "tenant_id", default="", help="Municipality he works for; without it, the province."
)
@click.option("--role", "roles", multiple=True, type=ROLES, help="What he is there; may be repeated.")
@click.option("--keep-password", is_flag=True, help="He need not change the password at his first entry.")
def add(
    app: App, login: str, name: str, tenant_id: str, roles: tuple[str, ...], keep_password: bool
) -> Outcome:
    """Add a person who enters with LOGIN.

    The password is read from the terminal, or from the first line of stdin. Somebody of the province has no
    roles of his own but operator; a municipality lets him in by a consent.
    """
    if roles and not tenant_id:
        raise InvalidRequest("a role is held in a municipality: --tenant, or `longeva account role`")
    with app.home() as home:
        if tenant_id:
            home.objects(tenant_id)  # that it is there
        wanted = Account(
            "", name, login.lower(), tenant_id, {tenant_id: frozenset(map(Role, roles))} if roles else {},
            must_change=not keep_password,
        )  # fmt: skip
        made = Accounts(home).add(wanted, AGENT, password=_password())
    return _outcome(made, "added")


@longeva_command("list")
@click.option("--tenant", "tenant_id", help="Only who works for, or is something in, this municipality.")
def show_all(app: App, tenant_id: str | None) -> Outcome:
    """List the accounts; citizens are counted, not named."""
    with app.home() as home:
        accounts = Accounts(home)
        found = list(accounts.of_tenant(tenant_id) if tenant_id else accounts.every())
    staff = [each for each in found if not each.citizen]
    body = {"accounts": [account_json(each) for each in staff], "citizens": len(found) - len(staff)}
    return Outcome(body, [_line(each) for each in staff])


@longeva_command("role", short_help="Say what somebody is in a municipality.")
@click.argument("reference", metavar="ACCOUNT")
@click.option("--tenant", "tenant_id", required=True, help="Municipality.")
@click.option("--role", "roles", multiple=True, type=ROLES, help="All that he is from now on; none: nothing.")
def role(app: App, reference: str, tenant_id: str, roles: tuple[str, ...]) -> Outcome:
    """Say what somebody is in a municipality from now on. ACCOUNT is a login or an id."""
    with app.home() as home:
        home.objects(tenant_id)
        accounts = Accounts(home)
        changed = accounts.set_roles(find_account(accounts, reference), tenant_id, map(Role, roles), AGENT)
    return _outcome(changed, "changed")


@longeva_command("reset", short_help="Set a new password and end every session.")
@click.argument("reference", metavar="ACCOUNT")
def reset(app: App, reference: str) -> Outcome:
    """Set a new password, to be changed at the next entry, and end every session.

    It is read from the terminal, or from the first line of stdin.
    """
    with app.home() as home:
        accounts = Accounts(home)
        found = find_account(accounts, reference)
        changed = accounts.set_password(found, _password(), AGENT, must_change=True)
    return _outcome(changed, "changed")


@longeva_command("totp", short_help="Forget the telephone of somebody.")
@click.argument("reference", metavar="ACCOUNT")
@click.option("--forget", is_flag=True, required=True, help="He enrols another one himself, at /cuenta.")
def totp(app: App, reference: str, forget: bool) -> Outcome:  # noqa: ARG001 - said on purpose
    """Forget the telephone of somebody who lost it, and end every session."""
    with app.home() as home:
        accounts = Accounts(home)
        found = find_account(accounts, reference)
        changed = accounts.change(found, AGENT, "account.telephone", totp="", epoch=found.epoch + 1)
    return _outcome(changed, "changed")


@longeva_command("proof", short_help="Say which certificate or NIF leads to an account.")
@click.argument("reference", metavar="ACCOUNT")
@click.option("--certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PEM.")
@click.option("--nif", help="As certificates and the provider vouch for it.")
@click.option("--forget", is_flag=True, help="Forget what led here until now.")
def proof(app: App, reference: str, certificate: Path | None, nif: str | None, forget: bool) -> Outcome:
    """Say which client certificate leads to an account, or which NIF.

    A NIF counts as a provider or a certificate vouches for it.
    """
    more = []
    if certificate is not None:
        read = read_certificate(certificate.read_text(encoding="ascii", errors="replace"))
        if read is None:
            raise InvalidRequest(f"{certificate} is no certificate in PEM")
        more.append(f"certificate:{read.fingerprint}")
    if nif is not None:
        if not plain_nif(nif):
            raise InvalidRequest("that is no NIF")
        more.append(f"nif:{plain_nif(nif)}")
    if not more and not forget:
        raise InvalidRequest("give --certificate, --nif or --forget")
    with app.home() as home:
        accounts = Accounts(home)
        found = find_account(accounts, reference)
        kept = () if forget else found.known_by
        changed = accounts.change(
            found, AGENT, "account.proofs", known_by=tuple(dict.fromkeys((*kept, *more)))
        )
    return _outcome(changed, "changed")


@longeva_command("close", short_help="Let nobody enter with an account again.")
@click.argument("reference", metavar="ACCOUNT")
def close(app: App, reference: str) -> Outcome:
    """Close an account for good and end its sessions; what was done with it stays told."""
    with app.home() as home:
        accounts = Accounts(home)
        changed = accounts.close(find_account(accounts, reference), AGENT)
    return _outcome(changed, "closed")


@longeva_command("erase", short_help="Forget who a closed account was.")
@click.argument("reference", metavar="ACCOUNT")
def erase(app: App, reference: str) -> Outcome:
    """Forget who a closed account was: name, login, NIF. Its id stays in the ledger and leads to nobody.

    Exits with 1 where a store did not let go of every file; they are named.
    """
    with app.home() as home:
        accounts = Accounts(home)
        found = find_account(accounts, reference)
        kept = accounts.erase(found, AGENT)
    lines = [f"erased: {found.account_id}", *(f"a store keeps what it was: {key}" for key in kept)]
    return Outcome({"erased": found.account_id, "kept": kept}, lines, ok=not kept)


for _command in (add, show_all, role, reset, totp, proof, close, erase):
    account.add_command(_command)


def account_json(shown: Account) -> dict[str, Any]:
    """Return an account as `--json` shows it: no secrets."""
    return {
        "account": shown.account_id,
        "login": shown.login,
        "name": shown.name,
        "tenant": shown.home or None,
        "roles": {tenant_id: sorted(roles) for tenant_id, roles in shown.roles.items()},
        "telephone": bool(shown.totp),
        "proofs": len(shown.known_by),
        "closed": shown.closed,
    }


def _outcome(shown: Account, what: str) -> Outcome:
    return Outcome(account_json(shown), [f"{what}: {_line(shown)}"])


def _line(shown: Account) -> str:
    roles = "; ".join(f"{tenant}: {', '.join(sorted(names))}" for tenant, names in shown.roles.items())
    state = " [red]closed[/]" if shown.closed else ""
    place = shown.home or "province"
    who = f"{escape(shown.login):<20} {escape(shown.name)}"
    return f"{who}  [dim]{place}[/] {roles}{state}  [dim]{shown.account_id}[/]"


def _password() -> str:
    """Read a password twice from a terminal, or once from stdin."""
    if sys.stdin.isatty():
        prompted: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return prompted
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise InvalidRequest("a password is needed: at a terminal, or in the first line of stdin")
    return given
