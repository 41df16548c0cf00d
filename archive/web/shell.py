# SPDX-License-Identifier: EUPL-1.2
"""What stands around every page: navigation, language, the municipality that is being looked at.

Templates get it as `shell` (longeva/base.html). It tells nobody of a municipality where he is nothing: a
page that is not there and one that he may not see must be the same to the last letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from archive.catalog import INSTALLATION
from archive.errors import LongevaError
from archive.identity import Role
from archive.model import Tenant
from archive.web import i18n
from archive.web.access import current_principal, tenants_of
from archive.web.context import current_home
from archive.web.menu import MUNICIPALITY, PUBLIC, Entry

RETURN: Final = "volver"
"""Parameter with the page of ours to come back to."""


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the navigation, ready to be shown."""

    text: str
    address: str
    here: bool
    words: str


class Shell:
    """What the frame of a page asks; one for each request."""

    languages: Final = tuple(i18n.LANGUAGES.items())

    def __init__(self) -> None:
        self._failed = False

    def failed(self) -> None:
        """Say nothing of the address that was asked: errors are alike wherever they come from."""
        self._failed = True

    @property
    def language(self) -> str:
        """Return the tag of the page's language."""
        return i18n.current_language()

    def language_address(self, tag: str) -> str:
        """Return where that language is chosen; it comes back to this page, or to the first from an error."""
        comes_back = not self._failed and (request.method == "GET" or self.answers(request.path))
        here = _here() if comes_back else ""
        return f"/idioma/{tag}" + (f"?{urlencode({RETURN: here})}" if here else "")

    def place(self) -> Tenant | None:
        """Return the municipality of the address, to who is somebody there."""
        if "place" not in g:
            tenant_id = str((request.view_args or {}).get("tenant_id", ""))
            mine = current_principal().tenants()
            g.place = _tenant(tenant_id) if tenant_id in mine else None
        return g.place if isinstance(g.place, Tenant) else None

    def menu(self) -> list[Link]:
        """Return what this person may go to from here: of the municipality first, where there is one."""
        return [*self.municipality(), *self._links(PUBLIC)]

    def municipality(self) -> list[Link]:
        """Return what this person may go to in the municipality of the address."""
        place = self.place()
        return self._links(MUNICIPALITY, place.tenant_id) if place else []

    def answers(self, address: str, method: str = "GET") -> bool:
        """Tell whether this installation has a page at an address."""
        adapter = current_app.create_url_adapter(request)
        try:
            return adapter is not None and bool(adapter.match(address, method=method))
        except HTTPException:
            return False

    def footer(self) -> list[tuple[str, str]]:
        """Return the addresses at the foot, with their words."""
        return [
            ("/ayuda", i18n.gettext("Ayuda")),
            ("/accesibilidad", i18n.gettext("Accesibilidad")),
        ]

    def tenants(self) -> list[Tenant]:
        """Return the municipalities where this person works; a citizen may ask any, and works in none."""
        roles = current_principal().roles
        return [each for each in tenants_of(current_principal()) if roles[each.tenant_id] - {Role.CITIZEN}]

    def _links(self, entries: tuple[Entry, ...], tenant_id: str = "") -> list[Link]:
        who = current_principal()
        found = []
        for right, text, address, words in entries:
            filled = address.format(tenant=quote(tenant_id))
            may = right is None or any(
                who.may(one, tenant_id) if tenant_id else bool(who.tenants(one))
                for one in (right if isinstance(right, tuple) else (right,))
            )
            if may and self.answers(filled):
                within = f"{request.path}/".startswith(filled.rstrip("/") + "/")
                found.append(Link(text, filled, within and not self._failed, words))
        return found


def install(app: Flask) -> None:
    """Give every template of an application its `shell` and the filters of the language."""
    app.jinja_env.filters.update(i18n.FILTERS)
    app.context_processor(lambda: {"shell": Shell()})
    app.after_request(_with_language)


def _with_language(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.content_language.add(i18n.current_language())
        response.vary.update(("Cookie", "Accept-Language"))
    return response


def _here() -> str:
    """Return the address of this page; without a code of verification, which only a QR puts into one."""
    return request.path if "csv" in request.args else request.full_path.rstrip("?")


def _tenant(tenant_id: str) -> Tenant | None:
    try:
        with current_home().catalog.reading(INSTALLATION) as tx:
            return next((tenant for tenant in tx.tenants() if tenant.tenant_id == tenant_id), None)
    except LongevaError:
        return None  # the page says what failed; its frame must not fail again
