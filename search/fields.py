# SPDX-License-Identifier: EUPL-1.2
"""The fields one may filter by, count and name in a question: one place for names and values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from search.text import fold, normalise

MAX_VALUE: Final = 300
"""Characters kept of a keyword value."""

TITLE: Final = frozenset({"titulo", "title", "asunto"})
"""Names (folded) under which the words of the title are asked for."""
PEOPLE: Final = frozenset({"interesado", "interesados", "nif", "nie", "cif", "persona", "person"})
"""Names (folded) under which interested persons are asked for, word by word."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """A field whose values are compared whole."""

    name: str
    """As given in results."""
    attribute: str
    """Of `search.index.IndexedDocument`."""
    aliases: tuple[str, ...]
    """Other names, folded."""
    case: str
    """`upper`, `lower` or `keep`: how the value is written in the index and shown in counts."""
    countable: bool = True
    """Whether it makes sense as a facet."""
    personal: bool = False
    """Counted and filtered by only for who may see interested parties."""


KEYWORDS: Final = (
    Keyword("clase", "kind", ("kind", "class"), "lower"),
    Keyword("tipo", "tipo_documental", ("type", "tipodocumental"), "upper"),
    Keyword("estado", "estado", ("state", "status"), "upper"),
    Keyword("organo", "organos", ("organ", "dir3"), "upper"),
    Keyword("serie", "serie", ("clasificacion", "procedimiento", "series", "sia"), "upper"),
    Keyword("año", "year", ("year", "ano", "anyo", "any"), "keep"),
    Keyword("fecha", "date", ("date", "data"), "keep", countable=False),
    Keyword("acceso", "acceso", ("access", "regimen"), "lower"),
    Keyword("municipio", "tenant_id", ("tenant", "municipality", "archivo"), "lower"),
    Keyword("persona", "interesados", (), "keep", personal=True),
    Keyword("formato", "media_type", ("media", "format"), "lower"),
    Keyword("firma", "verdict", ("verdict", "veredicto", "signature"), "upper"),
    Keyword("texto", "extraction", ("text", "extraction"), "lower"),
    Keyword("csv", "csv", (), "upper", countable=False),
    Keyword("id", "eni_id", ("eni", "identificador"), "upper", countable=False),
    Keyword("objeto", "object_id", ("object",), "keep", countable=False),
    Keyword("ruta", "path", ("path",), "keep", countable=False),
)

_BY_NAME: Final = {name: known for known in KEYWORDS for name in (fold(known.name), *known.aliases)}

FACETS: Final = tuple(known.name for known in KEYWORDS if known.countable and not known.personal)
"""Names that anybody may count; who may see interested parties counts `persona` too."""


def keyword(name: str) -> Keyword | None:
    """Return the field of that name or alias, whatever its case and accents; None where there is none."""
    return _BY_NAME.get(fold(normalise(name)))


def canonical(known: Keyword, value: object) -> str:
    """Return a value as it is written in the index: filters, questions and documents meet there."""
    text = normalise(str(value)).strip()[:MAX_VALUE]
    if known.name == "csv":
        text = text.replace("-", "").replace(" ", "")
    if known.case == "upper":
        return text.upper()
    return text.lower() if known.case == "lower" else text
