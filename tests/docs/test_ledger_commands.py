# SPDX-License-Identifier: EUPL-1.2
"""The script of docs/ledger.md, run as a stranger would: Python and three files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from archive.ledger import EventDraft
from archive.ledger_growth import Tree
from archive.ledger_proofs import Kept, head_json, proof_bytes, read_kept
from ingest.receipt import place_in_ledger
from preservation.evidence.sealing import seal_due
from preservation.ledger.proving import prove

PAGE = Path(__file__).resolve().parents[2] / "docs" / "ledger.md"


@pytest.fixture
def stranger(world, tmp_path):
    """Lay out proof, old head and receipt; return a function that runs the page's script beside them."""
    (script,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    world.keep("a", {"received/a": b"1"})
    with world.home.catalog.transaction("villa") as tx:
        drafts = [EventDraft("object.read", f"urn:{number}", "cli") for number in range(20)]
        told = world.home.ledger.append_placed(tx, "villa", drafts)[9]
    world.home.ledger.flush()
    with world.home.catalog.reading("villa") as tx:
        old = Tree(tx, "villa").head(6)
    seal_due(world.home, world.tsa)
    receipt = json.dumps({"tenant": "villa", "ledger": place_in_ledger(told)}).encode()
    kept = [*read_kept(receipt), Kept("villa", old)]
    folder = tmp_path / "stranger"
    folder.mkdir()
    (folder / "proof.json").write_bytes(proof_bytes(prove(world.home, "villa", kept, [3])))
    (folder / "head.json").write_text(json.dumps({"tenant": "villa", **head_json(old)}))
    (folder / "receipt.json").write_bytes(receipt)

    def run() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-I", "-c", script], cwd=folder, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    return folder, run


def test_a_stranger_finds_all_of_it_true(stranger):
    """Events, old head, receipt and opening, with Python alone; what was stamped lies there for openssl."""
    folder, run = stranger
    assert run() == [
        "event 3 True", "event 11 True", "head True", "receipt True", "receipt continued True", "stamped True",
    ]  # fmt: skip
    assert json.loads((folder / "heads.json").read_text())["leaves"] == 16
    assert (folder / "heads.ers").read_bytes()[:1] == b"\x30"


@pytest.mark.parametrize(
    ("file", "path", "line"),
    [("proof.json", ("events", 0, "digest"), "event 3 False"), ("head.json", ("root",), "head False"),
     ("head.json", ("size",), "head None"), ("receipt.json", ("ledger", "digest"), "receipt False"),
     ("receipt.json", ("ledger", "root"), "receipt continued False"),
     ("proof.json", ("opening", "nonce"), "stamped False"), ("proof.json", ("head", "root"), "stamped False")],
)  # fmt: skip
def test_a_stranger_notices_what_was_changed(stranger, file, path, line):
    """One value altered, and the script says which step does not hold."""
    folder, run = stranger
    body = json.loads((folder / file).read_text())
    *way, last = path
    place = body
    for step in way:
        place = place[step]
    place[last] = place[last] + 1 if isinstance(place[last], int) else "ab" * 32
    (folder / file).write_text(json.dumps(body))
    assert line in run()
