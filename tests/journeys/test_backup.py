# SPDX-License-Identifier: EUPL-1.2
"""A copy made while somebody deposits, put back elsewhere: whole, and nothing that was acknowledged is lost."""

from __future__ import annotations

import shutil
import threading

import pytest
from terminal import longeva, problem

from archive.backup import _Run
from archive.catalog import INSTALLATION
from archive.clock import SystemClock
from archive.eni.document import DocumentMetadata
from archive.eni.write import BinaryContent, NewFirma, document_xml
from archive.home import Home
from ingest.deposit import deposit
from preservation.evidence.sealing import seal_due
from preservation.installation import archive_seal, time_stamping

TENANT, DIR3 = "villa", "L01990019"


def done(*arguments):
    ran = longeva(*arguments, "--json")
    assert ran.code == 0, (ran.out[-2000:], ran.err)
    return ran.json


def document(folder, number):
    """Write a loose ENI document and return its path."""
    metadata = DocumentMetadata(
        f"ES_{DIR3}_2025_DOC{number:027d}", (DIR3,), "2025-03-03T10:20:30+01:00", True, "EE01", "TD01",
        version_nti="http://administracionelectronica.gob.es/ENI/XSD/v1.0/documento-e",
    )  # fmt: skip
    firma = NewFirma("TF01", csv=f"CSV{number:09d}", regulation="Ordenanza 3/2019")
    path = folder / f"{number}.xml"
    path.write_bytes(document_xml(metadata, BinaryContent(b"%d" % number * 5000, "TXT"), [firma]))
    return path


class Writer(threading.Thread):
    """Deposits one document after the other, and seals now and then, until told to stop."""

    def __init__(self, home, folder):
        super().__init__(daemon=True)
        self.home, self.folder = home, folder
        self.stopped, self.working, self.receipts, self.failure = (
            threading.Event(),
            threading.Event(),
            [],
            None,
        )

    def run(self):
        """Work; whatever fails is kept for the test."""
        try:
            with Home.open(self.home, SystemClock()) as home:
                seal, stamps = archive_seal(home), time_stamping(home)
                while not self.stopped.is_set():
                    if not self.working.wait(0.05):
                        continue
                    path = document(self.folder, 1000 + len(self.receipts))
                    self.receipts += [each.receipt for each in deposit(home, TENANT, [path], seal=seal)]
                    if len(self.receipts) % 3 == 0:
                        seal_due(home, stamps)
        except BaseException as failure:
            self.failure = failure
            raise


@pytest.fixture
def home(tmp_path):
    """An archive with three documents, sealed."""
    path, folder = tmp_path / "home", tmp_path / "papers"
    folder.mkdir()
    done("init", "--home", path)
    done("tenant", "add", TENANT, "--name", "Ayuntamiento de Villa", "--dir3", DIR3, "--home", path)
    for number in range(3):
        done("deposit", document(folder, number), "--tenant", TENANT, "--home", path)
    done("evidence", "seal", "--home", path)
    return path


def restored(copy, place):
    """Put a copy where it shall work, rebuild, and require that all of it is sound."""
    shutil.copytree(copy, place)
    swept = longeva("fsck", "--sweep", "--home", place, "--json")
    assert swept.code == 0, swept.out[:3000]
    done("rebuild", "--home", place)
    assert done("fsck", "--home", place)["problems"] == []
    assert longeva("audit", "--all", "--home", place).code == 0
    return place


def kept(home, receipts):
    """Return which of these receipts tell of objects that the archive has."""
    with Home.open(home, SystemClock()) as opened, opened.catalog.reading(INSTALLATION) as tx:
        known = tx.known_objects(one["object"] for one in receipts)
    return [one for one in receipts if one["object"] in known]


def test_a_copy_made_while_somebody_deposits_is_a_whole_archive(home, tmp_path, monkeypatch):
    """Twice, the second time onto the first: sound, rebuildable, and with every receipt given before it began."""
    writer = Writer(home, tmp_path / "papers")
    step = _Run.step

    def slow_step(run, belongs, bring):
        """Let the writer work between what is looked at and what is looked at next."""
        before = len(writer.receipts)
        step(run, belongs, bring)
        while len(writer.receipts) == before and writer.failure is None:
            writer.stopped.wait(0.01)

    monkeypatch.setattr(_Run, "step", slow_step)
    writer.start()
    try:
        for number in range(2):
            writer.working.set()
            while len(writer.receipts) < 3 * (number + 1):
                assert writer.failure is None, writer.failure
                writer.stopped.wait(0.05)
            before = list(writer.receipts)
            report = done("backup", tmp_path / "copy", "--home", home)
            writer.working.clear()
            during = len(writer.receipts) - len(before)
            assert during >= 5
            place = restored(tmp_path / "copy", tmp_path / f"restored{number}")
            assert kept(place, before) == before
            assert report["kept"] > 0 or number == 0
    finally:
        writer.stopped.set()
        writer.join(30)
    assert writer.failure is None


def test_a_copy_that_is_complete_copies_nothing_again(home, tmp_path):
    """The second run reads the listing and the few files that are ever replaced."""
    first = done("backup", tmp_path / "copy", "--home", home)
    second = done("backup", tmp_path / "copy", "--home", home)
    assert first["copied"] > 20
    assert (second["copied"], second["bytes"]) == (0, 0)
    assert second["kept"] == first["copied"]
    assert second["heads"] == first["heads"]


def test_an_older_copy_that_was_put_back_is_noticed(home, tmp_path):
    """The newer copy knows more than the archive: it is kept as it is, and the receipt that is missing shows."""
    done("backup", tmp_path / "old", "--home", home)
    receipt = done("deposit", document(tmp_path / "papers", 9), "--tenant", TENANT, "--home", home)[
        "receipts"
    ][0]
    newest = done("backup", tmp_path / "new", "--home", home)
    place = restored(tmp_path / "old", tmp_path / "restored")
    told = problem(longeva("backup", tmp_path / "new", "--home", place, "--json"), "integrity", 40)
    assert "put back from an older copy" in told["detail"]
    assert kept(place, [receipt]) == []
    head = done("backup", tmp_path / "other", "--home", place)["heads"]
    assert head[TENANT] < newest["heads"][TENANT]
    restored(tmp_path / "new", tmp_path / "again")
    assert kept(tmp_path / "again", [receipt]) == [receipt]


def test_another_story_is_noticed_even_where_it_is_longer(home, tmp_path):
    """Put back from an older copy, and worked with since: the ledgers fork, and the copy is left alone."""
    done("backup", tmp_path / "old", "--home", home)
    done("deposit", document(tmp_path / "papers", 9), "--tenant", TENANT, "--home", home)
    done("backup", tmp_path / "new", "--home", home)
    place = restored(tmp_path / "old", tmp_path / "restored")
    for number in range(20, 24):
        done("deposit", document(tmp_path / "papers", number), "--tenant", TENANT, "--home", place)
    told = problem(longeva("backup", tmp_path / "new", "--home", place, "--json"), "integrity", 40)
    assert "another story" in told["detail"]


def test_a_backup_needs_no_database(home, tmp_path):
    """With the catalogue burned the store is copied all the same."""
    for each in home.glob("catalog.sqlite3*"):
        each.unlink()
    done("backup", tmp_path / "copy", "--home", home)
    restored(tmp_path / "copy", tmp_path / "restored")
