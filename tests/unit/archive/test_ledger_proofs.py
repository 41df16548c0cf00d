# SPDX-License-Identifier: EUPL-1.2
"""Proof files and what is held to them: read back as written, judged step by step, refused when malformed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from archive.errors import IntegrityError
from archive.ledger_proofs import (
    MAX_BYTES,
    Kept,
    LedgerProof,
    LedgerVerdict,
    check_proof,
    proof_bytes,
    read_kept,
    read_proof,
    verdict_of,
)
from archive.ledger_tree import TreeHead, consistency_proof, inclusion_proof, leaf_hash, root_of

DIGESTS = [hashlib.sha256(b"%d" % number).digest() for number in range(7)]
LEAVES = [leaf_hash(each) for each in DIGESTS]


def head(size):
    """Return the head of the first events."""
    return TreeHead(size, root_of(LEAVES[:size]))


def node(level, number):
    """Return a whole subtree."""
    return root_of(LEAVES[number << level : (number + 1) << level])


PROOF = LedgerProof(
    "villa",
    head(7),
    events=((3, DIGESTS[2], tuple(inclusion_proof(2, 7, node))),),
    older=((head(5), tuple(consistency_proof(5, 7, node))),),
)


def codes(proof, *kept):
    """Return the steps of a proof, the one about the stamp apart."""
    return [step.code for step in check_proof(proof, kept)][:-1]


def test_a_proof_file_is_read_as_it_was_written():
    """Nothing is lost, and a proof is something kept as well."""
    assert read_proof(proof_bytes(PROOF)) == PROOF
    assert read_kept(proof_bytes(PROOF)) == [Kept("villa", head(7))]


def test_a_ledger_without_stamp_leaves_the_verdict_open():
    """An honest proof of an event and of an older head is INCOMPLETE as long as no head was stamped."""
    steps = check_proof(PROOF, [Kept("villa", head(5))])
    assert [step.code for step in steps] == ["LEDGER-EVENT-IN", "LEDGER-CONTINUES", "LEDGER-NOT-STAMPED"]
    assert verdict_of(steps) is LedgerVerdict.INCOMPLETE


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        (Kept("otra", head(5)), "LEDGER-OTHER-TENANT"),
        (Kept("villa", TreeHead(5, b"\0" * 32)), "LEDGER-REWRITTEN"),
        (Kept("villa", TreeHead(7, b"\0" * 32)), "LEDGER-REWRITTEN"),
        (Kept("villa", head(4)), "LEDGER-NO-CONSISTENCY"),
        (Kept("villa", TreeHead(8, b"\0" * 32)), "LEDGER-NO-CONSISTENCY"),
        (Kept("villa", None, 3, b"\0" * 32), "LEDGER-EVENT-OTHER"),
        (Kept("villa", None, 6, DIGESTS[5]), "LEDGER-EVENT-UNPROVEN"),
    ],
)
def test_what_was_kept_and_is_not_there_is_told(kept, code):
    """Another ledger, a rewritten head, a head without proof, an event that was changed or is not shown."""
    assert code in codes(PROOF, kept)
    assert "LEDGER-CONTINUES" not in codes(PROOF, kept)


def test_an_event_in_another_place_is_not_in():
    """A digest holds in its own place alone."""
    (one,) = PROOF.events
    assert codes(replace(PROOF, events=((4, *one[1:]),))) == ["LEDGER-EVENT-NOT-IN"]


@pytest.mark.parametrize("read", [read_proof, read_kept])
@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"[]", b"{}", b"[" * 100_000, b'{"tenant": "villa", "size": "x"}', b" " * (MAX_BYTES + 1)],
)
def test_what_is_no_such_file_is_refused(read, data):
    """With the archive's own error, whatever comes."""
    with pytest.raises(IntegrityError):
        read(data)


@pytest.mark.parametrize("field", ["tenant", "head", "events", "from", "opening", "heads", "record"])
@pytest.mark.parametrize("value", [7, "x", [7], {"size": 1e999}])
def test_a_malformed_field_is_refused_or_kept_harmless(field, value):
    """Each field in turn is something else: the archive's own error, or a proof that can still be judged."""
    body = json.loads(proof_bytes(PROOF)) | {field: value}
    try:
        proof = read_proof(json.dumps(body).encode())
    except IntegrityError:
        return
    assert verdict_of(check_proof(proof, [Kept("villa", head(5))])) is not LedgerVerdict.VALID
