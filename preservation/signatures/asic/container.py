# SPDX-License-Identifier: EUPL-1.2
"""The ZIP of a container, read safely: its files by name, and what is odd about it.

Source: PKWARE APPNOTE 6.3 section 4; ETSI EN 319 162-1 section A.1 (mimetype).
"""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from preservation.signatures.content import BytesContent, Content

MAX_ENTRIES: Final = 2_000
MAX_BYTES: Final = 512 << 20
"""Of all entries together, decompressed; a bomb says more in its directory or lies and is cut."""
META: Final = "META-INF/"
MIMETYPE: Final = "mimetype"
SIMPLE: Final = b"application/vnd.etsi.asic-s+zip"
UNREADABLE_ZIP: Final = (
    zipfile.BadZipFile,
    ValueError,
    OSError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    IndexError,
    zlib.error,
    lzma.LZMAError,
)
"""What `zipfile` raises on hostile bytes."""
_UTF8: Final = 0x800
_LOCAL: Final = b"PK\x03\x04"
_END_OF_DIRECTORY: Final = b"PK\x05\x06"


def open_container(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of a container by name, and the names that are ambiguous.

    Ambiguous are names that stand more than once, that lead to the same place when extracted, and those of
    entries that the directory does not list: who reads a container from its beginning finds them, we do not.

    Raises:
        UNREADABLE_ZIP: It cannot be read safely.
    """
    found: dict[str, bytes] = {}
    left = MAX_BYTES
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        listed = [each for each in container.infolist() if not each.is_dir()]
        if len(listed) > MAX_ENTRIES:
            raise ValueError(f"{len(listed)} entries")
        for each in listed:
            with container.open(each) as stream:
                content = stream.read(left + 1)
            left -= len(content)
            if left < 0:
                raise ValueError("more than half a gibibyte when decompressed")
            found[name_of(each)] = content
        hidden = _unlisted(data, container)
    counted = Counter(_extracted(name_of(each)) for each in listed)
    return found, [*(name for name, count in counted.items() if count > 1), *hidden]


def _extracted(name: str) -> str:
    """Return where an entry is written when it is extracted."""
    steps: list[str] = []
    for step in name.replace("\\", "/").split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in {"", "."}:
            steps.append(step)
    return "/".join(steps)


def _unlisted(data: bytes, container: zipfile.ZipFile) -> list[str]:
    """Return the names of local entries that stand where the directory lists none (APPNOTE 4.3.6, 4.3.7)."""
    found, at = [], 0
    entries = sorted(container.infolist(), key=lambda each: each.header_offset)
    starts = [*(each.header_offset for each in entries), container.start_dir]
    for start, entry in zip(starts, [*entries, None], strict=True):
        head = data.find(_LOCAL, at, max(at, start))
        if head >= 0:
            size = int.from_bytes(data[head + 26 : head + 28], "little")
            found.append(data[head + 30 : head + 30 + size].decode("utf-8", "replace"))
        if entry is not None:
            names = sum(int.from_bytes(data[start + each : start + each + 2], "little") for each in (26, 28))
            at = start + 30 + names + entry.compress_size
    return found


def name_of(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry; without the flag that says UTF-8, many writers mean it all the same."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def oddities(data: bytes, entries: Mapping[str, bytes]) -> list[str]:
    """Say what is odd about a container that was opened; none of it is signed, so none forbids a pass."""
    found = []
    if not data.startswith(_LOCAL):
        found.append("octets stand before the container")
    end = data.rfind(_END_OF_DIRECTORY)
    comment = int.from_bytes(data[end + 20 : end + 22], "little")
    if end >= 0 and data[end + 22 + comment :].strip(b"\0"):
        found.append("octets stand behind the container")
    outside = [each for each in entries if leads_outside(each)]
    if outside:
        found.append(f"the name of an entry leads outside of the container: {outside[0][:80]}")
    if MIMETYPE in entries and next(iter(entries)) != MIMETYPE:
        found.append("mimetype is not its first entry (EN 319 162-1 A.1)")
    return found


def leads_outside(name: str) -> bool:
    """Tell whether a program that extracts blindly would write elsewhere."""
    steps = name.replace("\\", "/").split("/")
    return not steps[0] or ".." in steps or ":" in steps[0]


def is_data(name: str) -> bool:
    """Tell whether an entry is a signed file rather than the container's own."""
    return not name.startswith(META) and name != MIMETYPE


def entry_named(uri: str, entries: Mapping[str, bytes]) -> Content | None:
    """Return the file that a URI names, or None."""
    found = resolved(uri, entries)
    return None if found is None else BytesContent(entries[found])


def resolved(uri: str, entries: Mapping[str, bytes]) -> str | None:
    """Return the name of the file that a URI names, or None."""
    plain = unquote(uri)
    # what the URI means comes first (RFC 3986 section 2.4); many writers did not encode names
    names = (plain, plain.lstrip("/"), plain.removeprefix("./"), uri)
    return next((name for name in names if name in entries), None)
