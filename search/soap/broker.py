# SPDX-License-Identifier: EUPL-1.2
"""What the CSV Broker asks and is answered: a code and an organ, a document or why there is none. No XML.

Who holds the code may have the document, as on the public page (`search.csv`, `search.csv_giving`); the key
of the caller opens the service and nothing else. The NIF that the security variant brings is the caller's
word: it opens nothing more and is written nowhere.

Codes of answer as the State's own CSVStorage gives them: 0 given, 1 ask again later, 2 not found, 500 failed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from archive.errors import LongevaError, NotFound
from archive.home import Home
from archive.model import DocumentRecord, ObjectRecord, Tenant
from search.csv import CsvAnswer, CsvStatus, verify_csv
from search.csv_giving import Given, Item, give, offers
from search.retrieval import read_file

OK, WAIT, NOT_FOUND, FAILED = "0", "1", "2", "500"
WAIT_SECONDS: Final = 60
"""When to ask again after a service of ours failed."""
MAX_GIVEN: Final = 64 << 20
"""Bytes of a document that travel in a SOAP answer; a larger one is fetched at the public page."""
IDENTIFICATIONS: Final = frozenset(
    {
        "CLAVE_PERM", "PIN24", "DNIE", "PF_2CA", "PJ_2CA", "COMPONENTESSL", "SEDE_ELECTRONICA",
        "SELLO_ORGANO", "EMPLEADO_PUBLICO", "ENTIDAD_NO_PERSONA_JURIDICA", "EMPLEADO_PUBLICO_PSEUD",
        "CUALIFICADO_SELLO_ENTIDAD", "CUALIFICADO_AUTENTICACION", "CUALIFICADO_SELLO_TIEMPO",
        "REPRESENTACION_PJ", "REPRESENTACION_ENTIDAD_SIN_PF",
    }
)  # fmt: skip
"""How a person was identified, in the contract's words."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Query:
    """One question."""

    csv: str
    dir3: str
    """Organ that the document is asked of."""
    original: bool = False
    """The document as it was signed, rather than the copy."""
    eni: bool = False
    """The ENI document around it, rather than its content."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document that is given."""

    name: str
    media_type: str
    content: bytes = b""
    url: str = ""
    """Where it is fetched instead."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question."""

    code: str
    description: str
    found: Found | None = None
    wait: int = 0
    """Seconds, with code 1."""


def answer_query(home: Home, query: Query, *, agent: str, url: str = "") -> Answer:
    """Answer one question; never raises what the archive knows.

    Args:
        home: The archive.
        query: What is asked.
        agent: Who asks, for the ledger.
        url: Address of the public page, where the caller can be sent to (security variant); else empty.
    """
    try:
        verified = _verified(home, query, agent)
        if verified is None or verified.record is None or verified.document is None:
            return Answer(NOT_FOUND, "CSV no encontrado.")
        if verified.status in {CsvStatus.REVOKED, CsvStatus.SUPERSEDED}:
            return Answer(NOT_FOUND, verified.mensaje)
        return _given(home, query, verified, agent, url)
    except NotFound:
        return Answer(NOT_FOUND, "El documento no se entrega con este código.")
    except LongevaError as cause:
        return _failed(cause)


def busy(seconds: int) -> Answer:
    """Return the answer to who asks too often."""
    return Answer(WAIT, "Demasiadas consultas. Puede consultarse pasado un tiempo.", wait=seconds)


def _failed(cause: LongevaError) -> Answer:
    _log.error("csvbroker.failed", exc_info=cause)
    if cause.retryable:
        words = "El documento no puede recuperarse ahora. Puede consultarse pasado un tiempo."
        return Answer(WAIT, words, wait=WAIT_SECONDS)
    return Answer(FAILED, "Ha ocurrido un error interno en la aplicación.")


def _verified(home: Home, query: Query, agent: str) -> CsvAnswer | None:
    """Return the answer to the code, if the organ that is asked is whose document it is."""
    if not query.csv or not query.dir3:
        return None
    first = verify_csv(home, query.csv, agent=agent)
    if first.status is not CsvStatus.SEVERAL:
        return first if _is_of(first.tenant, first.document, query.dir3) else None
    each = [verify_csv(home, query.csv, agent=agent, choice=one.key) for one in first.choices]
    fitting = [one for one in each if _is_of(one.tenant, one.document, query.dir3)]
    return fitting[0] if len(fitting) == 1 else None


def _is_of(tenant: Tenant | None, document: DocumentRecord | None, dir3: str) -> bool:
    asked = dir3.upper()
    return tenant is not None and document is not None and asked in {tenant.dir3, *document.organos}


def _given(home: Home, query: Query, verified: CsvAnswer, agent: str, url: str) -> Answer:
    record, document = verified.record, verified.document
    assert record is not None
    assert document is not None
    ours = verified.status is CsvStatus.AUTHENTIC
    item = Item.ORIGINAL if query.original or not ours else Item.COPY
    if not any(one.item is item and one.given for one in offers(home, verified)):
        raise NotFound("it is not given for its code")
    if query.eni and not (query.original and ours):
        given = _eni(home, record, document, agent)
    else:
        given = give(home, verified, item, agent=agent)
    held = bytearray()
    for chunk in given.chunks:
        held += chunk
        if len(held) > MAX_GIVEN:
            return _elsewhere(given, url)
    return Answer(
        OK, "La operación se ha realizado con éxito.", Found(given.name, given.media_type, bytes(held))
    )


def _eni(home: Home, record: ObjectRecord, document: DocumentRecord, agent: str) -> Given:
    """Give the ENI document, as it was deposited or issued."""
    if not document.eni_id:
        raise NotFound("the document came without ENI wrapping")
    chunks = read_file(home, record.object_id, document.path, agent, tenant_id=record.tenant_id)
    return Given(f"{document.eni_id}.xml", "application/xml", chunks)


def _elsewhere(given: Given, url: str) -> Answer:
    if not url:
        return Answer(FAILED, "El documento es demasiado grande para esta respuesta.")
    words = "El documento es demasiado grande para esta respuesta: se obtiene en la dirección indicada."
    return Answer(OK, words, Found(given.name, given.media_type, url=url))
