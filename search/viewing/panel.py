# SPDX-License-Identifier: EUPL-1.2
"""What a clerk is told of each signature: who, when, what it covers, what it proves today, what was weak.

The words are those of the report on signatures (`preservation.signatures.reports`): one house, one wording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from archive.errors import IntegrityError
from archive.model import SignatureRecord
from preservation.signatures.report import Weakness
from preservation.signatures.reports.from_json import report_from_json
from preservation.signatures.reports.page_sections import Block
from preservation.signatures.reports.page_text import Text, text_of
from preservation.signatures.reports.spanish import algorithm_words, date, moment, phrase, word
from preservation.trust.names import shown
from search.copy_words import as_written, coded, verdict_words

MAX_SHOWN: Final = 60
"""Signatures of one file that are laid out; what is left over is said."""
_ENI_PARTS: Final = {"contenido": "el contenido del documento", "indice": "el índice del expediente"}
_SOMEBODY: Final = "Firmante"
_TONES: Final = {"good": "good", "doubt": "wait", "broken": "bad"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One signature in words."""

    who: str
    kind: str
    """`PAdES (TF06)`."""
    verdict: str
    tone: str
    """`good`, `wait`, `bad`, or empty for a code that is checked elsewhere."""
    summary: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    """When it was made, when that is proven, what it covers."""
    weak: tuple[str, ...] = ()
    """Algorithms that prove nothing by themselves any more."""
    details: tuple[Block, ...] = ()
    annex: tuple[tuple[str, str], ...] = ()
    csv: str = ""


def panels(signatures: Sequence[SignatureRecord], *, people: bool) -> list[Panel]:
    """Say the signatures of one file.

    Args:
        signatures: As the catalogue gives them.
        people: Whether who reads may see names and identifiers (`Right.PEOPLE`).
    """
    return [_panel(one, people=people) for one in signatures[:MAX_SHOWN]]


def _panel(signature: SignatureRecord, *, people: bool) -> Panel:
    kind = coded("tipo_firma", signature.eni_type) if signature.eni_type else signature.format
    if signature.indication == "NOT_APPLICABLE":
        return _of_csv(signature, kind)
    try:
        report = report_from_json(signature.report)
    except IntegrityError:
        told = signature if people else replace(signature, signer="")
        return Panel(told.signer or _SOMEBODY, kind, verdict_words(told), "wait")
    text = text_of(report)
    when = [
        ("Fecha que declara el firmante", moment(report.signing_time)),
        ("Fecha probada", moment(report.best_signature_time) if report.proven_by else "Ninguna"),
        ("La prueba", word("proofs", report.proven_by) if report.proven_by else ""),
        ("Qué cubre", "; ".join(_covers(report.covers))),
    ]
    weak = tuple(_weak(each) for each in report.weaknesses)
    rows = tuple((term, said) for term, said in when if said)
    if not people:
        return Panel(_quality(text), kind, text.verdict, _TONES[text.tone], (), rows, weak)
    return Panel(
        text.who, kind, text.verdict, _TONES[text.tone], text.summary, rows, weak, text.blocks, text.annex
    )


def _of_csv(signature: SignatureRecord, kind: str) -> Panel:
    rows = [
        ("Código", str(signature.report.get("csv", ""))),
        ("Regulación", str(signature.report.get("regulation", ""))),
        ("Fecha", as_written(signature.signing_time) if signature.signing_time else ""),
    ]
    told = tuple((term, said) for term, said in rows if said)
    csv = str(signature.report.get("csv", ""))
    return Panel("Código seguro de verificación", kind, verdict_words(signature), "", rows=told, csv=csv)


def _quality(text: Text) -> str:
    """Say in which quality somebody signed, without saying who."""
    for block in text.blocks:
        for term, said in block.rows:
            if term == "En calidad de":
                return said
    return _SOMEBODY


def _covers(covers: Sequence[str]) -> list[str]:
    """Say what is covered; where the ENI part is known, it says it best."""
    known = [_ENI_PARTS[each] for each in covers if each in _ENI_PARTS]
    return known or [shown(phrase("covers", each)) for each in covers]


def _weak(weakness: Weakness) -> str:
    when = f"débil desde el {date(weakness.since)}" if weakness.since else "débil"
    state = "una prueba anterior lo cubre" if weakness.protected else "ninguna prueba anterior lo cubre"
    place = shown(phrase("where", weakness.where))
    return f"{algorithm_words(weakness.algorithm)} ({place}): {when}; {state}"
