# SPDX-License-Identifier: EUPL-1.2
"""Records of several town halls to search in, and questions to ask of them, both from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from search.fields import FACETS, KEYWORDS
from search.index import IndexedDocument, Request, Sort, read_facets
from search.query import (
    All,
    Dates,
    Either,
    Identifier,
    Node,
    Not,
    OneOf,
    Person,
    Phrase,
    Prefix,
    Title,
    TitlePhrase,
    Word,
)
from search.sight import NARROWEST, WHOLE, Sight
from search.text import Analysis, fold, identifier_key, words

TENANTS = ("villa", "otra", "tercera")
TEXT = [
    "licencia",
    "licencias",
    "obra",
    "obras",
    "mayor",
    "menor",
    "resolución",
    "resoluciones",
    "informe",
    "técnico",
    "técnica",
    "urbanística",
    "urbanístico",
    "año",
    "años",
    "peña",
    "pena",
    "ano",
    "expediente",
    "solicitud",
    "recurso",
    "alzada",
    "reposición",
    "contrato",
    "contratos",
    "menores",
    "subvención",
    "padrón",
    "tributo",
    "policía",
    "deporte",
    "cultura",
    "señal",
    "señora",
    "niño",
    "cañada",
    "montaña",
    "vivienda",
    "parcela",
    "catastro",
    "demolición",
    "ruina",
    "poda",
    "árbol",
    "árboles",
    "voz",
    "voces",
    "juez",
    "jueces",
    "denegada",
    "concedida",
    "inadmitida",
    "notificación",
    "publicación",
    "boletín",
    "oficial",
    "provincia",
    "ajuntament",
    "llicència",
    "obres",
    "resolució",
    "sol·licitud",
    "junta",
    "govern",
    "plaça",
    "façana",
    "per",
    "dels",
    "la",
    "de",
    "del",
    "en",
    "el",
    "y",
    "por",
    "que",
    "se",
    "a",
]
NAMES = [
    "García",
    "Pérez",
    "Núñez",
    "Ibáñez",
    "Zafra",
    "López",
    "Gonçalves",
    "Peña",
    "Muñoz",
    "Sáez",
    "Gil",
    "Vidal",
]
TYPES = [f"TD{number:02d}" for number in range(1, 21)]
VERDICTS = ("TOTAL_PASSED", "INDETERMINATE", "TOTAL_FAILED", "UNSIGNED")
ACCESS = ("libre", "limitado", "reservado")
SIGHTS = (WHOLE, NARROWEST, Sight(content=True), Sight(people=True), Sight(reserved=True, content=True))
SORTS = (Sort.RELEVANCE, Sort.NEWEST, Sort.OLDEST, Sort.TITLE, Sort.PLACE)
MEDIA = ("application/pdf", "text/xml", "image/png", "")


def records(count: int, seed: int) -> Iterator[IndexedDocument]:
    """Yield documents: a few words are everywhere, most are rare, no two identifiers are alike."""
    chance = random.Random(seed)
    weights = [1 / (rank + 3) for rank in range(len(TEXT))]
    for number in range(count):
        said = chance.choices(TEXT, weights, k=chance.randint(3, 80))
        year = str(chance.randint(1998, 2026))
        person = f"{chance.choice(NAMES)} {chance.choice(NAMES)}"
        nif = f"{chance.randint(10_000_000, 10_000_400)}{chance.choice('TRWAG')}"
        said.insert(chance.randrange(len(said)), f"Registro {year}/{number % 700:06d}.")
        if chance.random() < 0.2:
            said.insert(chance.randrange(len(said)), f"{person}, {nif[:8]}-{nif[8]},")
        tenant = TENANTS[min(2, number % 7 // 3)]
        yield IndexedDocument(
            tenant_id=tenant,
            object_id=f"urn:longeva:{tenant}:{number // 11}",
            path=f"received/documento ñ {number}.xml" if number % 11 else "",
            kind="documento" if number % 11 else "expediente",
            eni_id=f"ES_L0199{number % 40:04d}_{year}_{number:030d}",
            title=" ".join(chance.choices(TEXT, weights, k=chance.randint(1, 8))).capitalize(),
            text=" ".join(said).capitalize() if chance.random() < 0.95 else "",
            extraction=chance.choice(("full", "partial", "none")),
            tipo_documental=chance.choice(TYPES),
            estado=chance.choice(("E01", "E02", "E03", "")),
            organos=tuple(f"L0199{chance.randint(0, 150):04d}" for _ in range(chance.randint(0, 3))),
            interesados=tuple({person, nif}) if chance.random() < 0.5 else (),
            serie=f"SIA_{chance.randint(0, 400):06d}" if chance.random() < 0.7 else "",
            year=year,
            date=f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}T10:00:00",
            media_type=chance.choice(MEDIA),
            verdict=chance.choice(VERDICTS),
            csv=(f"AB{number % 900:03d}-CD34",) if chance.random() < 0.3 else (),
            object_title=f"Expediente {number // 11}",
            acceso=ACCESS[number // 11 % 7 // 3],
        )


class Questions:
    """Random trees over what the records may hold, and a little that they do not."""

    def __init__(self, seed: int, analysis: Analysis) -> None:
        self._chance = random.Random(seed)
        self._analysis = analysis

    def request(self) -> Request:
        """Return a request of one tenant with a tree, some filters and every facet."""
        filters = tuple(
            (known, tuple(self._values(known.name)))
            for known in self._chance.sample(KEYWORDS, self._chance.choice((0, 0, 0, 1, 2)))
        )
        return Request(
            sights=((self._chance.choice((*TENANTS, "villa", "nadie")), self._chance.choice(SIGHTS)),),
            question=self.node(3),
            facets=read_facets(FACETS),
            filters=filters,
            limit=1_000,
            sort=self._chance.choice(SORTS),
        )

    def several(self, count: int) -> list[Request]:
        """Return so many requests."""
        return [self.request() for _ in range(count)]

    def node(self, depth: int) -> Node:
        """Return a tree of at most this depth."""
        chance = self._chance
        if depth == 0 or chance.random() < 0.35:
            return self._leaf()
        parts = tuple(
            self.node(depth - 1) for _ in range(chance.randint(0 if chance.random() < 0.1 else 1, 4))
        )
        kind = chance.randrange(5)
        if kind == 0:
            return Not(self.node(depth - 1))
        return All(parts) if kind < 3 else Either(parts)

    def _leaf(self) -> Node:  # noqa: PLR0911 (one line a kind of node)
        chance = self._chance
        name = fold(chance.choice(NAMES))
        match chance.randrange(10):
            case 0 | 1:
                return Word(self._stem())
            case 2:
                return Phrase(tuple(self._stem() for _ in range(chance.randint(2, 3))))
            case 3:
                return Prefix(
                    chance.choice((fold(chance.choice(TEXT))[: chance.randint(1, 6)], "es_l0199", "1000"))
                )
            case 4:
                return Title(self._stem())
            case 5:
                return Person(chance.choice((name, f"{chance.randint(10_000_000, 10_000_400)}t")))
            case 6:
                year, number = chance.randint(1998, 2026), chance.randint(0, 720)
                return Identifier(identifier_key(f"{year}/{number:06d}"))
            case 7:
                return TitlePhrase((self._stem(), self._stem()))
            case 8:
                year = chance.randint(1998, 2026) * 10_000
                return Dates(year + 101, year + chance.choice((131, 1231, 30_000)))
            case _:
                known = chance.choice(KEYWORDS).name
                values = self._values(known)
                prefix = chance.random() < 0.3
                return OneOf(known, (values[0][: chance.randint(1, 9)],) if prefix else tuple(values), prefix)

    def _stem(self) -> str:
        word = self._chance.choice((*TEXT, "unicornio"))
        return self._analysis.stem(next(words(fold(word)))[0])

    def _values(self, name: str) -> list[str]:
        chance = self._chance
        pool = {
            "clase": ["documento", "expediente"],
            "tipo": TYPES,
            "estado": ["E01", "E02", "E04"],
            "organo": [f"L0199{number:04d}" for number in range(160)],
            "serie": [f"SIA_{number:06d}" for number in range(410)],
            "año": [str(year) for year in range(1990, 2030)],
            "fecha": ["2024-03-01T10:00:00", "2019", "20"],
            "acceso": list(ACCESS),
            "municipio": list(TENANTS),
            "persona": [f"{first} {second}" for first in NAMES for second in NAMES],
            "formato": [media for media in MEDIA if media],
            "firma": list(VERDICTS),
            "texto": ["full", "none"],
            "csv": [f"AB{number:03d}CD34" for number in range(0, 900, 9)],
            "id": ["ES_L01990001", "ES_L0199", "X"],
            "objeto": [f"urn:longeva:villa:{number}" for number in range(0, 300, 7)],
            "ruta": ["received/documento ñ 5.xml", "received/", "otra"],
        }[name]
        return [chance.choice(pool) for _ in range(chance.randint(1, 3))]
