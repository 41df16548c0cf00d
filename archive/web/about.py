# SPDX-License-Identifier: EUPL-1.2
"""Pages about the pages: the language, help, and the statement that the law asks of every public site."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request

from archive.errors import NotFound, NotIdentified
from archive.web.access import current_principal
from archive.web.awaiting import awaiting
from archive.web.i18n import COOKIE, LANGUAGES
from archive.web.shell import RETURN, Shell

KEPT: Final = timedelta(days=365)
"""How long a browser remembers the language that was chosen."""
HELP: Final = ("ciudadania", "depositos", "archivo")
"""The pages of help, one for each reader; each is a template of that name."""

blueprint: Final = Blueprint("about", __name__)


@blueprint.get("/idioma/<tag>")
def language(tag: str) -> Response:
    """Remember a language and go back to the page, which is one of ours whatever the address says.

    The cookie holds the choice and nothing else: it needs no consent (Ley 34/2002 art. 22.2; choice of
    interface, as the authority's guide on cookies says).
    """
    if tag not in LANGUAGES:
        raise NotFound("there is no such language")
    answer = redirect(own_path(request.args.get(RETURN, "")), 303)
    answer.set_cookie(COOKIE, tag, max_age=KEPT, secure=request.is_secure, httponly=True, samesite="Lax")
    return answer  # type: ignore[return-value]


@blueprint.get("/archivo/<tenant_id>/")
def municipality(tenant_id: str) -> str:
    """Show what somebody may do in a municipality's archive."""
    who, shell = current_principal(), Shell()
    if not who.known:
        raise NotIdentified("this needs somebody who said who he is")
    place = shell.place()
    if place is None or place.tenant_id != tenant_id:
        raise NotFound("there is nothing here")
    return render_template("longeva/municipality.html", place=place, awaits=awaiting(who, tenant_id))


@blueprint.get("/accesibilidad")
def accessibility() -> str:
    """Declare how accessible the pages are (RD 1112/2018 art. 15; Decisión de Ejecución (UE) 2018/1523)."""
    return render_template("longeva/accessibility.html")


@blueprint.get("/ayuda")
def help_index() -> str:
    """Offer the help for each reader."""
    return render_template("longeva/help.html")


@blueprint.get("/ayuda/<reader>")
def help_for(reader: str) -> str:
    """Explain to one kind of reader how his job is done here."""
    if reader not in HELP:
        raise NotFound("there is no such help")
    return render_template(f"longeva/help_{reader}.html")


def own_path(address: str) -> str:
    r"""Return an address if it is a path of this site, else the first page.

    A browser reads `//other` and `/\other` as another host, and drops tabs and line ends before it looks.
    """
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    plain = address.isprintable() and "\\" not in address
    return address if ours and plain else "/"
