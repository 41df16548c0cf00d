# SPDX-License-Identifier: EUPL-1.2
"""Answers to who holds a code: is this document authentic? In plain words, and without telling what exists.

The code is the key (RD 203/2021 art. 21.2.e): who has it may see the document, who has not learns nothing. A
malformed code, a wrong one and one of what was not admitted get the same words, after the same look-ups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from archive.catalog import INSTALLATION, Transaction
from archive.catalog.rows import CopyRecord
from archive.clock import format_instant
from archive.home import Home
from archive.local_time import in_words
from archive.model import DocumentRecord, ObjectRecord, Tenant
from archive.web.i18n import gettext as _
from search.copy_words import as_written, type_words
from search.csv_lookup import Kept, issued_copy, kept_documents
from search.csv_typing import Typed, look_at
from search.local_words import moment, of, the
from search.revocation import REASONS, Withdrawal, withdrawal_of

MAX_TEXT: Final = 200


class CsvStatus(StrEnum):
    """What is said of a code."""

    AUTHENTIC = "authentic"
    """A copia auténtica issued by this archive, whole, in force."""
    KEPT = "kept"
    """The code of the original's own platform: the document is preserved here."""
    REVOKED = "revoked"
    """Issued here and later withdrawn."""
    SUPERSEDED = "superseded"
    """Issued here, withdrawn, and replaced by another copy."""
    SEVERAL = "several"
    """Two platforms gave it to two documents: the holder says which."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the documents that a code may stand for."""

    key: str
    """What to send as `choice`."""
    words: str


@dataclass(frozen=True, slots=True)
class CsvAnswer:
    """The answer to one code."""

    status: CsvStatus
    csv: str
    """As it stands on the paper where it is known; else as typed, cut."""
    mensaje: str
    message: str
    tenant: Tenant | None = None
    copy: CopyRecord | None = None
    record: ObjectRecord | None = None
    """Object that keeps the document: the copy's own, or that of the received document."""
    document: DocumentRecord | None = None
    kept: Kept | None = None
    choices: tuple[Choice, ...] = ()
    choice: str = ""
    """Which of several was meant."""
    typed: Typed | None = None
    """What can be said of the text itself."""

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What may be told to who holds the code, in Spanish, in order."""
        if self.tenant is None or self.document is None:
            return ()
        told = [
            ("Documento", self.document.name or self.document.eni_id),
            ("Órgano", f"{self.tenant.name} ({self.tenant.dir3})"),
            ("Tipo documental", type_words(self.document.tipo_documental)),
            ("Identificador", self.document.eni_id),
        ]
        if self.copy is not None:
            told.append(("Fecha de expedición", in_words(self.copy.issued_at)))
        elif self.document.captured_at:
            told.append(("Fecha de captura", as_written(self.document.captured_at)))
        if self.kept is not None and self.kept.sede is not None:
            told.append(("Código expedido en", self.kept.sede.name))
        if self.document.content is not None:
            told.append(("Huella SHA-256", self.document.content.sha256))
        return tuple(told)

    def to_json(self) -> dict[str, Any]:
        """Return the form for machines."""
        return {
            "status": str(self.status),
            "csv": self.csv,
            "mensaje": self.mensaje,
            "message": self.message,
            "facts": dict(self.facts),
            "issued_at": _instant(self.copy.issued_at if self.copy else None),
            "revoked_at": _instant(self.copy.revoked_at if self.copy else None),
            "choices": [{"choice": one.key, "words": one.words} for one in self.choices],
        }


def verify_csv(home: Home, text: str, *, agent: str = "web", choice: str = "") -> CsvAnswer:
    """Answer a code as typed or scanned.

    Args:
        home: The archive; codes of ours are unique over all its tenants, those of old platforms are not.
        text: Any text: case, spaces and hyphens do not matter, nor slips that only look different.
        agent: For the ledger. Only codes that were known leave an event: a stranger cannot fill it.
        choice: Which document is meant, of those that an answer `several` offered.

    Returns:
        The answer; unknown and malformed are the same words.

    Raises:
        IntegrityError: The copy is known and its stored bytes are not those that were issued.
    """
    typed = text.strip()[:MAX_TEXT]
    with home.catalog.reading(INSTALLATION) as tx:
        copy, kept = issued_copy(tx, typed), kept_documents(tx, typed)
        tenants = {tenant.tenant_id: tenant for tenant in tx.tenants()}
        if copy is not None:
            answer = _issued(tx, copy, tenants[copy.tenant_id])
        elif not kept:
            return _unknown(typed)
        else:
            answer = _kept(typed, kept, tenants, choice)
    if answer.status is CsvStatus.AUTHENTIC and copy is not None:
        home.objects(copy.tenant_id).verify_file(copy.copy_object_id, copy.pdf_path)
    _note(home, answer, agent)
    return answer


def _unknown(typed: str) -> CsvAnswer:
    return CsvAnswer(
        CsvStatus.UNKNOWN,
        typed,
        _("No consta ningún documento con ese código. Compruebe que está escrito como en el papel."),
        "No document is known by that code. Check that you typed it as it stands on the paper.",
        typed=look_at(typed),
    )


def _issued(tx: Transaction, copy: CopyRecord, tenant: Tenant) -> CsvAnswer:
    withdrawal = withdrawal_of(tx, copy)
    if withdrawal is None:
        status = CsvStatus.AUTHENTIC
        mensaje = _(
            "Copia auténtica expedida por %(administration)s. Compare el documento que tiene con el que "
            "puede descargar aquí: deben ser iguales.",
            administration=the(tenant.name),
        )
        message = f"Authentic copy issued by {tenant.name}. Compare your document with the one offered here."
    else:
        status, mensaje, message = _withdrawn(withdrawal, tenant)
    record = tx.object(copy.copy_object_id)
    document = tx.documents(copy.copy_object_id)[0]
    if withdrawal is None and record.metadata["copy"].get("certification"):
        mensaje = _(
            "Certificación expedida por la Secretaría %(administration)s, con el visto bueno de su "
            "presidencia. Compare el documento que tiene con el que puede descargar aquí: deben ser iguales.",
            administration=of(tenant.name),
        )
        message = f"Certificate issued by {tenant.name}. Compare your document with the one offered here."
    return CsvAnswer(status, copy.csv, mensaje, message, tenant, copy, record, document)


def _withdrawn(withdrawal: Withdrawal, tenant: Tenant) -> tuple[CsvStatus, str, str]:
    named = {"administration": the(tenant.name), "date": moment(withdrawal.at)}
    message = f"This copy was issued by {tenant.name} and was withdrawn on {format_instant(withdrawal.at)}."
    if withdrawal.superseded_by:
        mensaje = _(
            "Esta copia fue expedida por %(administration)s y quedó sustituida por otra el %(date)s. Pida la "
            "copia nueva a quien le entregó esta.",
            **named,
        )
        return CsvStatus.SUPERSEDED, mensaje, f"{message} Another copy took its place."
    mensaje = _("Esta copia fue expedida por %(administration)s, pero quedó sin efecto el %(date)s.", **named)
    if withdrawal.reason in REASONS:
        reason = _(REASONS[withdrawal.reason])
        mensaje += " " + _("Motivo: %(reason)s.", reason=reason[:1].lower() + reason[1:])
    return CsvStatus.REVOKED, mensaje, message


def _kept(typed: str, kept: Sequence[Kept], tenants: dict[str, Tenant], choice: str) -> CsvAnswer:
    choices = tuple(Choice(str(number), _place(one, tenants)) for number, one in enumerate(kept, 1))
    chosen = [one for one, offered in zip(kept, choices, strict=True) if offered.key == choice]
    if len(kept) > 1 and not chosen:
        return CsvAnswer(
            CsvStatus.SEVERAL,
            typed,
            _("Más de una plataforma usó ese código. Elija la que figura en su papel."),
            "More than one platform used that code. Choose the one that your paper names.",
            choices=choices,
        )
    one = (chosen or kept)[0]
    tenant = tenants[one.record.tenant_id]
    return CsvAnswer(
        CsvStatus.KEPT,
        one.csv,
        _(
            "Es el código de la plataforma de origen de un documento que conserva el archivo "
            "%(administration)s.",
            administration=of(tenant.name),
        ),
        f"The code of the original platform of a document kept by the archive of {tenant.name}.",
        tenant, None, one.record, one.document, one, choice=choice if chosen else "",
    )  # fmt: skip


def _place(kept: Kept, tenants: dict[str, Tenant]) -> str:
    """Say where a code was given, without saying of what: the holder knows that."""
    tenant = tenants[kept.record.tenant_id].name
    sede = f"{kept.sede.name} — {tenant}" if kept.sede else tenant
    return f"{sede} ({as_written(kept.document.captured_at)})"


def _note(home: Home, answer: CsvAnswer, agent: str) -> None:
    """Record that a known code was asked for; the code itself stays out of the ledger."""
    if answer.record is None or home.read_only:
        return
    tenant_id = answer.record.tenant_id
    with home.catalog.transaction(tenant_id) as tx:
        told = {"status": str(answer.status)}
        home.ledger.append(tx, tenant_id, "csv.verified", answer.record.object_id, agent, told)
    home.carry(tenant_id)


def _instant(value: datetime | None) -> str | None:
    return None if value is None else format_instant(value)
