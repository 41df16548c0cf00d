# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import os

from archive.store import folder as folder_store
from archive.store.folder import FolderStore


def test_a_folder_that_somebody_prunes_while_it_is_filled_is_made_again(tmp_path, monkeypatch):
    """Between two folders of a key another process may delete the last file beside them, and the folder with it."""
    store = FolderStore(tmp_path / "store")
    store.put("villa/uno", [b"1"])
    store.sync()
    make, pruned = folder_store.make_folders, []

    def make_pruned(root, folder, known):
        if not pruned:
            pruned.append(folder)
            known.add(f"{root}/aldea")  # seen a moment ago, and gone since
        make(root, folder, known)

    monkeypatch.setattr(folder_store, "make_folders", make_pruned)
    store.put("aldea/profunda/dos", [b"2"])
    store.sync()
    assert pruned
    assert store.read("aldea/profunda/dos") == b"2"
    assert os.path.isdir(tmp_path / "store" / "aldea")
