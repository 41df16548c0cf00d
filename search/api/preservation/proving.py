# SPDX-License-Identifier: EUPL-1.2
"""What the archive says of evidence that it is shown, and of what happened to an object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from archive.clock import format_instant
from archive.home import Home
from archive.model import LedgerEvent, ObjectKind
from preservation.evidence.procedure import Document
from preservation.evidence.repository import documents_of
from preservation.evidence.verdict import EvidenceVerdict
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.installation import strength, trust_store
from search.api.preservation.messages import (
    ERS,
    VERDICT,
    XMLERS,
    Event,
    Preserved,
    ValidateEvidence,
    bytes_of,
    preserved,
)
from search.api.preservation.results import NOT_SUPPORTED, PARAMETER, Refusal
from search.holds import holds_on
from search.seeing import Seen

MOST_EVENTS: Final = 10_000


def validate(home: Home, asked: ValidateEvidence, seen: Seen | None) -> tuple[Preserved, int | None]:
    """Judge evidence over the objects that came with it, or over the object that is kept.

    Args:
        home: The archive, whose trust counts.
        asked: Evidence, and perhaps objects.
        seen: The object that the evidence names, where no object came along.

    Returns:
        The report, and since when the objects are proven to exist, in milliseconds since 1970.

    Raises:
        Refusal: The evidence is of a format that is not known, or there is nothing to judge it over.
    """
    if asked.ev.formatId not in {ERS, XMLERS}:
        raise Refusal(NOT_SUPPORTED, f"Se validan evidencias en los formatos {ERS} y {XMLERS}.")
    if not asked.po and seen is None:
        raise Refusal(PARAMETER, "Acompañe los objetos, o el poId del objeto conservado, de la evidencia.")
    verdict = _verdict(home, bytes_of(asked.ev), [bytes_of(one) for one in asked.po], seen)
    report = preserved(json.dumps(verdict.to_json()).encode(), VERDICT, "application/json", "valRep")
    proven = verdict.proven_since if verdict.indication is Indication.TOTAL_PASSED else None
    return report, None if proven is None else int(proven.timestamp() * 1000)


def trace(home: Home, seen: Seen) -> list[Event]:
    """Return what the ledger tells of an object, oldest first, the last `MOST_EVENTS`."""
    with home.catalog.reading(seen.record.tenant_id) as tx:
        latest = tx.latest_about(seen.record.object_id, MOST_EVENTS)
    return [_event(one) for one in reversed(latest)]


def _verdict(home: Home, evidence: bytes, objects: Sequence[bytes], seen: Seen | None) -> EvidenceVerdict:
    at = home.clock.now()
    trust = trust_store(home, at)
    documents: list[Document] = list(objects)
    whole = seen is not None and not documents
    if seen is not None and whole:
        documents = list(documents_of(home, seen.record.object_id))
    return verify_record(
        evidence,
        documents,
        at=at,
        trust=trust,
        group=whole,
        strength=strength(home),
    )


def _event(one: LedgerEvent) -> Event:
    return Event(
        time=int(one.at.timestamp() * 1000),
        sub=one.agent,
        op=one.kind,
        obj=one.subject,
        det=json.dumps({**one.detail, "at": format_instant(one.at), "sha256": one.digest}, sort_keys=True),
    )


def grounds_to_keep(home: Home, seen: Seen) -> list[str]:
    """Return why an object is not deleted, in Spanish; never empty.

    Source: Ley 16/1985 arts. 49.2, 52.1, 55; Ley 39/2015 art. 17; RD 1164/2002; RD 203/2021 arts. 54.1, 55.
    """
    grounds = [
        f"Retención en vigor: {hold.reason} ({hold.authority})." for hold in holds_on(home, seen.record)
    ]
    if seen.record.kind is ObjectKind.COPY:
        grounds.append("Una copia auténtica se deja sin efecto, no se elimina (RD 203/2021 art. 54.1).")
    grounds.append(
        "La eliminación exige calificación y dictamen favorable de la comisión competente, y no se pide por "
        "esta vía (Ley 16/1985 arts. 49.2 y 55; Ley 39/2015 art. 17; RD 1164/2002 arts. 2 a 8)."
    )
    return grounds
