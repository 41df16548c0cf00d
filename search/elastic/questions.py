# SPDX-License-Identifier: EUPL-1.2
"""Our questions in the query language that both products share. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from search.fields import MAX_VALUE
from search.index import MAX_FACET_VALUES, Request
from search.prepared import tenant_mark
from search.query import All, Either, Identifier, Node, Not, OneOf, Person, Phrase, Prefix, Title, Word

Query = dict[str, Any]

TITLE_BOOST: Final = 2.0
"""As in the embedded index."""


def body_of(request: Request) -> dict[str, Any]:
    """Return the body of a search: all is counted, and equal scores are told apart by identifiers."""
    return {
        "query": _asked(request),
        "from": request.offset if request.limit else 0,
        "size": request.limit,
        "track_total_hits": True,
        "sort": [{"_score": "desc"}, {"objeto": "asc"}, {"ruta": "asc"}],
        "aggs": {
            name: {"terms": {"field": known.name, "size": MAX_FACET_VALUES}} for name, known in request.facets
        },
    }


def _asked(request: Request) -> Query:
    """Return the query of a request: its tenant first, always."""
    tenant = {"term": {"tenant": request.tenant_id}}
    held = [{"terms": {known.name: list(values)}} for known, values in request.filters]
    question = _said(request.question, tenant_mark(request.tenant_id), tenant)
    return {"bool": {"filter": [tenant, *held], "must": [question]}}


def _said(node: Node, mark: str, tenant: Query) -> Query:  # noqa: PLR0911 (one line a kind of node)
    match node:
        case Word(stem):
            return _either([_term("stems", mark + stem), _term("titles", mark + stem, TITLE_BOOST)])
        case Title(stem):
            return _term("titles", mark + stem)
        case Phrase(stems):
            return {"match_phrase": {"stems": " ".join(mark + stem for stem in stems)}}
        case Prefix(start):
            return _beginning("exact", mark + start)
        case Identifier(key):
            return _term("exact", mark + key)
        case Person(key):
            return _term("people", mark + key)
        case OneOf(field, values, prefix):
            if prefix:
                return _beginning(field, values[0])
            return {"constant_score": {"filter": {"terms": {field: list(values)}}}}
        case Not(part):
            return {"bool": {"filter": [tenant], "must_not": [_said(part, mark, tenant)]}}
        case All(parts):
            return {"bool": {"filter": [tenant], "must": [_said(part, mark, tenant) for part in parts]}}
        case Either(parts):
            return _either([_said(part, mark, tenant) for part in parts])


def _either(parts: Sequence[Query]) -> Query:
    if not parts:
        return {"match_none": {}}
    return {"bool": {"should": list(parts), "minimum_should_match": 1}}


def _term(field: str, token: str, boost: float = 1.0) -> Query:
    return {"term": {field: {"value": token, "boost": boost}}}


def _beginning(field: str, start: str) -> Query:
    return {"prefix": {field: {"value": start[: MAX_VALUE * 2]}}}
