# SPDX-License-Identifier: EUPL-1.2
"""The workings of a renewal that may take days: what is done survives whoever does it.

    work/renewal/        of the home
      lock                 held by who renews
      <plan>/              one piece of work, by the digest of what it is to do
        leaves.tsv         the leaves of the new batch so far, as they will be in it (archive.batches)
        progress.json      how far they go: what is behind that is written again
        …                  small things that must be the same when it goes on: tokens that were paid for

A leaf counts from its checkpoint on. The plan says which batches are renewed how; where it is another one
since, because somebody sealed or renewed meanwhile, its workings are thrown away. Everything in the folder
may be deleted while nobody renews: it only costs the work again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from archive.areas import lock_file
from archive.errors import ConflictError
from archive.home import Home
from archive.store.durable import storage_error, sync_path

FOLDER: Final = "renewal"
LOCK: Final = "lock"
LEAVES: Final = "leaves.tsv"
PROGRESS: Final = "progress.json"
_PAGE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a renewal has come."""

    step: int = 0
    """Number of the line in the plan that is being worked on."""
    place: int = 0
    """Index of the next leaf of that line."""
    leaves: int = 0
    """How many leaves were written."""
    left: tuple[tuple[str, str, str, str], ...] = ()
    """What could not be covered, as far as told: kind of problem, object, detail, store key."""
    partly: tuple[str, ...] = ()
    """Batches some of whose leaves could not be covered."""
    size: int = 0
    """Octets of `leaves.tsv`; set at the checkpoint."""
    sha256: str = ""
    """Of these octets."""


class Spool:
    """The workings of one plan, held by one process. Its methods raise StorageUnavailable."""

    def __init__(self, folder: Path) -> None:
        """Take up what is there: leaves up to the last checkpoint, if they are what it says."""
        self._folder = folder
        self._digest = hashlib.sha256()
        with _told("the workings of the renewal"):
            folder.mkdir(exist_ok=True)
            sync_path(str(folder.parent))
            self.progress = self._reached()
            self._file = (folder / LEAVES).open("r+b" if (folder / LEAVES).exists() else "x+b")
            self._file.truncate(self.progress.size)
            self._file.seek(0, os.SEEK_END)

    def append(self, lines: bytes) -> None:
        """Write leaves; they count from the next checkpoint on."""
        with _told("a leaf"):
            self._file.write(lines)
        self._digest.update(lines)

    def checkpoint(self, progress: Progress) -> None:
        """Let everything up to here count, durably."""
        with _told("the workings of the renewal"):
            self._file.flush()
            os.fsync(self._file.fileno())
            self.progress = replace(progress, size=self._file.tell(), sha256=self._digest.hexdigest())
        self.keep(PROGRESS, json.dumps(asdict(self.progress)).encode())

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the leaves that count, without their ends."""
        with _told("the leaves"), (self._folder / LEAVES).open("rb") as file:
            for line in file:
                yield line[:-1]

    def keep(self, name: str, data: bytes) -> None:
        """Write a small file, whole or not at all, durably."""
        place, beside = self._folder / name, self._folder / f"{name}.new"
        with _told(name):
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
            sync_path(str(self._folder))

    def kept(self, name: str) -> bytes | None:
        """Return a small file; None where there is none."""
        with _told(name):
            try:
                return (self._folder / name).read_bytes()
            except FileNotFoundError:
                return None

    def close(self) -> None:
        """Let go of the file; what is not at a checkpoint is lost."""
        with suppress(OSError):
            self._file.close()

    def remove(self) -> None:
        """Throw the workings away: they are done, or of no use."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _reached(self) -> Progress:
        """Return the last checkpoint if the leaves up to it are there; otherwise the beginning."""
        try:
            body: dict[str, Any] = json.loads((self._folder / PROGRESS).read_bytes())
            body |= {"left": tuple(map(tuple, body["left"])), "partly": tuple(body["partly"])}
            reached = Progress(**body)
            with (self._folder / LEAVES).open("rb") as file:
                self._digest = _digest_of(file, reached.size)
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            reached = Progress()
        if self._digest.hexdigest() != reached.sha256:
            self._digest = hashlib.sha256()
            return Progress()
        return reached


def sweep(home: Home) -> None:
    """Throw away the workings of renewals that were done or given up, unless somebody is renewing."""
    folder = home.path / "work" / FOLDER
    with suppress(OSError):
        lock = lock_file(str(folder / LOCK), wait=False)
        for each in folder.iterdir():
            if each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
        os.close(lock)


@contextmanager
def held(home: Home, plan: bytes) -> Iterator[Spool]:
    """Hold the workings of a plan; those of other plans are thrown away.

    Args:
        home: The archive.
        plan: What is to be done, in octets that are the same for the same work.

    Raises:
        ConflictError: Another process is renewing.
        StorageUnavailable: The home cannot be written.
    """
    home.work_folder()  # raises where the home cannot be written
    folder = home.path / "work" / FOLDER
    with _told("the workings of the renewal"):
        folder.mkdir(exist_ok=True)
        try:
            lock = lock_file(str(folder / LOCK), wait=False)
        except BlockingIOError:
            raise ConflictError("another process is renewing evidence", place=str(folder)) from None
    spool = None
    try:
        name = hashlib.sha256(plan).hexdigest()[:32]
        for other in folder.iterdir():
            if other.is_dir() and other.name != name:
                shutil.rmtree(other, ignore_errors=True)
        spool = Spool(folder / name)
        yield spool
    finally:
        if spool is not None:
            spool.close()
        os.close(lock)


def _digest_of(file: BinaryIO, size: int) -> hashlib._Hash:
    digest = hashlib.sha256()
    while size > 0 and (page := file.read(min(size, _PAGE))):
        digest.update(page)
        size -= len(page)
    return digest


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise storage_error(cause, what) from cause
