# SPDX-License-Identifier: EUPL-1.2
"""The evidence kit: one ZIP with which a stranger proves a document without us, today or in thirty years.

    object/…              every file of the object, byte for byte; metadata/deposit.json among them
    material/…            certificates, revocation lists and answers that the verdicts used, by their SHA-256
    evidence/             the RFC 4998 record, and each RFC 3161 token in a file of its own
    trust/                the authority's certificates
    ledger/events.jsonl   what happened to the object
    verify.py             one file of standard-library Python (search/kit_verifier.py) that checks it all
    SHA256SUMS            for `sha256sum -c`

Stored without compression and with fixed dates: the same object in the same state gives the same kit.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from archive.catalog import INSTALLATION
from archive.chain import event_line
from archive.home import Home
from archive.material import load
from archive.model import ObjectRecord
from preservation.evidence.record import parse_record
from preservation.evidence.repository import record_for
from search.exports import drafted_zip, note_export

FORMAT: Final = "longeva-kit/1"
SUMS: Final = "SHA256SUMS"
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
"""The first date that a ZIP can hold: dates that say nothing cannot differ."""
_MODE: Final = 0o100644 << 16


def export_kit(
    home: Home,
    object_id: str,
    out: Path,
    *,
    anchors: Sequence[bytes],
    intermediates: Sequence[bytes] = (),
    agent: str = "cli",
) -> Path:
    """Write the evidence kit of an object; it is there whole, or not at all.

    Args:
        home: The archive.
        object_id: Object to prove, in its newest sealed version.
        out: File to write; replaced if there.
        anchors: DER certificates of the time-stamping authorities' roots.
        intermediates: DER certificates between those and the time-stamping units.
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
    evidence = record_for(home, object_id)
    with drafted_zip(out) as archive:
        sums = _Sums(archive)
        for name, chunks in _members(home, record, evidence, anchors, intermediates):
            sums.add(name, chunks)
        sums.finish()
    note_export(home, record.tenant_id, object_id, "kit", agent)
    return out


def verifier_source() -> bytes:
    """Return the script that travels in kits, as it is: it is read as a file, never imported."""
    return resources.files("search").joinpath("kit_verifier.py").read_bytes()


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


def _members(
    home: Home,
    record: ObjectRecord,
    evidence: bytes,
    anchors: Sequence[bytes],
    intermediates: Sequence[bytes],
) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield names and contents: the reading matter first, the object last, as its files may be large."""
    yield "LEEME.txt", (_words("es", record),)
    yield "README.txt", (_words("en", record),)
    yield "verify.py", (verifier_source(),)
    told = {"format": FORMAT, "object": record.object_id, "eni_id": record.eni_id, "version": record.version}
    yield "kit.json", (json.dumps(told, sort_keys=True, indent=1).encode() + b"\n",)
    yield "evidence/evidence.ers", (evidence,)
    tokens = [stamp.token for chain in parse_record(evidence).chains for stamp in chain.stamps]
    for number, token in enumerate(tokens, 1):
        yield f"evidence/token-{number:02d}.tst", (token,)
    yield "trust/anchors.pem", (_pem(anchors),)
    yield "trust/intermediates.pem", (_pem(intermediates),)
    yield "ledger/events.jsonl", (_events(home, record),)
    objects = home.objects(record.tenant_id)
    inventory = objects.inventory(record.object_id)
    for piece in objects.material(inventory, record.version):
        yield f"material/{piece.sha256}", (load(home.store, piece.sha256),)
    for path in sorted(inventory.version(record.version).state):
        yield f"object/{path}", objects.read_verified(record.object_id, path, record.version)


def _events(home: Home, record: ObjectRecord) -> bytes:
    """Return the ledger's lines about the object and about the batches that prove it, oldest first."""
    with home.catalog.reading(record.tenant_id) as tx:
        events = tx.events_about(record.object_id)
        batches = [leaf.batch_id for leaf in tx.leaves_of(record.object_id)]
        for batch_id in batches:  # grows: each batch may have been renewed by a later one
            events += [event for event in tx.events_about(batch_id) if event.tenant_id == record.tenant_id]
            batches += [leaf.batch_id for leaf in tx.leaves_renewing(batch_id)]
    return b"".join(event_line(event) for event in sorted(events, key=lambda event: event.sequence))


def _pem(certificates: Sequence[bytes]) -> bytes:
    return "".join(ssl.DER_cert_to_PEM_cert(der) for der in certificates).encode()


def _words(language: str, record: ObjectRecord) -> bytes:
    text = resources.files("search").joinpath(f"kit_readme.{language}.txt").read_text("utf-8")
    return text.replace("@OBJECT@", record.object_id).replace("@ENI@", record.eni_id).encode()
