# SPDX-License-Identifier: EUPL-1.2
"""`longeva search · rebuild`: the index, from the terminal."""

from __future__ import annotations

import click
from rich.markup import escape

from archive.errors import InvalidRequest
from archive.home import Home
from archive.rebuild import rebuild_catalog
from archive.terminal import App, Outcome, longeva_command, problem_lines
from search.find import search as find
from search.index import SearchResult, Sort
from search.indexer import keep_up, open_index
from search.indexer import rebuild as rebuild_index
from search.sight import WHOLE

SORTS = [str(one) for one in Sort if one is not Sort.PLACE]


@longeva_command()
@click.argument("words", metavar="QUERY", nargs=-1, required=True)
@click.option("--tenant", "tenant_id", required=True, help="The municipality whose archive is searched.")
@click.option(
    "--facet", "facets", multiple=True, metavar="F", help="Count the values of a field: tipo, año, firma…"
)
@click.option(
    "--filter", "filters", multiple=True, metavar="K=V", help="Only hits whose field K has value V."
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="Hits to give.")
@click.option(
    "--sort", "order", default="relevancia", show_default=True, type=click.Choice(SORTS), help="Order."
)
@click.option("--offset", default=0, show_default=True, type=click.IntRange(0), help="Hits to skip.")
def search(
    app: App,
    words: tuple[str, ...],
    tenant_id: str,
    facets: tuple[str, ...],
    filters: tuple[str, ...],
    limit: int,
    order: str,
    offset: int,
) -> Outcome:
    """Find expedientes and documents. Accents do not matter; ñ does.

    QUERY understands words, "phrases", prefix*, -without, OR, and fields such as tipo:TD01 año:2025 nif:….
    Put it in 'single quotes' where it has any of those; an empty one finds everything.

    \b
    longeva search 'licencia "obra mayor" -piscina año:2025' --tenant villa --facet tipo
    """  # noqa: D301 - click keeps a paragraph as it is after that very character
    pairs = [_pair(each) for each in filters]
    with app.home() as home:
        with home.catalog.reading(tenant_id) as tx:
            tx.tenant(tenant_id)
        index = open_index(home, wait_seconds=1)
        keep_up(home, index)
        result = find(
            index,
            " ".join(words),
            tenant_id,
            sight=WHOLE,
            facets=facets,
            filters=pairs,
            limit=limit,
            offset=offset,
            sort=order,
        )
    return Outcome(result.to_json(), _lines(result))


@longeva_command(short_help="Make catalogue and index again from the store alone.")
def rebuild(app: App) -> Outcome:
    """Make catalogue and index again from the store alone, and swap them in."""
    with Home.open_store(app.home_path, app.clock) as home:
        report = rebuild_catalog(home)
        with app.progress("Indexing") as on_progress:
            followed = rebuild_index(home, on_progress=lambda done: on_progress(done, done))
    body = report.to_json() | {"indexed_events": followed}
    lines = [
        f"{name.replace('_', ' '):<14} {body[name]}" for name in body if name not in {"problems", "equal"}
    ]
    differs = [name for name, same in (report.equal or {}).items() if not same]
    if report.equal is not None:
        lines.append("the same as before" + (f", but for {', '.join(differs)}" if differs else ""))
    return Outcome(body, [*lines, *problem_lines(body["problems"])], not body["problems"])


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidRequest(f"a filter is written K=V, not {text!r}")
    return name, value


def _lines(result: SearchResult) -> list[str]:
    lines = [f"{result.total} found"]
    for hit in result.hits:
        lines.append(
            f"[bold]{escape(hit.title)}[/]  [dim]{hit.kind} {hit.tipo_documental} {hit.date} {hit.verdict}[/]"
        )
        if hit.snippet.text:
            lines.append(f"  {_highlighted(hit.snippet.text, hit.snippet.highlights)}")
        lines.append(f"  [dim]{escape(hit.object_id)} {escape(hit.path)}[/]")
    for name, values in result.facets.items():
        lines.append(f"{name}: " + ", ".join(f"{escape(each.value)} ({each.count})" for each in values))
    return lines


def _highlighted(text: str, places: tuple[tuple[int, int], ...]) -> str:
    out, end = "", 0
    for start, stop in places:
        out += escape(text[end:start]) + f"[bold yellow]{escape(text[start:stop])}[/]"
        end = stop
    return out + escape(text[end:])
