# SPDX-License-Identifier: EUPL-1.2
"""`longeva store list · heal`: how the copies stand, and bringing up those that are behind."""

from __future__ import annotations

import click
from rich.markup import escape

from archive.healing import HealReport, StoreState, heal, store_states
from archive.terminal import App, Outcome, longeva_command, problem_lines


@longeva_command("list", short_help="Ask every store how it stands.")
def store_list(app: App) -> Outcome:
    """Ask every store how it stands: whole, behind, filling, away; or drained, and whether it may go.

    Exit 0 if every store is whole: compared with every event of the ledger, which a worker does each round.
    A store is added, drained and removed in the settings: docs/engines/copies.md.
    """
    with app.home() as home:
        states = store_states(home)
        quorum = home.engines.settings.quorum
    body = {"quorum": quorum, "stores": [each.to_json() for each in states]}
    return Outcome(body, [_line(each) for each in states], all(each.well for each in states))


@longeva_command("heal", short_help="Give stores what they lack, and mend what rotted.")
@click.argument("name", required=False, default="")
@click.option(
    "--all", "thorough", is_flag=True, help="Compare every byte of every copy, not only what is new."
)
def store_heal(app: App, name: str, thorough: bool) -> Outcome:
    """Give every store (or the one called NAME) what it lacks, and replace what is wrong in it.

    Exit 0 if every store answered and everything could be mended.
    """
    with app.home() as home, app.progress("Comparing") as on_progress:
        report = heal(home, name, thorough=thorough, on_progress=on_progress)
    return Outcome(report.to_json(), _told(report), report.ok)


def _line(state: StoreState) -> str:
    colour = "green" if state.well else "yellow"
    behind = f"  not compared yet with the last {state.lag} events" if state.lag else ""
    failure = f"  {escape(state.failure)}" if state.failure else ""
    return f"{state.name:<20} {state.kind:<7} [{colour}]{state.state}[/]{behind}{failure}"


def _told(report: HealReport) -> list[str]:
    copied, repaired = report.copied.total(), report.repaired
    lines = [
        f"{report.compared:,} keys compared, {copied:,} copied, {repaired:,} repaired, {report.bytes:,} bytes"
    ]
    lines += [f"{name}: {count:,} keys copied" for name, count in sorted(report.copied.items()) if count]
    lines += [f"[yellow]{name} does not answer[/]: {escape(why)}" for name, why in report.failed.items()]
    if report.postponed:
        lines.append(f"{report.postponed:,} keys wait for a store that is away")
    return lines + problem_lines([problem.to_json() for problem in report.unrepairable])
