# SPDX-License-Identifier: EUPL-1.2
"""A ZIP written again with some entries changed or added: all others keep their compressed octets and order.

What comes out depends on what goes in alone: new entries carry the earliest date that ZIP knows. Archives
above four gibibytes (ZIP64) and encrypted entries are refused.

Source: PKWARE APPNOTE 6.3 sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (end).
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from archive.errors import InvalidRequest
from preservation.signatures.asic.container import name_of

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_UTF8: Final = 0x800
_DESCRIPTOR: Final = 0x8
_ENCRYPTED: Final = 0x1
_LIMIT: Final = 0xFFFFFFFF
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def rewritten(
    data: bytes, changed: Mapping[str, bytes], added: Mapping[str, bytes], renamed: Mapping[str, str]
) -> bytes:
    """Write a container again.

    Args:
        data: The ZIP.
        changed: New contents of entries, by their name.
        added: Further entries, which come last in this order.
        renamed: New names of entries, by their old ones.

    Raises:
        InvalidRequest: It is a ZIP that is not rewritten: ZIP64, encrypted, or with something before it.
        zipfile.BadZipFile: It is no ZIP.
    """
    if not data.startswith(b"PK\x03\x04"):
        raise InvalidRequest("a container with something before it is not augmented")
    out, directory = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        entries = container.infolist()
        comment = container.comment
    count = len(entries) + len(added)
    for entry in entries:
        name = name_of(entry)
        if entry.flag_bits & _ENCRYPTED or len(data) >= _LIMIT or count >= 0xFFFF:
            raise InvalidRequest("a container that is encrypted or above four gibibytes is not augmented")
        if name in changed:
            _write(out, directory, _made(entry, changed[name]), changed[name])
            continue
        stored = _stored(data, entry)
        if name in renamed:
            entry.filename, entry.flag_bits = renamed[name], entry.flag_bits | _UTF8
        _write_raw(out, directory, entry, stored)
    for name, content in added.items():
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
        _write(out, directory, entry, content)
    start, listed = out.tell(), directory.getvalue()
    out.write(listed)
    out.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, len(listed), start, len(comment)) + comment)
    return out.getvalue()


def _made(entry: zipfile.ZipInfo, content: bytes) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(entry.filename, entry.date_time)
    made.flag_bits = entry.flag_bits & _UTF8
    made.compress_type = zipfile.ZIP_DEFLATED if entry.compress_type else zipfile.ZIP_STORED
    made.external_attr, made.create_system, made.comment = (
        entry.external_attr,
        entry.create_system,
        entry.comment,
    )
    made.file_size = len(content)
    return made


def _write(out: io.BytesIO, directory: io.BytesIO, entry: zipfile.ZipInfo, content: bytes) -> None:
    entry.CRC, entry.file_size = zlib.crc32(content), len(content)
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        content = packer.compress(content) + packer.flush()
    entry.compress_size = len(content)
    if not entry.filename.isascii():
        entry.flag_bits |= _UTF8
    _write_raw(out, directory, entry, content)


def _stored(data: bytes, entry: zipfile.ZipInfo) -> bytes:
    """Return the compressed octets of an entry as they stand."""
    at = entry.header_offset
    fields = _LOCAL.unpack_from(data, at)
    if fields[0] != b"PK\x03\x04":
        raise zipfile.BadZipFile("an entry without its header")
    start = at + _LOCAL.size + fields[-2] + fields[-1]
    return data[start : start + entry.compress_size]


def _write_raw(out: io.BytesIO, directory: io.BytesIO, entry: zipfile.ZipInfo, stored: bytes) -> None:
    # the sizes are known, so no descriptor has to follow the data
    flags = entry.flag_bits & ~_DESCRIPTOR
    name = entry.filename.encode("utf-8" if flags & _UTF8 else "cp437")
    year, month, day, hour, minute, second = entry.date_time
    date, time = (year - 1980) << 9 | month << 5 | day, hour << 11 | minute << 5 | second // 2
    sizes = (entry.CRC, entry.compress_size, entry.file_size)
    needed = max(entry.extract_version, 20)
    at = out.tell()
    shared = (flags, entry.compress_type, time, date, *sizes, len(name))
    out.write(_LOCAL.pack(b"PK\x03\x04", needed, *shared, 0) + name + stored)
    made = entry.create_version | entry.create_system << 8
    tail = (0, len(entry.comment), 0, entry.internal_attr, entry.external_attr, at)
    directory.write(_CENTRAL.pack(b"PK\x01\x02", made, needed, *shared, *tail) + name + entry.comment)
