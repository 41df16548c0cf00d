# SPDX-License-Identifier: EUPL-1.2
"""ZIPs that are broken, dishonest or merely old. Each builder takes a folder to write in and a sample."""

from __future__ import annotations

import dataclasses
import io
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import Final

from demo.hostile.catalogue import provokes
from demo.hostile.raw_zip import ENCRYPTED, UTF8, RawEntry, stored, stored_files, write_raw
from demo.hostile.sample import document_names, file_names

_UNIT: Final = 50_000_000
"""Zeros compressed once; the bomb repeats the result."""


def _with_extra(folder: Path, sample: Path, name: str, *extra: RawEntry) -> Path:
    return write_raw(folder / f"{name}.zip", [*stored_files(sample, file_names(sample)), *extra])


@provokes("PKG-NAME-UNSAFE")
def parent_folder_name(folder: Path, sample: Path) -> Path:
    """A member that would be written outside: `../../etc/longeva`."""
    return _with_extra(folder, sample, "parent", stored("../../etc/longeva.xml", b"<a/>"))


@provokes("PKG-NAME-UNSAFE")
def absolute_name(folder: Path, sample: Path) -> Path:
    """A member with an absolute name."""
    return _with_extra(folder, sample, "absolute", stored("/tmp/longeva.xml", b"<a/>"))  # noqa: S108


@provokes("PKG-NAME-UNSAFE")
def drive_name(folder: Path, sample: Path) -> Path:
    """A member with a Windows drive."""
    return _with_extra(folder, sample, "drive", stored("C:\\expedientes\\doc.xml", b"<a/>"))


@provokes("PKG-NAME-UNSAFE")
def control_name(folder: Path, sample: Path) -> Path:
    """A member whose name rings a bell and moves the cursor."""
    return _with_extra(folder, sample, "control", stored("a\x07\x1b[2Jb.xml", b"<a/>"))


@provokes("PKG-NAME-BACKSLASH")
def backslash_names(folder: Path, sample: Path) -> Path:
    """Folders written with backslashes, as old Windows programs do: admitted."""
    names = file_names(sample)
    entries = [stored(f"expediente\\{name}", (sample / name).read_bytes()) for name in names]
    return write_raw(folder / "backslash.zip", entries)


@provokes("PKG-NAME-REPEATED")
def duplicate_names(folder: Path, sample: Path) -> Path:
    """Two members of the same name and other bytes: which one is the document?"""
    name = document_names(sample)[0]
    return _with_extra(folder, sample, "duplicate", stored(name, b"<a/>"))


@provokes("PKG-NAME-CODE-PAGE")
def cp850_names(folder: Path, sample: Path) -> Path:
    """A name with ñ and accents in code page 850, unflagged: admitted, read right."""
    name = "Resolución señalización año 2025.txt".encode("cp850")
    return _with_extra(folder, sample, "cp850", stored(name, b"texto"))


@provokes("PKG-NAME-DECOMPOSED")
def decomposed_names(folder: Path, sample: Path) -> Path:
    """A name with accents apart from their letters (NFD), as macOS writes."""
    name = unicodedata.normalize("NFD", "Resolución señalización.txt")
    return _with_extra(folder, sample, "decomposed", stored(name, b"texto"))


@provokes("PKG-MEMBER-CORRUPT")
def wrong_crc(folder: Path, sample: Path) -> Path:
    """A member whose CRC disagrees with its bytes."""
    entries = stored_files(sample, file_names(sample))
    entries[0] = dataclasses.replace(entries[0], crc=entries[0].crc ^ 0x5A5A5A5A)
    return write_raw(folder / "crc.zip", entries)


@provokes("PKG-ZIP-BROKEN")
def truncated(folder: Path, sample: Path) -> Path:
    """The transfer stopped at two thirds."""
    whole = _with_extra(folder, sample, "truncated").read_bytes()
    target = folder / "truncated.zip"
    target.write_bytes(whole[: 2 * len(whole) // 3])
    return target


@provokes("PKG-NESTED-ZIP")
def nested_zip(folder: Path, sample: Path) -> Path:
    """A ZIP inside the package: kept, not opened."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr(zipfile.ZipInfo("plano.txt"), "alzado A-07")
    return _with_extra(folder, sample, "nested", stored("anexos.zip", inner.getvalue()))


@provokes("PKG-ZIP-BOMB")
def bomb(folder: Path, sample: Path, *, size: int = 10_000_000_000) -> Path:
    """One member of zeros that grows a thousand times: 10 GB out of 10 MB.

    Compressed once and repeated: a full flush ends each piece on a byte and forgets what came before, so
    the pieces make one valid stream. The CRC is that of the zeros.
    """
    repeat = size // _UNIT
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    unit = packer.compress(bytes(_UNIT)) + packer.flush(zlib.Z_FULL_FLUSH)
    entry = RawEntry(
        b"plano.tif", unit, repeat * _UNIT, _crc_of_zeros(repeat * _UNIT), zipfile.ZIP_DEFLATED,
        UTF8, repeat=repeat, tail=packer.flush(),
    )  # fmt: skip
    return _with_extra(folder, sample, "bomb", entry)


@provokes("PKG-MEMBER-CORRUPT")
def lying_bomb(folder: Path, sample: Path) -> Path:
    """A member that declares 1,000 bytes and gives 50 MB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(_UNIT)) + packer.flush()
    crc = zlib.crc32(bytes(_UNIT))
    entry = RawEntry(b"plano.tif", packed, 1000, crc, zipfile.ZIP_DEFLATED, UTF8)
    return _with_extra(folder, sample, "lying", entry)


@provokes("PKG-ZIP-OVERLAP")
def overlapping_bomb(folder: Path, sample: Path) -> Path:
    """A thousand members that are one and the same megabyte."""
    kernel = stored("0000.bin", bytes(1_000_000))
    shared = [
        dataclasses.replace(kernel, name=f"{number:04d}.bin".encode(), shares=True)
        for number in range(1, 1000)
    ]
    return _with_extra(folder, sample, "overlap", kernel, *shared)


@provokes("PKG-MEMBER-ENCRYPTED")
def encrypted_member(folder: Path, sample: Path) -> Path:
    """A member that asks for a password."""
    return _with_extra(folder, sample, "password", stored("secreto.pdf", bytes(64), flags=ENCRYPTED | UTF8))


@provokes("PKG-NOT-A-FILE")
def symbolic_link(folder: Path, sample: Path) -> Path:
    """A member that is a symbolic link to /etc/passwd."""
    link = dataclasses.replace(stored("enlace.xml", b"/etc/passwd"), attributes=0o120777 << 16)
    return _with_extra(folder, sample, "link", link)


@provokes("PKG-ZIP-METHOD")
def odd_method(folder: Path, sample: Path) -> Path:
    """A member in BZIP2, which nobody asked for."""
    entry = dataclasses.replace(stored("raro.bin", b"BZh9"), method=zipfile.ZIP_BZIP2)
    return _with_extra(folder, sample, "method", entry)


@provokes("PKG-EMPTY")
def empty_zip(folder: Path, sample: Path) -> Path:  # noqa: ARG001 - all builders are called alike
    """A ZIP with nothing inside."""
    return write_raw(folder / "empty.zip", [])


def _crc_of_zeros(count: int) -> int:
    """CRC-32 of `count` zeros without making them: the register's step is linear, so square and multiply."""
    step = [1 << (bit - 1) if bit else 0xEDB88320 for bit in range(32)]  # one zero bit (polynomial of PKZIP)
    register, bits = 0xFFFFFFFF, count * 8
    while bits:
        if bits & 1:
            register = _times(step, register)
        step = [_times(step, column) for column in step]
        bits >>= 1
    return register ^ 0xFFFFFFFF


def _times(matrix: list[int], vector: int) -> int:
    result = 0
    for column in matrix:
        if vector & 1:
            result ^= column
        vector >>= 1
    return result
