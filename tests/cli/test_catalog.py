# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from postgres_server import APPLICATION, Database

from archive.clock import SystemClock
from archive.home import Home
from cli import main


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of one municipality on SQLite."""
    path = tmp_path / "home"
    with Home.create(path, SystemClock()) as home:
        home.add_tenant("villa", "Villa", "L01990019")
    return path


def run(home: Path, *words: str) -> tuple[int, dict]:
    """Run `longeva catalog …` with --json."""
    done = CliRunner().invoke(main, ["catalog", *words, "--json", "--home", str(home)])
    return done.exit_code, json.loads(done.stdout)


def test_upgrade_of_what_is_current_changes_nothing(home: Path) -> None:
    """Repeating an upgrade is harmless, and says so."""
    code, told = run(home, "upgrade")
    assert code == 0
    assert told["before"] == told["after"]


def test_file_has_no_logins(home: Path) -> None:
    """A right on a file is the operating system's to give."""
    code, told = run(home, "grant", "somebody")
    assert (code, told["code"]) == (2, "invalid-request")


def test_archive_moves_to_a_server_and_goes_on_there(home: Path, database: Database) -> None:
    """After the move and two lines of settings the archive is the same, and takes in what comes."""
    code, told = run(home, "move", database.owner_url, "--application", APPLICATION)
    assert code == 0
    assert {table["name"]: table["rows"] for table in told["tables"]}["events"] == 2
    assert told["broken"] == []
    settings = f'[catalog]\nurl = "{database.url}"\nowner_url = "{database.owner_url}"\n'
    (home / "longeva.toml").write_text(settings)
    assert run(home, "upgrade")[0] == 0
    assert run(home, "grant", "nobody-there")[1]["code"] == "conflict"
    with Home.open(home, SystemClock()) as there:
        there.add_tenant("aldea", "Aldea", "L01990020")
        assert [there.ledger.verify(tenant) for tenant in ("villa", "aldea")] == [[], []]
    code, told = run(home, "move", database.owner_url)
    assert (code, told["code"]) == (30, "conflict")


def test_move_never_writes_over_a_file(home: Path) -> None:
    """The catalogue in use, named as the target, is refused."""
    code, told = run(home, "move", str(home / "catalog.sqlite3"))
    assert (code, told["code"]) == (30, "conflict")
