# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.i18n.messages import COMPLETE, TRANSLATED, extracted, load, untranslated

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
MARKUP = re.compile(r"</?\w+[^>]*>")


@pytest.fixture(scope="module")
def code():
    """Every message of the code, by its id."""
    return {_id(entry): entry for entry in extracted() if entry.id}


def _id(entry):
    return entry.id[0] if isinstance(entry.id, tuple) else entry.id


def _forms(words):
    return words if isinstance(words, tuple | list) else (words,)


def _shape(text):
    """What a translation must keep: values and markup, in any order."""
    return Counter(PLACEHOLDER.findall(text)), Counter(MARKUP.findall(text))


def test_messages_are_found_in_templates_and_in_code(code):
    """The extraction reads blocks, calls, plural forms, marked constants and the titles of errors."""
    for message in ("Ir al contenido", "Cuadro de clasificación", "El almacén no está disponible"):
        assert message in code
    assert any(isinstance(entry.id, tuple) for entry in code.values())


def test_no_message_has_a_bare_percent_sign(code):
    """Messages are filled in with `%`: a lone sign would break the page that shows it."""
    bare = [id_ for id_ in code if "%" in PLACEHOLDER.sub("", id_).replace("%%", "")]
    assert bare == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_catalogue_has_every_message_of_the_code(code, tag):
    """`make messages` was run after the words changed, and nothing is kept that the code no longer says."""
    known = {_id(entry) for entry in load(tag) if entry.id}
    assert sorted(set(code) - known) == []
    assert sorted(known - set(code)) == []


@pytest.mark.parametrize(
    "tag", COMPLETE or [pytest.param("none", marks=pytest.mark.skip("NO LANGUAGE COMPLETE"))]
)
def test_every_message_is_translated(tag):
    """A language that is called complete lacks no message, and none is a guess."""
    catalogue = load(tag)
    assert untranslated(catalogue) == []
    assert [entry.id for entry in catalogue if entry.id and entry.fuzzy] == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_translations_keep_values_and_markup(tag):
    """Each form has the placeholders of its original, the same number of times, and the same markup."""
    wrong = []
    for entry in load(tag):
        if entry.id:
            originals = [_shape(form) for form in _forms(entry.id)]
            wrong += [form for form in _forms(entry.string) if form and _shape(form) not in originals]
    assert wrong == []


@pytest.mark.parametrize("tag", TRANSLATED)
def test_translations_have_no_bare_percent_sign(tag):
    """As the originals."""
    bare = [
        form
        for entry in load(tag)
        for form in _forms(entry.string)
        if entry.id and form and "%" in PLACEHOLDER.sub("", form).replace("%%", "")
    ]
    assert bare == []
