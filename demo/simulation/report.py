# SPDX-License-Identifier: EUPL-1.2
"""Account and chronicle as a page to read (Markdown), in Spanish or English, with the picture on top."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from demo.simulation.account import Account
from demo.simulation.chronicle import Kind, Words

_TEXT: Final = {
    "title": Words("{first}–{last}: qué queda probado", "{first}–{last}: what is still proven"),
    "notice": Words(
        "Simulación sin valor legal: municipios, autoridades y expedientes son inventados; todo lo demás "
        "(depósitos, sellos, renovaciones, auditorías, pérdidas) se ha hecho de verdad.",
        "A simulation without legal value: municipalities, authorities and expedientes are made up; all the "
        "rest (deposits, stamps, renewals, audits, losses) was really done.",
    ),
    "sum": Words(
        "De {all} expedientes se prueban {proven}. Se ha leído cada byte de todos ellos.",
        "Of {all} expedientes {proven} are proven. Every byte of all of them was read.",
    ),
    "table": Words("| Municipio | expedientes | probados |", "| Municipality | expedientes | proven |"),
    "losses": Words("## Lo que no se prueba, y por qué", "## What is not proven, and why"),
    "nothing": Words("Nada: todo queda probado.", "Nothing: everything is proven."),
    "which": Words("Cuáles", "Which"),
    "kits": Words("## Kits comprobados sin el archivo", "## Kits verified without the archive"),
    "kits_head": Words("| kit | dice verify.py |", "| kit | verify.py says |"),
    "costs": Words(
        "Sellos de tiempo pedidos en todos estos años: {tokens} ({cost} €), para {batches} lotes.",
        "Time stamps asked for in all these years: {tokens} ({cost} €), for {batches} batches.",
    ),
    "chronicle": Words("## Qué pasó", "## What happened"),
}
SHOWN: Final = (Kind.MISFORTUNE, Kind.MENDED, Kind.DECISION, Kind.RENEWAL, Kind.TREE_RENEWAL)


def page(account: Account, picture: str, language: str = "es") -> str:
    """Return the page.

    Args:
        account: What to tell.
        picture: Name of the picture's file, beside the page.
        language: `es` or `en`.
    """
    return "\n".join(_lines(account, picture, language)) + "\n"


def _lines(account: Account, picture: str, language: str) -> Iterator[str]:
    def said(name: str, **values: object) -> str:
        return _in(_TEXT[name], language).format(**values)

    title = said("title", first=account.first, last=account.at.year)
    yield from (f"# {title}", "", f"> {said('notice')}", "", f"![{title}]({picture})", "")
    yield from (
        said("sum", all=len(account.verdicts), proven=account.proven),
        "",
        said("table"),
        "|---|--:|--:|",
    )
    for town in account.towns:
        proven, count = account.of(town)
        yield f"| {town.name} | {count} | {proven} |"
    yield from ("", said("costs", **account.costs), "", said("losses"), "")
    if not account.losses:
        yield from (said("nothing"), "")
    for loss in account.losses:
        yield from (_in(loss.told, language), "", f"{said('which')}:", "")
        yield from (f"- `{each.record.eni_id}`" for each in loss.objects)
        yield ""
    yield from (said("kits"), "", said("kits_head"), "|---|---|")
    yield from (f"| [{each.file}]({each.file}) | {each.verdict} |" for each in account.kits)
    yield from ("", said("chronicle"), "")
    yield from (f"- {each.at:%Y-%m-%d} · {_in(each.told, language)}" for each in account.chronicle.of(*SHOWN))


def _in(words: Words, language: str) -> str:
    return words.es if language == "es" else words.en
