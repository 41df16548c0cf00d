# SPDX-License-Identifier: EUPL-1.2
"""The full text of a content, taken in a process of its own: a hostile file ends that process, never ours.

PDF (pypdfium2), XML, HTML, OOXML and OpenDocument text, plain text. What cannot be read comes back with its
reason; this never raises for what is in a file, and never waits longer than the limit.

Example:
    >>> with Extractor(Path("work")) as extractor:  # doctest: +SKIP
    ...     extractor.extract([b"Licencia de obras"])
    Extraction(text='Licencia de obras', reason=<Reason.NONE: ''>)
"""

from __future__ import annotations

import contextlib
import json
import signal
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Final, Self

from archive.errors import ServiceError
from search.extraction import Extraction, Limits, Reason, extraction_from_json
from search.readers import HEAD, sniff
from search.worker_process import start_worker

RETIRE_AFTER: Final = 1_000
"""Files after which the process is replaced: what a library leaks does not add up."""


class Extractor:
    """One reading process, started when first needed and replaced when it dies. Not thread-safe."""

    def __init__(self, work: Path | None = None, limits: Limits | None = None) -> None:
        """Make an extractor.

        Args:
            work: Folder for the file under the eyes; the system's temporary folder where not given.
            limits: What a file may cost.
        """
        self._work = work
        self._limits = limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def extract(self, chunks: Iterable[bytes]) -> Extraction:
        """Return the text of a content given as a stream; formats without reader are not read to the end.

        Raises:
            ServiceError: The reading process cannot be started or the work folder cannot be written.
        """
        stream = iter(chunks)
        head = _head(stream)
        if not head:
            return Extraction(reason=Reason.EMPTY)
        if not sniff(head[:HEAD]):
            return Extraction(reason=Reason.UNSUPPORTED)
        try:
            with tempfile.NamedTemporaryFile(dir=self._work, prefix="extract-") as file:
                if not self._gather(file, head, stream):
                    return Extraction(reason=Reason.TOO_LARGE)
                return self._ask(Path(file.name))
        except OSError as cause:
            raise ServiceError(f"Text cannot be taken from files: {cause}") from cause

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(OSError):
            process.communicate()

    def _gather(self, file: IO[bytes], head: bytes, stream: Iterator[bytes]) -> bool:
        file.write(head)
        size = len(head)
        for chunk in stream:
            size += len(chunk)
            if size > self._limits.size:
                return False
            file.write(chunk)
        file.flush()
        return True

    def _ask(self, path: Path) -> Extraction:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"path": str(path)}).encode() + b"\n")
            process.stdin.flush()
            found = _read_answer(process.stdout)
        except BrokenPipeError:
            found = None
        self._served += 1
        if found is not None:
            if found.reason is Reason.MEMORY or self._served >= RETIRE_AFTER:
                self.close()
            return found
        died_of = process.wait()
        self.close()
        return Extraction(reason=Reason.TIMEOUT if died_of == -signal.SIGALRM else Reason.CRASHED)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = start_worker("search.extraction_worker", asdict(self._limits))
            self._served = 0
        return self._process


def _head(stream: Iterator[bytes]) -> bytes:
    head = b""
    while len(head) < HEAD and (chunk := next(stream, b"")):
        head += chunk
    return head


def _read_answer(stream: IO[bytes]) -> Extraction | None:
    prefix = stream.read(4)
    if len(prefix) < 4:
        return None
    (length,) = struct.unpack(">I", prefix)
    body = stream.read(length)
    return extraction_from_json(json.loads(body)) if len(body) == length else None
