# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.clock import FixedClock
from archive.home import Home
from archive.model import SYSTEM_TENANT
from archive.registers import Register, entry_key
from preservation.audit.catalogue import compare_records


@pytest.mark.parametrize("tenant", ["villa", SYSTEM_TENANT])
def test_a_register_that_rotted_or_is_gone_is_found(tmp_path, tenant):
    """Each entry's newest file is held against the digest that was recorded, also the installation's own."""
    with Home.create(tmp_path / "home", FixedClock(datetime(2026, 11, 21, tzinfo=UTC))) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        entry = Register(home, "people").put(tenant, "p1", {"name": "Uno"}, kind="person.made", agent="cli")
        file = tmp_path / "home" / "store" / entry_key(entry)
        assert list(compare_records(home, home.store, tenant)) == []
        file.write_bytes(file.read_bytes().replace(b"Uno", b"Dos"))
        assert [each.detail for each in compare_records(home, home.store, tenant)] == [
            "other bytes than were written"
        ]
        file.unlink()
        assert [each.detail for each in compare_records(home, home.store, tenant)] == ["the file is missing"]
