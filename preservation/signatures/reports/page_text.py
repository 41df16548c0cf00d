# SPDX-License-Identifier: EUPL-1.2
"""What the Spanish report says of one signature, before it is laid out. Pure.

The order is the reader's: the verdict and why; who, in which quality; when, and what proves it; what is
covered and what changed later; time stamps; certificates and revocation; weak algorithms; policy; what the
signer says of himself; reasons; and last the technical annex, where nothing is translated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from preservation.indications import Indication, Outcome
from preservation.signatures.report import SignatureReport, TimestampReport
from preservation.signatures.reports.page_sections import (
    MAX_ROWS,
    Block,
    is_unknown_change,
    name_of,
    sections_of,
)
from preservation.signatures.reports.spanish import indication_words, meaning, moment, reason_words, why, word
from preservation.trust.names import shown
from preservation.trust.signer import Signer

_CHANGED: Final = "SIG_CONSTRAINTS_FAILURE"
_STAMPED: Final = (
    "Lleva un sello de tiempo íntegro, pero de una autoridad que este archivo no reconoce: por eso no prueba "
    "la fecha. Si es reconocible, incorpore su certificado raíz y valide de nuevo."
)
_TONES: Final = {
    Indication.TOTAL_PASSED: "good",
    Indication.INDETERMINATE: "doubt",
    Indication.TOTAL_FAILED: "broken",
}


@dataclass(frozen=True, slots=True)
class Text:
    """Everything that is said of one signature."""

    who: str
    verdict: str
    tone: str
    """`good`, `doubt` or `broken`."""
    summary: tuple[str, ...]
    blocks: tuple[Block, ...]
    annex: tuple[tuple[str, str], ...]


def text_of(report: SignatureReport) -> Text:
    """Say one signature."""
    return Text(
        who=name_of(report.signer),
        verdict=_verdict(report),
        tone=_TONES[report.indication],
        summary=_summary(report),
        blocks=sections_of(report),
        annex=_annex(report),
    )


def _verdict(report: SignatureReport) -> str:
    if report.format == "RFC3161":
        told = word("stamp_verdicts", str(report.indication))
        clause = why(report.sub_indication)
        return told if not clause else f"{told}, porque {clause}"
    if report.format == "unknown":
        return "No es un fichero de firma que se pueda leer"
    if report.indication is Indication.TOTAL_FAILED and not report.intact:
        return f"La firma está rota: {why(report.sub_indication) or 'no se corresponde con lo firmado'}"
    clause = why(report.sub_indication)
    told = indication_words(report.indication)
    if _changed(report) and report.sub_indication != _CHANGED:
        clause = f"el fichero cambió después de firmarse y, además, {clause}"
    elif _changed(report):
        clause = "el fichero cambió después de firmarse"
    return told if not clause else f"{told}, porque {clause}"


def _summary(report: SignatureReport) -> tuple[str, ...]:
    """Say the verdict in a few sentences: what it means, and what can be done."""
    said: list[str] = []
    if report.indication is Indication.TOTAL_PASSED:
        said.append(f"La hizo {name_of(report.signer)}{_quality(report.signer)}.")
        if report.proven_by and report.best_signature_time is not None:
            said.append(f"Está probado que existía el {moment(report.best_signature_time)}.")
        return tuple(said)
    changed = _changed(report) and report.intact
    means, then = meaning(_CHANGED if changed else report.sub_indication)
    if changed:
        said.append(
            "No se ha podido saber qué cambió después de firmarse."
            if any(map(is_unknown_change, (each.what for each in report.changes)))
            else "La firma no permite los cambios que se hicieron después."
        )
    elif report.intact and report.sub_indication != "FORMAT_FAILURE":
        said.append("Lo firmado no ha cambiado: coincide con la firma.")
    first = next((reason_words(each) for each in report.reasons if not changed or _is_change(each)), None)
    if first:
        said.append(f"Motivo: {first}.")
    said += [each for each in (means, f"Qué se puede hacer: {then}" if then else "") if each]
    if report.sub_indication.endswith("_NO_POE") and any(map(_unknown_authority, report.timestamps)):
        said.append(_STAMPED)
    return tuple(said)


def _unknown_authority(stamp: TimestampReport) -> bool:
    return stamp.intact and stamp.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


def _changed(report: SignatureReport) -> bool:
    told = any(map(_is_change, report.reasons))
    return told or any(not each.allowed for each in report.changes)


def _is_change(reason: str) -> bool:
    return reason.startswith("changed after signing")


def _quality(signer: Signer | None) -> str:
    if signer is None or not signer.kind:
        return ""
    told = word("kinds", signer.kind)
    entity = signer.represents or (signer.organisation if signer.organisation != signer.name else "")
    return f", {told[0].lower()}{told[1:]}" + (f" de {entity}" if entity else "")


def _annex(report: SignatureReport) -> tuple[tuple[str, str], ...]:
    """Tell what an expert asks for, untranslated."""
    signer = report.signer
    rows = [
        ("Formato y nivel", f"{report.format} {report.level}".strip()),
        ("Indicación", f"{report.indication} {report.sub_indication}".strip()),
        ("Integridad", _integrity(report)),
        ("Lugar", shown(report.place)),
        ("Algoritmos", ", ".join(report.algorithms)),
        ("Certificado", "" if signer is None else f"{signer.serial} ({signer.issuer})"),
        ("Políticas de certificado", "" if signer is None else ", ".join(signer.policies)),
    ]
    rows += [("Referencia", f"{shown(each.name)}: {each.outcome}") for each in report.references[:MAX_ROWS]]
    rows += [("Revocación", f"{each.kind} {each.sha256}") for each in report.revocations if each.sha256]
    rows += [("Motivo", shown(each)) for each in report.reasons[:MAX_ROWS]]
    return tuple((term, text) for term, text in rows if text)


def _integrity(report: SignatureReport) -> str:
    """Say whether the mathematics holds; what was not supplied or computed is not said to fail."""
    checks = (*report.references, *(() if report.value is None else (report.value,)))
    if report.intact or any(each.outcome is Outcome.FAILED for each in checks):
        return "sí" if report.intact else "no"
    return "no se ha podido comprobar"
