# SPDX-License-Identifier: EUPL-1.2
"""What a disk may hold after a power cut, from the log of everything that was done to it (`dying.c`).

The disk is as unkind as POSIX lets it be. Safe is only:

    bytes of a file     after fsync or fdatasync of it, or syncfs
    a name              after fsync of its folder, or syncfs; fsync of the file itself does not save its name
    a rename            as one step, old name and new, once either folder is safe

Everything else may be there or not, in any combination, whatever the order in which it was done; of a write,
any sectors. `WAYS` are the ways to choose. The idea is that of ALICE (Pillai et al., "All File Systems Are Not
Created Equal", OSDI 2014) and CrashMonkey (Mohan et al., OSDI 2018): not one file system's behaviour, but
what none of them excludes.

Limits: folders are never renamed (an error says so); pages written through a mapping are not in the log
(SQLite maps its -shm file, which it makes anew); a rename past the C library is noticed when its folder is
synced, so a cut just before that is not tried.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

_ENTRY = struct.Struct("<cqII")
_SECTOR = 512


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of the log."""

    kind: str
    """c create, t truncate, w write, r rename, l link, u unlink, m mkdir, d rmdir, f fsync, s syncfs, a acknowledged,
    n what is in a folder that is about to be synced."""
    offset: int
    """In the file; of a file that was made, its inode."""
    path: str
    payload: bytes


def read_log(path: Path) -> list[Entry]:
    """Return the steps, in order."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        kind, offset, first, second = _ENTRY.unpack_from(data, at)
        at += _ENTRY.size
        name = os.fsdecode(data[at : at + first])
        found.append(Entry(kind.decode(), offset, name, data[at + first : at + first + second]))
        at += first + second
    return found


@dataclass(slots=True)
class _File:
    """Bytes that are safe, and what was done to them since."""

    safe: bytearray
    inode: int = 0
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Offset and bytes; None cuts or stretches the file to the offset."""

    def bytes_with(self, done: list[tuple[int, bytes | None]]) -> bytearray:
        data = bytearray(self.safe)
        for offset, written in done:
            if len(data) < offset:
                data.extend(bytes(offset - len(data)))
            if written is None:
                del data[offset:]
            else:
                data[offset : offset + len(written)] = written
        return data


@dataclass(frozen=True, slots=True)
class _Naming:
    """Names that one step gave or took: path to file, folder (`_FOLDER`) or nothing (None)."""

    number: int
    names: dict[str, _File | str | None] = field(hash=False)


_FOLDER = "folder"


class Disk:
    """A folder as a power cut may leave it."""

    def __init__(self, root: Path) -> None:
        """Begin with a folder of which everything is safe; it may be absent."""
        self._root = str(root)
        self._number = count(1)
        self._now: dict[str, _File | str] = {}
        self._safe: dict[str, tuple[int, _File | str | None]] = {}
        self._unsafe: list[_Naming] = []
        self.acknowledged: list[Any] = []
        for folder, folders, files in os.walk(root):
            self._now[folder] = _FOLDER
            self._now |= {os.path.join(folder, name): _FOLDER for name in folders}
            for name in files:
                path = os.path.join(folder, name)
                self._now[path] = _File(bytearray(Path(path).read_bytes()), os.stat(path).st_ino)
        self._safe = {path: (0, what) for path, what in self._now.items()}

    def do(self, entry: Entry) -> None:
        """Take one step of the log."""
        _STEPS[entry.kind](self, entry)

    def cut(self, way: str, chance: random.Random) -> dict[str, bytes | None]:
        """Return what is there after a cut: path to bytes, None for a folder."""
        names, writes = WAYS[way]
        held = dict(self._safe)
        for naming in self._unsafe:
            if names(chance):
                _give(held, naming)
        found: dict[str, bytes | None] = {}
        for path, (_, what) in sorted(held.items()):
            parent = os.path.dirname(path)
            if what is None or (path != self._root and (parent not in found or found[parent] is not None)):
                continue  # no such name, or no folder to find it in
            found[path] = (
                None if isinstance(what, str) else bytes(what.bytes_with(list(writes(what, chance))))
            )
        return found

    def _file(self, path: str) -> _File | None:
        found = self._now.get(path)
        return found if isinstance(found, _File) else None

    def _name(self, names: dict[str, _File | str | None]) -> None:
        for path, what in names.items():
            if what is None:
                self._now.pop(path, None)
            else:
                self._now[path] = what
        self._unsafe.append(_Naming(next(self._number), names))

    def _create(self, entry: Entry) -> None:
        self._name({entry.path: _File(bytearray(), entry.offset)})

    def _write(self, entry: Entry) -> None:
        if file := self._file(entry.path):  # none: it was unlinked while open
            file.since.append((entry.offset, entry.payload if entry.kind == "w" else None))

    def _rename(self, entry: Entry) -> None:
        what = self._now[entry.path]
        assert isinstance(what, _File), f"a folder was renamed: {entry.path}"
        self._name({entry.path: None, os.fsdecode(entry.payload): what})

    def _link(self, entry: Entry) -> None:
        self._name({os.fsdecode(entry.payload): self._now[entry.path]})

    def _remove(self, entry: Entry) -> None:
        self._name({entry.path: None})

    def _folder(self, entry: Entry) -> None:
        self._name({entry.path: _FOLDER})

    def _sync(self, entry: Entry) -> None:
        what = self._now.get(entry.path)
        if isinstance(what, _File):
            _settle(what)
        else:
            self._save(lambda naming: any(os.path.dirname(path) == entry.path for path in naming.names))

    def _sync_all(self, _: Entry) -> None:
        for what in self._now.values():
            if isinstance(what, _File):
                _settle(what)
        self._save(lambda _: True)

    def _save(self, which: Callable[[_Naming], bool]) -> None:
        for naming in self._unsafe:
            if which(naming):
                _give(self._safe, naming)
        self._unsafe = [naming for naming in self._unsafe if not which(naming)]

    def _look(self, entry: Entry) -> None:
        """Notice the renames that the log did not see: a file that is known stands under another name."""
        words = os.fsdecode(entry.payload).split("/")[:-1]
        there = {
            f"{entry.path}/{name}": int(inode) for name, inode in zip(words[::2], words[1::2], strict=True)
        }
        gone = {
            file.inode: path
            for path, file in self._now.items()
            if isinstance(file, _File) and os.path.dirname(path) == entry.path and path not in there
        }
        for path, inode in there.items():
            file = self._file(path)
            if inode in gone and (file is None or file.inode != inode):
                self._name({gone[inode]: None, path: self._now[gone[inode]]})

    def _acknowledge(self, entry: Entry) -> None:
        self.acknowledged.append(json.loads(entry.payload))


_STEPS: dict[str, Callable[[Disk, Entry], None]] = {
    "c": Disk._create,
    "w": Disk._write,
    "t": Disk._write,
    "r": Disk._rename,
    "l": Disk._link,
    "u": Disk._remove,
    "d": Disk._remove,
    "m": Disk._folder,
    "f": Disk._sync,
    "s": Disk._sync_all,
    "a": Disk._acknowledge,
    "n": Disk._look,
}


def _give(names: dict[str, tuple[int, _File | str | None]], naming: _Naming) -> None:
    """Give the names of a step, unless a later step has spoken of them already."""
    for path, what in naming.names.items():
        if names.get(path, (0, None))[0] < naming.number:
            names[path] = (naming.number, what)


def _settle(file: _File) -> None:
    file.safe = file.bytes_with(file.since)
    file.since = []


def _all(file: _File, _: random.Random) -> Iterator[tuple[int, bytes | None]]:
    yield from file.since


def _none(_file: _File, _: random.Random) -> Iterator[tuple[int, bytes | None]]:
    yield from ()


def _zeros(file: _File, _: random.Random) -> Iterator[tuple[int, bytes | None]]:
    """Yield sizes without bytes."""
    for offset, written in file.since:
        reach = offset + len(written or b"")
        yield (reach, None) if written is None or reach > len(file.safe) else (offset, b"")


def _some(file: _File, chance: random.Random) -> Iterator[tuple[int, bytes | None]]:
    """Yield some writes, and of those, some sectors."""
    for offset, written in file.since:
        luck = chance.random()
        if written is None or luck < 0.4:
            if luck < 0.7:
                yield offset, written
        elif luck < 0.7:
            for at in range(0, len(written), _SECTOR):
                if chance.random() < 0.5:
                    yield offset + at, written[at : at + _SECTOR]


Names = Callable[[random.Random], bool]
Writes = Callable[[_File, random.Random], Iterator[tuple[int, bytes | None]]]

WAYS: dict[str, tuple[Names, Writes]] = {
    "nothing unsynced": (lambda _: False, _none),
    "names without bytes": (lambda _: True, _none),
    "names and sizes without bytes": (lambda _: True, _zeros),
    "bytes without names": (lambda _: False, _all),
    "some of each": (lambda chance: chance.random() < 0.5, _some),
    "most names, some bytes": (lambda chance: chance.random() < 0.9, _some),
}
"""Which names and which bytes the disk took that nobody had made safe."""


def write_image(image: dict[str, bytes | None], root: Path) -> None:
    """Put what a cut left in place of a folder."""
    shutil.rmtree(root, ignore_errors=True)
    for path, data in image.items():
        if data is None:
            Path(path).mkdir()
        else:
            Path(path).write_bytes(data)
