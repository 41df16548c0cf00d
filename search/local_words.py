# SPDX-License-Identifier: EUPL-1.2
"""Names of administrations and instants inside the sentences of a page, in the page's language.

The names stay as they are registered. Spanish puts an article before them; the sentences of the other
languages are written so that the bare name fits, or the name with the one word that says “of”.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from archive.local_time import in_words, peninsular
from archive.web.i18n import DEFAULT, current_language, date
from search.copy_words import de, el

_OF: Final = {"ca": "de {}", "ca-valencia": "de {}", "gl": "de {}", "en": "of {}", "eu": "{}"}


def the(name: str) -> str:
    """Return the name of an administration with its article where the language wants one."""
    return el(name) if current_language() == DEFAULT else name


def of(name: str) -> str:
    """Return what stands behind “the archive” to say whose: `del Ayuntamiento de…`, `of Ayuntamiento de…`."""
    language = current_language()
    return de(name) if language == DEFAULT else _OF[language].format(name)


def moment(instant: datetime) -> str:
    """Say an instant whole, with the zone of its clock."""
    if current_language() == DEFAULT:
        return in_words(instant)
    return f"{date(instant)}, {peninsular(instant)[0]:%H:%M:%S} (UTC+{peninsular(instant)[1]})"
