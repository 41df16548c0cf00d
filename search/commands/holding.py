# SPDX-License-Identifier: EUPL-1.2
"""`longeva hold` and `longeva regime`: what must not be destroyed or given, and how open things are."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import click
from rich.markup import escape

from archive.catalog import INSTALLATION
from archive.clock import format_instant
from archive.commands.keeping import find_object
from archive.errors import InvalidRequest
from archive.home import Home
from archive.regime import Access
from archive.terminal import App, Outcome, longeva_command
from search.holds import Hold, Locked, add_hold, apply_holds, end_hold, holds
from search.regimes import Rule, close_rule, regime_of, set_rule
from search.regimes.register import entries

TENANT: Final = click.option("--tenant", "tenant_id", required=True, help="The municipality.")
OBJECT: Final = click.option("--object", "reference", default="", help="One object: id or ENI identifier.")
SERIES: Final = click.option("--series", default="", help="Those whose classification begins with this.")
DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.group(short_help="Legal holds: they override every other rule.")
def hold() -> None:
    """Legal holds: they override every other rule while a procedure lasts."""


@longeva_command("add")
@TENANT
@OBJECT
@SERIES
@click.option("--everything", is_flag=True, help="The whole archive of the municipality.")
@click.option("--reason", required=True, help="The procedure.")
@click.option("--authority", required=True, help="Court or organ that asks for it, with its reference.")
@click.option("--no-copies", is_flag=True, help="Also no copy may be given while it lasts.")
def add(
    app: App,
    tenant_id: str,
    reference: str,
    series: str,
    everything: bool,
    reason: str,
    authority: str,
    no_copies: bool,
) -> Outcome:
    """Hold an object, a series or everything. Exit 1 if a store did not take its own legal hold.

    The hold is in force in any case; `longeva hold apply` repeats what a store could not do.
    """
    if sum((bool(reference), bool(series), everything)) != 1:
        raise InvalidRequest("say one of --object, --series, --everything")
    with app.home() as home:
        object_id = _object(home, tenant_id, reference)
        made = Hold(reason, authority, object_id, series, no_copies)
        entry, locked = add_hold(home, tenant_id, made, agent="cli")
    return _locked({"hold": entry.entry_id}, f"hold {entry.entry_id}", locked)


@longeva_command("end")
@click.argument("entry_id", metavar="HOLD")
@TENANT
@click.option("--reason", required=True, help="Why it ends.")
def end(app: App, entry_id: str, tenant_id: str, reason: str) -> Outcome:
    """End HOLD, and release the files that no other hold covers."""
    with app.home() as home:
        locked = end_hold(home, tenant_id, entry_id, reason, agent="cli")
    return _locked({"hold": entry_id}, f"hold {entry_id} has ended", locked)


@longeva_command("list")
@TENANT
@click.option("--all", "everything", is_flag=True, help="Also those that have ended.")
def list_holds(app: App, tenant_id: str, everything: bool) -> Outcome:
    """List the holds in force."""
    with app.home() as home:
        _require_tenant(home, tenant_id)
        found = holds(home, tenant_id, in_force=not everything)
    told = [
        {"hold": entry.entry_id, "state": entry.state, "since": format_instant(entry.changed_at),
         "object": one.object_id, "series": one.series, "no_copies": one.no_copies, "reason": one.reason,
         "authority": one.authority}
        for entry, one in found
    ]  # fmt: skip
    lines = [
        f"[bold]{each['hold']}[/]  {each['state']}  {each['object'] or each['series'] or 'everything'}  "
        f"{escape(str(each['reason']))} ({escape(str(each['authority']))})"
        for each in told
    ]
    return Outcome({"holds": told}, lines or ["nothing is held"])


@longeva_command("apply")
@TENANT
def apply(app: App, tenant_id: str) -> Outcome:
    """Put everything held under the stores' own legal hold again. Exit 1 if a store did not."""
    with app.home() as home:
        _require_tenant(home, tenant_id)
        locked = apply_holds(home, tenant_id)
    return _locked({}, "applied", locked)


@click.group(short_help="How open things are, by series and one by one.")
def regime() -> None:
    """How open things are: rules by series, rulings on one object."""


@longeva_command("set", short_help="Put a rule in force.")
@click.argument("access", type=click.Choice([str(one) for one in Access]))
@TENANT
@OBJECT
@SERIES
@click.option("--everything", is_flag=True, help="Every series without a rule of its own.")
@click.option("--cause", required=True, help="Why.")
@click.option("--clause", default="", help="Norm and article, or the resolution.")
@click.option("--personal-data", is_flag=True, help="Opens 25 years after death, else 50 from the date.")
@click.option("--opens-after", default=0, type=click.IntRange(0, 200), help="Opens after so many years.")
@click.option("--deceased", type=DAY, default=None, help="Of an object: the last death of those affected.")
@click.option("--dated", type=DAY, default=None, help="Of an object: the date of its documents.")
def set_regime(
    app: App,
    access: str,
    tenant_id: str,
    reference: str,
    series: str,
    everything: bool,
    cause: str,
    clause: str,
    personal_data: bool,
    opens_after: int,
    deceased: datetime | None,
    dated: datetime | None,
) -> Outcome:
    """Put a rule in force for an object, a series or everything, in the place of the one before."""
    if sum((bool(reference), bool(series), everything)) != 1:
        raise InvalidRequest("say one of --object, --series, --everything")
    with app.home() as home:
        object_id = _object(home, tenant_id, reference)
        rule = Rule(
            Access(access), cause, clause, series, object_id, personal_data, opens_after,
            deceased.date() if deceased else None, dated.date() if dated else None,
        )  # fmt: skip
        entry = set_rule(home, tenant_id, rule, agent="cli")
    return Outcome({"rule": entry.entry_id}, [f"rule {entry.entry_id} is in force"])


@longeva_command("end")
@click.argument("entry_id", metavar="RULE")
@TENANT
def end_regime(app: App, entry_id: str, tenant_id: str) -> Outcome:
    """Take RULE out of force."""
    with app.home() as home:
        close_rule(home, tenant_id, entry_id, agent="cli")
    return Outcome({"rule": entry_id}, [f"rule {entry_id} is out of force"])


@longeva_command("list")
@TENANT
def list_regimes(app: App, tenant_id: str) -> Outcome:
    """List the rules, also those out of force."""
    with app.home() as home:
        _require_tenant(home, tenant_id)
        found = entries(home, tenant_id)
    told = [{"rule": entry.entry_id, "state": entry.state, **entry.body} for entry, _ in found]
    lines = [
        f"[bold]{each['rule']}[/]  {each['state']}  {each['object'] or each['series'] or 'everything'}  "
        f"{each['access']}  {escape(each['cause'])} {escape(each['clause'])}"
        for each in told
    ]
    return Outcome({"rules": told}, lines or ["no rules: everything that declares nothing is limited"])


@longeva_command("show", short_help="Tell how open OBJECT is today, and why.")
@click.argument("reference", metavar="OBJECT")
def show_regime(app: App, reference: str) -> Outcome:
    """Tell how open OBJECT is today, why, and from when on it opens by itself."""
    with app.home() as home:
        with home.catalog.reading(INSTALLATION) as tx:
            record = find_object(tx, reference)
            documents = tx.documents(record.object_id)
        found = regime_of(home, record, documents)
    body: dict[str, Any] = {
        "object": record.object_id, "access": str(found.access), "cause": found.cause, "clause": found.clause,
        "until": found.until.isoformat() if found.until else "",
    }  # fmt: skip
    opens = f", opens on {found.until}" if found.until else ""
    return Outcome(body, [f"[bold]{found.access}[/]  {escape(found.cause)} {escape(found.clause)}{opens}"])


def _object(home: Home, tenant_id: str, reference: str) -> str:
    _require_tenant(home, tenant_id)
    if not reference:
        return ""
    with home.catalog.reading(INSTALLATION) as tx:
        return find_object(tx, reference, tenant_id).object_id


def _require_tenant(home: Home, tenant_id: str) -> None:
    with home.catalog.reading(INSTALLATION) as tx:
        tx.tenant(tenant_id)


def _locked(body: dict[str, Any], words: str, locked: Locked) -> Outcome:
    told = {**body, "files": locked.keys, "failed": list(locked.failed)}
    lines = [words, f"{locked.keys} files under the stores' own legal hold were changed"]
    return Outcome(told, [*lines, *(f"[red]{escape(one)}[/]" for one in locked.failed)], not locked.failed)


for command in (add, end, list_holds, apply):
    hold.add_command(command)
for command in (set_regime, end_regime, list_regimes, show_regime):
    regime.add_command(command)
