# SPDX-License-Identifier: EUPL-1.2
"""`longeva key` and `longeva consent`: machines that enter, and the province's people who are let in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click
from rich.markup import escape

from archive.clock import format_instant
from archive.commands.people import AGENT
from archive.identity import LOCAL, Right, Role
from archive.identity.accounts import Accounts, find_account
from archive.identity.consents import LENDABLE, LONGEST, Consent, Consents
from archive.identity.keys import OF_PERSONS, ApiKey, Keys
from archive.terminal import App, Outcome, longeva_command


@click.group()
def key() -> None:
    """API keys of machines: add, list, revoke."""


@longeva_command("add", short_help="Make a key; it is printed once.")
@click.argument("tenant_id", metavar="TENANT")
@click.option("--name", required=True, help="What it is for.")
@click.option(
    "--right", "rights", multiple=True, required=True,
    type=click.Choice([str(right) for right in Right if right not in OF_PERSONS]), help="May be repeated.",
)  # fmt: skip
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="Until it ends.")
def key_add(app: App, tenant_id: str, name: str, rights: tuple[str, ...], days: int) -> Outcome:
    """Make a key of a municipality. It is printed once; only its digest is kept."""
    with app.home() as home:
        ends = home.clock.now() + timedelta(days=days)
        made, text = Keys(home).make(tenant_id, name, map(Right, rights), AGENT, ends_at=ends)
    return Outcome(
        _key_json(made) | {"key": text}, [text, "[dim]write it down now: it is not shown again[/]"]
    )


@longeva_command("list")
@click.argument("tenant_id", metavar="TENANT")
def key_list(app: App, tenant_id: str) -> Outcome:
    """List the keys of a municipality."""
    with app.home() as home:
        keys, now = list(Keys(home).of_tenant(tenant_id)), home.clock.now()
    lines = [
        f"{each.key_id}  {escape(each.name)}  [dim]{', '.join(sorted(each.rights))}[/]"
        f"{'' if each.good(now) else ' [red]ended[/]'}"
        for each in keys
    ]
    return Outcome({"keys": [_key_json(each) | {"good": each.good(now)} for each in keys]}, lines)


@longeva_command("revoke")
@click.argument("key_id", metavar="KEY")
def key_revoke(app: App, key_id: str) -> Outcome:
    """Let a key open nothing any more. KEY is what stands between `lgv_` and the next `_`."""
    with app.home() as home:
        keys = Keys(home)
        found = keys.of_id(key_id)
        revoked = keys.revoke(found.tenant_id, found.key_id, AGENT)
    return Outcome(_key_json(revoked), [f"revoked: {revoked.key_id}  {escape(revoked.name)}"])


@click.group(short_help="Accesses of the province's people: grant, list, end.")
def consent() -> None:
    """Accesses of the province's people to a municipality's records: grant, list, end."""


@longeva_command("grant", short_help="Let somebody of the province in, for a reason and a time.")
@click.argument("reference", metavar="ACCOUNT")
@click.option("--tenant", "tenant_id", required=True, help="Municipality that consents.")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(sorted(map(str, LENDABLE))),
    help="As what; may be repeated.",
)  # fmt: skip
@click.option("--reason", required=True, help="What for, and who of the municipality asked for it.")
@click.option("--days", type=click.IntRange(1, LONGEST.days), default=7, show_default=True, help="How long.")
def consent_grant(
    app: App, reference: str, tenant_id: str, roles: tuple[str, ...], reason: str, days: int
) -> Outcome:
    """Record a consent that a municipality gave on paper.

    In the pages the municipality's archivist or secretary does it; the ledger tells that this was done at the
    command line.
    """
    with app.home() as home:
        account = find_account(Accounts(home), reference)
        consents = Consents(home)
        asked = consents.ask(tenant_id, account, map(Role, roles), reason, timedelta(days=days), AGENT)
        granted = consents.grant(asked, LOCAL)
    return Outcome(_consent_json(granted), [_consent_line(granted)])


@longeva_command("list")
@click.argument("tenant_id", metavar="TENANT")
def consent_list(app: App, tenant_id: str) -> Outcome:
    """List the consents of a municipality, the newest first."""
    with app.home() as home:
        found, now = Consents(home).of_tenant(tenant_id), home.clock.now()
    body = [_consent_json(each) | {"counts": each.counts(now)} for each in found]
    return Outcome({"consents": body}, [_consent_line(each) for each in found])


@longeva_command("end")
@click.argument("tenant_id", metavar="TENANT")
@click.argument("consent_id", metavar="CONSENT")
def consent_end(app: App, tenant_id: str, consent_id: str) -> Outcome:
    """End a consent before its time."""
    with app.home() as home:
        consents = Consents(home)
        ended = consents.end(consents.get(tenant_id, consent_id), LOCAL)
    return Outcome(_consent_json(ended), [_consent_line(ended)])


for _command in (key_add, key_list, key_revoke):
    key.add_command(_command)
for _command in (consent_grant, consent_list, consent_end):
    consent.add_command(_command)


def _key_json(shown: ApiKey) -> dict[str, Any]:
    return {
        "id": shown.key_id,
        "tenant": shown.tenant_id,
        "name": shown.name,
        "rights": sorted(shown.rights),
        "ends_at": format_instant(shown.ends_at) if shown.ends_at else None,
        "revoked": shown.revoked,
    }


def _consent_json(shown: Consent) -> dict[str, Any]:
    return {
        "id": shown.consent_id,
        "tenant": shown.tenant_id,
        "account": shown.account_id,
        "roles": sorted(shown.roles),
        "reason": shown.reason,
        "state": str(shown.state),
        "ends_at": format_instant(shown.ends_at) if shown.ends_at else None,
    }


def _consent_line(shown: Consent) -> str:
    until = f" until {format_instant(shown.ends_at)}" if shown.ends_at else ""
    roles = ", ".join(sorted(shown.roles))
    what = f"{shown.consent_id}  {shown.state}  {roles}{until}"
    return f"{what}  [dim]{shown.account_id}[/] {escape(shown.reason)}"
