# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from archive.web.i18n import COOKIE
from search.local_words import moment, of, the

TOWN = "Ayuntamiento de Villa"


@pytest.mark.parametrize(
    ("language", "article", "whose", "zone"),
    [
        ("es", "el Ayuntamiento de Villa", "del Ayuntamiento de Villa", "hora peninsular, UTC+1"),
        ("ca", TOWN, "de Ayuntamiento de Villa", "10:15:00 (UTC+1)"),
        ("eu", TOWN, TOWN, "10:15:00 (UTC+1)"),
        ("en", TOWN, "of Ayuntamiento de Villa", "10:15:00 (UTC+1)"),
    ],
)
def test_names_and_instants_are_said_as_each_language_wants(language, article, whose, zone):
    """No Spanish article stands in a sentence of another language, and the zone of the clock is always told."""
    app = Flask("words")
    with app.test_request_context(headers={"Cookie": f"{COOKIE}={language}"}):
        assert the(TOWN) == article
        assert of(TOWN) == whose
        assert zone in moment(datetime(2026, 11, 21, 9, 15, tzinfo=UTC))
