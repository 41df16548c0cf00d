# SPDX-License-Identifier: EUPL-1.2
"""Our questions in the query language that both products share. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from search.fields import MAX_VALUE
from search.index import Request, Sort
from search.prepared import SLACK
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
    in_titles,
)
from search.sight import Compartment, Sight, compartments

Query = dict[str, Any]

_SUGGESTED: Final = 5_000
"""Words looked at before the most frequent are given."""
_ORDERS: Final[dict[Sort, list[dict[str, str]]]] = {
    Sort.RELEVANCE: [{"_score": "desc"}, {"newest": "desc"}],
    Sort.NEWEST: [{"newest": "desc"}],
    Sort.OLDEST: [{"newest": "asc"}],
    Sort.TITLE: [{"by_title": "asc"}],
    Sort.PLACE: [{"place": "asc"}],
}


def body_of(request: Request) -> dict[str, Any]:
    """Return the body of a search: all is counted, and no two documents have the same place in any order."""
    body = {
        "query": query_of(request),
        "from": request.offset if request.limit else 0,
        "size": request.limit + (SLACK if request.sort is Sort.PLACE else 0),
        "track_total_hits": True,
        "sort": _ORDERS[request.sort],
        "aggs": {
            name: {"terms": {"field": known.name, "size": request.facet_values}}
            for name, known in request.facets
        },
    }
    if request.after is not None:
        body["search_after"] = [request.after]
    return body


def suggesting_body(start: str, request: Request) -> dict[str, Any]:
    """Return the body of a search that counts the words of titles that begin so."""
    marks = [re.sub(r"(\W)", r"\\\1", where.mark + start) for where, _ in compartments(request.sights)]
    counted = {"field": "suggested", "size": _SUGGESTED, "include": f"({'|'.join(marks)}).*"}
    return {"query": query_of(request), "size": 0, "aggs": {"words": {"terms": counted}}}


def query_of(request: Request) -> Query:
    """Return the query of a request: where it may look first, always."""
    lifted = in_titles(request.question) if request.sort is Sort.RELEVANCE else None
    held = [{"terms": {known.name: list(values)}} for known, values in request.filters]
    within = [_within(request.question, where, sight) for where, sight in compartments(request.sights)]
    query: Query = {"bool": {"filter": [_either(within), *held]}}
    if lifted is not None:
        titled = [_within(lifted, where, sight) for where, sight in compartments(request.sights)]
        query["bool"]["should"] = [{"constant_score": {"filter": _either(titled)}}]
        query["bool"]["minimum_should_match"] = 0
    return query


def _within(node: Node, where: Compartment, sight: Sight) -> Query:
    own = {"term": {"compartment": where.name}}
    return {"bool": {"filter": [own, _said(node, where.mark, own, sight)]}}


def _said(node: Node, mark: str, own: Query, sight: Sight) -> Query:  # noqa: PLR0911 (one line a kind)
    match node:
        case Word(stem):
            return _either([_term(field, mark + stem) for field in sight.word_fields])
        case Title(stem):
            return _term("titles", mark + stem)
        case Phrase(stems):
            return _either([_phrase(field, mark, stems) for field in sight.word_fields])
        case TitlePhrase(stems):
            return _phrase("titles", mark, stems)
        case Prefix(start):
            return _either([_beginning(field, mark + start) for field in sight.exact_fields])
        case Identifier(key):
            return _either([_term(field, mark + key) for field in sight.exact_fields])
        case Person(key):
            return _term("people", mark + key) if sight.people else {"match_none": {}}
        case Dates(first, last):
            return {"range": {"day": {"gte": max(first, 1), "lte": last}}}
        case OneOf(field, values, prefix):
            return _beginning(field, values[0]) if prefix else {"terms": {field: list(values)}}
        case Not(part):
            return {"bool": {"filter": [own], "must_not": [_said(part, mark, own, sight)]}}
        case All(parts):
            return {"bool": {"filter": [own, *(_said(part, mark, own, sight) for part in parts)]}}
        case Either(parts):
            return _either([_said(part, mark, own, sight) for part in parts])


def _phrase(field: str, mark: str, stems: Sequence[str]) -> Query:
    return {"match_phrase": {field: " ".join(mark + stem for stem in stems)}}


def _either(parts: Sequence[Query]) -> Query:
    if not parts:
        return {"match_none": {}}
    if len(parts) == 1:
        return parts[0]
    return {"bool": {"should": list(parts), "minimum_should_match": 1}}


def _term(field: str, token: str) -> Query:
    return {"term": {field: {"value": token}}}


def _beginning(field: str, start: str) -> Query:
    return {"prefix": {field: {"value": start[: MAX_VALUE * 2]}}}
