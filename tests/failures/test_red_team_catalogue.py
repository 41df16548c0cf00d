# SPDX-License-Identifier: EUPL-1.2
"""A catalogue, a ledger, an inventory or evidence rewritten by who has the disk: the audit says so."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.clock import FixedClock
from archive.home import Home
from demo.hostile.sample import copied, document_names
from demo.loads import plain_package
from ingest.deposit import deposit
from preservation.audit.run import audit
from preservation.authority.development import DevelopmentAuthority
from preservation.evidence.sealing import seal_due
from preservation.trust.store import TrustStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """A plain expediente of three documents."""
    return plain_package(tmp_path_factory.mktemp("plain") / "p", 3, 3_000, seed=1).folder


@pytest.fixture
def home(tmp_path, sample) -> Iterator[Home]:
    """An archive of one accepted deposit and one that waits."""
    with Home.create(tmp_path / "home", FixedClock(NOW)) as made:
        made.add_tenant("villa", "Villa", "L01990019")
        lacking = copied(sample, tmp_path, "lacking")
        (lacking / document_names(lacking)[0]).unlink()
        done = deposit(made, "villa", [sample, lacking], seal=None)
        assert [each.receipt["state"] for each in done] == ["ACCEPTED", "WAITING"]
        assert audit(made).ok
        yield made


def kinds(home: Home, trust: TrustStore | None = None) -> set[str]:
    return {problem.kind for problem in audit(home, trust=trust).problems}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("update signatures set indication = 'TOTAL_PASSED', signer = 'La alcaldesa'", "AUDIT-RECORD"),
        ("delete from signatures", "AUDIT-RECORD"),
        ("update documents set name = 'Otro decreto'", "AUDIT-RECORD"),
        ("update objects set title = 'Otro expediente'", "AUDIT-RECORD"),
        ("update objects set eni_id = 'ES_L01990019_2025_EXP_OTRO'", "AUDIT-RECORD"),
        ("update deposits set state = 'ACCEPTED'", "AUDIT-RECORD"),
        ("update deposits set findings = '[]'", "AUDIT-RECORD"),
        ("update events set agent = 'nadie' where kind = 'object.stored'", "AUDIT-LEDGER"),
        ("delete from events where sequence = 2", "AUDIT-LEDGER"),
    ],
)
def test_a_row_changed_by_hand_is_noticed(home, change, kind):
    """No verdict, name, state or event can be improved in the database without the audit telling."""
    home.catalog.close()
    database = sqlite3.connect(home.catalog_path)
    with database:
        assert database.execute(change).rowcount
    database.close()
    assert kinds(home) == {kind}


def test_an_inventory_rewritten_with_its_sidecar_is_noticed(home, tmp_path):
    """Changed bytes with every digest of the store brought into line contradict catalogue, record, evidence."""
    authority = DevelopmentAuthority.create(tmp_path / "authority", FixedClock(NOW))
    trust = TrustStore.from_authority(authority, NOW)
    seal_due(home, authority.timestamp_authority(home.clock))
    assert kinds(home, trust) == set()
    with home.catalog.reading() as tx:
        record = next(iter(tx.objects("villa")))
        file = next(file for file in tx.files(record.object_id) if file.path.startswith("received/"))
    objects = home.objects("villa")
    content = home.path / "store" / objects.locate(record.object_id, file.path)
    content.chmod(0o644)
    content.write_bytes(content.read_bytes().replace(b"EE01", b"EE99"))
    forged = content.read_bytes()
    root = next(parent for parent in content.parents if (parent / "0=ocfl_object_1.1").exists())
    for inventory in (root / "inventory.json", root / "v1/inventory.json"):
        text = inventory.read_text()
        text = text.replace(file.digests.sha256, hashlib.sha256(forged).hexdigest())
        text = text.replace(file.digests.sha512, hashlib.sha512(forged).hexdigest())
        inventory.chmod(0o644)
        inventory.write_text(text)
        sidecar = inventory.with_name("inventory.json.sha256")
        sidecar.chmod(0o644)
        sidecar.write_text(f"{hashlib.sha256(text.encode()).hexdigest()}  inventory.json\n")
    assert objects.inventory(record.object_id).head == 1
    assert kinds(home, trust) == {"AUDIT-FILE-DIGEST", "EVIDENCE-INVALID"}


def test_a_ledger_rewritten_in_the_store_is_noticed(home):
    """A journal whose digests were all computed anew contradicts the catalogue, and so every receipt."""
    folder = home.path / "store/tenants/villa/ledger"
    previous, whole = "0" * 64, []
    segments = sorted(folder.glob("*.jsonl"))
    for segment in segments:
        lines = []
        for line in segment.read_text().splitlines():
            event = json.loads(line) | {"agent": "nadie", "previous": previous}
            covered = {name: value for name, value in event.items() if name not in {"position", "digest"}}
            plain = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            previous = event["digest"] = hashlib.sha256(plain.encode()).hexdigest()
            lines.append(json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
        whole.append((segment, "\n".join(lines) + "\n"))
    for segment, text in whole:
        segment.chmod(0o644)
        segment.write_text(text)
    head = json.loads((folder / "head.json").read_text()) | {"digest": previous}
    (folder / "head.json").chmod(0o644)
    (folder / "head.json").write_text(json.dumps(head, sort_keys=True, separators=(",", ":")) + "\n")
    assert "AUDIT-LEDGER" in kinds(home)


def test_a_link_planted_in_the_store_is_noticed(home, tmp_path):
    """A document replaced by a symbolic link to equal bytes elsewhere is no document of the archive."""
    with home.catalog.reading() as tx:
        record = next(iter(tx.objects("villa")))
    path = next(iter(home.objects("villa").inventory(record.object_id).version().state))
    content = home.path / "store" / home.objects("villa").locate(record.object_id, path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(content.read_bytes())
    content.unlink()
    content.symlink_to(elsewhere)
    assert "STORE-LINK" in kinds(home)
