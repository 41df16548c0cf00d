# SPDX-License-Identifier: EUPL-1.2
"""What every database under the catalogue must do: events."""

from __future__ import annotations

import pytest
from catalogued import an_event

from archive.catalog import INSTALLATION, Catalog
from archive.errors import ConflictError


def test_events_are_numbered_over_all_tenants(catalog: Catalog) -> None:
    """Positions follow each other over all tenants; each tenant has its own sequence."""
    with catalog.transaction(INSTALLATION) as tx:
        placed = tx.append_events([an_event(1), an_event(2, subject="urn:a")])
        placed += tx.append_events([an_event(1, "aldea", "urn:a")])
    with catalog.reading(INSTALLATION) as tx:
        assert [event.position for event in placed] == [1, 2, 3]
        assert tx.events() == placed
        assert tx.events(1, 1) == placed[1:2]
        assert tx.tenant_events("villa", 1) == placed[1:2]
        assert tx.last_event("villa") == placed[1]
        assert tx.last_event("ciudad") is None
        assert tx.events_about("urn:a") == placed[1:]
        assert tx.ledger_tenants() == ["aldea", "villa"]


def test_event_sequence_taken_is_a_conflict(catalog: Catalog) -> None:
    """Two events can never share a place in a chain."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.append_events([an_event(1)])
    with pytest.raises(ConflictError), catalog.transaction(INSTALLATION) as tx:
        tx.append_events([an_event(1)])
