# SPDX-License-Identifier: EUPL-1.2
"""Package readers: a ZIP, a folder or one XML becomes the same list of members.

A package is opened without trusting it: names, sizes, overlaps and ratios are judged from the directory
before any byte is unpacked, and what cannot be opened safely is a finding of severity *error*, never a
partial list. Nothing is ever unpacked to a path made of a member's name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from archive.errors import InvalidRequest
from archive.findings import Finding


@dataclass(frozen=True, slots=True)
class Limits:
    """What a package may ask of us. Over a limit is a finding, not a crash."""

    members: int = 20_000
    """Files in one package; the longest real expedientes hold some thousands."""
    total: int = 200 << 30
    """Bytes once unpacked."""
    ratio: int = 200
    """Unpacked over packed, for members over `ratio_floor`: paper scans stay far below."""
    ratio_floor: int = 64 << 20
    """Bytes unpacked from which the ratio matters."""
    name: int = 700
    """Bytes of a member's whole name in UTF-8."""
    name_part: int = 255
    """Bytes of each part of it: what file systems take."""
    in_memory: int = 32 << 20
    """Bytes up to which a member is read whole; above, it is streamed through the work folder."""


class Member(Protocol):
    """One file of a package."""

    @property
    def name(self) -> str:
        """Relative path with `/`, safe to be a logical path of the archive."""
        ...

    @property
    def size(self) -> int:
        """Bytes, as declared; reading fails if it is not true."""
        ...

    def source(self, room: int = sys.maxsize) -> bytes | Path:
        """Return the whole bytes (small, and no more than `room`) or a file that holds them (big).

        Raises:
            CorruptMember: The bytes cannot be had or are not what the directory says.
            StorageUnavailable: There is no room for them.
        """
        ...


class CorruptMember(Exception):
    """A member's bytes are not what the package's directory says."""

    def __init__(self, found: Finding) -> None:
        super().__init__(found.message())
        self.finding = found


@dataclass(frozen=True, slots=True)
class Package:
    """An opened package: valid inside the `with` that gave it."""

    name: str
    """File or folder name, for people."""
    form: str
    """`zip`, `folder` or `file`."""
    members: tuple[Member, ...]
    findings: tuple[Finding, ...]
    """What was wrong with the container itself; with an *error* among them the members are empty."""


@contextmanager
def open_package(path: Path, work: Path, limits: Limits | None = None) -> Iterator[Package]:
    """Open whatever was handed in.

    Args:
        path: A ZIP, a folder, or a single file.
        work: Folder for the bytes of big members; cleaned when the package is closed.
        limits: What the package may ask of us.

    Raises:
        InvalidRequest: There is nothing at `path`, it cannot be read, or it is a device or a socket.
    """
    from ingest.packages import folder, zipped  # noqa: PLC0415 - readers know this module, not the reverse

    limits = limits or Limits()
    if path.is_dir():
        yield folder.read_folder(path, limits)
    elif path.is_file():
        if zipped.looks_zipped(path):
            with zipped.read_zip(path, work, limits) as package:
                yield package
        else:
            yield folder.read_file(path, limits)
    else:
        raise InvalidRequest(f"there is no file or folder at {path}", place=str(path))
