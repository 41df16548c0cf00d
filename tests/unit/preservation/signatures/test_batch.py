# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib
import os

import pytest
from signing import SIGNED_TEXT

from archive.errors import ServiceError
from preservation.signatures import batch
from preservation.signatures.batch import validate_batch


def test_validate_batch_gives_one_line_for_every_row_and_never_raises(world, signed_files):
    """Rows with detached content by path, text and digest, and a row for a file that is not there."""
    digest = base64.b64encode(hashlib.sha256(SIGNED_TEXT).digest()).decode()
    rows = [
        "a.pdf\t\t",
        "a.p7s\tdata\t",
        f"a.p7s\tdigest:SHA256={digest}@x\t",
        f"a.p7s\ttext:{base64.b64encode(b'otro').decode()}\t",
        "a.p7s\t\t",
        "no.pdf\t\t",
        "a.p7s\ttext:###\t",
    ]
    found = list(validate_batch(rows, signed_files, world.trust(), world.at))
    assert [each["intact"] for each in found] == ["yes", "yes", "yes", "no", "no", "n/a", "n/a"]
    assert [each["n_signatures"] for each in found[:2]] == [1, 1]
    assert found[0]["signatures"][0]["indication"] == "TOTAL_PASSED"


@pytest.mark.parametrize("way", ["fork", pytest.param("forkserver", marks=pytest.mark.slow)])
def test_many_rows_are_spread_over_processes_and_come_back_in_order(world, signed_files, monkeypatch, way):
    """More rows than are worth a pool give what one process gives, in the order of the list."""
    monkeypatch.setattr(batch, "start_method", lambda: way)
    rows = ["a.p7s\tdata\t", "no.pdf\t\t", "a.p7s\t\t", ""] * batch.WORTH_IT
    few = list(validate_batch(rows[:4], signed_files, world.trust(), world.at))
    assert list(validate_batch(rows, signed_files, world.trust(), world.at)) == few * batch.WORTH_IT


def test_a_worker_that_dies_is_a_service_error(world, signed_files, monkeypatch):
    """Never a hang, nor a list that ends early in silence."""
    monkeypatch.setattr(batch, "start_method", lambda: "fork")
    monkeypatch.setattr(batch, "validate_row", _die)
    with pytest.raises(ServiceError, match="worker"):
        list(validate_batch(["a.pdf"] * batch.WORTH_IT, signed_files, world.trust(), world.at))


def _die(row, **context):
    os._exit(1)


def test_validate_batch_judges_evidence_records_beside_the_file(world, signed_files):
    """What is no record at all, in XML or DER, is told as invalid, and never as valid."""
    (signed_files / "x.er").write_bytes(b"<EvidenceRecord/>")
    (signed_files / "y.er").write_bytes(b"\x30\x03\x02\x01\x01")
    (found,) = validate_batch(["a.pdf\t\tx.er;y.er"], signed_files, world.trust(), world.at)
    assert found["er"] == "invalid;invalid"
