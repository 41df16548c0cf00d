# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.catalog import INSTALLATION
from archive.errors import ConflictError, InvalidRequest, NotFound
from search.csv import CsvStatus, verify_csv
from search.revocation import revoke


def test_withdrawn_copy_says_so_and_stays_archived(archived, resolution):
    """Its code answers that it was withdrawn; object and register entry are as before."""
    copy = archived.certify(resolution.object_id)
    revoke(archived.home, "villar", copy.object_id, "error", agent="test")
    assert verify_csv(archived.home, copy.csv).status is CsvStatus.REVOKED
    with archived.home.catalog.reading(INSTALLATION) as tx:
        assert tx.object(copy.object_id).eni_id == copy.eni_id
        told = [event for event in tx.events_about(copy.object_id) if event.kind == "copy.revoked"]
    assert [event.detail for event in told] == [{"reason": "error"}]


def test_copy_that_supersedes_is_named(archived, resolution):
    """By its object, never by its code: the ledger opens nothing."""
    old, new = archived.certify(resolution.object_id), archived.certify(resolution.object_id)
    revoke(archived.home, "villar", old.object_id, "superseded", agent="test", superseded_by=new.object_id)
    with archived.home.catalog.reading(INSTALLATION) as tx:
        event = tx.events_about(old.object_id)[-1]
    assert event.detail == {"reason": "superseded", "superseded_by": new.object_id}
    assert new.csv not in str(event)


def test_senseless_withdrawals_change_nothing(archived, resolution):
    """No reason, superseded by itself or nothing, what is no copy, another's, and twice."""
    home, copy = archived.home, archived.certify(resolution.object_id)
    for reason, by in (
        ("because", ""),
        ("superseded", ""),
        ("superseded", copy.object_id),
        ("error", "urn:x"),
    ):
        with pytest.raises(InvalidRequest):
            revoke(home, "villar", copy.object_id, reason, agent="t", superseded_by=by)
    home.add_tenant("ajeno", "Ayuntamiento Ajeno", "L01990033")
    for tenant, object_id in (("villar", resolution.object_id), ("ajeno", copy.object_id)):
        with pytest.raises(NotFound):
            revoke(home, tenant, object_id, "error", agent="t")
    assert verify_csv(home, copy.csv).status is CsvStatus.AUTHENTIC
    revoke(home, "villar", copy.object_id, "error", agent="t")
    with pytest.raises(ConflictError):
        revoke(home, "villar", copy.object_id, "error", agent="t")
