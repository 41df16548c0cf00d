# SPDX-License-Identifier: EUPL-1.2
"""`longeva evidence forecast`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
from rich.markup import escape

from archive.clock import format_instant
from archive.terminal import App, Outcome, language, longeva_command
from preservation.commands.options import AT
from preservation.renewal.falls import Fall, Work, algorithm_name, by_year, reason
from preservation.renewal.forecast import ASSUMPTIONS, MAX_YEARS, YEARS, Forecast
from preservation.renewal.forecast import forecast as look_ahead
from preservation.renewal.plot import text_plot
from preservation.retirement import EDITION, rows

_COLOURS = {Work.LOST: "red", Work.ADVICE: "yellow", Work.TIME_STAMPS: "green", Work.HASH_TREES: "cyan"}


@longeva_command(short_help="Say what evidence falls due in the coming years, and why.")
@AT
@click.option(
    "--years", type=click.IntRange(1, MAX_YEARS), default=YEARS, show_default=True, help="How far to look."
)
@click.option("--table", is_flag=True, help="Show the dated table of algorithms that it stands on.")
def forecast(app: App, at: datetime | None, years: int, table: bool) -> Outcome:
    """Say what evidence falls due in the coming years, why, and what renewing it takes.

    The ends of certificates, and the decided and planned ends of algorithms with their sources; how many
    records, time stamps, euros, and bytes to be read again. What is lost or overdue comes first. Exit 0 if
    nothing is.
    """
    if table:
        return _table()
    with app.home() as home:
        found = look_ahead(home, at or app.clock.now(), years=years)
    late = [fall for fall in found.falls if fall.overdue and fall.work is not Work.ADVICE]
    return Outcome(to_json(found), list(_lines(found)), not late)


def to_json(found: Forecast) -> dict[str, Any]:
    """Return the form that `--json` shows."""
    return {
        "at": format_instant(found.at),
        "until": format_instant(found.until),
        "records": found.records,
        "due": [fall.to_json() for fall in found.falls],
        "years": [year.to_json() for year in by_year(found.falls, found.at, found.until)],
        "expected": [
            {
                "authority": token.authority,
                "life_days": token.life.days,
                "seen": token.seen,
                "price": token.price or None,
            }
            for token in found.prospect.tokens
        ],
        "assumptions": [said.to_json() for said in ASSUMPTIONS],
        "table": EDITION.isoformat(),
    }


def _lines(found: Forecast) -> Iterator[str]:
    if not found.falls:
        yield "nothing falls due"
        return
    for fall in found.falls:
        yield from _told(fall)
    years = by_year(found.falls, found.at, found.until)
    if any(year.tokens for year in years):
        yield ""
        yield from text_plot(years)
        yield _totals(found)
    for said in ASSUMPTIONS:
        yield f"[dim]{escape(said.message(language()))}[/]"


def _told(fall: Fall) -> Iterator[str]:
    colour = "red" if fall.overdue and fall.work is not Work.ADVICE else _COLOURS[fall.work]
    late = "  [red]OVERDUE[/]" if fall.overdue and fall.work not in {Work.LOST, Work.ADVICE} else ""
    takes = f"{_count(fall.records, 'record')} in {_count(fall.batches, 'tree')}"
    if fall.tokens:
        price = "" if fall.cost is None else f", {fall.cost} €"
        takes += f", {_count(fall.tokens, 'time stamp')}{price}, {fall.bytes:,} bytes to read"
    if fall.work is Work.HASH_TREES:
        takes += f", to {algorithm_name(fall.to)}"
    yield f"{fall.due_at:%Y-%m-%d}  [{colour}]{fall.work:<11}[/] {takes}{late}"
    for end in fall.why:
        yield f"            {escape(reason(end).message(language()))}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _totals(found: Forecast) -> str:
    work = [fall for fall in found.falls if fall.tokens]
    tokens, size = sum(fall.tokens for fall in work), sum(fall.bytes for fall in work)
    costs = [fall.cost for fall in work if fall.cost is not None]
    price = f", {sum(costs)} €" if len(costs) == len(work) else ""
    until = f"{found.until:%Y-%m-%d}"
    takes = f"{_count(len(work), 'renewal')}, {_count(tokens, 'time stamp')}{price}"
    return f"until {until}: {takes}, {size:,} bytes to read"


def _table() -> Outcome:
    body = {
        "edition": EDITION.isoformat(),
        "rows": [
            {
                "algorithm": str(each),
                "until": each.until.date().isoformat(),
                "planned": each.planned,
                "source": each.source.name,
                "clause": each.source.clause,
                "reading": each.source.reading,
                "note": each.source.note,
            }
            for each in rows()
        ],
    }
    lines = [
        f"{each.until:%Y-%m-%d}  {'planned' if each.planned else 'decided'}  {each!s:<16} "
        f"{escape(str(each.source))} [dim]({each.source.reading})[/]"
        for each in rows()
    ]
    return Outcome(body, lines)
