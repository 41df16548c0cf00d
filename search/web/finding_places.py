# SPDX-License-Identifier: EUPL-1.2
"""Beside the box: the classification scheme with what may be seen of each series, and searches one keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl

from flask import redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from archive.errors import InvalidRequest, LimitExceeded
from archive.identity import Right
from archive.web.access import require
from archive.web.context import current_home
from archive.web.i18n import gettext
from search.classification import Branch, scheme_of, tree
from search.saved_searches import MAX_NAME, forget_search, save_search, saved_searches
from search.web.finding import blueprint, looking, the_index
from search.web.finding_question import MAX_FILTERS, Question, read_question

__all__ = ["blueprint"]

SERIES_COUNTED: Final = 10_000


@blueprint.get("/archivo/<tenant_id>/cuadro")
def scheme(tenant_id: str) -> str:
    """Show the classification scheme, with how much may be seen of each series."""
    asked = looking(tenant_id)
    asked = replace(asked, question=Question(tenant_id), sights={tenant_id: asked.sights[tenant_id]})
    index = the_index()
    wanted = replace(asked.request(index), limit=0, facet_values=SERIES_COUNTED)
    wanted = replace(wanted, facets=tuple(one for one in wanted.facets if one[0] == "serie"))
    result = index.search(wanted)
    current_home().reads.note(
        tenant_id, "search.browsed", tenant_id, asked.principal.agent, {"hits": result.total}
    )
    counts = {value.value: value.count for value in result.facets["serie"]}
    branches = tree(scheme_of(current_home(), tenant_id), counts)
    unclassified = result.total - sum(counts.values())
    return render_template(
        "finding/scheme.html", asked=asked, branches=branches, total=result.total, unclassified=unclassified,
        address_of=lambda branch: _series_address(tenant_id, branch),
    )  # fmt: skip


def _series_address(tenant_id: str, branch: Branch) -> str:
    """Return the search of a series with all that stand under it."""
    codes = list(_codes(branch))
    if len(codes) > MAX_FILTERS:
        return Question(tenant_id, text=f"serie:{branch.series.code}*").address()
    return Question(tenant_id, filters=tuple(("serie", code) for code in codes)).address()


def _codes(branch: Branch) -> Iterator[str]:
    yield branch.series.code
    for each in branch.below:
        yield from _codes(each)


@blueprint.get("/archivo/<tenant_id>/busquedas")
def kept(tenant_id: str) -> str:
    """Show the searches that whoever asks keeps here."""
    principal = require(Right.SEARCH, tenant_id)
    return _kept_page(tenant_id, saved_searches(current_home(), tenant_id, principal))


@blueprint.post("/archivo/<tenant_id>/busquedas")
def keep(tenant_id: str) -> AnyResponse | tuple[str, int]:
    """Keep a search under a name; what cannot be kept is said beside the box."""
    principal = require(Right.SEARCH, tenant_id)
    query = _query_of(tenant_id, request.form.get("busqueda", ""))
    try:
        save_search(current_home(), tenant_id, principal, request.form.get("nombre", ""), query)
    except InvalidRequest:
        trouble = gettext("Escriba un nombre de hasta %(most)s caracteres.", most=MAX_NAME)
    except LimitExceeded:
        trouble = gettext("Ya guarda demasiadas búsquedas: quite antes alguna.")
    else:
        return redirect(f"/archivo/{tenant_id}/busquedas", 303)
    found = saved_searches(current_home(), tenant_id, principal)
    return _kept_page(tenant_id, found, trouble=trouble, pending=query), 400


@blueprint.post("/archivo/<tenant_id>/busquedas/<search_id>/quitar")
def forget(tenant_id: str, search_id: str) -> AnyResponse:
    """Take a search away."""
    principal = require(Right.SEARCH, tenant_id)
    forget_search(current_home(), tenant_id, principal, search_id)
    return redirect(f"/archivo/{tenant_id}/busquedas", 303)


def _kept_page(tenant_id: str, found: object, trouble: str = "", pending: str = "") -> str:
    return render_template(
        "finding/kept.html", tenant_id=tenant_id, searches=found, trouble=trouble, pending=pending
    )


def _query_of(tenant_id: str, given: str) -> str:
    """Read what a form says to keep and write it as the search page would: nothing else is ever linked to."""
    question = read_question(tenant_id, MultiDict(parse_qsl(given[:10_000])))
    return question.at(0).address().partition("?")[2] if question.asked else ""
