# SPDX-License-Identifier: EUPL-1.2
"""Laws of the deposit record: value and bytes are the same thing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.digests import Digests
from archive.errors import IntegrityError
from archive.findings import Finding
from archive.model import (
    DepositRecord,
    DepositState,
    DocumentRecord,
    FileRole,
    ObjectKind,
    ObjectRecord,
    SignatureRecord,
    StoredFile,
)
from archive.record import DepositDocument, deposit_bytes, read_deposit

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 4 * 10**15).map(lambda count: EPOCH + timedelta(microseconds=count))
JSON = st.dictionaries(
    TEXTS, st.none() | st.booleans() | st.integers(-99, 99) | st.lists(TEXTS, max_size=2), max_size=3
)
DIGESTS = st.builds(Digests, st.just("ab" * 32), st.just("cd" * 64), st.integers(0, 2**50))
FINDINGS = st.builds(
    Finding,
    TEXTS,
    TEXTS,
    st.lists(st.tuples(TEXTS, TEXTS), max_size=3, unique_by=lambda pair: pair[0]).map(tuple),
)
DEPOSITS = st.builds(
    DepositRecord,
    TEXTS,
    TEXTS,
    st.sampled_from(DepositState),
    INSTANTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(FINDINGS, max_size=3).map(tuple),
    JSON,
)
OBJECTS = st.builds(
    ObjectRecord,
    TEXTS,
    TEXTS,
    st.sampled_from(ObjectKind),
    TEXTS,
    TEXTS,
    st.integers(1, 9),
    TEXTS,
    INSTANTS,
    JSON,
)
DOCUMENTS = st.builds(
    DocumentRecord,
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(TEXTS, max_size=2).map(tuple),
    TEXTS,
    st.booleans(),
    TEXTS,
    TEXTS,
    st.none() | DIGESTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(TEXTS, max_size=2).map(tuple),
)
RECORDS = st.builds(
    DepositDocument,
    DEPOSITS,
    OBJECTS,
    st.lists(st.builds(StoredFile, TEXTS, st.sampled_from(FileRole), DIGESTS, TEXTS, TEXTS), max_size=3).map(
        tuple
    ),
    st.lists(DOCUMENTS, max_size=2).map(tuple),
    st.lists(st.builds(SignatureRecord, *[TEXTS] * 9, JSON), max_size=2).map(tuple),
    st.none() | DIGESTS,
)


@given(RECORDS)
def test_record_reads_as_it_was_written(record: DepositDocument) -> None:
    """Reading gives the value back, and writing what was read gives the bytes back."""
    data = record.to_bytes()
    assert DepositDocument.from_bytes(data) == record
    assert DepositDocument.from_bytes(data).to_bytes() == data


@given(RECORDS)
def test_record_never_holds_a_receipt(record: DepositDocument) -> None:
    """A receipt comes after the bytes, so the bytes cannot hold it."""
    assert record.deposit.receipt == {}
    assert "receipt" not in json.loads(record.to_bytes())["deposit"]


@given(DEPOSITS)
def test_deposit_alone_keeps_its_receipt(deposit: DepositRecord) -> None:
    """A rejection's report is kept whole by itself."""
    assert read_deposit(deposit_bytes(deposit)) == deposit


@given(RECORDS, st.data())
def test_cut_record_is_refused_with_our_words(record: DepositDocument, data: st.DataObject) -> None:
    """Half a record is an integrity error, never half a value."""
    whole = record.to_bytes().rstrip()
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(IntegrityError):
        DepositDocument.from_bytes(whole[:cut])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"format":2}',
        b'{"format":1}',
        b"[" * 100_000,
        b"\xff",
        b'{"format":1,"deposit":[]}',
    ],
)
def test_rubbish_is_refused_with_our_words(data: bytes) -> None:
    """Whatever stands in the record's place, the error is ours."""
    with pytest.raises(IntegrityError):
        DepositDocument.from_bytes(data)
    with pytest.raises(IntegrityError):
        read_deposit(data)
