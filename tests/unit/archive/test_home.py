# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from copies_to_order import make_home

from archive.clock import FixedClock
from archive.errors import (
    CatalogUnavailable,
    ConfigurationError,
    ConflictError,
    IntegrityError,
    InvalidRequest,
    NotFound,
    StorageUnavailable,
)
from archive.home import FORMAT, Home
from archive.model import SYSTEM_TENANT, Tenant
from archive.tenants import read_tenant, tenant_bytes, tenant_key

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CLOCK = FixedClock(NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a home with one municipality is."""
    path = tmp_path / "home"
    with Home.create(path, CLOCK) as home:
        home.add_tenant("villa", "Villaejemplo", "L01990019")
    return path


def test_new_home_tells_of_its_creation(tmp_path: Path) -> None:
    """A home begins with a marker, a catalogue and the first event of the installation."""
    with Home.create(tmp_path / "home", CLOCK) as home:
        assert json.loads((home.path / "longeva.json").read_text())["format"] == FORMAT
        with home.catalog.reading() as tx:
            assert [event.kind for event in tx.tenant_events(SYSTEM_TENANT)] == ["home.created"]
        assert home.ledger.verify(SYSTEM_TENANT) == []
        assert home.work_folder().is_dir()


def test_home_is_never_made_over_another_or_among_other_things(path: Path, tmp_path: Path) -> None:
    """What is there stays: a home, or anybody's files."""
    with pytest.raises(ConflictError, match="already"):
        Home.create(path, CLOCK)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("x")
    with pytest.raises(ConflictError, match=r"letter\.txt"):
        Home.create(tmp_path / "letters", CLOCK)


def test_creation_that_died_is_repeated(path: Path) -> None:
    """Without its marker a home is not there yet, and making it again completes it."""
    (path / "longeva.json").unlink()
    with pytest.raises(NotFound):
        Home.open(path, CLOCK)
    with Home.create(path, CLOCK) as home, home.catalog.reading() as tx:
        assert [event.kind for event in tx.tenant_events(SYSTEM_TENANT)] == ["home.created"]


def test_tenant_is_file_row_and_event(path: Path) -> None:
    """A municipality stands in the store, the catalogue and the ledger."""
    expected = Tenant("villa", "Villaejemplo", "L01990019", NOW)
    with Home.open(path, CLOCK) as home:
        with home.catalog.reading() as tx:
            assert tx.tenant("villa") == expected
            assert [event.kind for event in tx.tenant_events("villa")] == ["tenant.added"]
        assert read_tenant(home.store.read(tenant_key("villa"))) == expected
        assert home.store.exists("tenants/villa/ocfl/0=ocfl_1.1")
        assert home.ledger.verify("villa") == []


@pytest.mark.parametrize(
    "tenant_id", ["", "a", "A1", "-ab", "a_b", "../x", "a/b", "ñandu", "a" * 41, "longeva", "ab\n"]
)
def test_identifier_that_cannot_be_is_refused(path: Path, tenant_id: str) -> None:
    """A tenant's name becomes a folder: nothing but plain letters, and never the installation's own."""
    with Home.open(path, CLOCK) as home, pytest.raises(InvalidRequest):
        home.add_tenant(tenant_id, "Villa", "L01990019")


@pytest.mark.parametrize(
    ("name", "dir3"), [(" ", "L01990019"), ("V\n", "L01990019"), ("V" * 201, "L01990019"), ("V", "L0199")]
)
def test_name_or_code_that_cannot_be_is_refused(path: Path, name: str, dir3: str) -> None:
    """An empty or unprintable name and a malformed DIR3 code are refused."""
    with Home.open(path, CLOCK) as home, pytest.raises(InvalidRequest):
        home.add_tenant("aldea", name, dir3)


def test_tenant_twice_leaves_the_first_untouched(path: Path) -> None:
    """A taken identifier is a conflict, and the file of the first stays."""
    with Home.open(path, CLOCK) as home:
        with pytest.raises(ConflictError):
            home.add_tenant("villa", "Otra", "L01990020")
        assert read_tenant(home.store.read(tenant_key("villa"))).name == "Villaejemplo"


def test_tenant_whose_row_died_is_added_again(path: Path) -> None:
    """A file without row is what a crash left; adding again completes it."""
    with Home.open(path, CLOCK) as home:
        home.store.put(tenant_key("aldea"), [tenant_bytes(Tenant("aldea", "A", "L01990020", NOW))])
        home.store.sync()
        home.add_tenant("aldea", "Aldea", "L01990020")
        assert read_tenant(home.store.read(tenant_key("aldea"))).name == "Aldea"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"tenant_id":1}', b"[" * 99999])
def test_damaged_tenant_file_is_an_integrity_error(data: bytes) -> None:
    """Whatever stands in the file, the error is ours."""
    with pytest.raises(IntegrityError):
        read_tenant(data)


def test_objects_of_an_unknown_tenant_are_not_found(path: Path) -> None:
    """No folder is made for a municipality that is not there."""
    with Home.open(path, CLOCK) as home:
        for tenant_id in ("aldea", "../villa", "longeva"):
            with pytest.raises(NotFound):
                home.objects(tenant_id)
        assert home.objects("villa") is home.objects("villa")


def test_home_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    """The words say how to make one."""
    with pytest.raises(NotFound, match="longeva init"):
        Home.open(tmp_path / "none", CLOCK)


def test_home_of_a_newer_program_is_refused_untouched(path: Path) -> None:
    """A format from the future is neither read nor changed."""
    marker = path / "longeva.json"
    marker.write_text('{"format": 2}')
    with pytest.raises(ConfigurationError, match="newer Longeva"):
        Home.open(path, CLOCK)
    assert marker.read_text() == '{"format": 2}'


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "x"}', '{"format": null}'])
def test_damaged_marker_is_for_the_operator(path: Path, text: str) -> None:
    """A marker that says nothing names itself."""
    (path / "longeva.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"longeva\.json"):
        Home.open(path, CLOCK)


def test_missing_or_damaged_catalogue_says_rebuild(path: Path) -> None:
    """An archive without its catalogue is not mistaken for an empty one."""
    (path / "catalog.sqlite3").write_bytes(b"rubbish" * 999)
    with pytest.raises(CatalogUnavailable, match="longeva rebuild"):
        Home.open(path, CLOCK)
    (path / "catalog.sqlite3").unlink()
    with pytest.raises(CatalogUnavailable, match="longeva rebuild"):
        Home.open(path, CLOCK)
    with Home.open_store(path, CLOCK) as home, pytest.raises(CatalogUnavailable):
        home.ledger.flush()


def test_opening_carries_over_what_a_crash_left(path: Path) -> None:
    """An event that died between catalogue and journal is in the journal after the next opening."""
    with Home.open(path, CLOCK) as home:
        with home.catalog.transaction() as tx:
            home.ledger.append(tx, "villa", "object.read", "x", "cli")
        assert home.ledger.pending("villa")
    with Home.open(path, CLOCK) as home:
        assert not home.ledger.pending("villa")
        assert home.ledger.verify("villa") == []


def test_writing_may_be_nested_and_excludes_others(path: Path) -> None:
    """One thread may take the lock twice; another home on the same folder waits and says so."""
    with Home.open(path, CLOCK) as home, Home.open(path, CLOCK) as other:
        with home.writing(), home.writing():
            with pytest.raises(ConflictError, match="another process"), other.writing(wait=0.05):
                pass
        with other.writing(wait=0.05):
            pass


def test_threads_of_one_home_take_turns(path: Path) -> None:
    """The lock also keeps two threads of one process apart."""
    inside = 0
    most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with home.writing():
                inside += 1
                most = max(most, inside)
                inside -= 1

    with Home.open(path, CLOCK) as home:
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 1


@pytest.fixture
def locked(path: Path) -> Iterator[Path]:
    """A home in a folder that an ordinary user can read and not write."""
    folder = Path(tempfile.mkdtemp(prefix="longeva-read-only-"))
    home = folder / "home"
    shutil.copytree(path, home)
    for place, names, files in os.walk(folder):
        for name in files:
            os.chmod(os.path.join(place, name), 0o444)
        os.chmod(place, 0o555)
        del names
    yield home
    for place, _, _ in os.walk(folder):
        os.chmod(place, 0o755)
    shutil.rmtree(folder)


READER = """
import os, sys
from archive.clock import SystemClock
from archive.errors import LongevaError
from archive.home import Home
from pathlib import Path

def visit(path):
    with Home.open(Path(path), SystemClock()) as home:
        with home.catalog.reading() as tx:
            print(tx.tenant("villa").name, home.read_only)
        print(list(home.objects("villa").object_ids()))
        for write in (lambda: home.add_tenant("aldea", "A", "L01990020"), home.work_folder):
            try:
                write()
            except LongevaError as error:
                print(type(error).__name__)

visit(sys.argv[1])  # loads every module while the interpreter's own folder can be read
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
visit(sys.argv[2])
"""


def test_read_only_home_answers_and_refuses_to_write(path: Path, locked: Path) -> None:
    """On a medium that cannot be written, reading works and writing says why not."""
    root = Path(sys.modules["archive"].__path__[0]).parent
    done = subprocess.run(
        [sys.executable, "-c", READER, str(path), str(locked)],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
    )
    assert done.stderr == ""
    said = done.stdout.split()
    assert said[:3] == ["Villaejemplo", "False", "[]"]
    assert said[3:] == ["Villaejemplo", "True", "[]", "StorageUnavailable", "StorageUnavailable"]


def test_too_few_stores_that_can_be_written_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the quorum out of reach it is the stores that are named, not the home, and reading goes on."""
    make_home(tmp_path).close()
    monkeypatch.setattr("archive.catalog.engine.is_writable", lambda path: path.name not in {"b", "c"})
    with Home.open(tmp_path / "home", CLOCK) as home:
        assert list(home.objects("villa").object_ids()) == []
        with pytest.raises(
            StorageUnavailable, match=r"^2 stores must have .*: b \(.*/b\), c \(.*/c\): is the disk"
        ):
            home.add_tenant("aldea", "Aldea", "L01990020")


def test_creating_where_nothing_can_be_written_is_said(locked: Path) -> None:
    """A folder that cannot be made is an error of the store, not a traceback."""
    with pytest.raises((StorageUnavailable, ConflictError)):
        Home.create(locked / "longeva.json" / "home", CLOCK)
