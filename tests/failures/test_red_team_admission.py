# SPDX-License-Identifier: EUPL-1.2
"""What waits or was refused is kept, and the archive lends it none of its credit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from archive.errors import ConflictError
from archive.model import DepositState, ObjectRecord
from preservation.trust.store import TrustStore
from search.csv import CsvStatus, verify_csv
from search.verification import verify_offline
from tests.support.archived import NOW, Archived, decree, make_archive

FOREIGN = "D265F103-B9D34259-80CBD771-73269F63"


@pytest.fixture
def archived(tmp_path) -> Iterator[Archived]:
    """An archive with a development authority."""
    made = make_archive(tmp_path)
    yield made
    made.home.close()


def settled(archived: Archived, state: DepositState) -> ObjectRecord:
    """Keep a decree whose deposit stands so."""
    record = archived.deposit(decree(), csv=FOREIGN)
    with archived.home.catalog.transaction() as tx:
        kept = tx.deposits_by_digest("villar", [record.package_digest])[record.package_digest]
        tx.record_deposit(replace(kept, state=state))
    return record


@pytest.mark.parametrize("state", [DepositState.WAITING, DepositState.REJECTED])
def test_no_certified_copy_of_what_was_not_admitted(archived, state):
    """A forged document cannot be laundered into a copia auténtica while, or after, an archivist says no."""
    record = settled(archived, state)
    with pytest.raises(ConflictError):
        archived.certify(record.object_id)
    with archived.home.catalog.reading() as tx:
        assert tx.copies_of(record.object_id) == []


@pytest.mark.parametrize("state", [DepositState.WAITING, DepositState.REJECTED])
def test_a_code_in_a_document_that_was_not_admitted_is_unknown(archived, state):
    """Whoever deposits a forgery that bears a code does not make the archive answer for that code."""
    settled(archived, state)
    assert verify_csv(archived.home, FOREIGN).status is CsvStatus.UNKNOWN


def test_the_code_of_another_platform_is_never_called_valid(archived):
    """The archive knows that a document bears the code, not that its platform issued it."""
    settled(archived, DepositState.ACCEPTED)
    assert verify_csv(archived.home, FOREIGN).status is CsvStatus.KEPT
    found = verify_offline(FOREIGN, at=NOW, trust=TrustStore(), home=archived.home)
    assert found.verdict == "INCOMPLETE"
