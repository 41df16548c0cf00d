# SPDX-License-Identifier: EUPL-1.2
"""What the holder of a code is given besides the answer: the copy, the original, the report, the proofs.

    copy      issued here: within five years to whoever holds the code, later if its regime is open
    original  of another platform's code: the same, and never what is reserved; behind a copy of ours only if
              its regime is open and the copy leaves nothing out
    report    on the signatures, judged at this moment, where there are any
    kit       everything to check it without us, where it tells of this document alone and is sealed

After five years an answer is still given; a document whose regime is not open is given by request.
Source: RD 203/2021 art. 21.2.d and e; Ley 40/2015 art. 42.b; Ley 19/2013 art. 14, 15.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Final

from archive.catalog import INSTALLATION
from archive.clock import parse_instant
from archive.digests import read_chunks
from archive.errors import NotFound
from archive.home import Home
from archive.model import DocumentRecord, ObjectKind, ObjectRecord
from archive.regime import Access
from preservation.installation import trust_store
from preservation.revalidation import revalidate
from preservation.signatures.reports.page import report_page
from search.csv import CsvAnswer, CsvStatus
from search.kit import export_kit
from search.regimes import regime_of
from search.retrieval import open_content, read_file

TERM_YEARS: Final = 5
"""For so long verification is direct at least (RD 203/2021 art. 21.2.d)."""
PARTIAL: Final = "EE04"
MAX_REPORTED: Final = 256 * 1024 * 1024
"""Bytes of a document whose signatures are judged while somebody waits."""
_EXTENSIONS: Final = {
    "application/pdf": ".pdf", "application/xml": ".xml", "text/xml": ".xml", "text/plain": ".txt",
    "image/jpeg": ".jpg", "image/png": ".png", "image/tiff": ".tif", "application/zip": ".zip",
}  # fmt: skip


class Item(StrEnum):
    """What may be given; the value stands in addresses."""

    COPY = "documento"
    ORIGINAL = "original"
    REPORT = "informe"
    KIT = "pruebas"


class Reason(StrEnum):
    """Why something is not given."""

    NONE = ""
    TERM = "term"
    """More than five years have gone, and its regime is not open."""
    REGIME = "regime"
    PARTIAL = "partial"
    """The copy leaves something out, and the original does not."""
    FILE = "file"
    """Its proofs tell of a whole expediente."""
    UNSEALED = "unsealed"
    """Its proofs are being made."""
    UNSIGNED = "unsigned"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing, given or not."""

    item: Item
    reason: Reason = Reason.NONE

    @property
    def given(self) -> bool:
        """Whether the holder of the code has it for the asking."""
        return self.reason is Reason.NONE


@dataclass(frozen=True, slots=True)
class Given:
    """A file on its way."""

    name: str
    media_type: str
    chunks: Iterable[bytes]


def offers(home: Home, answer: CsvAnswer) -> tuple[Offer, ...]:
    """Say what the holder of a code is given; nothing unless the code stands for a document in force."""
    if answer.record is None or answer.document is None:
        return ()
    if answer.status is CsvStatus.AUTHENTIC:
        late = _late(home, answer)
        copy = Offer(Item.COPY, late)
        return (copy, Offer(Item.ORIGINAL, _behind(home, answer)), *_proofs(home, answer, late))
    if answer.status is CsvStatus.KEPT:
        why = _late(home, answer, reserved=True)
        return (Offer(Item.ORIGINAL, why), *_proofs(home, answer, why))
    return ()


def give(home: Home, answer: CsvAnswer, item: Item, *, agent: str) -> Given:
    """Give something to the holder of a code; the access is recorded.

    Raises:
        NotFound: It is not offered: the words are those of an unknown code.
        IntegrityError: Stored bytes are not those that were recorded; nothing was given.
        StorageUnavailable: They cannot be read, or the access cannot be recorded.
    """
    record, document = answer.record, answer.document
    if record is None or document is None or Offer(item) not in offers(home, answer):
        raise NotFound("nothing is given for that code")
    if item is Item.COPY and answer.copy is not None:
        chunks = read_file(home, record.object_id, answer.copy.pdf_path, agent)
        return Given(f"{document.eni_id}.pdf", "application/pdf", chunks)
    if item is Item.ORIGINAL:
        return _original(home, answer, agent)
    if item is Item.REPORT:
        return _report(home, record, document)
    pieces = _kit(home, record, agent)
    first = next(pieces)  # what cannot be made is said before anything is on its way
    return Given(f"{document.eni_id}-pruebas.zip", "application/zip", chain([first], pieces))


def term_of(answer: CsvAnswer) -> datetime | None:
    """Return until when verification is direct by law; None where nothing believable says since when."""
    since = answer.copy.issued_at if answer.copy else None
    if since is None and answer.document is not None:
        try:
            since = parse_instant(answer.document.captured_at)
        except ValueError:
            since = answer.record.created_at if answer.record else None
    if since is None:
        return None
    if since.year + TERM_YEARS > MAXYEAR:
        return None
    leap = since.month == 2 and since.day == 29  # a term from 29 February ends with the month
    return since.replace(year=since.year + TERM_YEARS, day=28 if leap else since.day)


def _late(home: Home, answer: CsvAnswer, *, reserved: bool = False) -> Reason:
    """Say why a document is not given directly: its term is over, or it is reserved where that counts."""
    assert answer.record is not None
    assert answer.document is not None
    access = regime_of(home, answer.record, [answer.document]).access
    if reserved and access is Access.RESERVED:
        return Reason.REGIME
    term = term_of(answer)
    over = term is None or home.clock.now() > term
    return Reason.TERM if over and access is not Access.OPEN else Reason.NONE


def _behind(home: Home, answer: CsvAnswer) -> Reason:
    """Say why the original behind a copy is not given."""
    assert answer.document is not None
    found = _source(home, answer)
    if found is None or regime_of(home, found[0], [found[1]]).access is not Access.OPEN:
        return Reason.REGIME
    return Reason.PARTIAL if answer.document.estado_elaboracion == PARTIAL else Reason.NONE


def _source(home: Home, answer: CsvAnswer) -> tuple[ObjectRecord, DocumentRecord] | None:
    if answer.copy is None:
        return None
    with home.catalog.reading(INSTALLATION) as tx:
        try:
            record = tx.object(answer.copy.source_object_id)
        except NotFound:
            return None
        documents = tx.documents(record.object_id)
    return next(((record, one) for one in documents if one.path == answer.copy.source_path), None)


def _proofs(home: Home, answer: CsvAnswer, late: Reason) -> Iterator[Offer]:
    """Offer report and kit: what they tell of must itself be given."""
    record, document = answer.record, answer.document
    assert record is not None
    assert document is not None
    with home.catalog.reading(record.tenant_id) as tx:
        signed = any(one.format != "CSV" for one in tx.signatures_in(record.object_id, document.path))
        sealed = bool(tx.seals_of(record.object_id))
    large = document.content is not None and document.content.size > MAX_REPORTED
    unfit = Reason.LARGE if large else Reason.NONE if signed else Reason.UNSIGNED
    yield Offer(Item.REPORT, late or unfit)
    whole = Reason.FILE if record.kind is ObjectKind.EXPEDIENTE else Reason.NONE
    yield Offer(Item.KIT, late or whole or (Reason.NONE if sealed else Reason.UNSEALED))


def _original(home: Home, answer: CsvAnswer, agent: str) -> Given:
    record, document = answer.record, answer.document
    if answer.copy is not None:
        found = _source(home, answer)
        if found is None:
            raise NotFound("nothing is given for that code")
        record, document = found
    assert record is not None
    assert document is not None
    chunks = open_content(home, record.object_id, document.path, agent, tenant_id=record.tenant_id)
    name = f"{document.eni_id or 'documento'}{_EXTENSIONS.get(document.media_type, '')}"
    return Given(name, document.media_type or "application/octet-stream", chunks)


def _report(home: Home, record: ObjectRecord, document: DocumentRecord) -> Given:
    at = home.clock.now()
    judged = revalidate(home, record.object_id, trust=trust_store(home, at), at=at, only=document.path)
    reports = [verdict.report for _, verdict in judged.verdicts if verdict.report is not None]
    sha256 = document.content.sha256 if document.content else ""
    page = report_page(reports, file=document.name or document.eni_id, sha256=sha256, at=at)
    return Given(f"{document.eni_id}-informe-de-firma.html", "text/html; charset=utf-8", [page.encode()])


def _kit(home: Home, record: ObjectRecord, agent: str) -> Iterator[bytes]:
    """Make a kit and give it in pieces; what lay on the disk meanwhile goes."""
    trust = trust_store(home, home.clock.now())
    with tempfile.TemporaryDirectory(prefix="kit-", dir=home.work_folder()) as folder:
        out = export_kit(home, record.object_id, Path(folder) / "kit.zip", trust=trust, agent=agent)
        with out.open("rb") as stream:
            yield from read_chunks(stream)
