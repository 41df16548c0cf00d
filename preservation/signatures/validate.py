# SPDX-License-Identifier: EUPL-1.2
"""Validation of any file with signatures: the one door for the command line, ingest and verification.

    validate_file(Path("firma.p7s"), content=Path("documento.pdf"), trust=trust, at=now)

Nothing is fetched and nothing raises for a bad signature: it is a verdict.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from archive.eni.read import read_eni
from archive.errors import NotFound, StorageUnavailable, XmlRefused
from preservation import der
from preservation.signatures.batch import validate_batch, validate_row
from preservation.signatures.cms.read import read_cms
from preservation.signatures.cms.records import EXTERNAL, INTERNAL
from preservation.signatures.content import Resolver, StreamContent, holds
from preservation.signatures.engine.judge import judge
from preservation.signatures.engine.poe import NO_PROOFS, Proofs
from preservation.signatures.eni.validate import EniSignatures, EniVerdict, validate_eni
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.files import MAX_FILE, read_file
from preservation.signatures.findings import findings_for
from preservation.signatures.pdf.read import read_pdf
from preservation.signatures.pdf.records import WRITTEN
from preservation.signatures.proofs import proofs_from
from preservation.signatures.reading import HEAD, Kind, read_signatures, sniff
from preservation.signatures.records import proofs_by_records
from preservation.signatures.report import SignatureReport
from preservation.signatures.supplied import from_path
from preservation.signatures.xml.read import read_xml
from preservation.trust.store import TrustStore

__all__ = [
    "EniSignatures",
    "EniVerdict",
    "findings_for",
    "validate_batch",
    "validate_cms",
    "validate_eni",
    "validate_file",
    "validate_pdf",
    "validate_row",
    "validate_xml",
]
MAPPED_FROM: Final = 16 << 20
"""Bytes from which a CMS or a PDF is read where it lies."""
EVIDENCE_RECORDS: Final = (der.oid(INTERNAL), der.oid(EXTERNAL))


def validate_file(
    path: Path,
    *,
    content: Path | None = None,
    trust: TrustStore,
    at: datetime,
    poe: Sequence[Path] = (),
    proofs: Proofs = NO_PROOFS,
) -> list[SignatureReport]:
    """Judge every signature of a file, whatever its format: PDF, CMS, XML, ENI, a time-stamp token.

    Args:
        path: The file.
        content: What it signs, where it does not carry it.
        trust: Anchors and material at hand.
        at: Instant of judgement.
        poe: Files with proofs of existence of the file or of what it needs (`proofs.proofs_from`).
        proofs: What the caller itself knows to have existed.

    Returns:
        One report for each signature; none for a PDF or XML without them.

    Raises:
        NotFound: No such file.
        StorageUnavailable: It cannot be read, or is bigger than `MAX_FILE`.
        InvalidRequest: A file of `poe` that is no proof of existence.
        TrustError: A time stamp or record of `poe` that does not hold.
    """
    _require(path)
    if not poe and (found := _mapped(path, content)) is not None:
        return [judge(facts, trust, at, proofs=proofs) for facts in found]
    data = read_file(path)
    proofs = proofs.joined(proofs_from(data, poe, trust, at))
    if sniff(data) is Kind.XML and content is None:
        try:
            eni = read_eni(data, place=path.name)
            return list(validate_eni(eni, trust, at, place=path.name, proofs=proofs).reports)
        except XmlRefused:
            pass  # not ENI: plain XML, which its own adapter will read or refuse
    supplied = [] if content is None else [from_path(content)]
    if content is not None:
        _require(content)
    proofs = proofs.joined(proofs_by_records(data, supplied, (), trust, at))
    return [judge(facts, trust, at, proofs=proofs) for facts in read_signatures(data, supplied)]


def validate_pdf(data: bytes, trust: TrustStore, at: datetime) -> list[SignatureReport]:
    """Judge every signature of a PDF."""
    return [judge(facts, trust, at) for facts in read_pdf(data)]


def validate_cms(
    signature: bytes, content: Callable[[], BinaryIO] | None, trust: TrustStore, at: datetime
) -> list[SignatureReport]:
    """Judge every signer of a CMS; `content` opens what a detached one signs, again for each digest."""
    opened = None if content is None else StreamContent(content)
    return [judge(facts, trust, at) for facts in read_cms(signature, opened)]


def validate_xml(
    data: bytes,
    trust: TrustStore,
    at: datetime,
    *,
    resolver: Resolver | None = None,
    element_path: str | None = None,
) -> list[SignatureReport]:
    """Judge every signature of an XML document.

    Args:
        data: The document, byte-exact.
        trust: Anchors and material at hand.
        at: Instant of judgement.
        resolver: Gives what is signed outside of it; it must never fetch.
        element_path: Only signatures whose place begins so (`/documento/firmas/firma[2]`).
    """
    found = read_xml(data, resolver)
    chosen = [each for each in found if element_path is None or each.place.startswith(element_path)]
    return [judge(facts, trust, at) for facts in chosen]


def _mapped(path: Path, content: Path | None) -> list[SignatureFacts] | None:
    """Read a big CMS or PDF where it lies, so that what it signs is never held whole; None for others."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD) if path.stat().st_size >= MAPPED_FROM else b""
            kind = Kind.CMS if head[:1] == b"\x30" else sniff(head)
            if kind not in {Kind.CMS, Kind.PDF}:
                return None
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                if len(data) > MAX_FILE or holds(data, EVIDENCE_RECORDS if kind is Kind.CMS else WRITTEN):
                    return None  # the record covers the file as a whole
                if kind is Kind.PDF:
                    return read_pdf(data)
                return read_cms(data, None if content is None else from_path(content).content)
    except OSError as cause:
        raise StorageUnavailable(f"{path.name} cannot be read: {cause.strerror}") from cause


def _require(path: Path) -> None:
    if not path.is_file():
        raise NotFound(f"no such file: {path}")
