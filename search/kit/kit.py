# SPDX-License-Identifier: EUPL-1.2
"""The evidence kit: one ZIP with which a stranger proves a document without us, today or in thirty years.

    object/…              every file of the object, byte for byte; metadata/deposit.json among them
    material/…            what the verdicts used, by its SHA-256: certificates, revocation lists and answers,
                          trusted lists, signature policies
    reports/              the verdict on each signature as it was recorded, as JSON and as a page in Spanish
    evidence/             the RFC 4998 record, each RFC 3161 token in a file of its own, what renewals kept
    trust/                what the tokens lead to: certificates, revocation lists and answers, trusted lists
    ledger/               what happened to the object, and its place in the time-stamped ledger
    verify.py             standard-library Python (search/kit/verifier) that checks it all
    verify.html           the same in a browser (search/kit/page), for who has no Python
    SHA256SUMS            for `sha256sum -c`

Stored without compression and with fixed dates: the same object in the same state gives the same kit.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from archive.catalog import INSTALLATION
from archive.home import Home
from archive.material import load
from archive.model import ObjectRecord
from preservation.trust.store import TrustStore
from search.exports import drafted_zip, note_export
from search.kit.evidence import KitEvidence, evidence_of, tokens_in
from search.kit.ledger import HEADS_RECORD, ledger_members
from search.kit.reports import report_members
from search.kit.script import verifier_page, verifier_source
from search.kit.trust import trust_members

FORMAT: Final = "longeva-kit/2"
SUMS: Final = "SHA256SUMS"
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
"""The first date that a ZIP can hold: dates that say nothing cannot differ."""
_MODE: Final = 0o100644 << 16

Member = tuple[str, Iterable[bytes]]
"""Name and content of a file of a kit."""


def export_kit(home: Home, object_id: str, out: Path, *, trust: TrustStore, agent: str = "cli") -> Path:
    """Write the evidence kit of an object; it is there whole, or not at all.

    Args:
        home: The archive.
        object_id: Object to prove, in its newest sealed version.
        out: File to write; replaced if there.
        trust: Whose roots the tokens lead to, with the revocation data at hand.
        agent: For the ledger; the export is the first event that its own kit does not hold.

    Returns:
        `out`.

    Raises:
        NotFound: No such object, or it is not sealed yet (`longeva evidence seal`).
        IntegrityError: Stored bytes are not those that were received: no kit of a damaged object.
        StorageUnavailable: `out` cannot be written.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        record = tx.object(object_id)
    kit = _Kit(home, record, evidence_of(home, record, trust), trust)
    with drafted_zip(out) as archive:
        sums = _Sums(archive)
        for name, chunks in kit.members():
            sums.add(name, chunks)
        sums.finish()
    note_export(home, record.tenant_id, object_id, "kit", agent)
    return out


class _Sums:
    """Adds members to a ZIP in constant memory and remembers their digests."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._lines: list[str] = []

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        digest = hashlib.sha256()
        with self._archive.open(_entry(name), "w", force_zip64=True) as member:
            for chunk in chunks:
                member.write(chunk)
                digest.update(chunk)
        self._lines.append(f"{digest.hexdigest()}  {name}\n")

    def finish(self) -> None:
        with self._archive.open(_entry(SUMS), "w") as member:
            member.write("".join(self._lines).encode())


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _WHEN)
    info.create_system, info.external_attr = 3, _MODE
    return info


@dataclass(frozen=True, slots=True)
class _Kit:
    """What one kit is made of."""

    home: Home
    record: ObjectRecord
    evidence: KitEvidence
    trust: TrustStore

    def members(self) -> Iterator[Member]:
        """Yield names and contents: the reading matter first, the object last, as its files may be large."""
        yield from self._reading()
        yield from self.evidence.members()
        ledger = tuple(ledger_members(self.home, self.record, self.trust))
        # the heads of the ledger may be stamped by somebody who stamped nothing of the object
        heads = (der for name, chunks in ledger if name == HEADS_RECORD for der in chunks)
        tokens = (*self.evidence.tokens, *(token for der in heads for token in tokens_in(der)))
        yield from trust_members(self.home, tokens, self.trust, self.evidence.pieces.values())
        yield from ledger
        yield from report_members(self.home, self.record)
        yield from self._object()

    def _reading(self) -> Iterator[Member]:
        record = self.record
        yield "LEEME.txt", (_words("es", record),)
        yield "README.txt", (_words("en", record),)
        yield "verify.py", (verifier_source(),)
        yield "verify.html", (verifier_page(),)
        told = {
            "format": FORMAT, "object": record.object_id, "eni_id": record.eni_id, "version": record.version
        }  # fmt: skip
        yield "kit.json", (json.dumps(told, sort_keys=True, indent=1).encode() + b"\n",)

    def _object(self) -> Iterator[Member]:
        record, objects = self.record, self.home.objects(self.record.tenant_id)
        inventory = objects.inventory(record.object_id)
        for piece in objects.material(inventory, record.version):
            yield f"material/{piece.sha256}", (load(self.home.store, piece.sha256),)
        for path in sorted(inventory.version(record.version).state):
            yield f"object/{path}", objects.read_verified(record.object_id, path, record.version)


def _words(language: str, record: ObjectRecord) -> bytes:
    text = resources.files("search.kit").joinpath(f"readme.{language}.txt").read_text("utf-8")
    return text.replace("@OBJECT@", record.object_id).replace("@ENI@", record.eni_id).encode()
