# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from archive.batches import batch_bytes, load_batch, object_key, read_leaves
from archive.catalog.rows import SEAL, BatchRecord, LeafRecord
from archive.errors import IntegrityError
from archive.objects import NewVersion, Objects
from archive.store.memory import MemoryStore

AT = datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)
BATCH = BatchRecord("b1", SEAL, "sha256", AT, "TSA", AT.replace(year=2032), b"\x30\x00", 2, object_key("b1"))
LEAVES = b"0\taa\turn:x\t1\t\n1\tbb\turn:y\t2\t\n"


@pytest.fixture
def objects():
    made = Objects(MemoryStore(), "evidence/ocfl/")
    made.prepare()
    return made


def _store(objects, batch=None, leaves=LEAVES):
    data = {"batch.json": batch_bytes(BATCH) if batch is None else batch, "leaves.tsv": leaves}
    files = {path: objects.stage(BATCH.object_key, path, (body,)) for path, body in data.items()}
    objects.commit([NewVersion(BATCH.object_key, files, "m", "u", AT)])


def test_a_batch_comes_back_as_it_was_stored(objects):
    """Every field, and the leaves in order."""
    _store(objects)
    assert load_batch(objects, BATCH.object_key) == BATCH
    assert list(read_leaves(objects, BATCH)) == [
        LeafRecord("b1", 0, "aa", "urn:x", 1, ""),
        LeafRecord("b1", 1, "bb", "urn:y", 2, ""),
    ]


def _without(name):
    body = json.loads(batch_bytes(BATCH))
    del body[name]
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        *(_without(name) for name in json.loads(batch_bytes(BATCH))),
        batch_bytes(BATCH).replace(b"MAA=", b"M*A="),
        batch_bytes(BATCH).replace(b"2026-03", b"2026-13"),
        batch_bytes(replace(BATCH, object_key="urn:longeva:evidence:other")),
    ],
)
def test_a_description_that_says_nothing_sensible_is_an_integrity_error(objects, data):
    """Never a KeyError: whoever reads batches is told which one is damaged."""
    _store(objects, batch=data)
    with pytest.raises(IntegrityError, match=r"batch") as caught:
        load_batch(objects, BATCH.object_key)
    assert caught.value.place.startswith(BATCH.object_key)


@pytest.mark.parametrize(
    "leaves",
    [
        b"",
        LEAVES[:-1],
        LEAVES + b"2\tcc\tz\t1\t\n",
        LEAVES.replace(b"\taa", b"\tzz"),
        LEAVES.replace(b"1\tbb", b"7\tbb"),
        LEAVES.replace(b"urn:y\t2", b"urn:y"),
        LEAVES.replace(b"\t2\t", b"\tx\t"),
        b"\xff\xfe" + LEAVES,
    ],
)
def test_leaves_that_are_cut_or_muddled_are_an_integrity_error(objects, leaves):
    """Too few, too many, out of order, not hexadecimal, a field short, not text."""
    _store(objects, leaves=leaves)
    with pytest.raises(IntegrityError):
        list(read_leaves(objects, BATCH))
