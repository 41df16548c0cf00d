# SPDX-License-Identifier: EUPL-1.2
"""How long archivists wait at a million documents: `python -m benchmarks.search_million [--documents N]`.

Builds N made-up Spanish descriptions with text (`benchmarks.search_latency`; most of them of one tenant, one
in forty reserved) in an embedded index, as a rebuilding does, asks questions as archivists do, through
`search.find.search`, snippets and facets included, and writes figures (JSON) and their distribution (SVG)
into benchmarks/results/.
Then it asks two smaller archives in turn, one that has reserved documents and one that never had them, what
somebody without the right would ask, and says how far apart the times are.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.plot import Series, percentiles_svg
from benchmarks.search_latency import STEMS, documents
from search.find import request_for, search
from search.index import Index, IndexedDocument
from search.sight import WHOLE, Sight
from search.tantivy_index import TantivyIndex, rebuilding

RESULTS: Final = Path(__file__).parent / "results"
FACETS: Final = ("municipio", "serie", "año", "tipo", "firma", "formato", "acceso")
STAFF: Final = Sight(people=True, content=True)
TARGET_MS: Final = 50.0
COMMON: Final = ("licencia", "obra", "resoluciones", "expedientes", "ayuntamiento")
DOCUMENTS_A_COMMIT: Final = 250_000
NAMES: Final = ("García", "Pérez", "Núñez", "Ibáñez", "Zafra", "López", "Peña", "Muñoz", "Sáez", "Vidal")


def furnished(count: int, *, reserved: bool = True) -> Iterator[IndexedDocument]:
    """Yield documents with what an archive knows of them; without the reserved ones if so asked."""
    for number, document in enumerate(documents(count, random.Random(1))):
        hidden = number % 40 == 3
        if hidden and not reserved:
            continue
        name = f"{NAMES[number % 10]} {NAMES[number // 10 % 10]}"
        yield replace(
            document,
            date=f"{document.year}-{number % 12 + 1:02d}-{number % 28 + 1:02d}T09:00:00",
            serie=f"SIA_{number % 300:06d}",
            interesados=(name, f"{10_000_000 + number % 90_000}Z") if number % 15 == 0 else (),
            acceso="reservado" if hidden else ("limitado", "libre")[number % 3 == 0],
            csv=(f"AB{number:06d}CD{number % 97:02d}EF",),
        )


def build(folder: Path, count: int, *, reserved: bool = True) -> tuple[TantivyIndex, float]:
    """Return an index of so many documents, and the seconds it took."""
    begun = time.perf_counter()
    with rebuilding(folder) as writer:
        for number, document in enumerate(furnished(count, reserved=reserved), 1):
            writer.add(document)
            if number % DOCUMENTS_A_COMMIT == 0:
                writer.commit(number)
        writer.commit(count)
    return TantivyIndex(folder), time.perf_counter() - begun


def questions(index: Index, count: int) -> dict[str, Callable[[int], object]]:
    """Return what archivists ask, each kind as a function of a number that varies it."""
    ask = partial(search, index, tenant_id="villa", sight=WHOLE)
    staff = partial(search, index, tenant_id="villa", sight=STAFF)
    rare = [f"{stem}{ending}" for stem in STEMS.split() for ending in ("ación", "amiento", "ista")]

    def identifier(number: int) -> str:
        place = number * 37 % count
        year = 2010 + place % 16
        return (
            f"{year}/{place:06d}",
            f"AB{place:06d} CD{place % 97:02d}EF",
            f"{10_000_000 + place % 90_000}Z",
            f"ES_L01990019_{year}_{place:030d}",
        )[number % 4]

    return {
        "common word": lambda n: ask(COMMON[n % 5]),
        "rare word": lambda n: ask(rare[n % len(rare)]),
        "two words": lambda n: ask(f"{COMMON[n % 5]} {rare[n % len(rare)]}"),
        "phrase": lambda n: ask(f'"licencia de obras" {rare[n % len(rare)] if n % 2 else ""}'),
        "prefix": lambda n: ask(f"{STEMS.split()[n % 16][:5]}*"),
        "identifier": lambda n: ask(identifier(n)),
        "name": lambda n: ask(f"{NAMES[n % 10]} {NAMES[n // 10 % 10]}"),
        "dates": lambda n: ask(f"{COMMON[n % 5]} {2010 + n % 16}-{n % 12 + 1:02d}"),
        "sort by date": lambda n: ask(COMMON[n % 5], sort="recientes"),
        "sort by title": lambda n: ask(rare[n % len(rare)], sort="titulo"),
        "filter + 7 facets": lambda n: ask(
            COMMON[n % 5], facets=FACETS, filters={"tipo": f"TD{n % 20 + 1:02d}", "año": str(2010 + n % 16)}
        ),
        "rare word + 7 facets": lambda n: ask(rare[n % len(rare)], facets=FACETS),
        "common word + 7 facets": lambda n: ask(COMMON[n % 5], facets=FACETS),
        "everything + 7 facets": lambda _: ask("", facets=FACETS),
        "without the right, common": lambda n: staff(COMMON[n % 5]),
        "without the right, filter + facets": lambda n: staff(
            COMMON[n % 5], facets=FACETS, filters={"año": str(2010 + n % 16), "tipo": f"TD{n % 20 + 1:02d}"}
        ),
        "page 50": lambda n: ask(COMMON[n % 5], offset=1_000),
        "suggestion": lambda n: index.suggest(
            STEMS.split()[n % 16][:3], request_for(index, "", {"villa": STAFF})
        ),
    }


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds of each question of a kind: waited, and of work of the processor.

    A search is done in the thread that asks, so both are the same on a machine that does nothing else.
    """

    waited: list[float]
    worked: list[float]


def timed(ask: Callable[[int], object], times: int) -> Taken:
    """Ask a kind of question many times, after a few that are not counted."""
    for number in range(3):
        ask(number)
    taken = Taken([], [])
    for number in range(times):
        begun, work = time.perf_counter(), time.thread_time()
        ask(number)
        taken.waited.append((time.perf_counter() - begun) * 1000)
        taken.worked.append((time.thread_time() - work) * 1000)
    return taken


def summary(taken: list[float]) -> dict[str, float]:
    """Return what is told of a distribution."""
    ordered = sorted(taken)
    places = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    told = {name: ordered[min(len(ordered) - 1, int(len(ordered) * at))] for name, at in places.items()}
    return {name: round(value, 2) for name, value in (told | {"max": ordered[-1]}).items()}


def told_apart(count: int, times: int) -> dict[str, Any]:
    """Ask an archive with reserved documents and one that never had them, in turn; tell them apart by time.

    The interval is of the difference of medians, from 2,000 resamplings.
    """
    with ExitStack() as held:
        folders = [Path(held.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        indexes = [
            build(folder, count, reserved=reserved)[0]
            for folder, reserved in zip(folders, (True, False), strict=True)
        ]
        taken: list[list[float]] = [[], []]
        for number in range(times + 20):
            for place in random.Random(number).sample((0, 1), 2):
                begun = time.perf_counter()
                search(indexes[place], COMMON[number % 5], "villa", sight=STAFF, facets=FACETS)
                if number >= 20:
                    taken[place].append((time.perf_counter() - begun) * 1000)
    chance = random.Random(7)
    differences = sorted(
        statistics.median(chance.choices(taken[0], k=times))
        - statistics.median(chance.choices(taken[1], k=times))
        for _ in range(2_000)
    )
    return {
        "documents": count,
        "questions": times,
        "with_reserved_ms": summary(taken[0]),
        "never_had_ms": summary(taken[1]),
        "median_difference_ms": round(statistics.median(taken[0]) - statistics.median(taken[1]), 3),
        "interval_95_ms": [round(differences[50], 3), round(differences[-51], 3)],
    }


def run(folder: Path, count: int, times: int) -> tuple[dict[str, Any], list[Series]]:
    """Build, if it is not there yet, ask, tell."""
    built: dict[str, Any] = {}
    if (folder / "current.json").exists():
        index = TantivyIndex(folder)
    else:
        index, seconds = build(folder, count)
        built = {"built_s": round(seconds, 1), "documents_per_s": round(count / seconds)}
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    gc.collect()
    load = os.getloadavg()[0]
    taken = {name: timed(ask, times) for name, ask in questions(index, count).items()}
    index.close()
    figures = {
        "documents": count,
        **built,
        "index_mb": round(size / 1e6),
        "max_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "processors": os.cpu_count(),
        "all": _both(taken.values()),
        "questions": {name: _both([each]) for name, each in taken.items()},
    }
    busy = load > (os.cpu_count() or 1)
    return figures, [Series(name, each.worked if busy else each.waited) for name, each in taken.items()]


def _both(taken: Iterable[Taken]) -> dict[str, dict[str, float]]:
    every = list(taken)
    return {
        "waited_ms": summary([one for each in every for one in each.waited]),
        "worked_ms": summary([one for each in every for one in each.worked]),
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--scale", type=float, default=1.0, help="of the documents")
    parser.add_argument("--times", type=int, default=200, help="questions of each kind")
    parser.add_argument("--folder", type=Path, help="where to keep the index, or where it was kept")
    asked = parser.parse_args()
    count = int(asked.documents * asked.scale)
    with tempfile.TemporaryDirectory() as temporary:
        figures, series = run(asked.folder or Path(temporary), count, asked.times)
    figures["existence"] = told_apart(min(count, 100_000), asked.times * 4)
    RESULTS.mkdir(exist_ok=True)
    what = "milliseconds of the processor" if figures["load"][0] > figures["processors"] else "milliseconds"
    title = f"{count:,} documents, {asked.times} questions of each kind, {what}"
    (RESULTS / "search_million.svg").write_text(percentiles_svg(title, series, TARGET_MS), encoding="utf-8")
    (RESULTS / "search_million.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
