# SPDX-License-Identifier: EUPL-1.2
"""docs/format.md tells a stranger what to type: typed here, on good objects and on damaged ones."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.layout import object_root
from archive.material import keep, material_key
from archive.objects import NewVersion, Objects
from archive.store.folder import FolderStore

PAGE = (Path(__file__).resolve().parents[2] / "docs/format.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh (root|object)( jq)?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ID = "urn:longeva:villa:ES_L01990019_2025_EXP1:ab"


@pytest.fixture
def root(tmp_path):
    objects = Objects(FolderStore(tmp_path), "ocfl/")
    objects.prepare()
    for state in (
        {"received/índice.xml": b"1", "received/a \"b\" ñ 'c'.xml": b"2", "metadata/deposit.json": b"{}"},
        {"received/índice.xml": b"1", "evidence.er": b"3"},
    ):
        files = {path: objects.stage(ID, path, [data]) for path, data in state.items()}
        objects.commit([NewVersion(ID, files, "Depósito", "longeva", datetime(2026, 1, 1, tzinfo=UTC))])
    return tmp_path / "ocfl"


def run(root, where, needs_jq, script):
    if needs_jq and shutil.which("jq") is None:
        pytest.skip("JQ ABSENT: the documented command was not run")
    folder = root if where == "root" else root / object_root(ID)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=os.environ | {"ID": ID, "TMPDIR": str(root.parent), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_page_has_its_commands():
    """The blocks are found: the tests below run something."""
    assert len(BLOCKS) == 7


def test_the_command_for_validation_material_finds_a_piece_that_changed(tmp_path):
    """It is silent on whole pieces and names the one that is not what its name says."""
    (script,) = re.findall(r"^```sh store\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    store = FolderStore(tmp_path)
    names = [hashlib.sha256(data).hexdigest() for data in (b"one", b"two")]
    for data, name in zip((b"one", b"two"), names, strict=True):
        keep(store, data, name)
    store.sync()
    command = ["bash", "-euo", "pipefail", "-c", script]
    whole = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (whole.returncode, whole.stdout, whole.stderr) == (0, "", "")
    (tmp_path / material_key(names[1])).write_bytes(b"twO")
    damaged = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert damaged.returncode != 0
    assert names[1] in damaged.stdout


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_each_documented_command_succeeds_on_a_whole_object(root, block):
    """What the page says to type works as it stands."""
    done = run(root, *block)
    assert done.returncode == 0, done.stderr
    if "-c\n" in block[2] and "quiet" not in block[2] and "manifest" in block[2]:
        assert done.stdout.count(": OK") == 4


@pytest.mark.parametrize("number", range(1, 5))
def test_each_check_fails_on_its_damage(root, number):
    """A changed inventory, a changed file and a file too many are noticed by the command that is for it."""
    folder = root / object_root(ID)
    if number == 1:
        (folder / "inventory.json").write_bytes((folder / "inventory.json").read_bytes() + b" ")
    elif number == 4:
        (folder / "v1/content/received/extra").write_bytes(b"1")
    else:
        (folder / "v1/content/received/a \"b\" ñ 'c'.xml").write_bytes(b"x")
    assert run(root, *BLOCKS[number]).returncode != 0


def test_the_check_of_a_root_notices_one_inventory(root):
    """The command for whole roots fails when any inventory disagrees with its sidecar."""
    inventory = root / object_root(ID) / "v1/inventory.json"
    inventory.write_bytes(inventory.read_bytes() + b" ")
    assert run(root, *BLOCKS[-1]).returncode != 0
