# SPDX-License-Identifier: EUPL-1.2
"""The signatures of an ENI document or of an expediente's index: each judged, and what it covers told.

Every `firma` gives a verdict or a finding; so does every signature that is there and is not declared. A
signature that covers neither content nor index is not taken for theirs, however valid: what is signed may
have been moved away from where people read (signature wrapping).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from archive.eni.document import EniSignature, SignaturePlace
from archive.eni.read import EniFile
from archive.eni.structure import child
from archive.errors import XmlRefused
from archive.findings import Finding, finding
from archive.model import SignatureRecord
from preservation.indications import Indication
from preservation.signatures.engine.judge import judge
from preservation.signatures.engine.poe import NO_PROOFS, Proofs
from preservation.signatures.eni.extent import is_signed
from preservation.signatures.eni.places import EniReader
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.findings import finding_for
from preservation.signatures.report import SignatureReport
from preservation.signatures.xml.place import path_of
from preservation.trust.store import TrustStore

_FORMATS: Final = {
    "TF02": ("XAdES", "XMLDSig"),
    "TF03": ("XAdES", "XMLDSig"),
    "TF04": ("CAdES", "CMS"),
    "TF05": ("CAdES", "CMS"),
    "TF06": ("PAdES",),
}
"""What each TipoFirma may turn out to be; TF07 depends on the version, so nothing is asked of it."""
NOT_APPLICABLE: Final = "NOT_APPLICABLE"
"""Indication of a CSV: nothing to verify cryptographically."""


@dataclass(frozen=True, slots=True)
class EniVerdict:
    """What is said of one signature of an ENI file."""

    place: str
    """`firmas/firma[1]`, with the place inside it where there are several."""
    eni_type: str
    """TipoFirma as declared; empty for a signature that is not declared."""
    report: SignatureReport | None
    """None for a CSV."""
    csv: str = ""
    regulation: str = ""

    def to_record(self, path: str) -> SignatureRecord:
        """Return the record that the archive keeps, for the file at a logical path."""
        if self.report is None:
            detail = {"csv": self.csv, "regulation": self.regulation}
            return SignatureRecord(
                path, self.place, self.eni_type, "CSV", "", NOT_APPLICABLE, "", "", "", detail
            )
        body = self.report.to_json()
        return SignatureRecord(
            path=path,
            place=self.place,
            eni_type=self.eni_type,
            format=self.report.format,
            level=self.report.level,
            indication=str(self.report.indication),
            sub_indication=self.report.sub_indication,
            signer="" if self.report.signer is None else self.report.signer.name,
            signing_time=body["signing_time"] or "",
            report=body,
        )


@dataclass(frozen=True, slots=True)
class EniSignatures:
    """Verdicts and findings of one ENI file."""

    verdicts: tuple[EniVerdict, ...]
    findings: tuple[Finding, ...]

    @property
    def reports(self) -> tuple[SignatureReport, ...]:
        """The verdicts on cryptographic signatures."""
        return tuple(each.report for each in self.verdicts if each.report is not None)


def validate_eni(
    eni: EniFile, trust: TrustStore, at: datetime, *, place: str = "", proofs: Proofs = NO_PROOFS
) -> EniSignatures:
    """Judge every signature of an ENI file.

    Args:
        eni: The file, read.
        trust: Anchors and material at hand.
        at: Instant of judgement.
        place: What findings should name, usually the name of the file.
        proofs: What is known to have existed; that of everything speaks of the whole ENI file.

    Returns:
        One verdict for each signature found, in order, and the findings.

    Limits:
        XML signatures need the whole file as a tree (`archive.xml.MAX_XML`); in a bigger file an inline
        signature is told as declared and not found.
    """
    reader = EniReader(eni)
    judged = partial(judge, trust=trust, at=at, proofs=proofs)
    verdicts: list[EniVerdict] = []
    found: list[Finding] = []
    for firma in eni.value.firmas:
        if firma.where is SignaturePlace.CSV:
            verdicts.append(EniVerdict(firma.place, firma.tipo, None, firma.csv, firma.regulation))
            found.append(finding("SIG-CSV-ONLY", _where(place, firma.place), csv=firma.csv))
            continue
        facts = _facts(reader, firma)
        if not facts:
            found.append(finding("SIG-DECLARED-NOT-FOUND", _where(place, firma.place), declared=firma.tipo))
        for number, each in enumerate(facts):
            inside = firma.place if len(facts) == 1 else f"{firma.place}#{number + 1}"
            verdict = _verdict(eni, each, inside, firma, judged)
            verdicts.append(verdict)
            found += _found(verdict, firma, place, eni.kind)
    for each in _undeclared(reader, eni):
        verdict = _verdict(eni, each, each.place, None, judged)
        verdicts.append(verdict)
        found.append(finding("SIG-FOUND-NOT-DECLARED", _where(place, each.place), format=each.format))
        found += _found(verdict, None, place, eni.kind)
    found += _metadata_finding(eni, verdicts, place)
    return EniSignatures(tuple(verdicts), tuple(found))


def _where(place: str, inside: str) -> str:
    return f"{place}#{inside}" if place else inside


def _facts(reader: EniReader, firma: EniSignature) -> list[SignatureFacts]:
    if firma.where is SignaturePlace.INLINE:
        return reader.inline(firma)
    if firma.where is SignaturePlace.BASE64:
        return reader.in_base64(firma)
    # a ReferenciaFirma to another place would have to be fetched (SSRF): it is told as not found
    if firma.where is SignaturePlace.REFERENCE and firma.reference.startswith("#"):
        return reader.in_content()
    return []


def _undeclared(reader: EniReader, eni: EniFile) -> list[SignatureFacts]:
    found = reader.inline(None) if reader.has_inline else []
    declared = {firma.where for firma in eni.value.firmas}
    if eni.kind == "documento" and SignaturePlace.REFERENCE not in declared:
        base64_pdf = any(firma.tipo == "TF06" for firma in eni.value.firmas)
        if not base64_pdf and eni.content_element is not None:
            inside = reader.in_content() if _may_be_pdf(eni) else []
            found += [
                replace(each, place=f"contenido#{each.place}") for each in inside if not each.unreadable
            ]
    return found


def _may_be_pdf(eni: EniFile) -> bool:
    pieces = eni.open_content() if eni.kind == "documento" else None
    try:
        return pieces is not None and b"%PDF-" in next(pieces, b"")[:1024]
    except (ValueError, XmlRefused):  # base64 that is none: told by whoever reads the content
        return False


def _verdict(
    eni: EniFile,
    facts: SignatureFacts,
    place: str,
    firma: EniSignature | None,
    judged: Callable[[SignatureFacts], SignatureReport],
) -> EniVerdict:
    covers = (*facts.covers, *_covered_parts(eni, facts))
    report = judged(replace(facts, covers=covers, place=place))
    return EniVerdict(place, "" if firma is None else firma.tipo, report)


def _covered_parts(eni: EniFile, facts: SignatureFacts) -> tuple[str, ...]:
    """Name the parts of the ENI file that a signature covers: `contenido`, `metadatos`, `indice`…."""
    names = ("contenido", "metadatos") if eni.kind == "documento" else ("indice", "metadatosExp")
    found: list[str] = []
    if facts.format not in {"XAdES", "XMLDSig"}:
        return ()  # the reader has compared what is signed with the content or the index
    for name in names:
        element = child(eni.located.element, name)
        if name == "indice" and element is not None:
            element = child(element, "IndiceContenido")
        if element is not None and is_signed(path_of(element), facts):
            found.append(name)
    return tuple(found)


def _found(verdict: EniVerdict, firma: EniSignature | None, place: str, kind: str) -> list[Finding]:
    report = verdict.report
    assert report is not None
    found = [finding_for(report, place)]
    # the view of an index (VisualizacionIndice) is not the index
    part = "contenido" if kind == "documento" else "indice"
    if report.intact and part not in report.covers and "/CounterSignature" not in verdict.place:
        covers = ", ".join(report.covers)
        where = _where(place, verdict.place)
        found.append(finding("SIG-CONTENT-NOT-COVERED", where, at=verdict.place, covers=covers))
    expected = _FORMATS.get("" if firma is None else firma.tipo)
    if firma is not None and expected and report.intact and report.format not in expected:
        where = _where(place, verdict.place)
        found.append(finding("SIG-TYPE-MISMATCH", where, declared=firma.tipo, format=report.format))
    return found


def _metadata_finding(eni: EniFile, verdicts: list[EniVerdict], place: str) -> list[Finding]:
    """An index signed alone leaves Estado, dates and Interesado open to change (NTI Expediente)."""
    reports = [each.report for each in verdicts if each.report is not None]
    if eni.kind == "documento" or not reports:
        return []
    if any(
        "metadatosExp" in each.covers and each.indication is not Indication.TOTAL_FAILED for each in reports
    ):
        return []
    return [finding("SIG-METADATA-NOT-COVERED", _where(place, "metadatosExp"))]
