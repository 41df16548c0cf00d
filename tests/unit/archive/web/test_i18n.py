# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from archive.web import i18n


@pytest.fixture
def spoken():
    """Make a request in a language, as the cookie or the browser asks for it."""

    def within(cookie="", accept=""):
        headers = {name: value for name, value in (("Cookie", cookie), ("Accept-Language", accept)) if value}
        return Flask("words").test_request_context("/", headers=headers)

    return within


@pytest.mark.parametrize(
    ("cookie", "accept", "language"),
    [
        ("idioma=eu", "gl", "eu"),
        ("idioma=xx", "gl", "gl"),
        ("", "ca-valencia, es;q=0.5", "ca-valencia"),
        ("", "fr-FR, en-GB;q=0.8", "en"),
        ("", "fr", "es"),
        ("", "", "es"),
    ],
)
def test_language_is_the_chosen_one_else_the_browsers_else_spanish(spoken, cookie, accept, language):
    """A cookie of a language that is not offered counts for nothing."""
    with spoken(cookie, accept):
        assert i18n.current_language() == language


def test_instants_are_written_by_the_clock_of_the_peninsula(spoken):
    """Half an hour before midnight in Greenwich is the next day in Madrid, an hour or two later."""
    winter, summer = "2026-11-21T23:30:00+00:00", dt.datetime(2026, 7, 21, 23, 30, tzinfo=dt.UTC)
    with spoken("idioma=es"):
        assert i18n.date(winter) == "22 de noviembre de 2026"
        assert i18n.datetime_(summer) == "22 jul 2026, 1:30:00"
    with spoken("idioma=en"):
        assert i18n.date(winter) == "22 November 2026"


def test_what_is_no_date_is_written_as_it_came(spoken):
    """Metadata may say anything where a date should be."""
    with spoken():
        assert i18n.date("hacia 1987") == "hacia 1987"
        assert i18n.datetime_("2026-03-01") == "1 mar 2026"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1_400_000, "1,4 MB"),
        (20_000_000_000, "20 GB"),
        (5 * 10**15, "5.000 TB"),
    ],
)
def test_bytes_are_written_in_the_unit_that_people_read(spoken, size, words):
    """Powers of a thousand, with the separators of the language, never broken over two lines."""
    with spoken():
        assert i18n.filesize(size) == words.replace(" ", "\N{NO-BREAK SPACE}")


def test_numbers_have_the_separators_of_the_language(spoken):
    """Thousands by a point in Spanish, by a comma in English."""
    with spoken("idioma=es"):
        assert i18n.number(1234567) == "1.234.567"
    with spoken("idioma=en"):
        assert i18n.number(1234567) == "1,234,567"


def test_every_language_is_known_to_babel():
    """Valencian too, which CLDR writes otherwise."""
    assert {tag: str(i18n.locale_of(tag)) for tag in i18n.LANGUAGES} == {
        "es": "es", "ca": "ca", "ca-valencia": "ca_ES_VALENCIA", "gl": "gl", "eu": "eu", "en": "en_GB",
    }  # fmt: skip


def test_messages_without_request_are_spanish():
    """Workers and the command line have no language to choose."""
    assert i18n.gettext("Van %(n)s de %(m)s", n=1, m=2) == "Van 1 de 2"
    assert i18n.ngettext("%(num)s día", "%(num)s días", 3) == "3 días"
