# SPDX-License-Identifier: EUPL-1.2
"""A folder, or one file alone, as a package. Symbolic links are never followed out of it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from archive.errors import InvalidRequest
from archive.findings import Finding, Severity, finding, worst
from ingest.packages import CorruptMember, Limits, Package
from ingest.packages.names import check_apart, check_name, package_name


@dataclass(frozen=True, slots=True)
class PlainMember:
    """A file on disk."""

    name: str
    size: int
    path: Path
    in_memory: int

    def source(self, room: int = sys.maxsize) -> bytes | Path:
        """Return its bytes, or its path where they are too many."""
        if self.size > min(self.in_memory, room):
            return self.path
        try:
            data = self.path.read_bytes()
        except OSError as cause:
            raise CorruptMember(finding("PKG-MEMBER-UNREADABLE", self.name, why=cause.strerror)) from cause
        if len(data) != self.size:
            raise CorruptMember(finding("PKG-MEMBER-CHANGED", self.name))
        return data


def read_file(path: Path, limits: Limits) -> Package:
    """Take one file as a package of one member."""
    checked = check_name(path.name, package_name(path), limits)
    member = PlainMember(checked.name, path.stat().st_size, path, limits.in_memory)
    return Package(package_name(path), "file", (member,) if checked.name else (), checked.findings)


def read_folder(path: Path, limits: Limits) -> Package:
    """Take every regular file below a folder, in name order; empty folders say nothing.

    Raises:
        InvalidRequest: The folder cannot be listed.
    """
    members: list[PlainMember] = []
    noticed: list[Finding] = []
    total = 0
    for item in _walk(path):
        relative = item.relative_to(path).as_posix()
        place = f"{path.name}/{relative}"
        checked = check_name(relative, place, limits)
        noticed.extend(checked.findings)
        if item.is_symlink() or not item.is_file():
            noticed.append(finding("PKG-NOT-A-FILE", place))
        elif checked.name:
            size = item.stat().st_size
            total += size
            members.append(PlainMember(checked.name, size, item, limits.in_memory))
    noticed.extend(check_apart((member.name for member in members), path.name))
    if len(members) > limits.members or total > limits.total:
        noticed.append(finding("PKG-TOO-BIG", path.name, members=len(members), bytes=total))
    unsafe = worst(noticed) is Severity.ERROR
    return Package(package_name(path), "folder", () if unsafe else tuple(members), tuple(noticed))


def _walk(path: Path) -> list[Path]:
    def refuse(cause: OSError) -> None:
        raise InvalidRequest(f"the folder cannot be read: {cause}", place=str(path)) from cause

    found: list[Path] = []
    for folder, folders, files in os.walk(path, onerror=refuse, followlinks=False):
        folders.sort()
        here = Path(folder)
        found.extend(here / name for name in files)
        found.extend(here / name for name in folders if (here / name).is_symlink())
    return sorted(found)
