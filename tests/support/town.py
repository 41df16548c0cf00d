# SPDX-License-Identifier: EUPL-1.2
"""A home of two municipalities that receives things as a deposit would, step by step."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

from archive.catalog import INSTALLATION, RENEWAL, SEAL, BatchRecord, CopyRecord, LeafRecord
from archive.clock import FixedClock, format_instant
from archive.digests import digest_bytes
from archive.findings import Finding
from archive.home import Home
from archive.model import (
    RECEIVED,
    RECORD_PATH,
    DepositRecord,
    DepositState,
    DocumentRecord,
    FileRole,
    ObjectKind,
    ObjectRecord,
    SignatureRecord,
    StoredFile,
)
from archive.objects import NewVersion
from archive.record import DepositDocument, deposit_bytes, deposit_key

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Town:
    """A home that receives things as a deposit would, step by step."""

    def __init__(self, home: Home, clock: FixedClock) -> None:
        self.home = home
        self.clock = clock
        self.number = 0

    def known(
        self, name: str, tenant: str = "villa", copy: dict[str, object] | None = None
    ) -> DepositDocument:
        """Return what the archive would find out about a package."""
        self.number += 1
        self.clock.instant += timedelta(seconds=1)
        now = self.clock.instant
        path = f"{RECEIVED}{name}.xml"
        digest = digest_bytes(name.encode()).sha256
        object_id = f"urn:longeva:{tenant}:{name}:{digest[:32]}"
        metadata = {"organos": ["L01990019"]} | ({"copy": copy} if copy else {})
        kind = ObjectKind.COPY if copy else ObjectKind.EXPEDIENTE
        findings = (Finding("PKG-X", path, (("z", "1"), ("a", "2"))),)
        deposit = DepositRecord(
            f"0190{self.number:04d}-0000-7000-8000-000000000000",
            tenant, DepositState.ACCEPTED, now, f"{name}.zip", digest, object_id, findings,
        )  # fmt: skip
        document = DocumentRecord(
            f"D-{name}", path, name, "TD14", "EE01", ("L01990019",), "2025-01-01", True, "PDF",
            "application/pdf", digest_bytes(b"content"), csv=("CSV-" + name,),
        )  # fmt: skip
        return DepositDocument(
            deposit,
            ObjectRecord(object_id, tenant, kind, name, f"Título de {name}", 1, digest, now, metadata),
            (
                StoredFile(
                    path, FileRole.DOCUMENT, digest_bytes(name.encode()), f"D-{name}", "application/xml"
                ),
            ),
            (document,),
            (
                SignatureRecord(
                    path, "firmas/firma[1]", "TF03", "XAdES", "T", "INDETERMINATE", "NO_POE", "", "", {"n": 1}
                ),
            ),
        )

    def put_bytes(self, known: DepositDocument) -> tuple[StoredFile, ...]:
        """Bytes first: the object is in the store, and in nothing else."""
        objects = self.home.objects(known.object.tenant_id)
        object_id = known.object.object_id
        name = known.object.eni_id.encode()
        staged = {file.path: objects.stage(object_id, file.path, (name,)) for file in known.files}
        staged[RECORD_PATH] = objects.stage(object_id, RECORD_PATH, (known.to_bytes(),))
        objects.commit([NewVersion(object_id, staged, "Depósito", "test", known.object.created_at)])
        return known.catalogued_files(staged[RECORD_PATH])

    def deposit(
        self,
        name: str,
        tenant: str = "villa",
        copy: CopyRecord | None = None,
        state: DepositState = DepositState.ACCEPTED,
    ) -> DepositDocument:
        """Deposit a package, or archive a certified copy."""
        told = None
        if copy:
            told = {
                name: getattr(copy, name) for name in ("csv", "source_object_id", "source_path", "pdf_path")
            }
            told["issued_at"] = format_instant(copy.issued_at)
        known = self.known(name, tenant, told)
        known = replace(known, deposit=replace(known.deposit, state=state))
        files = self.put_bytes(known)
        with self.home.catalog.transaction(INSTALLATION) as tx:
            tx.record_deposit(replace(known.deposit, receipt={"seal": "x"}))
            tx.add_object(known.object, files, known.documents, known.signatures)
            if copy:
                tx.add_copy(replace(copy, copy_object_id=known.object.object_id, eni_id=name))
            self.home.ledger.append(tx, tenant, "object.stored", known.object.object_id, "cli")
        self.home.ledger.flush(tenant)
        return known

    def reject(self) -> DepositRecord:
        """Keep the report of a package that was turned away."""
        known = self.known("bad")
        known = replace(known, deposit=replace(known.deposit, state=DepositState.REJECTED, object_id=""))
        self.home.store.put(deposit_key("villa", known.deposit.deposit_id), [deposit_bytes(known.deposit)])
        self.home.store.sync()
        with self.home.catalog.transaction(INSTALLATION) as tx:
            tx.record_deposit(known.deposit)
            self.home.ledger.append(tx, "villa", "deposit.rejected", known.deposit.deposit_id, "cli")
        self.home.ledger.flush("villa")
        return known.deposit

    def decide(self, known: DepositDocument, *, on_file: bool) -> DepositRecord:
        """Let an archivist settle a deposit that waits."""
        receipt = {"decision": {"reason": "x"}}
        settled = replace(known.deposit, state=DepositState.REJECTED, since=self.clock.now(), receipt=receipt)
        if on_file:
            self.home.store.replace(deposit_key("villa", settled.deposit_id), deposit_bytes(settled))
            self.home.store.sync()
        with self.home.catalog.transaction(INSTALLATION) as tx:
            tx.record_deposit(settled)
            detail = {"deposit": settled.deposit_id}
            self.home.ledger.append(tx, "villa", "deposit.refused", settled.object_id, "cli", detail)
        self.home.ledger.flush("villa")
        return settled

    def put_batch(self, name: str, leaves: list[LeafRecord], kind: str = SEAL) -> BatchRecord:
        """Write a batch's object."""
        self.clock.instant += timedelta(seconds=1)
        key = f"urn:longeva:evidence:{name}"
        now = self.clock.instant
        batch = BatchRecord(
            name, kind, "sha256", now, "TSA", now + timedelta(days=9), b"\x30\x01", len(leaves), key
        )
        body = asdict(batch) | {
            "sealed_at": format_instant(batch.sealed_at),
            "valid_until": format_instant(batch.valid_until),
            "token": base64.b64encode(batch.token).decode(),
        }
        lines = "".join(
            f"{leaf.index}\t{leaf.digest}\t{leaf.object_id}\t{leaf.version}\t{leaf.renews_batch}\n"
            for leaf in leaves
        )
        contents = {
            "batch.json": json.dumps(body).encode(),
            "leaves.tsv": lines.encode(),
            "token.tst": batch.token,
        }
        objects = self.home.evidence_objects()
        staged = {path: objects.stage(key, path, (data,)) for path, data in contents.items()}
        objects.commit([NewVersion(key, staged, "Sellado", "test", now)])
        return batch

    def seal(self, name: str, leaves: list[LeafRecord], kind: str = SEAL) -> None:
        """Write a batch, its rows and its event."""
        batch = self.put_batch(name, leaves, kind)
        with self.home.catalog.transaction(INSTALLATION) as tx:
            tx.add_batch(batch, leaves)
            self.home.ledger.append(tx, "villa", "evidence.sealed", name, "cli")
        self.home.ledger.flush()


def found_town(home: Home, clock: FixedClock) -> Town:
    """Put two municipalities with every kind of thing into an empty home."""
    home.add_tenant("villa", "Villaejemplo", "L01990019")
    home.add_tenant("aldea", "Aldeaejemplo", "L01990020")
    town = Town(home, clock)
    first = town.deposit("E1").object
    town.deposit("A1", "aldea")
    town.reject()
    copy = CopyRecord(
        "CSV1", "villa", "", first.object_id, "received/E1.xml", NOW, "received/C1.pdf", "", None
    )
    issued = town.deposit("C1", copy=copy).object
    town.seal("b1", [LeafRecord("b1", 0, "aa" * 32, first.object_id, 1, "")])
    town.seal("b2", [LeafRecord("b2", 0, "bb" * 32, "", 0, "b1")], RENEWAL)
    with home.catalog.transaction(INSTALLATION) as tx:
        tx.revoke_copy(issued.object_id, clock.instant)
        home.ledger.append(tx, "villa", "copy.revoked", issued.object_id, "cli")
        home.ledger.append(tx, "villa", "object.read", first.object_id, "cli")
    home.ledger.flush()
    return town
