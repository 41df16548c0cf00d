# SPDX-License-Identifier: EUPL-1.2
"""ocfl-py, in its own environment, on what we write: `make oracles` makes that environment.

It is asked about objects; its check of whole roots (2.1.0) does not know the layout of extension 0004.
"""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.fsck import check_root
from archive.objects import NewVersion, Objects
from archive.store.folder import FolderStore

PYTHON = Path(__file__).resolve().parents[2] / ".venv-oracles/bin/python"
VALIDATE = """
import sys
from ocfl import Object
verdicts = [Object().validate(path, log_warnings=False)[0] for path in sys.argv[1:]]
print(*verdicts)
sys.exit(0 if verdicts and all(verdicts) else 1)
"""

pytestmark = pytest.mark.oracle


@pytest.fixture
def oracle():
    if not PYTHON.exists():
        pytest.skip("ORACLE ABSENT: ocfl-py was not asked; `make oracles` sets it up")

    def ask(root):
        folders = sorted(root.glob("???/???/???/*"))
        command = [str(PYTHON), "-W", "ignore", "-c", VALIDATE, *map(str, folders)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        assert answer.returncode in {0, 1}, answer.stderr
        assert answer.stdout.strip(), answer.stderr
        return answer.returncode == 0, answer.stdout.split()

    return ask


@pytest.fixture
def root(tmp_path):
    objects = Objects(FolderStore(tmp_path), "ocfl/")
    objects.prepare()
    for number in range(3):
        object_id = f"urn:longeva:villa:EXP{number}"
        for state in (
            {"received/índice ñ.xml": b"1", "received/a/b.xml": b"2"},
            {"received/índice ñ.xml": b"1", "moved.xml": b"2", "new.xml": b"%d" % number},
            {"received/índice ñ.xml": b"changed", "again.xml": b"1"},
        ):
            files = {path: objects.stage(object_id, path, [data]) for path, data in state.items()}
            objects.commit([NewVersion(object_id, files, "Depósito", "longeva", datetime.now(UTC))])
    return tmp_path / "ocfl"


def test_what_we_write_is_valid_for_a_stranger(oracle, root):
    """Objects of three versions each, with renames and changes: no error."""
    valid, verdicts = oracle(root)
    assert verdicts == ["True"] * 3
    assert valid


@pytest.mark.parametrize("name", ["content/received/a/b.xml", "inventory.json"])
def test_a_flipped_byte_is_refused_by_both(oracle, root, name):
    """One byte changed in content or inventory: neither we nor the stranger let it pass."""
    victim = next(path for path in sorted(root.rglob("*")) if str(path).endswith(f"v1/{name}"))
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    assert list(check_root(FolderStore(root.parent), "ocfl/"))
    assert not oracle(root)[0]
