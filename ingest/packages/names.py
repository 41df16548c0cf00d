# SPDX-License-Identifier: EUPL-1.2
"""Member names: what is safe to become a logical path, and what old programs write.

A name that could point outside the package is refused, not mended: whoever wrote it may have meant harm.
A name in an old code page is mended and said, since the signed content does not depend on it.
"""

from __future__ import annotations

import os
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.findings import Finding, finding
from archive.layout import folders_of
from ingest.packages import Limits

UTF8_FLAG = 0x800
"""General purpose bit 11: the name is UTF-8 (APPNOTE 4.4.4)."""


@dataclass(frozen=True, slots=True)
class CheckedName:
    """A name that may be used, with what was noticed; empty when it may not."""

    name: str
    findings: tuple[Finding, ...]


def package_name(path: Path) -> str:
    """Return how a package is called in its receipt: bytes that are no UTF-8 replaced, `.` by its name."""
    return os.fsencode(os.path.basename(os.path.abspath(path))).decode("utf-8", "replace")


def check_name(raw: str, place: str, limits: Limits) -> CheckedName:
    """Judge a member name from any container.

    Refused: absolute, with a drive, with `..`, empty parts or control characters, too long.
    Mended with a finding: backslashes (written by old Windows programs), decomposed accents (NFD).
    """
    noticed: list[Finding] = []
    name = raw
    if "\\" in name:
        name = name.replace("\\", "/")
        noticed.append(finding("PKG-NAME-BACKSLASH", place, name=raw))
    composed = unicodedata.normalize("NFC", name)
    if composed != name:
        name = composed
        noticed.append(finding("PKG-NAME-DECOMPOSED", place, name=raw))
    if _is_unsafe(name):
        return CheckedName("", (finding("PKG-NAME-UNSAFE", place, name=raw),))
    longest = max(len(part.encode()) for part in name.split("/"))
    if len(name.encode()) > limits.name or longest > limits.name_part:
        return CheckedName("", (finding("PKG-NAME-TOO-LONG", place, name=raw, limit=limits.name_part),))
    return CheckedName(name, tuple(noticed))


def check_apart(names: Iterable[str], package: str) -> Iterator[Finding]:
    """Tell names that cannot stand beside each other: the same once mended, or a file where a folder is.

    One of the two would take the other's place, and what came in would be lost.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield finding("PKG-NAME-REPEATED", f"{package}!{name}", name=name)
        seen.add(name)
    folders = {folder for name in seen for folder in folders_of(name)}
    for name in sorted(seen & folders):
        yield finding("PKG-NAME-CLASH", f"{package}!{name}", name=name)


def zip_entry_name(entry: zipfile.ZipInfo) -> tuple[str, bool]:
    """Return the name of a ZIP entry and whether its code page had to be guessed.

    Without the UTF-8 flag the norm says code page 437; Spanish programs write 850 or bare UTF-8.
    """
    if entry.flag_bits & UTF8_FLAG:
        return entry.orig_filename, False
    raw = entry.orig_filename.encode("cp437", "surrogateescape")
    if raw.isascii():
        return entry.orig_filename, False
    try:
        return raw.decode("utf-8"), True
    except UnicodeDecodeError:
        return raw.decode("cp850"), True


def _is_unsafe(name: str) -> bool:
    parts = name.split("/")
    return (
        any(part in {"", ".", ".."} for part in parts)
        or (len(parts[0]) >= 2 and parts[0][1] == ":")
        or any(unicodedata.category(char) in {"Cc", "Cs"} for char in name)
    )
