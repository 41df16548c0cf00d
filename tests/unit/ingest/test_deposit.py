# SPDX-License-Identifier: EUPL-1.2
"""The deposit: durable, repeatable, and honest in its receipt."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.clock import FixedClock
from archive.errors import InvalidRequest, NotFound
from archive.home import Home
from archive.journal import read_journal
from archive.ledger import EventDraft
from archive.ledger_tree import included, leaf_hash, root_of
from archive.model import RECORD_PATH, DepositState, FileRole, ObjectKind
from archive.rebuild import rebuild_catalog
from demo.expediente import build_expediente
from demo.loads import plain_package, plain_packages
from ingest import workers
from ingest.deposit import deposit
from ingest.receipt import canonical
from ingest.workers import WORTH_IT
from preservation.indications import Indication
from preservation.installation import archive_seal, development_authority
from preservation.signatures.validate import validate_cms
from preservation.trust.store import TrustStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    """An empty home with one municipality."""
    with Home.create(tmp_path / "home", FixedClock(NOW)) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        yield home


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """A plain expediente of three documents, as a folder."""
    return plain_package(tmp_path_factory.mktemp("in") / "expediente", 3, 3_000, seed=1).folder


@pytest.fixture(scope="module")
def sample(tmp_path_factory, authority):
    """The signed sample expediente."""
    return build_expediente(tmp_path_factory.mktemp("sample"), authority, recording_megabytes=1)


def zipped(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as container:
        for path in sorted(folder.iterdir()):
            container.write(path, path.name)
    return target


def test_what_came_in_is_kept_byte_for_byte(home, package):
    """Every received file is in the object with exactly its bytes."""
    receipt = deposit(home, "villa", [package], seal=None)[0].receipt
    objects = home.objects("villa")
    for path in package.iterdir():
        kept = b"".join(objects.read_verified(receipt["object"], f"received/{path.name}"))
        assert kept == path.read_bytes()
    digests = receipt["digests"]["files"]
    assert digests[f"received/{path.name}"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_package_digest_is_what_sha256sum_would_say(home, package):
    """A depositor can compute the package's digest with coreutils: sha256 of the sorted manifest."""
    receipt = deposit(home, "villa", [package], seal=None)[0].receipt
    lines = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  received/{p.name}\n"
        for p in sorted(package.iterdir())
    ]
    assert receipt["digests"]["package_sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_the_same_package_again_gives_the_same_receipt(home, package, tmp_path):
    """Repeating a deposit, as a folder or as a ZIP, stores nothing and gives the receipt of the first time."""
    first = deposit(home, "villa", [package], seal=None)[0]
    again = deposit(home, "villa", [package, zipped(package, tmp_path / "p.zip")], seal=None)
    assert not first.repeated
    assert all(each.repeated and each.receipt == first.receipt for each in again)
    assert list(home.objects("villa").object_ids()) == [first.receipt["object"]]


def test_the_same_package_twice_in_one_command_is_one_object(home, package):
    """A package named twice is deposited once."""
    done = deposit(home, "villa", [package, package], seal=None)
    assert [each.repeated for each in done] == [False, True]
    assert done[0].receipt == done[1].receipt


def test_the_receipt_names_its_place_in_the_ledger(home, package):
    """The receipt names an event of the journal, and proves it in the tree that ends with it."""
    told = deposit(home, "villa", [package], seal=None)[0].receipt["ledger"]
    events = list(read_journal(home.store, "villa"))
    event = next(each for each in events if each.kind == "object.stored")
    leaves = [leaf_hash(bytes.fromhex(each.digest)) for each in events[: event.sequence]]
    root = root_of(leaves)
    proof = [bytes.fromhex(each) for each in told.pop("proof")]
    assert included(leaves[-1], event.sequence - 1, event.sequence, proof, root)
    assert told == {
        "sequence": event.sequence,
        "digest": event.digest,
        "previous": event.previous,
        "size": event.sequence,
        "root": root.hex(),
    }


def test_a_receipt_that_is_made_again_tells_the_same_place(home, package):
    """After many other events, in a rebuilt catalogue, the place in the ledger is the one told first."""
    first = deposit(home, "villa", [package], seal=None)[0].receipt["ledger"]
    with home.catalog.transaction("villa") as tx:
        home.ledger.append_all(tx, "villa", [EventDraft("object.read", "x", "cli")] * 300)
    home.ledger.flush()
    rebuild_catalog(home)
    again = deposit(home, "villa", [package], seal=None)[0]
    assert again.repeated
    assert again.receipt["ledger"] == first


def test_the_seal_of_a_receipt_verifies_and_breaks_with_any_change(home, package):
    """The archive's seal covers every member of the receipt."""
    receipt = deposit(home, "villa", [package], seal=archive_seal(home))[0].receipt
    trust = TrustStore.from_authority(development_authority(home), NOW)
    cms = base64.b64decode(receipt["seal"]["value"])

    def verdict(body: dict) -> Indication:
        return validate_cms(cms, lambda: io.BytesIO(canonical(body)), trust, NOW)[0].indication

    assert verdict(receipt) is Indication.TOTAL_PASSED
    assert verdict(receipt | {"state": "REJECTED"}) is Indication.TOTAL_FAILED


def test_the_record_beside_the_bytes_says_what_was_found(home, sample):
    """metadata/deposit.json holds the findings, the huellas that matched and every signature's verdict."""
    receipt = deposit(home, "villa", [sample.zip_path], seal=None)[0].receipt
    record = json.loads(b"".join(home.objects("villa").read_verified(receipt["object"], RECORD_PATH)))
    codes = [found["code"] for found in record["deposit"]["findings"]]
    assert codes.count("PKG-HUELLA-MATCH") == len(sample.documents)
    assert len(record["documents"]) == len(sample.documents)
    assert {one["indication"] for one in record["signatures"]} <= {
        "TOTAL_PASSED",
        "INDETERMINATE",
        "NOT_APPLICABLE",
    }


def test_the_catalogue_knows_the_sample_as_it_is(home, sample, authority):
    """Kinds, roles, order, folders and contents of the sample are recorded."""
    receipt = deposit(home, "villa", [sample.folder], seal=None)[0].receipt
    assert receipt["state"] == "ACCEPTED"
    with home.catalog.reading() as tx:
        record = tx.object(receipt["object"])
        files, documents = tx.files(record.object_id), tx.documents(record.object_id)
    assert record.kind is ObjectKind.EXPEDIENTE
    assert record.metadata["estado"] == "E02"
    assert record.metadata["index_signature_covers_metadata"] is False
    roles = [file.role for file in files]
    assert roles.count(FileRole.INDEX) == 1
    assert roles.count(FileRole.DOCUMENT) == len(sample.documents)
    assert roles.count(FileRole.EXTERNAL) == 1
    assert roles.count(FileRole.RECORD) == 1
    assert {each.eni_id for each in documents} == {each.eni_id for each in sample.documents}
    assert {each.folder for each in documents} != {""}
    recording = next(each for each in documents if each.content_path)
    assert recording.media_type == "audio/wav"


def test_a_loose_document_is_an_object_of_its_own(home, package):
    """One ENI document without expediente is archived (RD 203/2021 art. 54.1)."""
    path = next(p for p in sorted(package.iterdir()) if "_EXP_" not in p.name)
    receipt = deposit(home, "villa", [path], seal=None)[0].receipt
    with home.catalog.reading() as tx:
        assert tx.object(receipt["object"]).kind is ObjectKind.DOCUMENT
    assert receipt["state"] == "ACCEPTED"


def test_other_bytes_under_a_known_identifier_wait_for_an_archivist(home, package, tmp_path):
    """The same expediente identifier with other bytes is an incident: both are kept, the second waits."""
    deposit(home, "villa", [package], seal=None)
    other = tmp_path / "otro"
    shutil.copytree(package, other)
    (other / "nota.txt").write_text("añadido", "utf-8")
    receipt = deposit(home, "villa", [other], seal=None)[0].receipt
    assert receipt["state"] == "WAITING"
    assert "PKG-ID-REUSED" in {found["code"] for found in receipt["findings"]}
    assert len(list(home.objects("villa").object_ids())) == 2


def test_a_rejected_package_leaves_its_report_and_nothing_else(home, package, tmp_path):
    """A package without index is rejected: no object, but the report stays."""
    bad = tmp_path / "malo"
    shutil.copytree(package, bad)
    next(bad.glob("*_EXP_*")).unlink()
    receipt = deposit(home, "villa", [bad], seal=None)[0].receipt
    assert receipt["state"] == "REJECTED"
    assert receipt["object"] == ""
    assert list(home.objects("villa").object_ids()) == []
    with home.catalog.reading() as tx:
        assert tx.deposit(receipt["deposit"]).state is DepositState.REJECTED


@pytest.mark.parametrize("way", ["fork", pytest.param("forkserver", marks=pytest.mark.slow)])
def test_many_packages_are_spread_over_processes_and_come_back_in_order(home, tmp_path, monkeypatch, way):
    """More packages than are worth a process pool give the same as one by one, in the order they were named."""
    monkeypatch.setattr(workers, "start_method", lambda: way)
    made = list(plain_packages(tmp_path / "in", WORTH_IT + 3, 1, 500, seed=5))
    seen = []
    done = deposit(
        home, "villa", [each.folder for each in made], seal=None, on_progress=lambda a, b: seen.append((a, b))
    )
    assert [each.receipt["object"].split(":")[3] for each in done] == [each.eni_id for each in made]
    assert seen[-1] == (len(made), len(made))
    assert len(list(home.objects("villa").object_ids())) == len(made)


def test_a_receipt_is_made_again_after_the_catalogue_was_burned(home, package):
    """After a rebuild from the store alone, the same package still gives the same receipt."""
    first = deposit(home, "villa", [package], seal=None)[0].receipt
    home.close()
    for path in home.path.glob("catalog.sqlite3*"):
        path.unlink()
    with Home.open_store(home.path, home.clock) as burned:
        assert rebuild_catalog(burned).problems == ()
        again = deposit(burned, "villa", [package], seal=None)[0]
    assert again.repeated
    assert again.receipt == first


def test_an_unknown_tenant_or_path_is_told_before_anything_is_done(home, package, tmp_path):
    """A misspelt municipality or path is the caller's to mend."""
    with pytest.raises(NotFound):
        deposit(home, "nadie", [package], seal=None)
    with pytest.raises(InvalidRequest):
        deposit(home, "villa", [tmp_path / "nada"], seal=None)
