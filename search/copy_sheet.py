# SPDX-License-Identifier: EUPL-1.2
"""Composes what a copia auténtica says: from the original, its verdicts and its evidence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from archive.catalog.rows import BatchRecord
from archive.eni.document import DocumentMetadata
from archive.local_time import in_words
from archive.model import Tenant
from search.copy_pdf import CopySheet, Issuer, Original, Rendering, Row, Section
from search.copy_words import (
    CONDITION,
    CSV_REGULATION,
    NORM,
    PARTIAL_CONDITION,
    PARTIAL_NORM,
    captured,
    de,
    firma_names,
    metadata_rows,
    side_by_side,
    signature_rows,
)
from search.redaction import Redaction
from search.source import Source


@dataclass(frozen=True, slots=True)
class Act:
    """By whose act a copy is issued, and of how much of the original."""

    issuer: str = ""
    """Position and name of the habilitado; empty for an automated act (Ley 40/2015 art. 41)."""
    issuer_id: str = ""
    """Entry of the register `habilitados`; empty for an automated act."""
    resolution: str = ""
    """What enables the habilitado, or the automated act: organ, date and reference."""
    request_id: str = ""
    """The request that it answers; empty where there is none."""
    redaction: Redaction = field(default_factory=Redaction)
    """What a partial copy (EE04) leaves out; empty for a whole one (EE02)."""
    ground: str = ""
    """Why it is partial: norm and article."""

    @property
    def partial(self) -> bool:
        """Whether something is left out."""
        return bool(self.redaction)


AUTOMATED: Final = Act()


@dataclass(frozen=True, slots=True)
class Issue:
    """One act of issuing: who, when, under which code."""

    tenant: Tenant
    csv: str
    eni_id: str
    issued_at: datetime
    base_url: str
    sealer: str
    """Name in the certificate of the electronic seal."""
    rehearsal: bool
    act: Act = AUTOMATED


def copy_title(issue: Issue, source: Source) -> str:
    """Name the copy. A partial one by its original's identifier: a title may tell what was left out."""
    if issue.act.partial:
        return (
            f"Copia auténtica parcial de {source.document.eni_id or source.document.path.rsplit('/', 1)[-1]}"
        )
    return f"Copia auténtica de «{source.document.name or source.document.eni_id}»"


def copy_metadata(issue: Issue, source: Source) -> DocumentMetadata:
    """Return the mandatory metadata of the copy: a new document of who issues it (NTI copiado III.3-5)."""
    return DocumentMetadata(
        identificador=issue.eni_id,
        organos=(issue.tenant.dir3,),
        fecha_captura=issue.issued_at.isoformat(timespec="seconds"),
        origin_is_administration=True,
        estado_elaboracion="EE04" if issue.act.partial else "EE02",
        tipo_documental=source.document.tipo_documental or "TD99",
        documento_origen=source.document.eni_id,
        version_nti="http://administracionelectronica.gob.es/ENI/XSD/v1.0/documento-e",
    )


def verification_link(base_url: str, csv: str) -> str:
    """Return the address that the QR holds."""
    return f"{base_url.rstrip('/')}/verificar?{urlencode({'csv': csv})}"


def compose(
    issue: Issue, source: Source, shown: Original, rendering: Rendering | None, evidence: BatchRecord | None
) -> CopySheet:
    """Return the sheet of a copy.

    Args:
        issue: The act.
        source: The original.
        shown: What the original has; no pages where `rendering` stands for them.
        rendering: Readable form of an original without pages.
        evidence: Batch that seals the original; None while it waits for the next one.
    """
    metadata = copy_metadata(issue, source)
    return CopySheet(
        title=copy_title(issue, source),
        issuer=Issuer(issue.tenant.name, issue.tenant.dir3),
        csv=issue.csv,
        eni_id=issue.eni_id,
        verify_text=f"{issue.base_url.rstrip('/')}/verificar",
        verify_link=verification_link(issue.base_url, issue.csv),
        issued=in_words(issue.issued_at),
        issued_at=issue.issued_at,
        condition=PARTIAL_CONDITION if issue.act.partial else CONDITION,
        norm=PARTIAL_NORM if issue.act.partial else NORM,
        rehearsal=issue.rehearsal,
        statement=_statement(issue, source, shown),
        sections=(
            Section("Documento original", _original(source, issue.act)),
            _metadata(metadata, issue, source),
            Section(
                "Firmas del documento original",
                signature_rows(source.signatures, named=not issue.act.partial),
            ),
            Section("Conservación del original", _custody(source, evidence)),
            Section("Sello electrónico", _seal(issue)),
        ),
        rendering=rendering,
    )


def _statement(issue: Issue, source: Source, shown: Original) -> tuple[str, ...]:
    """Say what is certified, and what the copy does not show: never more than is true."""
    who = f"{de(issue.tenant.name)} ({issue.tenant.dir3})"
    span = _span(shown.pages, "en parte" if issue.act.partial else "íntegramente")
    first = (
        f"{span} el contenido del documento electrónico que se identifica más abajo, "
        f"conservado en el archivo electrónico único {who}. {_act_words(issue.act)} "
        f"{_effect(issue.act)} (Ley 39/2015, art. 27; Real Decreto 203/2021, art. 47)."
    )
    told = [first, *_left_out(issue.act)]
    if shown.attachments:
        told.append(
            f"El documento original lleva incorporados {shown.attachments} fichero(s) adjuntos, que no se "
            "reproducen en esta copia y pueden obtenerse del archivo mediante copia idéntica."
        )
    if shown.active:
        told.append(
            "El documento original contiene código ejecutable o acciones automáticas, que no se "
            "incorporan a esta copia y se conservan con el original en el archivo."
        )
    if source.eni and source.eni.metadata.origin_is_administration is False:
        told.append(
            "El original es un documento aportado por un ciudadano: sus copias auténticas surten únicamente "
            "efectos administrativos (Ley 39/2015, art. 27.1)."
        )
    return tuple(told)


def _act_words(act: Act) -> str:
    """Say who issues, and by which resolution he may."""
    enabled = f" ({act.resolution})" if act.resolution else ""
    if act.issuer:
        kind = "copia auténtica parcial" if act.partial else "copia auténtica"
        return f"Expide esta {kind} {act.issuer}, personal funcionario habilitado{enabled}."
    return f"Esta copia auténtica se expide mediante actuación administrativa automatizada{enabled}."


def _effect(act: Act) -> str:
    if act.partial:
        return "Tiene la misma validez y eficacia que el original en lo que reproduce"
    return "Tiene la misma validez y eficacia que el documento original"


def _left_out(act: Act) -> tuple[str, ...]:
    """Say what a partial copy leaves out, and why; never what stood there."""
    if not act.partial:
        return ()
    removed, zones = sorted(act.redaction.removed), sorted(act.redaction.zones)
    verb = "se incluye" if len(removed) == 1 else "se incluyen"
    told = [f"No {verb} {_pages_words(removed)}." if removed else ""]
    told.append(f"Se han suprimido datos en {_pages_words(zones)}: aparecen en negro." if zones else "")
    told.append(f"Fundamento: {act.ground}." if act.ground else "")
    told.append("Lo suprimido no está en este fichero. Las páginas se muestran como imágenes.")
    return (" ".join(part for part in told if part),)


def _pages_words(pages: Sequence[int]) -> str:
    if len(pages) == 1:
        return f"la página {pages[0]}"
    return f"las páginas {', '.join(str(page) for page in pages[:-1])} y {pages[-1]}"


def _span(pages: int, how: str) -> str:
    if pages == 0:
        return f"Las páginas que preceden a esta diligencia reproducen {how}"
    if pages == 1:
        return f"La página 1 de este documento reproduce {how}"
    span = "1 y 2" if pages == 2 else f"1 a {pages}"
    return f"Las páginas {span} de este documento reproducen {how}"


def _original(source: Source, act: Act) -> tuple[Row, ...]:
    """Name the original: where it belongs, its digest; what it is called, but on a partial copy."""
    document = source.document
    name = "No se muestra en una copia parcial" if act.partial else document.name or "No consta"
    rows = [Row("Nombre", name)]
    if document.eni_id != source.record.eni_id:
        note = "" if act.partial else source.record.title
        rows.append(Row("Expediente", source.record.eni_id, code=True, note=note))
    if source.eni is None:
        rows.append(Row("Fecha de captura", captured(document)))
    rows.append(Row("Huella SHA-256", source.digests.sha256, code=True))
    return tuple(rows)


def _metadata(metadata: DocumentMetadata, issue: Issue, source: Source) -> Section:
    """Show every mandatory metadatum of the copy, beside the original's where it is an ENI document."""
    own = metadata_rows(metadata, "PDF", firma_names(("TF06", "TF01")))
    if source.eni is None:
        return Section("Metadatos de esta copia", own)
    eni = source.eni
    theirs = metadata_rows(eni.metadata, eni.content.format_name, firma_names([f.tipo for f in eni.firmas]))
    if not issue.act.partial:  # the original's code would open what the copy leaves out
        theirs += tuple(Row("Valor del CSV", value, code=True) for value in eni.csv)
    own += (Row("Valor del CSV", issue.csv, code=True),)
    return Section("Metadatos", side_by_side(own, theirs), ("Esta copia", "Documento original"))


def _custody(source: Source, evidence: BatchRecord | None) -> tuple[Row, ...]:
    deposited = Row("Ingreso en el archivo", in_words(source.record.created_at))
    intact = Row(
        "Integridad", "Comprobada al expedir esta copia: el fichero conservado coincide con lo que ingresó."
    )
    if evidence is None:
        proof = Row("Registro de evidencias", "Pendiente del próximo sello de tiempo del archivo.")
    else:
        proof = Row(
            "Registro de evidencias",
            f"Sello de tiempo del {in_words(evidence.sealed_at)}.",
            note=f"RFC 4998. Autoridad de sellado: {evidence.authority}.",
        )
    return (deposited, intact, proof)


def _seal(issue: Issue) -> tuple[Row, ...]:
    return (
        Row("Sellada por", issue.sealer, note="Sello PAdES con sello de tiempo de archivo (nivel B-LTA)."),
        Row("Regulación del CSV", f"{CSV_REGULATION}.", note="La verificación es directa y gratuita."),
    )
