# SPDX-License-Identifier: EUPL-1.2
"""Search for machines: the question of the search box, with the same sight; exports of a whole result.

A GET has its question in the address, where proxies log it: names and NIFs are asked with a POST.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final, cast

from pydantic import Field

from archive.errors import IndexUnavailable, InvalidInput, InvalidRequest
from archive.identity import Right
from archive.web.access import allowed, current_principal
from archive.web.api import Listed, Model, PageQuery, decode_cursor, encode_cursor, next_link
from archive.web.context import current_home, service
from search.api.door import blueprint, require_object
from search.asking import ask_of
from search.index import Index, SearchResult, Sort
from search.sight import sight_of
from search.viewing.address import short_id

INDEX: Final = "index"
MAX_NAME: Final = 60
"""Characters of a field's name."""
FARTHEST: Final = (1 << 63) - 1
"""Place in an index."""
_MADE: Final = "search.made"

Question = Annotated[str, Field(max_length=2_000, description="As typed in the search box")]


Filters = Annotated[
    list[tuple[Annotated[str, Field(max_length=MAX_NAME)], Annotated[str, Field(max_length=500)]]],
    Field(max_length=50, description="Pairs of name and value", default_factory=list),
]


class SearchQuery(PageQuery):
    """A question in an address."""

    q: Question = ""
    facets: Annotated[str, Field(max_length=500, description="Names to count, with commas between")] = ""
    filters: Annotated[
        str,
        Field(max_length=4_000, description="`name:value`, with `;` between; twice the same name: either"),
    ] = ""
    sort: Annotated[Sort, Field(description="Order; `lugar` goes through any number of hits")] = (
        Sort.RELEVANCE
    )


class SearchBody(Model):
    """A question in a body."""

    q: Question = ""
    facets: Annotated[
        list[Annotated[str, Field(max_length=MAX_NAME)]], Field(max_length=20, default_factory=list)
    ]
    filters: Filters
    sort: Sort = Sort.RELEVANCE
    cursor: Annotated[str, Field(max_length=500, description="`cursor` of the part before")] = ""
    limit: Annotated[int, Field(ge=0, le=200, strict=True)] = 20


class Hit(Model):
    """One answer."""

    id: str = Field(description="Of its object, as in addresses")
    object: str
    path: str = Field(description="Of its file in the object")
    kind: str
    eni_id: str
    title: str
    object_title: str
    type: str
    date: str
    media_type: str
    verdict: str
    access: str
    series: str
    snippet: str
    highlights: list[tuple[int, int]] = Field(description="Places in the snippet that answer")


class Hits(Listed):
    """A part of the answers."""

    total: int
    items: list[Hit]
    facets: dict[str, dict[str, int]]
    position: int = Field(description="How far the index had followed the ledger; 0 for who may not see all")
    cursor: str | None = Field(None, description="For the next part, in a body")


@blueprint.get("/tenants/<tenant_id>/search")
@allowed(Right.SEARCH)
@blueprint.input(SearchQuery, location="query")
@blueprint.output(Hits)
def find(tenant_id: str, query_data: SearchQuery) -> Hits:
    """Find what who asks may see, with a question in the address."""
    pairs = [one.partition(":") for one in query_data.filters.split(";") if one.strip()]
    names = [name.strip() for name in query_data.facets.split(",") if name.strip()]
    if any(len(name) > MAX_NAME for name in (*names, *(name.strip() for name, _, _ in pairs))):
        raise InvalidInput(f"a name of a field has at most {MAX_NAME} characters")
    asked = SearchBody(
        q=query_data.q,
        facets=names[:20],
        filters=[(name.strip(), value.strip()[:500]) for name, _, value in pairs][:50],
        sort=query_data.sort,
        cursor=query_data.cursor,
        limit=query_data.limit,
    )
    return _found(tenant_id, asked, linked=True)


@blueprint.post("/tenants/<tenant_id>/search")
@allowed(Right.SEARCH)
@blueprint.input(SearchBody, location="json")
@blueprint.output(Hits)
def find_by_body(tenant_id: str, json_data: SearchBody) -> Hits:
    """Find what who asks may see, with a question that no log of addresses has."""
    require_object()
    return _found(tenant_id, json_data, linked=False)


def search_index() -> Index:
    """Return the index. Raises IndexUnavailable."""
    index = service(INDEX)
    if index is None:
        raise IndexUnavailable("this installation serves without a search index")
    return cast("Index", index)


def _found(tenant_id: str, asked: SearchBody, *, linked: bool) -> Hits:
    principal, place = current_principal(), _place(asked)
    try:
        sight, index = sight_of(principal, tenant_id), search_index()
        request = ask_of(
            current_home(), index, asked.q, {tenant_id: sight}, facets=asked.facets, filters=asked.filters
        )
        result = index.search(replace(request, limit=asked.limit, sort=Sort(asked.sort), **place))
        # How far the ledger goes tells that something happens, also to what may not be seen.
        result = result if sight.reserved else replace(result, position=0)
    except InvalidRequest as cause:
        raise InvalidInput(str(cause)) from cause
    told = {"hits": len(result.hits)}
    current_home().reads.note(tenant_id, _MADE, tenant_id, principal.agent, told)
    return _out(asked, result, place, linked=linked)


def _place(asked: SearchBody) -> dict[str, Any]:
    """Return where to go on."""
    told = decode_cursor(asked.cursor, 2)
    if told is None:
        return {}
    kind, number = told
    counted = number.isascii() and number.isdigit() and len(number) <= 20 and int(number) <= FARTHEST
    if kind not in {"after", "offset"} or not counted:
        raise InvalidInput("the cursor is none that this list gave")
    return {kind: int(number)}


def _out(asked: SearchBody, result: SearchResult, place: dict[str, Any], *, linked: bool) -> Hits:
    cursor = None
    if asked.sort is Sort.PLACE and result.after is not None:
        cursor = encode_cursor("after", result.after)
    elif asked.sort is not Sort.PLACE and result.hits:
        reached = int(place.get("offset", 0)) + len(result.hits)
        cursor = encode_cursor("offset", reached) if reached < result.total else None
    return Hits(
        total=result.total,
        items=[
            Hit(
                id=short_id(hit.object_id), object=hit.object_id, path=hit.path, kind=hit.kind,
                eni_id=hit.eni_id, title=hit.title, object_title=hit.object_title, type=hit.tipo_documental,
                date=hit.date, media_type=hit.media_type, verdict=hit.verdict, access=hit.acceso,
                series=hit.serie, snippet=hit.snippet.text, highlights=list(hit.snippet.highlights),
            )
            for hit in result.hits
        ],
        facets={name: {one.value: one.count for one in values} for name, values in result.facets.items()},
        position=result.position,
        next=next_link(cursor) if cursor and linked else None,
        cursor=cursor,
    )  # fmt: skip
