# SPDX-License-Identifier: EUPL-1.2
"""The commands of docs/evidence.md, run as a stranger would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from preservation.evidence.repository import record_for
from preservation.evidence.sealing import seal_due
from preservation.renewal.renew import renew_due
from preservation.trust.store import TrustStore

pytestmark = pytest.mark.oracle
PAGE = Path(__file__).resolve().parents[2] / "docs" / "evidence.md"
FILES = {"received/acta.xml": b"<acta/>", "received/indice.xml": b"<indice/>", "metadata/deposit.json": b"{}"}


@pytest.fixture
def stranger(tmp_path):
    """Return a function that lays out a folder and runs the page's commands in it."""
    missing = [name for name in ("openssl", "basenc", "sha256sum", "awk") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"ORACLE ABSENT: {', '.join(missing)}; the page's commands were not run")
    session = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL))

    def run(world, record: bytes, files: dict[str, bytes]) -> list[str]:
        folder = tmp_path / "stranger"
        shutil.rmtree(folder, ignore_errors=True)
        for path, data in files.items():
            (folder / "files" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "files" / path).write_bytes(data)
        (folder / "evidence.ers").write_bytes(record)
        shutil.copy(world.authority.folder / "root.crt.pem", folder / "root.pem")
        environment = {"PATH": os.environ["PATH"], "AT": str(int(world.clock.now().timestamp()))}
        done = subprocess.run(
            ["sh", "-c", session], cwd=folder, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    return run


def _alarms(lines):
    return [line for line in lines if re.match(r"(NOT IN|STAMP)\b", line)]


def _sealed(world, files=FILES, others=4):
    object_id = world.keep("a", files)
    for number in range(others):
        world.keep(f"other-{number}", {"received/x": b"%d" % number})
    seal_due(world.home, world.tsa)
    return object_id


def test_a_stranger_finds_a_record_good_after_two_renewals(world, stranger):
    """In 2060, with sha256sum and openssl: three stamps, every file in the record, no alarm."""
    object_id = _sealed(world)
    for year in (2031, 2045):
        world.keep(f"late-{year}", {"received/x": b"%d" % year})
        seal_due(world.home, world.tsa)
        at = world.travel(year, 7)
        renew_due(world.home, world.tsa, at, trust=TrustStore(world.authority.anchors()), force=True)
    world.travel(2060)
    lines = stranger(world, record_for(world.home, object_id), FILES)
    assert _alarms(lines) == []
    assert lines.count("time stamps: 3") == 1
    assert sum(line.startswith("in the record: ") for line in lines) == 3
    assert (
        next(line for line in lines if line.endswith(": good")) == "stamp 1 of Mar  1 00:00:00 2026 GMT: good"
    )
    assert sum(line.endswith(": good") for line in lines) == 3


def test_a_stranger_finds_the_file_that_was_changed(world, stranger):
    """One byte: that file is named, the others stand."""
    object_id = _sealed(world)
    changed = FILES | {"received/acta.xml": b"<Acta/>"}
    lines = stranger(world, record_for(world.home, object_id), changed)
    assert _alarms(lines) == ["NOT IN THE RECORD: files/received/acta.xml"]


def test_a_stranger_finds_a_record_that_was_changed(world, stranger):
    """A hash of the tree replaced: the root is not what the token covers."""
    object_id = _sealed(world)
    record = record_for(world.home, object_id)
    place = record.index(b"\x04\x20", record.index(b"\xa2")) + 10
    broken = record[:place] + bytes((record[place] ^ 1,)) + record[place + 1 :]
    assert any(line.startswith("STAMP 1 IS NOT GOOD") for line in _alarms(stranger(world, broken, FILES)))


def test_a_stranger_finds_evidence_that_nobody_renewed(world, stranger):
    """In 2040 OpenSSL says that the certificate has expired."""
    object_id = _sealed(world)
    world.travel(2040)
    lines = stranger(world, record_for(world.home, object_id), FILES)
    assert _alarms(lines) == ["STAMP 1 IS NOT GOOD:"]
    assert any("certificate has expired" in line for line in lines)


def test_a_stranger_checks_a_record_without_lists(world, stranger):
    """One file alone in its batch, renewed alone: the hashes stand for themselves."""
    files = {"received/one.xml": b"<one/>"}
    object_id = _sealed(world, files, others=0)
    renew_due(world.home, world.tsa, world.travel(2031, 7), trust=TrustStore(world.authority.anchors()))
    lines = stranger(world, record_for(world.home, object_id), files)
    assert _alarms(lines) == []
    assert sum(line.endswith(": good") for line in lines) == 2
    assert _alarms(stranger(world, record_for(world.home, object_id), {"received/one.xml": b"x"})) != []


def test_the_page_says_where_it_ends(world, stranger):
    """A record whose hash tree was renewed is not called good as a whole: who can check it is said."""
    object_id = _sealed(world)
    assert not any(
        "RENEWED HASH TREE" in line for line in stranger(world, record_for(world.home, object_id), FILES)
    )
    at, trust = world.travel(2031, 7), TrustStore(world.authority.anchors())
    renew_due(world.home, world.tsa, at, trust=trust, force=True, algorithm="sha512")
    lines = stranger(world, record_for(world.home, object_id), FILES)
    assert any(line.startswith("RENEWED HASH TREE") and "verify.py" in line for line in lines)
