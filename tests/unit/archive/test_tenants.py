# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from archive.store.folder import FolderStore
from archive.tenants import stored_tenants, tenant_key


class Watched(FolderStore):
    """Refuses to walk."""

    def keys(self, prefix=""):
        """Nobody may ask."""
        raise AssertionError(f"walked {prefix}")


def test_tenants_are_found_without_walking_their_objects(tmp_path):
    """A folder with its file is a tenant; one without, or that no key can name, is not."""
    store = Watched(tmp_path / "store")
    for key in (tenant_key("villa"), "tenants/villa/ocfl/a/b/c", tenant_key("otra"), "tenants/x/ledger/1"):
        store.put(key, [b"1"])
    store.sync()
    (tmp_path / "store" / "tenants" / "mal\\o").mkdir()
    assert list(stored_tenants(store)) == ["otra", "villa"]
