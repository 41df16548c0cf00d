# SPDX-License-Identifier: EUPL-1.2
"""Packages made to have one file take another's place, to hide bytes, or to change under the reader's hand."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.clock import FixedClock
from archive.digests import digest_bytes
from archive.findings import Severity
from archive.home import Home
from archive.model import RECEIVED
from demo.hostile.raw_zip import RawEntry, stored, stored_files, write_raw
from demo.hostile.sample import copied, file_names, index_name
from demo.loads import plain_package
from ingest.admission import Verdict
from ingest.deposit import deposit
from ingest.examination import Examination, examine
from ingest.packages import open_package
from preservation.audit.run import audit
from preservation.trust.store import TrustStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)
COMPOSED = unicodedata.normalize("NFC", "señal.txt")
DECOMPOSED = unicodedata.normalize("NFD", "señal.txt")


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """A plain expediente of three documents."""
    return plain_package(tmp_path_factory.mktemp("plain") / "p", 3, 3_000, seed=1).folder


@pytest.fixture
def home(tmp_path) -> Iterator[Home]:
    """An empty archive of two municipalities."""
    with Home.create(tmp_path / "home", FixedClock(NOW)) as made:
        made.add_tenant("villa", "Villa", "L01990019")
        made.add_tenant("otra", "Otra", "L01990020")
        yield made


def zipped(sample: Path, folder: Path, *extra: RawEntry) -> Path:
    return write_raw(folder / "p.zip", [*stored_files(sample, file_names(sample)), *extra])


def checked(path: Path, work: Path) -> Examination:
    with open_package(path, work) as package:
        return examine(package, trust=TrustStore(), at=NOW)[0]


def codes(examination: Examination, least: Severity = Severity.WARNING) -> set[str]:
    order = list(Severity)
    found = examination.findings
    return {each.code for each in found if order.index(each.severity) >= order.index(least)}


@pytest.mark.parametrize("names", [(COMPOSED, DECOMPOSED), ("a/b.txt", "a\\b.txt")], ids=["unicode", "slash"])
def test_two_files_of_a_folder_never_become_one(sample, home, tmp_path, names):
    """Two files whose names are the same once mended are refused: one would have been kept, both receipted."""
    folder = copied(sample, tmp_path, "p")
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"file {number}")
    assert "PKG-NAME-REPEATED" in codes(checked(folder, tmp_path))
    done = deposit(home, "villa", [folder], seal=None)[0]
    assert done.receipt["state"] == "REJECTED"


@pytest.mark.parametrize("names", [(COMPOSED, DECOMPOSED), ("a/b.txt", "a\\b.txt")], ids=["unicode", "slash"])
def test_two_entries_of_a_zip_never_become_one(sample, tmp_path, names):
    """Two entries whose names are the same once mended are refused."""
    path = zipped(sample, tmp_path, *(stored(name, name.encode()) for name in names))
    assert "PKG-NAME-REPEATED" in codes(checked(path, tmp_path))


def test_a_file_where_a_folder_stands_is_a_finding(sample, home, tmp_path):
    """`a` beside `a/b.txt` is refused by its code, by check and deposit alike, not stopped half-way."""
    path = zipped(sample, tmp_path, stored("a", b"x"), stored("a/b.txt", b"y"))
    assert "PKG-NAME-CLASH" in codes(checked(path, tmp_path), Severity.ERROR)
    assert deposit(home, "villa", [path], seal=None)[0].receipt["state"] == "REJECTED"


def test_a_folder_of_a_zip_that_has_bytes_is_refused(sample, tmp_path):
    """A document under a name that ends in `/` is not dropped in silence."""
    path = zipped(sample, tmp_path, stored("secreto/", b"documento entero"))
    assert "PKG-NAME-UNSAFE" in codes(checked(path, tmp_path), Severity.ERROR)


def test_bytes_before_the_first_entry_are_told(sample, tmp_path):
    """What another program might read and the archive does not keep is said on the receipt."""
    path = zipped(sample, tmp_path)
    path.write_bytes(b"PK\x03\x04 otro documento" + path.read_bytes())
    assert "PKG-ZIP-HIDDEN" in codes(checked(path, tmp_path))


def test_names_like_our_own_stay_below_what_was_received(sample, home, tmp_path):
    """A member called like our record, inventory or staging area is kept as received, and touches nothing."""
    odd = (
        "metadata/deposit.json",
        "inventory.json",
        ".pending/x",
        "v1/content/x",
        "a\u202efdp.exe",
        "b ",
        "A",
        "a",
    )
    path = zipped(sample, tmp_path, *(stored(name, name.encode()) for name in odd))
    receipt = deposit(home, "villa", [path], seal=None)[0].receipt
    objects = home.objects("villa")
    for name in odd:
        kept = b"".join(objects.read_verified(receipt["object"], RECEIVED + name))
        assert kept == name.encode()
        assert receipt["digests"]["files"][RECEIVED + name]["sha256"] == digest_bytes(kept).sha256
    assert audit(home).ok


@pytest.mark.parametrize(
    "identifier",
    [b"../../etc", b"ES_L01990019_2025_EXP_a/b:c%2F&lt;script&gt;", b"ES_&#x202e;&#10;x", b"=cmd|' /C x'!A0", b"",
     b"ES_" + b"x" * 100_000],
    ids=["climbs", "markup", "controls", "formula", "empty", "endless"],
)  # fmt: skip
def test_an_identifier_never_becomes_a_place(sample, home, tmp_path, identifier):
    """Whatever stands as ENI identifier is kept, found again under its object, and leads nowhere else."""
    index = index_name(sample)
    folder = copied(sample, tmp_path, "p")
    xml = (folder / index).read_bytes()
    (folder / index).write_bytes(xml.replace(index.removesuffix(".xml").encode(), identifier))
    receipt = deposit(home, "villa", [folder], seal=None)[0].receipt
    assert receipt["state"] == "WAITING"
    assert receipt["findings"]
    assert home.objects("villa").inventory(receipt["object"]).head == 1
    assert audit(home).ok


def test_pipes_and_sockets_are_refused_without_waiting(sample, tmp_path):
    """A named pipe in a folder is a finding: nobody waits for somebody to write into it."""
    folder = copied(sample, tmp_path, "p")
    os.mkfifo(folder / "doc.xml")
    assert checked(folder, tmp_path).verdict is Verdict.REJECTED


def test_the_same_package_for_two_municipalities_is_two_objects(sample, home):
    """Neither receipt tells that the other municipality has the same file."""
    one, other = (deposit(home, tenant, [sample], seal=None)[0] for tenant in ("villa", "otra"))
    assert not other.repeated
    assert one.receipt["object"] != other.receipt["object"]
    assert "villa" not in str(other.receipt)
    assert other.receipt["state"] == "ACCEPTED"
