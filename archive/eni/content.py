# SPDX-License-Identifier: EUPL-1.2
"""Reads the content of an ENI document once: digests, format and findings in the same pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from archive.digests import Digester, Digests
from archive.eni.read import EniFile
from archive.errors import XmlRefused
from archive.findings import Finding, finding
from archive.formats import FormatInspector, Inspected, agrees


@dataclass(frozen=True, slots=True)
class ContentReport:
    """What the content turned out to be."""

    digests: Digests | None
    """None where the content has no place of its own or could not be decoded."""
    inspected: Inspected | None
    findings: tuple[Finding, ...]


def read_content(eni: EniFile, *, target: BinaryIO | None = None, place: str = "") -> ContentReport:
    """Decode the content strictly and say what it is, in constant memory.

    Args:
        eni: The document (or an expediente, for its VisualizacionIndice).
        target: Gets the decoded bytes where given; worthless where findings hold ENI-BASE64-INVALID.
        place: What findings should name; that of the reading by default.

    Returns:
        Digests, format and findings. Bad base64 is a finding here, not an error.
    """
    noticed: list[Finding] = []
    pieces = eni.open_content(noticed)
    if pieces is None:
        return ContentReport(None, None, ())
    digester, inspector = Digester(), FormatInspector()
    try:
        for piece in pieces:
            digester.update(piece)
            inspector.update(piece)
            if target is not None:
                target.write(piece)
    except XmlRefused as cause:
        return ContentReport(None, None, cause.findings)
    inspected = inspector.result()
    view = eni.expediente.view if eni.kind == "expediente" else eni.document.content
    claim = view.format_name if view else ""
    noticed += check_format(inspected, claim, place or eni.skeleton.place)
    return ContentReport(digester.result(), inspected, tuple(noticed))


def check_signatures_base64(eni: EniFile) -> list[Finding]:
    """Decode every FirmaBase64 strictly and say what is wrong with it."""
    noticed: list[Finding] = []
    for firma in eni.value.firmas:
        try:
            _drain(eni.open_signature(firma, noticed) or ())
        except XmlRefused as cause:
            noticed += cause.findings
    return noticed


def check_format(inspected: Inspected, claim: str, place: str) -> list[Finding]:
    """Compare what content is with what it claims to be.

    Source: NTI Documento electrónico anexo II (NombreFormato); NTI Catálogo de estándares.
    """
    if inspected.size == 0:
        return [finding("ENI-CONTENT-EMPTY", place)]
    found: list[Finding] = []
    if not agrees(claim, inspected.media_type):
        found.append(finding("ENI-FORMAT-MISMATCH", place, claimed=claim, found=inspected.media_type))
    if inspected.encrypted:
        found.append(finding("ENI-FORMAT-ENCRYPTED", place))
    if not inspected.complete:
        found.append(finding("ENI-FORMAT-DAMAGED", place, found=inspected.media_type))
    return found


def _drain(pieces: Iterable[bytes]) -> None:
    for _ in pieces:
        pass
