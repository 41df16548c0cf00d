# SPDX-License-Identifier: EUPL-1.2
"""What was put and not synced: small things in memory, the rest in files that die with their process."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from archive.digests import Digested, Digester, Digests
from archive.store.reading import words
from archive.store.staging import Staging

SMALL: Final = 1 << 20
"""Bytes up to which something may stay in memory."""
MEMORY: Final = 64 << 20
"""Bytes that all of them may take together."""
_BUFFER: Final = 1 << 17


@dataclass(frozen=True, slots=True)
class Spooled:
    """Bytes that wait to go up."""

    digests: Digests
    replacing: bool
    data: bytes
    """All of them, where `path` is empty."""
    path: str = ""

    def open(self) -> BinaryIO:
        """Open for reading from the start. Raises StorageUnavailable."""
        if not self.path:
            return io.BytesIO(self.data)
        with words("reading the spool"):
            return open(self.path, "rb", buffering=_BUFFER)


class Spool:
    """The waiting bytes of one store instance in one process. Threads may share it.

    Files lie under `FOLDER/.pending` as those of a folder store do (`archive.store.staging`): what a process
    that died left there, the next one that writes removes.
    """

    def __init__(self, folder: Path) -> None:
        self._staging = Staging(str(folder))
        self._lock = threading.Lock()
        self._held = 0

    def take(self, chunks: Iterable[bytes], *, replacing: bool = False) -> Spooled:
        """Take a stream to its end, in constant memory.

        Raises:
            StorageUnavailable: The disk of the spool failed.
        """
        known = chunks.digests if isinstance(chunks, Digested) else None
        digester, begun, source = Digester(), bytearray(), iter(chunks)
        try:
            for chunk in source:
                if known is None:
                    digester.update(chunk)
                if len(begun) + len(chunk) > SMALL or not self._reserve(len(chunk)):
                    path = self._to_file(begun, chunk, source, None if known else digester)
                    self._let_go(len(begun))
                    return Spooled(known or digester.result(), replacing, b"", path)
                begun += chunk
        except BaseException:
            self._let_go(len(begun))
            raise
        return Spooled(known or digester.result(), replacing, bytes(begun))

    def release(self, spooled: Spooled) -> None:
        """Forget bytes that went up, or never will."""
        if not spooled.path:
            self._let_go(len(spooled.data))
        else:
            with suppress(OSError):
                os.unlink(spooled.path)

    def _to_file(
        self, begun: bytearray, chunk: bytes, source: Iterable[bytes], digester: Digester | None
    ) -> str:
        with words("spooling"):
            path, descriptor = self._staging.create()
            try:
                with open(descriptor, "wb", buffering=_BUFFER) as file:
                    file.write(begun)
                    file.write(chunk)
                    for following in source:
                        if digester is not None:
                            digester.update(following)
                        file.write(following)
            except BaseException:
                with suppress(OSError):
                    os.unlink(path)
                raise
        return path

    def _reserve(self, count: int) -> bool:
        with self._lock:
            if self._held + count > MEMORY:
                return False
            self._held += count
            return True

    def _let_go(self, count: int) -> None:
        with self._lock:
            self._held -= count
