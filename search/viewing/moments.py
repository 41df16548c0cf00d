# SPDX-License-Identifier: EUPL-1.2
"""The life of the proof of an object, moment by moment: signed, stamped, kept, sealed, renewed, next due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from archive.clock import parse_instant
from archive.home import Home
from archive.model import SignatureRecord
from preservation.evidence.lineage import Link
from preservation.evidence.repository import EvidenceRepository
from preservation.renewal.due import HORIZON
from search.viewing.opened import OpenedRecord


class Stage(StrEnum):
    """What a moment is."""

    FIRST = "first"
    """Oldest signature of any of its documents, as the signer says; only indicative."""
    SIGNED = "signed"
    """Its one document; as the signer says."""
    CLOSED = "closed"
    """Its index; as the signer says."""
    STAMPED = "stamped"
    """By a time stamp of the signature that holds."""
    KEPT = "kept"
    """Taken into this archive."""
    SEALED = "sealed"
    """First evidence record."""
    RENEWED = "renewed"
    NOW = "now"
    DUE = "due"
    """From when on the evidence should be renewed."""
    ENDS = "ends"
    """When the newest stamp can no longer be judged by itself."""


PROVEN: Final = frozenset({Stage.STAMPED, Stage.SEALED, Stage.RENEWED})


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of the line."""

    stage: Stage
    at: datetime
    who: str = ""
    """Authority that stamped, where one did."""
    count: int = 0
    """Objects that were sealed together."""
    ahead: bool = False
    """After now."""


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """Every moment, oldest first."""

    moments: tuple[Moment, ...]
    sealed: bool
    """Whether this very version has evidence."""
    overdue: bool
    """A renewal should have been made."""
    batch_id: str = ""
    """Of the newest seal or renewal."""


def evidence_line(home: Home, opened: OpenedRecord, signatures: Sequence[SignatureRecord]) -> EvidenceLine:
    """Gather the moments of an object.

    Args:
        home: The archive; its clock says what is ahead.
        opened: The object.
        signatures: Those that stand for it: of its index, or of its one document.
    """
    now = home.clock.now()
    links = _links(home, opened)
    moments = [*_signed(opened, signatures), Moment(Stage.KEPT, opened.record.created_at)]
    for place, link in enumerate(links):
        stage = Stage.RENEWED if place else Stage.SEALED
        moments.append(Moment(stage, link.batch.sealed_at, link.batch.authority, link.batch.count))
    moments.append(Moment(Stage.NOW, now))
    overdue = False
    if links:
        ends = links[-1].batch.valid_until
        overdue = ends - HORIZON <= now
        moments += [Moment(Stage.DUE, ends - HORIZON), Moment(Stage.ENDS, ends)]
    order = list(Stage)
    # By the second, as time stamps are: what is kept and sealed in one second was kept first.
    told = sorted(moments, key=lambda each: (each.at.replace(microsecond=0), order.index(each.stage)))
    shown = tuple(replace(each, ahead=each.at > now) for each in told)
    return EvidenceLine(shown, bool(links), overdue, links[-1].batch.batch_id if links else "")


def sealed_since(home: Home, opened: OpenedRecord) -> datetime | None:
    """Return since when this version of an object has evidence; None where it has none."""
    links = _links(home, opened)
    return links[0].batch.sealed_at if links else None


def _links(home: Home, opened: OpenedRecord) -> list[Link]:
    record = opened.record
    with home.catalog.reading(record.tenant_id) as tx:
        sealed = [leaf for leaf in tx.seals_of(record.object_id) if leaf.version == record.version]
        return EvidenceRepository(home).line(tx, sealed[0]) if sealed else []


def _signed(opened: OpenedRecord, signatures: Sequence[SignatureRecord]) -> Iterator[Moment]:
    """Yield the oldest time that is claimed, then those of the signatures for the whole, with their stamps.

    Of many signatures the first and the last are told, and the first two stamps.
    """
    own = sorted(at for one in signatures if (at := _instant(one.signing_time)) is not None)
    oldest = _instant(opened.signed[0]) if opened.signed else None
    if oldest is not None and (not own or oldest < own[0]):
        yield Moment(Stage.FIRST, oldest)
    stage = Stage.CLOSED if opened.index_path else Stage.SIGNED
    yield from (Moment(stage, at) for at in dict.fromkeys([*own[:1], *own[-1:]]))
    stamped: dict[datetime, str] = {}
    for signature in signatures:
        stamps = signature.report.get("timestamps")
        for stamp in stamps if isinstance(stamps, list) else []:
            at = _instant(str(stamp.get("time") or ""))
            if at is not None and stamp.get("indication") == "TOTAL_PASSED":
                stamped.setdefault(at, str(stamp.get("authority", "")))
    for at, authority in sorted(stamped.items())[:2]:
        yield Moment(Stage.STAMPED, at, authority)


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text)
    except ValueError:
        return None
