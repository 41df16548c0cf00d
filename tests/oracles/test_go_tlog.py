# SPDX-License-Identifier: EUPL-1.2
"""Go's arithmetic of transparency logs (golang.org/x/mod/sumdb/tlog) judges our roots and proofs."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from archive.ledger_tree import Frontier, consistency_proof, inclusion_proof, leaf_hash, root_of

SOURCE = Path(__file__).parent / "tlog"
SIZE = 40
DATA = [hashlib.sha256(b"%d" % number).digest() for number in range(SIZE)]

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    """Return a function that asks Go about cases, or a loud skip."""
    if shutil.which("go") is None:
        pytest.skip("ORACLE ABSENT: the go command; no proof of the ledger was judged by it")
    program = tmp_path_factory.mktemp("tlog") / "tlog"
    built = subprocess.run(
        ["go", "build", "-o", program, "."], cwd=SOURCE, capture_output=True, text=True, check=False,
        env={**os.environ, "GOFLAGS": "-mod=readonly"},
    )  # fmt: skip
    if built.returncode:
        pytest.skip(f"ORACLE ABSENT: go could not build it: {built.stderr.strip()[-200:]}")

    def ask(cases):
        done = subprocess.run([program], input=json.dumps(cases), capture_output=True, text=True, check=True)
        return [line == "true" for line in done.stdout.split()]

    return ask


def text(value):
    """Return bytes as the oracle reads them."""
    return base64.b64encode(value).decode()


def root(size):
    """Return the root over the first leaves."""
    return root_of(map(leaf_hash, DATA[:size]))


def node(level, number):
    """Return a whole subtree."""
    return root_of(map(leaf_hash, DATA[number << level : number + 1 << level]))


def inclusion(index, size):
    """Return the case of a leaf in a tree."""
    proof = list(map(text, inclusion_proof(index, size, node)))
    return {"Kind": "inclusion", "Leaf": text(DATA[index]), "Index": index, "Size": size,
            "Root": text(root(size)), "Proof": proof}  # fmt: skip


def consistency(old, size):
    """Return the case of a tree that continues another."""
    proof = list(map(text, consistency_proof(old, size, node)))
    return {"Kind": "consistency", "Index": old, "Size": size, "Old": text(root(old)),
            "Root": text(root(size)), "Proof": proof}  # fmt: skip


def test_go_finds_our_roots_and_accepts_our_proofs(oracle):
    """Every tree up to forty leaves: root, inclusion of each leaf, consistency with each earlier tree."""
    roots = [
        {"Kind": "root", "Leaf": text(b"".join(DATA[:size])), "Root": text(root(size))}
        for size in range(1, SIZE + 1)
    ]
    places = [inclusion(index, size) for size in range(1, SIZE + 1) for index in range(size)]
    steps = [consistency(old, size) for size in range(1, SIZE + 1) for old in range(1, size + 1)]
    answers = oracle(roots + places + steps)
    assert len(answers) == SIZE + SIZE * (SIZE + 1)
    assert all(answers)


def test_go_accepts_what_a_receipt_tells(oracle):
    """The place that a frontier tells of each new leaf is a proof for Go too."""
    frontier, cases = Frontier(), []
    for index, data in enumerate(DATA):
        proof = list(map(text, frontier.proof_of_next()))
        frontier.add(leaf_hash(data))
        cases.append({"Kind": "inclusion", "Leaf": text(data), "Index": index, "Size": index + 1,
                      "Root": text(frontier.root()), "Proof": proof})  # fmt: skip
    assert all(oracle(cases))


def test_go_refuses_what_was_altered(oracle):
    """Another leaf, place, root or hash: refused by the oracle as by us."""
    other = text(hashlib.sha256(b"other").digest())
    place, step = inclusion(11, 37), consistency(11, 37)
    wrong = [{**place, "Leaf": other}, {**place, "Index": 12}, {**place, "Root": other},
             {**place, "Proof": [other, *place["Proof"][1:]]}, {**step, "Old": other}, {**step, "Root": other},
             {**step, "Index": 12}, {**step, "Proof": step["Proof"][:-1]}]  # fmt: skip
    assert not any(oracle(wrong))
