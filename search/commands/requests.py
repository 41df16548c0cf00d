# SPDX-License-Identifier: EUPL-1.2
"""`longeva request new · list · show · resolve`: requests for copies at the counter and without a browser."""

from __future__ import annotations

from typing import Any, Final

import click
from rich.markup import escape

from archive.catalog import INSTALLATION
from archive.errors import InvalidRequest, NotFound
from archive.home import Home
from archive.identity import Kind, Principal
from archive.registers import Register
from archive.terminal import App, Outcome, longeva_command
from search.commands.giving import BASE_URL
from search.redaction import Redaction, Zone, read_zones
from search.regimes.register import today
from search.requests.entry import ask
from search.requests.grounds import GROUNDS
from search.requests.issuing import issuer
from search.requests.model import Asker, AskerKind, CopyRequest
from search.requests.register import listed, queue, read
from search.requests.resolving import Part, ask_back, hurdles_now, issue_copy, refuse

TENANT: Final = click.option("--tenant", "tenant_id", required=True, help="The municipality.")


@click.group()
def request() -> None:
    """Requests for certified copies."""


@longeva_command("new", short_help="Take in a request made at the counter.")
@click.argument("reference")
@TENANT
@click.option("--name", required=True, help="Who asks; kept in the register alone.")
@click.option("--nif", default="", help="His tax number: tells whether he is an interested party.")
@click.option("--purpose", default="", help="What he wants it for, if he says so.")
@click.option("--paper", is_flag=True, help="He wants it on paper.")
def new_request(
    app: App, reference: str, tenant_id: str, name: str, nif: str, purpose: str, paper: bool
) -> Outcome:
    """Take in a request for REFERENCE: an identifier, a code, or words for the archivist.

    Nothing is issued by this: an archivist resolves it.
    """
    with app.home() as home:
        asker = Asker(AskerKind.CITIZEN, "", name, nif)
        made = ask(home, tenant_id, asker, reference, agent="cli", purpose=purpose, paper=paper)
    return Outcome(_json(made), [f"{made.number}, due on {made.due_on}"])


@longeva_command("list", short_help="List the requests that wait, what is due first on top.")
@TENANT
@click.option("--all", "everything", is_flag=True, help="Also those that are resolved.")
def list_requests(app: App, tenant_id: str, everything: bool) -> Outcome:
    """List the requests that wait, what is due first on top. Exit 1 if one is overdue."""
    with app.home() as home:
        _require_tenant(home, tenant_id)
        found = listed(home, tenant_id) if everything else queue(home, tenant_id)
        day = today(home)
    late = [one for one in found if one.overdue(day)]
    lines = [
        f"{'[red]' if one in late else ''}[bold]{one.number}[/]  due {one.due_on or '—'}  {one.state}"
        f"{'[/]' if one in late else ''}  {escape(one.reference[:60])}"
        for one in found
    ]
    body = {"requests": [_json(one) for one in found], "overdue": len(late)}
    return Outcome(body, lines or ["no requests"], not late)


@longeva_command("show", short_help="Show a request: who asks for what.")
@click.argument("number", metavar="REQUEST")
@TENANT
def show_request(app: App, number: str, tenant_id: str) -> Outcome:
    """Show REQUEST (its number or id): who asks for what, what stands in the way, what was done."""
    with app.home() as home:
        found = _find(home, tenant_id, number)
        hurdles = hurdles_now(home, found)
    body = {**_json(found), "hurdles": list(hurdles), "steps": [_step(one) for one in found.steps]}
    lines = [
        f"[bold]{found.number}[/]  {found.state}  due {found.due_on or '—'}",
        f"asks       {escape(found.asker.name)} {escape(found.asker.nif)}",
        f"for        {escape(found.reference)}",
        f"object     {found.object_id or 'not found yet'} {found.path}",
        *(f"[yellow]in the way  {one}[/]" for one in hurdles),
        *(f"{one['at']}  {one['state']}  {escape(one['why'])}" for one in body["steps"]),
    ]
    return Outcome(body, lines)


@longeva_command("resolve", short_help="Issue the copy, or refuse it, or ask for something.")
@click.argument("number", metavar="REQUEST")
@TENANT
@click.option("--issue", "do", flag_value="issue", help="Issue the copy.")
@click.option("--refuse", "do", flag_value="refuse", help="Refuse it; needs --ground and --words.")
@click.option("--ask-back", "do", flag_value="ask-back", help="Ask for what --words say; stops the clock.")
@click.option("--ground", default="", help=f"Why, of the list: {', '.join(GROUNDS)}.")
@click.option("--words", default="", help="What the asker is told.")
@click.option("--remove", "removed", multiple=True, type=int, metavar="PAGE", help="Leave a page out.")
@click.option("--hide", "hidden", multiple=True, metavar="PAGE:ZONES", help="As in '1:10 20 80 12; 5 5 9 9'.")
@click.option("--as", "account", default="", metavar="ACCOUNT", help="Which habilitado acts.")
@BASE_URL
def resolve(
    app: App,
    number: str,
    tenant_id: str,
    do: str | None,
    ground: str,
    words: str,
    removed: tuple[int, ...],
    hidden: tuple[str, ...],
    account: str,
    base_url: str,
) -> Outcome:
    """Resolve REQUEST (its number or id).

    A copy is the act of a habilitado in force: --as names which, unless there is only one. With --remove or
    --hide the copy is partial (EE04): what is left out is not in the file.
    """
    with app.home() as home:
        found = _find(home, tenant_id, number)
        if do == "issue":
            part = Part(Redaction(frozenset(removed), dict(_hidden(one) for one in hidden)), ground)
            who = Principal(Kind.LOCAL, account)
            done = issue_copy(home, found, who, issuer(home, base_url), part=part, words=words)
        elif do == "refuse":
            done = refuse(home, found, ground, words, agent="cli")
        elif do == "ask-back":
            done = ask_back(home, found, words, agent="cli")
        else:
            raise InvalidRequest("say one of --issue, --refuse, --ask-back")
    lines = [f"{done.number}  {done.state}"] + (
        [f"CSV [bold]{done.outcome.csv}[/]"] if done.outcome.csv else []
    )
    return Outcome(_json(done), lines)


def _hidden(text: str) -> tuple[int, tuple[Zone, ...]]:
    page, colon, zones = text.partition(":")
    if not colon or not page.strip().isdigit():
        raise InvalidRequest(f"zones are written PAGE:ZONES, not {text!r}")
    return int(page), read_zones(zones)


def _find(home: Home, tenant_id: str, number: str) -> CopyRequest:
    _require_tenant(home, tenant_id)
    entry = Register(home, "requests").by_key(tenant_id, number.upper())
    if entry is not None:
        return read(home, tenant_id, entry.entry_id)
    try:
        return read(home, tenant_id, number)
    except NotFound:
        raise NotFound(f"no request {number}", place=number) from None


def _require_tenant(home: Home, tenant_id: str) -> None:
    with home.catalog.reading(INSTALLATION) as tx:
        tx.tenant(tenant_id)


def _json(one: CopyRequest) -> dict[str, Any]:
    return {
        "request": one.request_id,
        "number": one.number,
        "state": str(one.state),
        "due_on": one.due_on.isoformat() if one.due_on else "",
        "reference": one.reference,
        "object": one.object_id,
        "access": str(one.access),
        "ground": one.outcome.ground,
        "csv": one.outcome.csv,
    }


def _step(one: Any) -> dict[str, str]:
    return {"at": one.at.isoformat(), "state": str(one.state), "why": one.why, "agent": one.agent}


for command in (new_request, list_requests, show_request, resolve):
    request.add_command(command)
