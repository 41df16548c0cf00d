# SPDX-License-Identifier: EUPL-1.2
"""Read a source once and digest it once, so that several stores can be handed the same bytes."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from archive.digests import Digested, Digester, Digests, read_chunks
from archive.errors import StorageUnavailable

IN_MEMORY: Final = 8 << 20
"""Bytes up to which a source is held in memory; a longer one waits in a file."""


class Reread:
    """Bytes in a file, which can be read again from the beginning. Not for two readers at a time."""

    def __init__(self, file: BinaryIO, digests: Digests) -> None:
        self._file = file
        self.digests = digests

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes in pieces."""
        try:
            self._file.seek(0)
            yield from read_chunks(self._file)
        except OSError as cause:
            raise StorageUnavailable(f"a spooled file cannot be read: {cause.strerror}") from cause


@contextmanager
def spooled(chunks: Iterable[bytes], folder: Path | None = None) -> Iterator[Digested | Reread]:
    """Give the bytes of a source with their digests, to be read as often as there are stores.

    Args:
        chunks: The source; `Digested` is passed on as it is.
        folder: Where long ones wait; the system's folder for such things by default.

    Raises:
        StorageUnavailable: That folder cannot be written.
    """
    if isinstance(chunks, Digested):
        yield chunks
        return
    digester, memory = Digester(), io.BytesIO()
    source = iter(chunks)
    for chunk in source:
        memory.write(chunk)
        digester.update(chunk)
        if digester.size > IN_MEMORY:
            break
    else:
        yield Digested(memory.getvalue(), digester.result())
        return
    with _temporary(folder) as file:
        _write(file, memory.getvalue())
        memory.close()
        for chunk in source:
            _write(file, chunk)
            digester.update(chunk)
        yield Reread(file, digester.result())


def _temporary(folder: Path | None) -> BinaryIO:
    try:
        return tempfile.TemporaryFile(dir=folder if folder and folder.is_dir() else None)
    except OSError as cause:
        raise StorageUnavailable(f"no file can be spooled: {cause.strerror}") from cause


def _write(file: BinaryIO, data: bytes) -> None:
    try:
        file.write(data)
    except OSError as cause:
        raise StorageUnavailable(f"a file cannot be spooled: {cause.strerror}") from cause
