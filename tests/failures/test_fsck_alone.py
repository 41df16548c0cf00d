# SPDX-License-Identifier: EUPL-1.2
"""`longeva fsck` stands alone: no database, no index, nothing that can be written, nothing imported that writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rotting import filled_home, kept_files, rot
from survival import Survived
from terminal import PROJECT, environment

TRACED = """
import sys
opened = []
def hook(name, arguments):
    if name == "open" and isinstance(arguments[2], int) and arguments[2] & 3:
        opened.append(str(arguments[0]))
    elif name in {"os.rename", "os.remove", "os.mkdir", "os.link", "os.truncate", "os.rmdir", "sqlite3.connect"}:
        opened.append(name)
sys.addaudithook(hook)
sys.argv = ["longeva", *sys.argv[1:]]
from cli import main
code = 0
try:
    main(prog_name="longeva")
except SystemExit as ended:
    code = ended.code
print(sorted(sys.modules), file=sys.stderr)
print([each for each in opened if not each.startswith("/dev/")], file=sys.stderr)
sys.exit(code)
"""
WRITERS = (
    "archive.catalog", "archive.home", "archive.objects", "archive.ledger", "archive.rebuild", "archive.healing",
    "ingest", "preservation", "search", "service", "demo", "sqlalchemy", "alembic", "sqlite3", "psycopg", "tantivy",
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A small archive without catalogue, index and authority."""
    folder = tmp_path_factory.mktemp("alone")
    path = filled_home(folder / "home", folder / "in", 100)
    for name in ("index", "authority", "work", "inbox"):
        shutil.rmtree(path / name, ignore_errors=True)
    for each in path.glob("catalog.sqlite3*"):
        each.unlink()
    return path


def traced(home: Path, *prefix: str) -> tuple[int, dict, list[str], list[str]]:
    """Run the real command; return its code, answer, the modules it imported and what it opened to write."""
    command = [*prefix, sys.executable, "-B", "-c", TRACED, "fsck", "--home", str(home), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=PROJECT, check=False)
    assert ran.stdout, ran.stderr
    modules, opened = ran.stderr.strip().splitlines()[-2:]
    return ran.returncode, json.loads(ran.stdout), eval(modules), eval(opened)


def test_fsck_imports_nothing_that_writes_and_opens_nothing_to_write(home):
    """Traced in the real command, with catalogue and index gone: no database, no writer, no file opened to write."""
    before = {each: each.stat().st_mtime_ns for each in home.rglob("*")}
    code, body, modules, opened = traced(home)
    assert (code, body["problems"]) == (0, [])
    assert body["objects"] > 5
    found = [
        each for each in modules if each.startswith(tuple(f"{name}." for name in WRITERS)) or each in WRITERS
    ]
    assert found == []
    assert opened == []
    assert {each: each.stat().st_mtime_ns for each in home.rglob("*")} == before


def test_fsck_on_a_medium_that_cannot_be_written(home):
    """Mounted read-only, in a namespace of its own, it says the same."""
    script = (
        'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && ! touch "$0/x" 2>/dev/null && exec "$@"'
    )
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        pytest.skip("READ-ONLY MOUNT NOT MADE: it needs unshare and root; fsck was not run on one")
    prefix = (unshare, "-m", "--propagation", "private", "sh", "-c", script, str(home))
    probe = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip(
            "READ-ONLY MOUNT NOT MADE: this machine lets no namespace be made; fsck was not run on one"
        )
    code, body, _, _ = traced(home, *prefix)
    assert (code, body["problems"]) == (0, [])
    Survived("fsck without catalogue and index, on a read-only mount", tries=1, found=1, healed=1).record()


def test_fsck_alone_finds_what_has_a_digest_in_the_store(home, tmp_path):
    """Without the catalogue every flipped bit is found of all that the store itself has a digest of."""
    import random

    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    store = copy / "store"
    files = [
        each
        for each in kept_files(store)
        if each.name != "tenant.json" and not {"deposits", "ledger"} & set(each.parts)
    ]
    # one in an object: where several files of one rotted only the catalogue can tell all of them apart
    by_folder = {str(each).split("/v1/")[0]: each for each in files}
    victims = rot(random.Random(3), by_folder.values(), 5)
    code, body, _, _ = traced(copy)
    assert code == 1
    assert {each["key"] for each in body["problems"]} == {str(each.relative_to(store)) for each in victims}
