# SPDX-License-Identifier: EUPL-1.2
"""Words of the pages in six languages. What stands in code and templates is Spanish; catalogues translate it.

Catalogues: `archive/web/translations/LANGUAGE.po`, one for all rooms, read as they are (nothing is compiled).
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import g, has_request_context, request

DEFAULT: Final = "es"
LANGUAGES: Final = {
    "es": "Castellano",
    "ca": "Català",
    "ca-valencia": "Valencià",
    "gl": "Galego",
    "eu": "Euskara",
    "en": "English",
}
"""Tag (BCP 47) and own name of each language."""
COOKIE: Final = "idioma"

_FOLDER: Final = Path(__file__).parent / "translations"


def current_language() -> str:
    """Return the language of this request: chosen, else what the browser asks for, else Spanish."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        chosen = request.cookies.get(COOKIE, "")
        best = request.accept_languages.best_match(list(LANGUAGES), DEFAULT) or DEFAULT
        g.language = chosen if chosen in LANGUAGES else best
    return str(g.language)


def gettext(message: str, /, **values: object) -> str:
    """Return a Spanish message in the language of this request, its `%(name)s` filled in."""
    translated = _catalogue(current_language()).gettext(message)
    return translated % values if values else translated


def ngettext(singular: str, plural: str, number: int, /, **values: object) -> str:
    """Return the form of a message for a number; `%(num)s` is the number."""
    translated = _catalogue(current_language()).ngettext(singular, plural, number)
    return translated % {"num": number, **values}


@cache
def _catalogue(language: str) -> NullTranslations:
    """Return the messages of a language; Spanish has none of its own."""
    file = _FOLDER / f"{language}.po"
    if not file.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=language.replace("-valencia", "")))
    compiled.seek(0)
    return Translations(compiled)
