# SPDX-License-Identifier: EUPL-1.2
"""What the suites of the index share: a few documents of two municipalities, and the shortest way to ask."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from search import find as finding
from search.index import IndexedDocument
from search.sight import WHOLE

search = partial(finding.search, sight=WHOLE)
"""Asked by who may see all, where a test does not say otherwise."""

DOCUMENT = IndexedDocument("villa", "o1", "d1", "documento", "ES_L01990019_2025_res1", "Resolución")
DOCUMENTS = (
    IndexedDocument(
        tenant_id="villa",
        object_id="o1",
        path="",
        kind="expediente",
        eni_id="ES_L01990019_2025_EXP_lic42",
        title="Licencia de obras en la calle de la Peña",
        estado="E03",
        organos=("L01990019",),
        interesados=("María Pérez García", "12.345.678-Z"),
        year="2025",
        verdict="TOTAL_PASSED",
        extraction="full",
    ),
    replace(
        DOCUMENT,
        text="RESOLUCIÓN por la que se concede licencia de obras para el año siguiente. Núm. 2025/000123. "
        + "Otras consideraciones. " * 40
        + "Contra las resoluciones urbanísticas cabe recurso.",
        tipo_documental="TD01",
        organos=("L01990019", "L01990020"),
        year="2025",
        date="2025-03-14T10:00:00",
        media_type="application/pdf",
        verdict="TOTAL_PASSED",
        csv=("AB12-CD34-EF56",),
        extraction="full",
    ),
    replace(
        DOCUMENT,
        path="d2",
        eni_id="ES_L01990019_2024_inf2",
        title="Informe técnico",
        text="Informe sobre la obra: los técnicos obraron con pena.",
        tipo_documental="TD13",
        year="2024",
        media_type="application/pdf",
        verdict="INDETERMINATE",
        extraction="none",
        extraction_reason="no-text",
    ),
    replace(
        DOCUMENT,
        tenant_id="otra",
        object_id="o2",
        eni_id="ES_L01990020_2025_sec9",
        title="Resolución secreta de la otra villa",
        text="RESOLUCIÓN secreta: licencia de obras, jueces y voces. unicornio",
        tipo_documental="TD99",
        organos=("L01990020",),
        year="1999",
        verdict="TOTAL_FAILED",
        csv=("ZZ99-ZZ99",),
        interesados=("Zacarías Zafra",),
    ),
)


def found(index, text: str, **options: object) -> list[str]:
    """Return the paths that a question of `villa` gives, sorted."""
    return sorted(hit.path for hit in search(index, text, "villa", **options).hits)


def several(index, documents) -> None:
    """Give an index documents of ours."""
    with index.writing() as writer:
        for number, document in enumerate(documents):
            writer.add(replace(DOCUMENT, path=f"p{number}", **document))
        writer.commit(1)
