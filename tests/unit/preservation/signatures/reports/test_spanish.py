# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.signatures import engine
from preservation.signatures.reports import spanish as words
from preservation.signatures.reports.etsi import _BLOCKS
from preservation.signatures.reports.spanish import (
    algorithm_words,
    meaning,
    moment,
    phrase,
    reason_words,
    why,
)
from preservation.trust.profile_table import Kind

SUB_INDICATIONS = re.compile(r"^[A-Z]+(?:_[A-Z]+)+$")


def constants(module):
    """Return every text of a module."""
    tree = ast.parse(module.read_text("utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_sub_indication_of_the_judge_has_its_words():
    """Why, what it means and what can be done, in Spanish."""
    folder = Path(engine.__file__).parent
    met = {
        each for module in folder.glob("*.py") for each in constants(module) if SUB_INDICATIONS.match(each)
    }
    met |= set(_BLOCKS)
    met -= {"TOTAL_PASSED", "TOTAL_FAILED", "NO_PROOFS"}
    assert met >= {"HASH_FAILURE", "OUT_OF_BOUNDS_NO_POE", "TRY_LATER"}
    assert not [each for each in met if not (why(each) and all(meaning(each)))]


def sentence(node):
    """Return a text of the source with something in place of each value, or None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(
        each.value if isinstance(each, ast.Constant) else "2020-01-02" if each.format_spec else "VALOR"
        for each in node.values
    )


def reasons_in(module):
    """Return the reasons that a module of the judge makes, those that only join others left out."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        told = []
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"indeterminate", "failed"}:
            told = [sentence(each) for each in node.args[1:]]
        elif isinstance(node, ast.Assign) and any(
            getattr(each, "id", "") in {"reason", "words"} for each in node.targets
        ):
            told = [sentence(node.value)]
        yield from (
            each
            for each in told
            if each and " " in each and "VALOR on VALOR" not in each and each != "VALOR: VALOR"
        )


def test_every_reason_of_the_judge_has_its_words():
    """A clerk reads no English: a reason that is added to the judge needs its line in spanish.json."""
    made = [each for module in Path(engine.__file__).parent.glob("*.py") for each in reasons_in(module)]
    assert len(made) > 20
    assert not [each for each in made if reason_words(each) is None]


def test_every_kind_has_its_words():
    """Each quality in which somebody signs can be said."""
    assert set(map(str, Kind)) == set(words._words()["kinds"])


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        (
            "the certificate had expired on 2020-01-02, and no proof says that it was made before",
            "el certificado caducó el 2 de enero de 2020 y nada prueba que se firmara antes",
        ),
        (
            "signature time stamp: no certificate chain leads to a trust anchor",
            "sello de tiempo de la firma: ninguna cadena de certificados llega a una autoridad de confianza del archivo",
        ),
        (
            "chain: sha1 proves nothing since 2017-01-01",
            "en la cadena de certificados: SHA-1 dejó de probar nada desde el 1 de enero de 2017",
        ),
        (
            "not what was signed: messageDigest",
            "no es lo que se firmó: la huella del contenido (messageDigest)",
        ),
    ],
)
def test_reasons_are_said_in_spanish_with_their_values(english, spanish):
    """Days in words, and a reason inside a reason too."""
    assert reason_words(english) == spanish


def test_an_unknown_reason_is_not_invented():
    """What is not recognised is for the annex, as it is."""
    assert reason_words("something that nobody foresaw") is None
    assert phrase("covers", "#ID-1") == "#ID-1"


@given(st.text(max_size=200))
def test_any_reason_is_looked_up_without_falling_over(text):
    """Reasons may carry hostile names."""
    reason_words(text)
    reason_words(f"signature time stamp: chain: {text}")


def test_no_pattern_takes_long_over_a_long_reason():
    """Patterns are tried over texts that a file chose: each stays linear enough."""
    for text in ("a " * 5000, "no proof shows that " * 400, "chain: " * 2000):
        reason_words(text)


def test_every_pattern_fills_what_it_names():
    """A sentence speaks only of groups that its pattern has."""
    for area in ("reasons", "covers", "where", "names", "changes", "things", "commitments"):
        for pattern, spanish in words._patterns(area):
            asked = [int(each) for each in re.findall(r"\{(\d)", spanish)]
            assert all(number < pattern.groups for number in asked), pattern.pattern


def test_dates_without_end_are_said_so():
    """RFC 5280 4.1.2.5: the last instant of 9999 stands for no end."""
    assert moment(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)) == "Sin fin"
    assert moment(None) == "No consta"


def test_algorithms_are_written_as_people_do():
    """Names of libraries are not for clerks."""
    assert [algorithm_words(each) for each in ("sha1", "rsa-1024", "rsa")] == [
        "SHA-1",
        "RSA de 1024 bits",
        "RSA",
    ]
