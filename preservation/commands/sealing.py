# SPDX-License-Identifier: EUPL-1.2
"""`longeva evidence seal · policy · status · accounts`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from archive.catalog import INSTALLATION
from archive.clock import format_instant
from archive.errors import InvalidRequest, TimestampUnavailable
from archive.home import Home
from archive.terminal import App, Outcome, OutputFile, finding_lines, longeva_command, write_output
from preservation.commands.options import Instant
from preservation.evidence.accounts import Accounts, euros
from preservation.evidence.accounts import accounts as accounts_of
from preservation.evidence.policy import (
    ALGORITHMS,
    SealingPolicy,
    change_policy,
    default_policy,
    policies,
    policy_history,
    policy_of,
)
from preservation.evidence.sealing import SealingReport, seal_all
from preservation.evidence.waiting import Queue, queues
from preservation.installation import time_stamping

_FIELDS = ("interval", "batch", "authorities", "tokens", "algorithm")


@longeva_command(short_help="Seal everything that still lacks evidence.")
def seal(app: App) -> Outcome:
    """Seal everything that still lacks evidence, now, whatever the intervals of the policies.

    One hash tree and one request to an authority for all tenants with one policy. Where nothing waits and
    a ledger grew, the heads of the ledgers are sealed. Exit 1 where some of it could not be stamped: it
    stays due.
    """
    with app.home() as home:
        report = seal_all(home, time_stamping(home), heads=True)
    if report.failures and not report.sealed:
        raise TimestampUnavailable(" · ".join(report.failures))
    if not report.sealed:
        return Outcome({"batch": None, "sealed": 0}, ["nothing lacks evidence"])
    return Outcome(_sealed_json(report), list(_sealed_lines(report)), not report.failures)


@longeva_command(short_help="Show or set how soon, and by whom, objects are sealed.")
@click.option("--tenant", "tenant_id", metavar="ID", help="Of this municipality. Default: of all.")
@click.option("--interval", type=int, metavar="SECONDS", help="Seal within so many seconds; 0: at once.")
@click.option("--batch", type=int, metavar="LEAVES", help="Seal as soon as so many objects wait.")
@click.option("--authorities", metavar="NAME,…", help="Whom to ask, in this order; names of the settings.")
@click.option("--tokens", type=int, metavar="1|2", help="Time stamps of different authorities per tree.")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), help="Of the hash trees.")
@click.option("--default", "reset", is_flag=True, help="Go back to what the settings say, in everything.")
def policy(app: App, tenant_id: str | None, reset: bool, **asked: Any) -> Outcome:
    """Show or set the sealing policy of a municipality. Earlier versions are kept, with their dates.

    What is not set is as `[evidence]` of the settings says.
    """
    changes = {name: value for name, value in asked.items() if value is not None}
    if "authorities" in changes:
        changes["authorities"] = [each.strip() for each in changes["authorities"].split(",") if each.strip()]
    if reset:
        changes = {**dict.fromkeys(_FIELDS), **changes}
    with app.home() as home:
        if tenant_id is None:
            if changes:
                raise InvalidRequest("Which municipality? --tenant; for all, [evidence] of the settings")
            return _all_policies(home)
        with home.catalog.reading(INSTALLATION) as tx:
            tx.tenant(tenant_id)
        if changes:
            change_policy(home, tenant_id, changes, agent="cli")
        return _one_policy(home, tenant_id)


@longeva_command(short_help="Say what waits to be sealed, since when, and what is overdue.")
@click.option("--tenant", "tenant_id", metavar="ID", help="Only of this municipality.")
def status(app: App, tenant_id: str | None) -> Outcome:
    """Say what waits to be sealed, since when, and against which interval. Exit 1 where some is overdue."""
    now = app.clock.now()
    with app.home() as home:
        if tenant_id is not None:
            with home.catalog.reading(INSTALLATION) as tx:
                tx.tenant(tenant_id)
        found = [each for each in queues(home, now) if tenant_id in {None, each.tenant_id}]
    overdue = [each for each in found if each.overdue]
    body = {
        "at": format_instant(now),
        "waiting": sum(each.count for each in found),
        "overdue": sum(each.count for each in overdue),
        "tenants": [_queue_json(each) for each in found],
    }
    return Outcome(body, [_queue_line(each) for each in found] or ["no municipality"], not overdue)


@longeva_command(short_help="Add up tokens and euros by authority, month and municipality.")
@click.option("--from", "first", type=Instant(), help="Not before.")
@click.option("--to", "last", type=Instant(), help="Before.")
@click.option(
    "--csv", "table", type=OutputFile(stdout=True), help="Write the authorities here; - for stdout."
)
def accounts(app: App, first: datetime | None, last: datetime | None, table: Path | None) -> Outcome:
    """Add up what evidence cost: tokens and euros of each authority and month, and each municipality's share.

    Prices are those that the settings gave on the day of each token.
    """
    with app.home() as home:
        found = accounts_of(home, first, last)
    if table is not None:
        write_output(table, [found.to_csv().encode()])
        return Outcome(
            {"path": str(table)}, [] if str(table) == "-" else [f"written to {escape(str(table))}"]
        )
    return Outcome(found.to_json(), list(_account_lines(found)))


COMMANDS = (seal, policy, status, accounts)


def _sealed_json(report: SealingReport) -> dict[str, Any]:
    first = report.sealed[0].batch
    return {
        "batch": first.batch_id,
        "sealed": report.objects,
        "authority": first.authority,
        "sealed_at": format_instant(first.sealed_at),
        "valid_until": format_instant(first.valid_until),
        "batches": [
            {
                "batch": each.batch.batch_id,
                "objects": each.objects,
                "algorithm": each.batch.algorithm,
                "tokens": [
                    {"authority": stamp.authority, "valid_until": format_instant(stamp.valid_until)}
                    for stamp in each.batch.stamps
                ],
            }
            for each in report.sealed
        ],
        "findings": [found.to_json() for found in report.findings],
        "failures": list(report.failures),
    }


def _sealed_lines(report: SealingReport) -> Iterator[str]:
    for each in report.sealed:
        names = escape(" and ".join(stamp.authority for stamp in each.batch.stamps))
        until = format_instant(min(stamp.valid_until for stamp in each.batch.stamps))
        what = f"{each.objects} sealed" if each.objects else "the heads of the ledgers sealed"
        yield f"[green]{what}[/] by {names}, good until {until}"
    yield from finding_lines(report.findings)
    for reason in report.failures:
        yield f"[red]still due[/]: {escape(reason)}"


def _all_policies(home: Home) -> Outcome:
    default, own = default_policy(home), policies(home)
    with home.catalog.reading(INSTALLATION) as tx:
        tenants = [each.tenant_id for each in tx.tenants()]
    body = {
        "settings": default.to_json(),
        "tenants": {each: own.get(each, default).to_json() for each in tenants},
    }
    lines = [f"{'(settings)':<20} {_policy_words(default)}"]
    lines += [f"{each:<20} {_policy_words(own[each])}" for each in tenants if each in own]
    return Outcome(body, lines)


def _one_policy(home: Home, tenant_id: str) -> Outcome:
    now, history = policy_of(home, tenant_id), list(policy_history(home, tenant_id))
    body = {
        "tenant": tenant_id,
        "policy": now.to_json(),
        "history": [
            {
                "version": each.version,
                "since": format_instant(each.since),
                "agent": each.agent,
                "said": dict(each.said),
            }
            for each in history
        ],
    }
    lines = [_policy_words(now)]
    for each in history:
        said = escape(_said_words(each.said.items()))
        lines.append(f"  since {format_instant(each.since)} by {escape(each.agent)}: {said}")
    return Outcome(body, lines)


def _policy_words(each: SealingPolicy) -> str:
    soon = f"within {each.interval} s" if each.interval else "at every round"
    whom = ", ".join(each.authorities) or "the authorities of the settings"
    tokens = "1 token" if each.tokens == 1 else f"{each.tokens} tokens"
    return escape(f"{soon}, or {each.batch} objects; {tokens} of {whom}; {each.algorithm}")


def _said_words(said: Any) -> str:
    return ", ".join(f"{name} = {value}" for name, value in sorted(said)) or "as the settings say"


def _queue_json(each: Queue) -> dict[str, Any]:
    return {
        "tenant": each.tenant_id,
        "waiting": each.count,
        "since": format_instant(each.since) if each.since else None,
        "age": round(each.age),
        "interval": each.policy.interval,
        "overdue": each.overdue,
    }


def _queue_line(each: Queue) -> str:
    if not each.count:
        return f"{each.tenant_id:<20} nothing waits"
    mark = "[red]overdue[/]" if each.overdue else "[green]in time[/]"
    return (
        f"{each.tenant_id:<20} {each.count} wait, the first for {each.age:.0f} s"
        f" of {each.policy.interval} s  {mark}"
    )


def _account_lines(found: Accounts) -> Iterator[str]:
    yield f"{found.batches} batches, {found.objects} objects, {found.tokens} tokens, {euros(found.cost)} €"
    for each in found.authorities:
        price = f"{euros(each.cost)} €" if each.tokens > each.unpriced else "price unknown"
        yield f"  {each.month}  {escape(each.authority):<24} {each.tokens} tokens  {price}"
    for share in found.tenants:
        yield f"  {escape(share.tenant_id):<33} {share.objects} objects  {euros(share.cost)} €"
    if found.unpriced:
        yield f"[yellow]{found.unpriced} tokens without a price[/]: timestamps.authorities.NAME.price"
