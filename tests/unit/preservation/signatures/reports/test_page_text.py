# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace

import pytest
from reported import BROKEN, CHANGED, EVERY, EXPIRED, PASSED, UNREADABLE

from preservation.indications import Check, Outcome
from preservation.signatures.facts import Change
from preservation.signatures.reports.page_text import text_of


@pytest.mark.parametrize(
    ("report", "tone", "verdict"),
    [
        (PASSED, "good", "La firma es válida"),
        (EXPIRED, "doubt", "No se puede afirmar que la firma sea válida, porque el certificado ha caducado"),
        (BROKEN, "broken", "La firma está rota: el contenido no es el que se firmó"),
        (
            CHANGED,
            "doubt",
            "No se puede afirmar que la firma sea válida, porque el fichero cambió después de firmarse",
        ),
        (
            UNREADABLE,
            "doubt",
            "No se puede afirmar que la firma sea válida, porque la firma no tiene un formato",
        ),
    ],
)
def test_the_verdict_comes_first_in_plain_words(report, tone, verdict):
    """Valid, not to be affirmed and why, or broken and why."""
    text = text_of(report)
    assert (text.tone, text.verdict[: len(verdict)]) == (tone, verdict)


def test_a_valid_signature_says_who_in_which_quality_and_since_when():
    """The summary of what passes."""
    assert text_of(PASSED).summary == (
        "La hizo ANA EJEMPLO UNO, empleado público de AYUNTAMIENTO DE PRUEBAS.",
        "Está probado que existía el 4 de marzo de 2020, 16:30:00 (hora peninsular, UTC+1).",
    )


def test_an_expired_one_says_that_the_content_is_whole_and_what_can_be_done():
    """Indeterminate is not false: the clerk reads what it means and what to do."""
    told = " ".join(text_of(EXPIRED).summary)
    assert "Lo firmado no ha cambiado" in told
    assert "no significa que la firma sea falsa" in told
    assert "prueba de existencia" in told


def test_a_time_stamp_of_an_unknown_authority_is_not_passed_over():
    """The clerk whose file bears a time stamp is told why it proves nothing, and what would make it count."""
    stamp = replace(
        PASSED.timestamps[0],
        indication=EXPIRED.indication,
        sub_indication="NO_CERTIFICATE_CHAIN_FOUND",
    )
    told = text_of(replace(EXPIRED, timestamps=(stamp,))).summary
    assert told[-1].startswith("Lleva un sello de tiempo íntegro")
    assert "Lleva un sello" not in " ".join(text_of(EXPIRED).summary)
    broken = replace(stamp, intact=False)
    assert "Lleva un sello" not in " ".join(text_of(replace(EXPIRED, timestamps=(broken,))).summary)


def test_what_could_not_be_analysed_is_not_said_to_be_forbidden():
    """Of a damaged update nobody knows what it changed; the page says that, in Spanish."""
    what = "what follows cannot be analysed: object 1 is not where the cross-reference says"
    report = replace(
        CHANGED, reasons=(f"changed after signing: {what}",), changes=(Change("file", what, allowed=False),)
    )
    told = " ".join(text_of(report).summary)
    assert "No se ha podido saber qué cambió" in told
    assert "La firma no permite" not in told
    assert "el objeto 1 no está donde dice la tabla de referencias" in told
    assert "La firma no permite" in " ".join(text_of(CHANGED).summary)


@pytest.mark.parametrize("report", [BROKEN, CHANGED, UNREADABLE])
def test_nothing_is_called_unchanged_that_is_not_known_to_be(report):
    """The sentence that calms is only for what is intact and was not changed."""
    assert "Lo firmado no ha cambiado" not in " ".join(text_of(report).summary)


@pytest.mark.parametrize("report", EVERY)
def test_the_annex_keeps_the_words_of_the_standard(report):
    """An expert finds the indication untranslated."""
    assert dict(text_of(report).annex)["Indicación"].startswith(str(report.indication))


def test_what_was_not_supplied_is_not_said_to_fail():
    """A detached content that is not here leaves the mathematics open."""
    missing = replace(EXPIRED, intact=False, references=(Check("#A", Outcome.MISSING),))
    assert dict(text_of(missing).annex)["Integridad"] == "no se ha podido comprobar"
    assert dict(text_of(BROKEN).annex)["Integridad"] == "no"
    assert dict(text_of(PASSED).annex)["Integridad"] == "sí"
