# SPDX-License-Identifier: EUPL-1.2
"""The file system under a store's folder, and what makes it durable."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable

from archive.store import durable


class Medium:
    """Where a folder lies. Not for two processes: a fork makes its own."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._descriptor = -1

    def open(self) -> None:
        """Keep a descriptor from before the first write: syncfs tells only of errors since it was opened.

        One of a medium that was swapped for another while we run would make the wrong one durable.
        """
        if self._descriptor >= 0 and not self._is_there():
            self._descriptor = -1
        if self._descriptor < 0:
            os.makedirs(self._root, exist_ok=True)
            self._descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            weakref.finalize(self, os.close, self._descriptor)

    def sync(self, paths: Iterable[str]) -> None:
        """Make durable what was written since `open`; without syncfs these paths, in this order."""
        if durable.SYNCFS:
            durable.sync_file_system(self._descriptor)
        else:
            for path in paths:
                durable.sync_path(path)

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self._root))
        except FileNotFoundError:
            return False
