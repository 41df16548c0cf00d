# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from reported import PASSED

from archive.model import SignatureRecord
from preservation.indications import Indication
from preservation.signatures.report import Weakness
from preservation.signatures.reports.as_json import report_to_json
from search.viewing.panel import MAX_SHOWN, panels


def kept(report=PASSED, eni_type="TF02", **told):
    return SignatureRecord(
        "received/x.xml", "firmas/firma[1]", eni_type, report.format, report.level, str(report.indication),
        report.sub_indication, "ANA EJEMPLO UNO", "", {**report_to_json(report), **told},
    )  # fmt: skip


def said(panel):
    return repr(panel)


def test_valid_signature_says_who_when_and_what():
    """Name, verdict in green, the proven date with its proof, and what is covered."""
    panel = panels([kept(covers=["#X /expediente/indice", "indice"])], people=True)[0]
    rows = dict(panel.rows)
    assert (panel.who, panel.verdict, panel.tone) == ("ANA EJEMPLO UNO", "La firma es válida", "good")
    assert "4 de marzo de 2020" in rows["Fecha probada"]
    assert rows["Qué cubre"] == "el índice del expediente"
    assert panel.details
    assert panel.annex


def test_signature_that_proves_nothing_today_says_so():
    """Without proof of its time the proven date is none, and the reason is in the summary."""
    lost = replace(
        PASSED, indication=Indication.INDETERMINATE, sub_indication="OUT_OF_BOUNDS_NO_POE", proven_by="",
        timestamps=(), reasons=(),
    )  # fmt: skip
    panel = panels([kept(lost)], people=True)[0]
    assert panel.tone == "wait"
    assert dict(panel.rows)["Fecha probada"] == "Ninguna"
    assert panel.summary


def test_broken_signature_is_red():
    """TOTAL_FAILED is said as broken."""
    broken = replace(PASSED, indication=Indication.TOTAL_FAILED, sub_indication="HASH_FAILURE", intact=False)
    panel = panels([kept(broken)], people=True)[0]
    assert panel.tone == "bad"
    assert "rota" in panel.verdict


def test_weak_algorithm_is_named_with_what_covers_it():
    """SHA-1 in an old signature: since when, and whether an older proof covers it."""
    weak = replace(
        PASSED, weaknesses=(Weakness("sha1", "signature value", datetime(2014, 1, 1, tzinfo=UTC), True),)
    )
    told = panels([kept(weak)], people=True)[0].weak
    assert len(told) == 1
    assert "SHA-1" in told[0]
    assert "2014" in told[0]
    assert "una prueba anterior lo cubre" in told[0]


def test_code_is_no_signature():
    """A TF01 tells its code and where it is checked, and has no verdict colour."""
    csv = SignatureRecord("p", "firmas/firma[1]", "TF01", "CSV", "", "NOT_APPLICABLE", "", "", "",
                          {"csv": "ABCD-1234", "regulation": "Ordenanza"})  # fmt: skip
    panel = panels([csv], people=False)[0]
    assert (panel.tone, panel.csv) == ("", "ABCD-1234")
    assert "sede" in panel.verdict


def test_names_are_kept_from_who_may_not_see_people():
    """Neither name nor NIF in any part of the panel; the quality stays."""
    panel = panels([kept()], people=False)[0]
    assert "ANA EJEMPLO" not in said(panel)
    assert "12345678Z" not in said(panel)
    assert panel.who == "Empleado público"
    assert "ANA EJEMPLO" in said(panels([kept()], people=True)[0])


def test_report_that_cannot_be_read_still_has_its_verdict():
    """A report of another form falls back to the verdict of the catalogue."""
    odd = replace(kept(), report={"format": 7})
    panel = panels([odd], people=True)[0]
    assert panel.verdict.startswith("Firma válida")
    assert "ANA" not in said(panels([odd], people=False)[0])


def test_thousands_of_signatures_are_cut():
    """A hostile file with many signatures does not make an endless page."""
    assert len(panels([kept()] * 200, people=True)) == MAX_SHOWN
