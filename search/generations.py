# SPDX-License-Identifier: EUPL-1.2
"""The folder of an index: which generation counts, who may write, and how a new one takes over atomically."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from archive.errors import IndexBusy, IndexOutdated, IndexUnavailable
from archive.home import sync_folder

_NAME: Final = re.compile(r"g-(\d{6,12})")


class Generations:
    """Generations of one index folder. All methods raise IndexUnavailable when the medium fails."""

    def __init__(self, path: Path, version: str, wait_seconds: float) -> None:
        self._path = path
        self._version = version
        self._wait_seconds = wait_seconds
        with mended(path):
            path.mkdir(parents=True, exist_ok=True)

    def current(self) -> Path | None:
        """Return the folder of the generation in use, None where the index was never made.

        Raises:
            IndexOutdated: Another version of our rules made the index.
            IndexUnavailable: `current.json` cannot be read, or names what is not there.
        """
        try:
            body = json.loads((self._path / "current.json").read_bytes())
            name, version = str(body["generation"]), str(body["version"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as cause:
            raise _unusable(self._path, "current.json cannot be read") from cause
        if version != self._version:
            raise IndexOutdated(
                f"The search index {self._path} was made by rules {version!r}, these are {self._version!r}. "
                "Nothing kept is lost: it is made anew by itself, or run `longeva rebuild`"
            )
        if not _NAME.fullmatch(name):
            raise _unusable(self._path, "current.json names no generation")
        return self._path / name

    def state(self, folder: Path) -> object:
        """Return a value that changes with every commit and every new generation."""
        try:
            found = os.stat(folder / "meta.json")
        except FileNotFoundError:
            return None
        except OSError as cause:
            raise _unusable(self._path, str(cause)) from cause
        return folder.name, found.st_ino, found.st_mtime_ns

    def new(self) -> Path:
        """Make the folder of a new generation; leftovers of a rebuild that died go. Needs `held`."""
        with mended(self._path):
            numbers = [int(found[1]) for name in os.listdir(self._path) if (found := _NAME.fullmatch(name))]
            number = max(numbers, default=0) + 1
            folder = self._path / f"g-{number:06d}"
            folder.mkdir()
        return folder

    def use(self, folder: Path) -> None:
        """Take a generation into use and throw the others away."""
        body = json.dumps({"generation": folder.name, "version": self._version})
        with mended(self._path):
            beside = self._path / f"current.json.{os.getpid()}"
            with beside.open("w", encoding="utf-8") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self._path / "current.json")
            # Before the others go: a power cut might forget the new name and remember that the old are gone.
            sync_folder(self._path)
            for other in self._path.glob("g-*"):
                if other.name != folder.name:
                    shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the index for writing, against other processes and threads.

        Raises:
            IndexBusy: Somebody else held it all the time that we wait.
        """
        with mended(self._path):
            file = (self._path / "lock").open("a")
        with file:
            until = time.monotonic() + self._wait_seconds
            while not _locked(file.fileno()):
                if time.monotonic() > until:
                    raise IndexBusy(
                        f"Another process is writing the search index {self._path}; try again in a while"
                    )
                time.sleep(0.05)
            yield


@contextmanager
def mended(path: Path) -> Iterator[None]:
    """Turn a failure of the medium into IndexUnavailable."""
    try:
        yield
    except OSError as cause:
        raise _unusable(path, str(cause)) from cause


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unusable(path: Path, why: str) -> IndexUnavailable:
    return IndexUnavailable(
        f"The search index {path} cannot be used ({why}). Nothing kept is lost: run `longeva rebuild`"
    )
