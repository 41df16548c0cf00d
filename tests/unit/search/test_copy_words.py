# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.model import SignatureRecord
from search.copy_pdf import Row
from search.copy_words import (
    as_written,
    de,
    el,
    side_by_side,
    signature_rows,
    verdict_words,
)


def test_unreadable_dates_stay_as_they_were_written():
    """A date without zone is not guessed."""
    assert as_written("2025-03-03T10:20:30") == "2025-03-03T10:20:30"
    assert as_written("") == "No consta"


@pytest.mark.parametrize(
    ("name", "with_article", "of"),
    [
        ("Ayuntamiento de Ávila", "el Ayuntamiento de Ávila", "del Ayuntamiento de Ávila"),
        ("Diputación de Jaén", "la Diputación de Jaén", "de la Diputación de Jaén"),
        ("Longeva", "Longeva", "de Longeva"),
    ],
)
def test_names_take_their_article(name, with_article, of):
    """`del Ayuntamiento`, never `de Ayuntamiento`."""
    assert (el(name), de(name)) == (with_article, of)


def test_verdicts_never_say_more_than_was_proven():
    """Intact is not valid, undecided is not failed, a CSV is somebody else's to verify."""

    def signature(indication: str, sub: str = "", *, intact: bool = True) -> SignatureRecord:
        return SignatureRecord(
            "p", "f", "TF06", "PAdES", "B", indication, sub, "Alguien", "", {"intact": intact}
        )

    assert verdict_words(signature("TOTAL_PASSED")).startswith("Firma válida.")
    assert verdict_words(signature("TOTAL_FAILED", "HASH_FAILURE")).startswith(
        "Firma no válida: el contenido"
    )
    undecided = verdict_words(signature("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND"))
    assert undecided.startswith("Firma íntegra; su validez no pudo determinarse")
    assert "íntegra" not in verdict_words(signature("INDETERMINATE", "X", intact=False))
    assert "sede" in verdict_words(signature("NOT_APPLICABLE"))


def test_metadata_of_copy_and_original_stand_side_by_side():
    """What only one of them has is kept, with a dash for the other."""
    rows = side_by_side((Row("Órgano", "A"), Row("CSV", "1")), (Row("Órgano", "B"), Row("Serie", "S")))
    assert [(row.term, row.text, row.other) for row in rows] == [
        ("Órgano", "A", "B"), ("CSV", "1", "—"), ("Serie", "—", "S"),
    ]  # fmt: skip


def test_time_of_a_signature_is_told_only_where_a_time_stamp_that_holds_gives_it():
    """Beside a stamp that fails, the best time is when the archive looked: that proves nothing of the past."""
    best = "2026-11-21T10:00:00Z"

    def told(**stamp: str) -> str:
        report = {"timestamps": [{"type": "signature", "time": best} | stamp], "best_signature_time": best}
        (row,) = signature_rows(
            [SignatureRecord("p", "f", "TF06", "PAdES", "T", "INDETERMINATE", "", "", "", report)]
        )
        return row.note

    words = "Existía, con sello de tiempo"
    assert words in told(indication="TOTAL_PASSED")
    assert words not in told(indication="INDETERMINATE")
    assert words not in told(indication="TOTAL_PASSED", type="content")
    assert words not in told(indication="TOTAL_PASSED", time="2020-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "sub_indication",
    [
        "CHAIN_CONSTRAINTS_FAILURE", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "NO_SIGNING_CERTIFICATE_FOUND",
        "REVOKED_CA_NO_POE", "SIG_CONSTRAINTS_FAILURE", "TIMESTAMP_ORDER_FAILURE",
    ],
)  # fmt: skip
def test_every_reason_that_the_judge_gives_has_its_words(sub_indication):
    """Whoever reads a copy learns why a signature is undecided."""
    one = SignatureRecord("p", "f", "", "", "", "INDETERMINATE", sub_indication, "", "", {"intact": True})
    assert "no pudo determinarse: " in verdict_words(one)
