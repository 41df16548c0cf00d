# SPDX-License-Identifier: EUPL-1.2
"""Answers to who holds a code: is this document authentic? In plain words, and without telling what exists.

The code is the key (RD 203/2021 art. 21.2.e): who has it may see the document, who has not learns nothing. A
malformed code, a wrong one and one of another archive get the same words, after the same look-ups.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from archive.catalog import INSTALLATION
from archive.catalog.rows import CopyRecord
from archive.clock import format_instant
from archive.errors import InvalidRequest
from archive.home import Home
from archive.identifiers import normalise_csv
from archive.local_time import in_words
from archive.model import DocumentRecord, ObjectKind, ObjectRecord, Tenant
from search.admitted import is_admitted
from search.copy_words import de, el, type_words

MAX_TEXT: Final = 200
SHORTEST_FOREIGN: Final = 10
"""Letters and digits below which a foreign code could be guessed, so that it is answered as unknown."""
_NOBODY: Final = "0000-0000-0000-0000-0000-0000-0000"


class CsvStatus(StrEnum):
    """What is said of a code."""

    AUTHENTIC = "authentic"
    """A copia auténtica issued by this archive, whole, in force."""
    KEPT = "kept"
    """The code of the original's own platform: the document is preserved here."""
    REVOKED = "revoked"
    """Issued here and later withdrawn."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CsvAnswer:
    """The answer to one code."""

    status: CsvStatus
    csv: str
    """As normalised where it is one of ours; else as typed, cut."""
    mensaje: str
    message: str
    tenant: Tenant | None = None
    copy: CopyRecord | None = None
    record: ObjectRecord | None = None
    """Object that keeps the document: the copy's own, or that of the received document."""
    document: DocumentRecord | None = None

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
        }


def verify_csv(home: Home, text: str, *, agent: str = "web") -> CsvAnswer:
    """Answer a code as typed or scanned.

    Args:
        home: The archive; codes are unique over all its tenants.
        text: Any text: case, spaces and hyphens do not matter for codes of ours.
        agent: For the ledger. Only codes that were known leave an event: a stranger cannot fill it.

    Returns:
        The answer; unknown and malformed are the same words.

    Raises:
        IntegrityError: The copy is known and its stored bytes are not those that were issued.
    """
    typed = text.strip()[:MAX_TEXT]
    csv = _ours(typed)
    with home.catalog.reading(INSTALLATION) as tx:
        copy = tx.copy_by_csv(csv)
        kept = [hit for code in _foreign(typed) for hit in tx.documents_by_csv(code)]
        kept = [hit for hit in kept if hit[0].kind is not ObjectKind.COPY and is_admitted(tx, hit[0])]
        if copy is not None:
            record = tx.object(copy.copy_object_id)
            document = tx.documents(copy.copy_object_id)[0]
        elif kept:
            record, document = kept[0]
        else:
            return _unknown(typed)
        tenant = tx.tenant(record.tenant_id)
    answer = (
        _kept(typed, tenant, record, document) if copy is None else _issued(copy, tenant, record, document)
    )
    if answer.status is CsvStatus.AUTHENTIC and copy is not None:
        home.objects(tenant.tenant_id).verify_file(copy.copy_object_id, copy.pdf_path)
    _note(home, answer, agent)
    return answer


def open_verified(home: Home, text: str, *, agent: str = "web") -> tuple[CsvAnswer, bytes]:
    """Answer a code and give the issued PDF with its fixity checked; empty where there is none to give."""
    answer = verify_csv(home, text, agent=agent)
    if answer.status is not CsvStatus.AUTHENTIC or answer.copy is None or answer.tenant is None:
        return answer, b""
    objects = home.objects(answer.tenant.tenant_id)
    return answer, b"".join(objects.read_verified(answer.copy.copy_object_id, answer.copy.pdf_path))


def _ours(typed: str) -> str:
    """Return the normalised code, or one that nobody has: the same look-up is done either way."""
    try:
        return normalise_csv(typed)
    except InvalidRequest:
        return _NOBODY


def _foreign(typed: str) -> tuple[str, ...]:
    """Return the forms under which another platform may have written the code; none where it is guessable."""
    if len(re.sub(r"[^A-Za-z0-9]", "", typed)) < SHORTEST_FOREIGN:
        return ()
    joined = "".join(typed.split())
    return tuple(dict.fromkeys((typed, joined, joined.upper())))


def _unknown(typed: str) -> CsvAnswer:
    return CsvAnswer(
        CsvStatus.UNKNOWN,
        typed,
        "No consta ningún documento con ese código. Compruebe que está escrito como en el papel.",
        "No document is known by that code. Check that you typed it as it stands on the paper.",
    )


def _issued(copy: CopyRecord, tenant: Tenant, record: ObjectRecord, document: DocumentRecord) -> CsvAnswer:
    if copy.revoked_at is not None:
        since = in_words(copy.revoked_at)
        return CsvAnswer(
            CsvStatus.REVOKED,
            copy.csv,
            f"Esta copia fue expedida por {el(tenant.name)}, pero quedó sin efecto el {since}.",
            f"This copy was issued by {tenant.name} and was withdrawn on {format_instant(copy.revoked_at)}.",
            tenant, copy, record, document,
        )  # fmt: skip
    return CsvAnswer(
        CsvStatus.AUTHENTIC,
        copy.csv,
        f"Copia auténtica expedida por {el(tenant.name)}. Compare el documento que tiene con el que puede "
        "descargar aquí: deben ser iguales.",
        f"Authentic copy issued by {tenant.name}. Compare your document with the one offered here.",
        tenant, copy, record, document,
    )  # fmt: skip


def _kept(typed: str, tenant: Tenant, record: ObjectRecord, document: DocumentRecord) -> CsvAnswer:
    return CsvAnswer(
        CsvStatus.KEPT,
        typed,
        f"Es el código de la plataforma de origen de un documento que conserva el archivo {de(tenant.name)}. "
        "Puede solicitar una copia auténtica.",
        f"The code of the original platform of a document kept by the archive of {tenant.name}.",
        tenant, None, record, document,
    )  # fmt: skip


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
