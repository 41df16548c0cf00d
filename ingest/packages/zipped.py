# SPDX-License-Identifier: EUPL-1.2
"""A ZIP as a package. The central directory is judged whole before anything is unpacked.

Bombs are refused by what the directory declares (ratio, total, overlapping entries) and again by what comes
out while reading: an entry may not give one byte more than it declared.
"""

from __future__ import annotations

import contextlib
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.digests import CHUNK
from archive.errors import InvalidRequest, StorageUnavailable
from archive.findings import Finding, Severity, finding, worst
from ingest.packages import CorruptMember, Limits, Package
from ingest.packages.names import check_apart, check_name, package_name, zip_entry_name

ENCRYPTED = 0x1
"""General purpose bit 0 (APPNOTE 4.4.4)."""
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What public administrations write; others (LZMA, BZIP2) are refused by name."""
LOCAL_HEADER = 30
"""Bytes of a local file header before its name (APPNOTE 4.3.7)."""
MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

Broken = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
"""What the standard library raises on hostile archives."""


@dataclass(frozen=True, slots=True)
class ZipMember:
    """An entry of an open ZIP."""

    name: str
    size: int
    container: zipfile.ZipFile
    entry: zipfile.ZipInfo
    work: Path
    in_memory: int

    def source(self, room: int = sys.maxsize) -> bytes | Path:
        """Unpack to memory, or to a file of ours in the work folder where they are too many."""
        if self.size <= min(self.in_memory, room):
            return b"".join(self._unpacked())
        try:
            with tempfile.NamedTemporaryFile(dir=self.work, delete=False) as out:
                out.writelines(self._unpacked())
        except OSError as cause:  # ours: what is wrong with the ZIP itself is a CorruptMember
            detail = f"{self.name} cannot be unpacked to {self.work}: {cause.strerror}"
            raise StorageUnavailable(detail, place=str(self.work)) from cause
        return Path(out.name)

    def _unpacked(self) -> Iterator[bytes]:
        given = 0
        try:
            with self.container.open(self.entry) as stream:
                while chunk := stream.read(CHUNK):
                    given += len(chunk)
                    if given > self.size:
                        break
                    yield chunk
            if given != self.size:
                raise zipfile.BadZipFile(f"{given} bytes where the directory says {self.size}")
        except Broken as cause:
            place = f"{Path(self.container.filename or '').name}!{self.name}"
            raise CorruptMember(finding("PKG-MEMBER-CORRUPT", place, why=cause)) from cause


def looks_zipped(path: Path) -> bool:
    """Tell by the first bytes, or by the name, that a file means to be a ZIP.

    Raises:
        InvalidRequest: It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError as cause:
        raise InvalidRequest(f"{path} cannot be read: {cause.strerror}", place=str(path)) from cause
    return start in MAGIC or path.suffix.lower() == ".zip"


@contextlib.contextmanager
def read_zip(path: Path, work: Path, limits: Limits) -> Iterator[Package]:
    """Open a ZIP and judge its directory."""
    with contextlib.ExitStack() as stack:
        try:
            container = stack.enter_context(zipfile.ZipFile(path))
        except Broken as cause:
            yield Package(package_name(path), "zip", (), (finding("PKG-ZIP-BROKEN", path.name, why=cause),))
            return
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=work, prefix="unpack-")))
        members, noticed = _members(container, scratch, path.name, limits)
        unsafe = worst(noticed) is Severity.ERROR
        yield Package(package_name(path), "zip", () if unsafe else tuple(members), tuple(noticed))


def _members(
    container: zipfile.ZipFile, work: Path, name: str, limits: Limits
) -> tuple[list[ZipMember], list[Finding]]:
    entries = [entry for entry in container.infolist() if not _is_folder(entry)]
    noticed = _whole(entries, name, limits)
    noticed.extend(_hidden(container, name))
    members: list[ZipMember] = []
    for entry in entries[: limits.members]:
        found, shown = _entry(entry, name, limits)
        noticed.extend(found)
        if shown:
            members.append(ZipMember(shown, entry.file_size, container, entry, work, limits.in_memory))
    noticed.extend(check_apart((member.name for member in members), name))
    return members, noticed


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    """Tell a folder by its name; one with bytes is a file that hides, and its name is then no good."""
    return entry.is_dir() and entry.file_size == 0


def _hidden(container: zipfile.ZipFile, name: str) -> Iterator[Finding]:
    """Tell bytes before the first entry: another program may read them, the archive does not keep them."""
    entries = container.infolist()
    if entries and (before := min(entry.header_offset for entry in entries)):
        yield finding("PKG-ZIP-HIDDEN", name, bytes=before)


def _whole(entries: list[zipfile.ZipInfo], name: str, limits: Limits) -> list[Finding]:
    """Judge what only the whole directory shows: counts, totals, overlaps (the 2019 bomb)."""
    total = sum(entry.file_size for entry in entries)
    noticed = []
    if len(entries) > limits.members or total > limits.total:
        noticed.append(finding("PKG-TOO-BIG", name, members=len(entries), bytes=total))
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        if entry.header_offset < end:
            noticed.append(finding("PKG-ZIP-OVERLAP", f"{name}!{entry.filename}"))
            break
        end = entry.header_offset + LOCAL_HEADER + entry.compress_size
    return noticed


def _entry(entry: zipfile.ZipInfo, package: str, limits: Limits) -> tuple[list[Finding], str]:
    raw, guessed = zip_entry_name(entry)
    place = f"{package}!{raw}"
    checked = check_name(raw, place, limits)
    noticed = list(checked.findings)
    if guessed:
        noticed.append(finding("PKG-NAME-CODE-PAGE", place, name=raw))
    if stat.S_ISLNK(entry.external_attr >> 16):
        noticed.append(finding("PKG-NOT-A-FILE", place))
    if entry.flag_bits & ENCRYPTED:
        noticed.append(finding("PKG-MEMBER-ENCRYPTED", place))
    elif entry.compress_type not in METHODS:
        noticed.append(finding("PKG-ZIP-METHOD", place, method=entry.compress_type))
    if entry.file_size > limits.ratio_floor and entry.file_size > limits.ratio * max(entry.compress_size, 1):
        noticed.append(finding("PKG-ZIP-BOMB", place, packed=entry.compress_size, unpacked=entry.file_size))
    return noticed, checked.name
