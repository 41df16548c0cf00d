# SPDX-License-Identifier: EUPL-1.2
"""How long a question takes: `python -m benchmarks.search_latency [--records N]`, figures as JSON.

Builds N synthetic Spanish documents of about 50 words (Zipf-like vocabulary, four tenants, one of them with
most of the documents) in a temporary index, and asks each kind of question many times through
`search.find.search`, snippets included: what a person waits for, not what the engine alone takes.
"""

from __future__ import annotations

import argparse
import bisect
import gc
import itertools
import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from search.find import search as find
from search.index import Index, IndexedDocument
from search.sight import WHOLE
from search.tantivy_index import TantivyIndex

search = partial(find, sight=WHOLE)
"""Asked by who may see all."""

COMMON = [
    "licencia",
    "obras",
    "resolución",
    "expediente",
    "ayuntamiento",
    "solicitud",
    "informe",
    "técnico",
    "urbanística",
    "año",
]
STEMS = (
    "urban edific concej orden contrat subvenc padron tribut polic cultur depor sanit educ viv parcel catastr"
)
ENDINGS = "ación aciones ador ista ística ísticas amiento al ales o os a as ido ida"
SYLLABLES = [
    "ba",
    "ca",
    "da",
    "fe",
    "ga",
    "ja",
    "la",
    "ma",
    "na",
    "ña",
    "pe",
    "que",
    "ri",
    "so",
    "tu",
    "vi",
    "zo",
    "bre",
    "cla",
    "dro",
    "fla",
    "gri",
    "pla",
    "tra",
]


def vocabulary(chance: random.Random) -> list[str]:
    """Return 20,000 words, the frequent ones first."""
    words = COMMON + [f"{stem}{ending}" for stem in STEMS.split() for ending in ENDINGS.split()]
    while len(words) < 20_000:
        words.append("".join(chance.choices(SYLLABLES, k=chance.randint(2, 5))))
    return words


def documents(count: int, chance: random.Random) -> Iterator[IndexedDocument]:
    """Yield the synthetic documents."""
    words = vocabulary(chance)
    weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(len(words))))
    for number in range(count):
        picked = [words[bisect.bisect(weights, chance.random() * weights[-1])] for _ in range(50)]
        if number % 10 == 1:
            picked[20:24] = ["licencia", "de", "obras", "mayores"]
        year = str(2010 + number % 16)
        yield IndexedDocument(
            tenant_id="villa" if number % 5 else f"otra{number % 3}",
            object_id=f"urn:longeva:{number // 15}",
            path=f"received/{number}.xml",
            kind="documento",
            eni_id=f"ES_L01990019_{year}_{number:030d}",
            title=" ".join(picked[:6]),
            text=" ".join(picked).capitalize() + f". Registro {year}/{number:06d}.",
            extraction="full",
            tipo_documental=f"TD{number % 20 + 1:02d}",
            organos=(f"L0199{number % 40:04d}",),
            year=year,
            date=f"{year}-03-14",
            media_type="application/pdf",
            verdict=("TOTAL_PASSED", "INDETERMINATE", "TOTAL_FAILED")[min(2, number % 7 // 3)],
        )


def measured(ask: Callable[[int], object], times: int) -> dict[str, float]:
    """Return the milliseconds of one kind of question."""
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        ask(number)
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return {
        "p50_ms": round(statistics.median(taken), 2),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 2),
        "max_ms": round(taken[-1], 2),
    }


def questions(index: Index, times: int) -> dict[str, Any]:
    """Ask every kind of question."""
    common = ["licencia", "obra", "resoluciones", "expedientes", "ayuntamiento"]
    middle = [f"{stem}ación" for stem in STEMS.split()]

    def ask(text: str, **options: Any) -> object:
        return search(index, text, "villa", **options)

    facets = ["tipo", "año", "firma", "organo"]
    kinds: dict[str, Callable[[int], object]] = {
        "common term": lambda n: ask(common[n % 5]),
        "middle term": lambda n: ask(middle[n % len(middle)]),
        "two terms": lambda n: ask(f"{common[n % 5]} {middle[n % len(middle)]}"),
        "phrase": lambda n: ask(
            f'"licencia de obras" {middle[n % len(middle)]}' if n % 2 else '"licencia de obras"'
        ),
        "prefix": lambda n: ask(f"{STEMS.split()[n % 16][:4]}*"),
        "identifier": lambda n: ask(f"{2010 + n % 16}/{n * 37:06d}"),
        "filtered": lambda n: ask(
            common[n % 5], filters={"tipo": f"TD{n % 20 + 1:02d}", "año": str(2010 + n % 16)}
        ),
        "faceted, middle term": lambda n: ask(middle[n % len(middle)], facets=facets),
        "faceted, common term": lambda n: ask(common[n % 5], facets=facets),
        "everything, faceted": lambda _: ask("", facets=facets),
    }
    return {name: measured(kind, times) for name, kind in kinds.items()}


def run(count: int, times: int) -> dict[str, Any]:
    """Build, ask, tell."""
    with tempfile.TemporaryDirectory() as folder:
        index = TantivyIndex(Path(folder))
        begun = time.perf_counter()
        with index.writing() as writer:
            for document in documents(count, random.Random(1)):
                writer.add(document)
            writer.commit(count)
        built = time.perf_counter() - begun
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        gc.collect()
        figures = questions(index, times)
        return {
            "records": count,
            "build_s": round(built, 1),
            "records_per_s": round(count / built),
            "index_mb": round(size / 1e6, 1),
            "max_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "questions": figures,
        }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=200)
    asked = parser.parse_args()
    print(json.dumps(run(asked.records, asked.times), indent=2))


if __name__ == "__main__":
    main()
