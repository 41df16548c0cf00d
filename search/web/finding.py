# SPDX-License-Identifier: EUPL-1.2
"""The search page of a municipality's archive, and what is done with a result: page on, export, look at.

Needs `Right.SEARCH`. What may be seen goes into the question itself (`search.sight`); a page without the
right to what is reserved is, byte for byte, that of an archive that never had it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urljoin

from flask import Blueprint, Response, current_app, redirect, render_template, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from archive.catalog import INSTALLATION
from archive.errors import IndexUnavailable, InvalidRequest, NotFound
from archive.identity import Principal, Right
from archive.regime import Access
from archive.web.access import require, tenants_of
from archive.web.app import WebSettings
from archive.web.context import current_home, service
from archive.web.i18n import gettext
from archive.web.pager import Pages
from search.admitted import state_outside
from search.asking import ask_of
from search.classification import titles_of
from search.find import everything
from search.index import Hit, Index, Request, SearchResult
from search.result_exports import FORMS, Context
from search.seeing import see
from search.sight import Sight, sight_of
from search.suggestions import did_you_mean
from search.viewing.address import document_path, object_path, short_id
from search.viewing.description import coded_words
from search.web.finding_question import FACETS, MAX_OFFSET, PAGE, SORTS, Filter, Question, read_question
from search.web.finding_words import facet_words, sort_words, value_words
from search.web.record_words import admission_words

INDEX: Final = "index"
"""Name of the service that gives the search index."""
FACET_ROWS: Final = 8
"""Values of a facet shown at first; the rest is behind one link."""
ALL_ROWS: Final = 100

blueprint: Final = Blueprint("finding", __name__, template_folder="templates")


class FacetRow(NamedTuple):
    """One value of a facet."""

    words: str
    found: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Looking:
    """A question with who asks and what he may see."""

    principal: Principal
    question: Question
    sights: Mapping[str, Sight]
    names: Mapping[str, str]
    """Of municipalities by id, of series as `serie:CODE`."""

    @property
    def people(self) -> bool:
        """Whether interested parties may be seen in all that is looked at."""
        return all(sight.people for sight in self.sights.values())

    @property
    def facets(self) -> list[str]:
        """Facets to count."""
        left_out = {"persona"} if not self.people else set()
        if len(self.sights) == 1:
            left_out.add("municipio")
        return [name for name in FACETS if name not in left_out]

    @property
    def filters(self) -> list[Filter]:
        """Filters that who asks may use; others are not there for him."""
        return [one for one in self.question.filters if one[0] != "persona" or self.people]

    def request(self, index: Index) -> Request:
        """Return what the index is asked, without the page."""
        home, text = current_home(), self.question.text
        return ask_of(home, index, text, self.sights, facets=self.facets, filters=self.filters)


def the_index() -> Index:
    """Return the search index. Raises IndexUnavailable where this installation has none."""
    index: Index | None = service(INDEX)
    if index is None:
        raise IndexUnavailable("this installation serves without a search index")
    return index


def looking(tenant_id: str) -> Looking:
    """Return what this request looks for, and where: elsewhere only where whoever asks may search."""
    principal = require(Right.SEARCH, tenant_id)
    question = read_question(tenant_id, request.args)
    also = tuple(one for one in question.also if principal.may(Right.SEARCH, one))
    question = replace(question, also=also)
    home = current_home()
    with home.catalog.reading(INSTALLATION) as tx:
        names = {one.tenant_id: one.name for one in tx.tenants() if one.tenant_id in {tenant_id, *also}}
    if tenant_id not in names:
        raise NotFound("there is nothing here")
    series = {f"serie:{code}": title for one in names for code, title in titles_of(home, one).items()}
    sights = {one: sight_of(principal, one) for one in names}
    return Looking(principal, question, sights, {**names, **series})


@blueprint.get("/buscar")
def old_address() -> AnyResponse:
    """Lead old links to the page of the municipality."""
    question = read_question(request.args.get("archivo", ""), request.args)
    return redirect(question.address() if question.tenant_id else "/")


@blueprint.get("/archivo/<tenant_id>/buscar")
def find(tenant_id: str) -> str:
    """Search, narrow, sort and page."""
    asked = looking(tenant_id)
    question, result, instead = asked.question, None, ""
    if question.asked:
        index = the_index()
        wanted = asked.request(index)
        result = index.search(replace(wanted, limit=PAGE, offset=question.offset, sort=question.sort))
        _note(asked, result.total)
        instead = did_you_mean(index, question.text, wanted) if not result.total and question.text else ""
    whole = request.args.get("ver", "")
    return render_template(
        "finding/find.html",
        asked=asked,
        question=question,
        result=result,
        unadmitted=_unadmitted(result.hits) if result else {},
        facets=_facets(asked, result, whole) if result else [],
        active=_active(asked),
        sorts=[(sort_words(one), question.sorted(one).address(), one == question.sort) for one in SORTS],
        pages=_pages(question, result) if result else None,
        instead=replace(question, text=instead, offset=0) if instead else None,
        others=_others(asked),
        forms=[
            (gettext(form.words), question.at(0).address(f"buscar/{name}")) for name, form in FORMS.items()
        ],
        address_of=address_of,
        deepest=MAX_OFFSET,
    )


@blueprint.get("/archivo/<tenant_id>/buscar/documento")
def go_to_document(tenant_id: str) -> AnyResponse:
    """Lead to the page of a document that a result names by its path."""
    principal = require(Right.SEARCH, tenant_id)
    seen = see(current_home(), principal, tenant_id, request.args.get("objeto", ""))
    path = request.args.get("ruta", "")
    for number, document in enumerate(seen.documents, 1):
        if document.path == path:
            return redirect(document_path(tenant_id, seen.record.object_id, number))
    raise NotFound("there is nothing here")


@blueprint.get("/archivo/<tenant_id>/buscar/<any(csv, jsonl, ead):form>")
def export(tenant_id: str, form: str) -> Response:
    """Give all of a result, however large, as it is read from the index."""
    asked = looking(tenant_id)
    if not asked.question.asked:
        raise InvalidRequest("an export is of a search: give q, f or todo=1")
    index = the_index()
    wanted = asked.request(index)
    total = index.search(replace(wanted, limit=0, facets=())).total
    _note(asked, total, form)
    made = FORMS[form]
    home = current_home()
    context = Context(
        archive=asked.names[tenant_id], asked=asked.question.text, made_at=home.clock.now(),
        base=base_url(), series=asked.names,
    )  # fmt: skip
    name = f"busqueda-{tenant_id}-{context.made_at:%Y%m%d}.{made.extension}"
    answer = Response(_encoded(made.write(everything(index, wanted), context)), mimetype=made.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def base_url() -> str:
    """Return where this installation is found; never the host that a request says, which anybody makes up."""
    settings: WebSettings = current_app.extensions["longeva"]["settings"]
    return urljoin(settings.base_url, "/").rstrip("/")


def address_of(hit: Hit) -> str:
    """Return the page of what was found."""
    if not hit.path:
        return object_path(hit.tenant_id, hit.object_id)
    pairs = {"objeto": short_id(hit.object_id), "ruta": hit.path}
    return f"/archivo/{hit.tenant_id}/buscar/documento?{urlencode(pairs)}"


def _encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    """Send some thousand characters at a time."""
    gathered: list[str] = []
    size = 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size > 32_000:
            yield "".join(gathered).encode()
            gathered, size = [], 0
    yield "".join(gathered).encode()


def _note(asked: Looking, total: int, form: str = "") -> None:
    kind, detail = (
        ("search.exported", {"hits": total, "form": form}) if form else ("search.made", {"hits": total})
    )
    for tenant_id in asked.sights:
        current_home().reads.note(tenant_id, kind, tenant_id, asked.principal.agent, detail)


def _facets(asked: Looking, result: SearchResult, whole: str) -> list[dict[str, Any]]:
    """Return each facet that tells something: its title, its rows, and where the rest of them is."""
    shown = []
    for name, values in result.facets.items():
        rows = [
            FacetRow(
                value_words(name, value.value, asked.names), value.count,
                asked.question.toggled((name, value.value)).address(), (name, value.value) in asked.filters,
            )
            for value in values
        ]  # fmt: skip
        if not rows or (len(rows) == 1 and rows[0].found == result.total and not rows[0].chosen):
            continue
        count = ALL_ROWS if whole == name else FACET_ROWS
        more = f"{asked.question.address()}&ver={name}#{name}" if len(rows) > count else ""
        shown.append({"name": name, "title": facet_words(name), "rows": rows[:count], "more": more,
                      "left": len(rows) - count})  # fmt: skip
    return shown


def _unadmitted(hits: Sequence[Hit]) -> dict[str, str]:
    """Return what to say of the objects among the hits that wait for an archivist or were refused."""
    said = {}
    for tenant_id in {hit.tenant_id for hit in hits}:
        with current_home().catalog.reading(tenant_id) as tx:
            for hit in hits:
                if hit.tenant_id != tenant_id or hit.acceso != Access.RESERVED:
                    continue
                with suppress(NotFound):  # the index may be late
                    state = state_outside(tx, tx.object(hit.object_id))
                    if state is not None:
                        said[hit.object_id] = admission_words(state)
    return said


def _active(asked: Looking) -> list[tuple[str, str, str]]:
    """Return each filter in use: its title, its value, and the address without it."""
    return [
        (
            facet_words(name),
            value_words(name, value, asked.names),
            asked.question.toggled((name, value)).address(),
        )
        for name, value in asked.filters
    ]


def _pages(question: Question, result: SearchResult) -> Pages:
    first, last = question.offset + 1, question.offset + len(result.hits)
    before = question.at(max(0, question.offset - PAGE)).address() if question.offset else None
    further = last < result.total and question.offset + PAGE <= MAX_OFFSET
    after = question.at(question.offset + PAGE).address() if further else None
    words = gettext("%(first)s a %(last)s de %(total)s", first=first, last=last, total=result.total)
    return Pages(before, after, words if result.hits else "")


def _others(asked: Looking) -> Sequence[tuple[str, str, bool]]:
    """Return the other municipalities that may be searched too: id, name, chosen."""
    found = tenants_of(asked.principal, Right.SEARCH)
    own = asked.question.tenant_id
    return [(one.tenant_id, one.name, one.tenant_id in asked.sights) for one in found if one.tenant_id != own]


@blueprint.app_template_filter("marked")
def marked(hit: Hit) -> Markup:
    """Write a snippet with its words marked; every piece is escaped."""
    return Markup(hit.snippet.marked("<mark>", "</mark>", lambda piece: str(escape(piece))))  # noqa: S704


@blueprint.app_template_filter("tipo")
def tipo(code: str) -> str:
    """Say a TipoDocumental in words."""
    return coded_words("tipo_documental", code)


@blueprint.app_template_filter("verdict")
def verdict(code: str) -> str:
    """Say the worst verdict of a document's signatures in words."""
    return value_words("firma", code, {})


@blueprint.app_template_filter("clase")
def clase(code: str) -> str:
    """Say what kind of thing was found."""
    return value_words("clase", code, {})


@blueprint.app_template_filter("acceso")
def acceso(code: str) -> str:
    """Say an access regime in words."""
    return value_words("acceso", code, {})
