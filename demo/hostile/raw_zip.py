# SPDX-License-Identifier: EUPL-1.2
"""A ZIP writer that writes what it is told, also what no honest program would.

Source: PKWARE APPNOTE 4.3 (headers) and 4.5.3 (ZIP64 extra field).
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

UTF8: Final = 0x800
ENCRYPTED: Final = 0x1
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_DATE: Final = (46 << 9) | (1 << 5) | 19
"""2026-01-19 in the DOS form."""
_BIG: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry, literally."""

    name: bytes
    packed: bytes
    """What stands in the file."""
    size: int
    """Unpacked size to declare."""
    crc: int
    method: int = zipfile.ZIP_STORED
    flags: int = 0
    attributes: int = 0o100644 << 16
    repeat: int = 1
    """How many times `packed` is written, one after the other."""
    tail: bytes = b""
    """Written after the repetitions."""
    shares: bool = False
    """Stand at the same offset as the entry before, writing nothing."""

    @property
    def packed_size(self) -> int:
        """Bytes it takes in the file."""
        return len(self.packed) * self.repeat + len(self.tail)


def stored(name: bytes | str, data: bytes, *, flags: int | None = None) -> RawEntry:
    """Return an honest entry without compression; a `str` name is UTF-8 and says so."""
    raw = name.encode() if isinstance(name, str) else name
    own = (UTF8 if isinstance(name, str) else 0) if flags is None else flags
    return RawEntry(raw, data, len(data), zlib.crc32(data), flags=own)


def stored_files(folder: Path, names: Iterable[str]) -> list[RawEntry]:
    """Return honest entries for files of a folder."""
    return [stored(name, (folder / name).read_bytes()) for name in names]


def write_raw(target: Path, entries: Sequence[RawEntry]) -> Path:
    """Write the entries as they are and return `target`."""
    with target.open("wb") as out:
        directory, offset = [], 0
        for entry in entries:
            if not entry.shares:
                offset = out.tell()
                _write_local(out, entry)
            directory.append(_central(entry, offset))
        start = out.tell()
        out.writelines(directory)
        size = out.tell() - start
        out.write(_END.pack(b"PK\x05\x06", 0, 0, len(directory), len(directory), size, start, 0))
    return target


def _write_local(out: BinaryIO, entry: RawEntry) -> None:
    extra, size, packed = _zip64(entry)
    out.write(
        _LOCAL.pack(
            b"PK\x03\x04", 45, entry.flags, entry.method, 0, _DATE, entry.crc, packed, size,
            len(entry.name), len(extra),
        )
    )  # fmt: skip
    out.write(entry.name + extra)
    out.writelines(entry.packed for _ in range(entry.repeat))
    out.write(entry.tail)


def _central(entry: RawEntry, offset: int) -> bytes:
    extra, size, packed = _zip64(entry)
    head = _CENTRAL.pack(
        b"PK\x01\x02", (3 << 8) | 45, 45, entry.flags, entry.method, 0, _DATE, entry.crc, packed, size,
        len(entry.name), len(extra), 0, 0, 0, entry.attributes, offset,
    )  # fmt: skip
    return head + entry.name + extra


def _zip64(entry: RawEntry) -> tuple[bytes, int, int]:
    if entry.size < _BIG:
        return b"", entry.size, entry.packed_size
    return struct.pack("<HHQQ", 1, 16, entry.size, entry.packed_size), _BIG, _BIG
