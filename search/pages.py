# SPDX-License-Identifier: EUPL-1.2
"""The archivist's search, over one municipality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request
from markupsafe import Markup, escape

from archive.catalog import INSTALLATION
from archive.errors import IndexUnavailable
from archive.model import Tenant
from archive.web.context import current_home, service
from archive.web.problems import wants_json
from search.copy_words import type_words
from search.find import search
from search.index import Hit, Index, SearchResult
from search.sight import WHOLE

INDEX: Final = "index"
"""Name of the service that gives the search index."""
PAGE: Final = 20
FACETS: Final = ("tipo", "clase", "año", "formato", "firma")
_FACET_WORDS: Final = {
    "tipo": "Tipo documental",
    "clase": "Clase",
    "año": "Año",
    "formato": "Formato",
    "firma": "Firma",
}
_VERDICTS: Final = {
    "TOTAL_PASSED": "Válida",
    "TOTAL_FAILED": "No válida",
    "INDETERMINATE": "Sin determinar",
    "NOT_APPLICABLE": "CSV",
    "UNSIGNED": "Sin firma",
}

blueprint: Final = Blueprint("search", __name__, template_folder="templates")


@blueprint.get("/buscar")
def find() -> Response | str:
    """Search one tenant's archive: for the archivist at this machine, until there are accounts."""
    tenants = _tenants()
    tenant = next((one for one in tenants if one.tenant_id == request.args.get("archivo", "")), None)
    tenant = tenant or (tenants[0] if len(tenants) == 1 else None)
    text = request.args.get("q", "").strip()[:500]
    filters = _filters(request.args.getlist("f"))
    result = None
    if tenant is not None and (text or filters):
        index = service(INDEX)
        if index is None:
            raise IndexUnavailable("this installation serves without a search index")
        result = _search(index, text, tenant.tenant_id, filters)
    if wants_json():
        return jsonify(result.to_json() if result else {"total": 0, "hits": [], "facets": {}})
    return render_template(
        "search/find.html", here="find", tenants=tenants, tenant=tenant, text=text, filters=filters,
        result=result, facets=_facets(result, tenant, text, filters), offset=_offset(), page=PAGE,
    )  # fmt: skip


def _search(index: Index, text: str, tenant_id: str, filters: Sequence[tuple[str, str]]) -> SearchResult:
    return search(
        index, text, tenant_id, sight=WHOLE, facets=FACETS, filters=filters, limit=PAGE, offset=_offset()
    )


def _offset() -> int:
    given = request.args.get("desde", "0")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 0


def _filters(given: Sequence[str]) -> list[tuple[str, str]]:
    """Read `f=tipo:TD01`; unknown names are left out: an old link still gives an answer."""
    pairs = (one.partition(":") for one in given[:10])
    return [(name, value) for name, _, value in pairs if name in _FACET_WORDS and value]


def _facets(
    result: SearchResult | None, tenant: Tenant | None, text: str, filters: list[tuple[str, str]]
) -> list[tuple[str, list[tuple[str, int, str, bool]]]]:
    """Return for each facet its title and values: words, count, address that adds or drops it, chosen."""
    if result is None or tenant is None:
        return []
    shown = []
    for name, values in result.facets.items():
        rows = []
        for value in values[:12]:
            pair = (name, value.value)
            chosen = pair in filters
            kept = [one for one in filters if one != pair] + ([] if chosen else [pair])
            rows.append((_value_words(name, value.value), value.count, _address(tenant, text, kept), chosen))
        if rows:
            shown.append((_FACET_WORDS[name], rows))
    return shown


def _address(tenant: Tenant, text: str, filters: Sequence[tuple[str, str]]) -> str:
    pairs = [
        ("archivo", tenant.tenant_id),
        ("q", text),
        *(("f", f"{name}:{value}") for name, value in filters),
    ]
    return f"/buscar?{urlencode(pairs)}"


def _value_words(name: str, value: str) -> str:
    if name == "tipo":
        return type_words(value)
    return _VERDICTS.get(value, value) if name == "firma" else value


@blueprint.app_template_filter("marked")
def marked(hit: Hit) -> Markup:
    """Write a snippet with its words marked; every piece is escaped."""
    return Markup(hit.snippet.marked("<mark>", "</mark>", lambda piece: str(escape(piece))))  # noqa: S704


@blueprint.app_template_filter("tipo")
def tipo(code: str) -> str:
    """Say a TipoDocumental in words."""
    return type_words(code) if code else ""


@blueprint.app_template_filter("verdict")
def verdict(code: str) -> str:
    """Say the worst verdict of a document's signatures in words."""
    return _VERDICTS.get(code, code)


def _tenants() -> list[Tenant]:
    with current_home().catalog.reading(INSTALLATION) as tx:
        return list(tx.tenants())
