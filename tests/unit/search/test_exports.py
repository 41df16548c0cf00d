# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import zipfile

import pytest
from archived import decree

from archive.errors import IntegrityError, NotFound, StorageUnavailable
from search.exports import export_eni


def test_export_holds_exactly_what_was_received(archived, resolution, tmp_path):
    """Same names, same bytes, nothing of ours: it can be deposited elsewhere."""
    out = export_eni(archived.home, resolution.object_id, tmp_path / "e.zip")
    objects = archived.home.objects("villar")
    with zipfile.ZipFile(out) as archive:
        names = archive.namelist()
        assert names == [f"{resolution.eni_id}.xml"]
        stored = b"".join(objects.read_verified(resolution.object_id, f"received/{names[0]}"))
        assert archive.read(names[0]) == stored


def test_export_is_deterministic_and_recorded(archived, resolution, tmp_path):
    """Two exports are the same file, and the ledger has both."""
    made = [export_eni(archived.home, resolution.object_id, tmp_path / f"{n}.zip") for n in "ab"]
    assert made[0].read_bytes() == made[1].read_bytes()
    with archived.home.catalog.reading() as tx:
        kinds = [event.kind for event in tx.events_about(resolution.object_id)]
    assert kinds.count("object.exported") >= 2


def test_damaged_object_is_not_exported(archived, tmp_path):
    """Nothing is left at the target, not even a part."""
    record = archived.deposit(decree(), number=80)
    objects = archived.home.objects("villar")
    place = archived.home.path / "store" / objects.locate(record.object_id, f"received/{record.eni_id}.xml")
    place.chmod(0o644)
    place.write_bytes(place.read_bytes()[:-1] + b"x")
    with pytest.raises(IntegrityError):
        export_eni(archived.home, record.object_id, tmp_path / "e.zip")
    assert list(tmp_path.iterdir()) == []


def test_unwritable_target_and_unknown_object_are_said(archived, resolution, tmp_path):
    """Foreign exceptions stay inside."""
    with pytest.raises(StorageUnavailable):
        export_eni(archived.home, resolution.object_id, tmp_path / "no" / "e.zip")
    with pytest.raises(NotFound):
        export_eni(archived.home, "urn:longeva:villar:nada:0", tmp_path / "e.zip")
