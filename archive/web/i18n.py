# SPDX-License-Identifier: EUPL-1.2
"""Words of the pages in six languages. What stands in code and templates is Spanish; catalogues translate it.

Catalogues: `archive/web/translations/LANGUAGE.po`, one for all rooms, read as they are (nothing is compiled).
"""

from __future__ import annotations

import datetime as dt
import io
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import g, has_request_context, request

from archive.local_time import peninsular

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


def message(text: str) -> str:
    """Mark a Spanish text of a constant for the catalogues; it is translated where it is shown."""
    return text


def date(value: dt.date | str, style: str = "long") -> str:
    """Write a day as the page's language does; an instant is first put on the peninsula's calendar.

    Args:
        value: A day or an instant, as a value or in ISO 8601; what is neither is written as it came.
        style: `short`, `medium`, `long` or `full` (CLDR).
    """
    known = _time(value)
    return format_date(known, style, _locale()) if known else str(value)


def datetime_(value: dt.date | str, style: str = "medium") -> str:
    """Write an instant as the page's language does, by the wall clock of the peninsula, which is not named.

    Args:
        value: As `date`.
        style: `short` or `medium`; longer ones would name a zone, and a wrong one.
    """
    known = _time(value)
    if not isinstance(known, dt.datetime):
        return date(value, style)
    return format_datetime(known, style, tzinfo=None, locale=_locale())


def number(value: float) -> str:
    """Write a number with the separators of the page's language."""
    return format_decimal(value, locale=_locale())


def filesize(value: int) -> str:
    """Write a number of bytes in the unit that people read: `1,4 MB` (powers of 1000, as disks are sold)."""
    amount, unit = float(value), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    digits = "#,##0" if unit == "B" or amount >= 100 else "#,##0.#"
    return f"{format_decimal(amount, digits, _locale())}\N{NO-BREAK SPACE}{unit}"


FILTERS: Final = {"date": date, "datetime": datetime_, "number": number, "filesize": filesize}
"""What templates may write behind a value."""


def _time(value: dt.date | str) -> dt.date | None:
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value) if len(value) > 10 else dt.date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, dt.datetime) and value.tzinfo:
        return peninsular(value)[0].replace(tzinfo=None)
    return value


@cache
def locale_of(language: str) -> Locale:
    """Return what Babel knows of a language of ours: Valencian is Catalan's variant, English is European."""
    return Locale.parse({"ca-valencia": "ca_ES_VALENCIA", "en": "en_GB"}.get(language, language))


def _locale() -> Locale:
    return locale_of(current_language())


@cache
def _catalogue(language: str) -> NullTranslations:
    """Return the messages of a language; Spanish has none of its own."""
    file = _FOLDER / f"{language}.po"
    if not file.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=locale_of(language)))
    compiled.seek(0)
    return Translations(compiled)
