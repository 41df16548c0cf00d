# SPDX-License-Identifier: EUPL-1.2
"""Registers back into a catalogue: of every entry the newest version that the ledger tells of."""

from __future__ import annotations

from itertools import groupby

from archive.catalog import INSTALLATION, Catalog, RegisterEntry
from archive.errors import IntegrityError
from archive.rebuild.report import Notes
from archive.registers import stored_entries
from archive.store import ObjectStore


def restore_registers(store: ObjectStore, catalog: Catalog, tenant_id: str, notes: Notes) -> None:
    """Write a tenant's register entries into a new catalogue that has its ledger already.

    A version of which the ledger does not tell was promised to nobody and is left out; where the ledger has
    lost its tongue about an entry altogether, the newest version that can be read is taken, and noted.
    """
    found = stored_entries(store, tenant_id)
    for folder, group in groupby(found, lambda each: each[0].rpartition("/")[0]):
        versions = []
        for key, entry in group:
            if isinstance(entry, IntegrityError):
                notes.add("register.damaged", tenant_id, folder, entry, key)
            else:
                versions.append(entry)
        if versions:
            _restore(catalog, versions, notes, folder)


def _restore(catalog: Catalog, versions: list[RegisterEntry], notes: Notes, folder: str) -> None:
    versions.sort(key=lambda each: each.version)
    newest = versions[-1]
    with catalog.transaction(INSTALLATION) as tx:
        told = {
            event.detail.get("sha256")
            for event in tx.events_about(newest.entry_id)
            if event.tenant_id == newest.tenant_id and event.detail.get("register") == newest.register
        }
        known = [each for each in versions if each.sha256 in told]
        if not known:
            detail = "the ledger tells of no version: nobody was answered, or the ledger is damaged"
            notes.add("register.unacknowledged", newest.tenant_id, newest.entry_id, detail, folder)
            return
        tx.restore_entry(known[-1])
