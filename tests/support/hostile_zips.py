# SPDX-License-Identifier: EUPL-1.2
"""ZIPs that lie: in their directory, their headers, their names, their sizes, or by being cut and glued."""

from __future__ import annotations

import dataclasses
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import hostile_names
from fuzz_mutations import mutated, random_operations

from demo.hostile.raw_zip import RawEntry, stored, stored_files, write_raw
from demo.hostile.sample import file_names

Lie = Callable[[random.Random, list[RawEntry]], list[RawEntry]]


def lying_zip(dice: random.Random, sample: Path, target: Path) -> Path:
    """Write a package as a ZIP with one to three lies in it."""
    entries = stored_files(sample, file_names(sample))
    for _ in range(dice.randint(1, 3)):
        if not entries:
            break
        entries = dice.choice(_LIES)(dice, entries)
    write_raw(target, entries)
    if dice.random() < 0.4:
        target.write_bytes(dice.choice(_CUTS)(dice, target.read_bytes()))
    return target


def broken_zip(dice: random.Random, sample: Path, target: Path) -> Path:
    """Write an honest ZIP and damage its bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as out:
        for name in file_names(sample):
            out.write(sample / name, name)
    target.write_bytes(mutated([packed.getvalue()], 0, random_operations(dice)))
    return target


def _other(dice: random.Random, entries: Sequence[RawEntry]) -> int:
    return dice.randrange(len(entries))


def _changed(dice: random.Random, entries: list[RawEntry], **values: object) -> list[RawEntry]:
    at = _other(dice, entries)
    entries[at] = dataclasses.replace(entries[at], **values)  # type: ignore[arg-type]
    return entries


def _named(dice: random.Random, entries: list[RawEntry]) -> list[RawEntry]:
    raw = dice.choice(hostile_names.RAW) if dice.random() < 0.3 else hostile_names.name(dice).encode()
    return _changed(dice, entries, name=raw[:65_535], flags=dice.choice((0, 0x800)))


def _added(dice: random.Random, entries: list[RawEntry]) -> list[RawEntry]:
    return [*entries, stored(hostile_names.name(dice)[:60_000], dice.randbytes(dice.randrange(300)))]


def _twins(dice: random.Random, entries: list[RawEntry]) -> list[RawEntry]:
    one, other = dice.choice(hostile_names.TWINS)
    return [*entries, stored(one, b"<a/>"), stored(other, b"<b/>")]


def _linked(dice: random.Random, entries: list[RawEntry]) -> list[RawEntry]:
    kind = dice.choice((0o120777, 0o020666, 0o060666, 0o010644, 0o140755, 0o040755, 0o104755))
    return [*entries, dataclasses.replace(stored("enlace.xml", b"/etc/passwd"), attributes=kind << 16)]


def _bomb(dice: random.Random, entries: list[RawEntry]) -> list[RawEntry]:
    size = dice.choice((70 << 20, 90 << 20))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    unit = packer.compress(bytes(1 << 20))
    packed = (
        unit + b"".join(packer.compress(bytes(1 << 20)) for _ in range((size >> 20) - 1)) + packer.flush()
    )
    told = dice.choice((size, 100, size * 50))
    return [*entries, RawEntry(b"ceros.bin", packed, told, zlib.crc32(bytes(size)), zipfile.ZIP_DEFLATED)]


def _overlapping(dice: random.Random, entries: list[RawEntry]) -> list[RawEntry]:
    first = entries[_other(dice, entries)]
    shared = [
        dataclasses.replace(first, name=b"copia%d.xml" % n, shares=n > 0) for n in range(dice.randint(2, 300))
    ]
    return [*entries, *shared]


def _deflated(dice: random.Random, entries: list[RawEntry]) -> list[RawEntry]:
    at = _other(dice, entries)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(entries[at].packed) + packer.flush()
    if dice.random() < 0.5:
        packed = mutated([packed], 0, random_operations(dice))
    entries[at] = dataclasses.replace(entries[at], packed=packed, method=zipfile.ZIP_DEFLATED)
    return entries


def _nested(dice: random.Random, entries: list[RawEntry]) -> list[RawEntry]:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as out:
        for number, entry in enumerate(entries[: dice.randrange(4)]):
            out.writestr(f"dentro{number}.xml", entry.packed)
    return [*entries, stored("dentro.zip", inner.getvalue())]


_LIES: tuple[Lie, ...] = (
    _named, _named, _added, _added, _twins, _twins, _linked, _bomb, _overlapping, _deflated, _deflated, _nested,
    lambda dice, entries: _changed(dice, entries, crc=dice.getrandbits(32)),
    lambda dice, entries: _changed(dice, entries, size=dice.choice((0, 1, 10**6, 2**32 - 2, 2**33, 2**63))),
    lambda dice, entries: _changed(dice, entries, method=dice.choice((1, 6, 9, 12, 14, 93, 95, 99, 65_535))),
    lambda dice, entries: _changed(dice, entries, flags=dice.choice((1, 0x40, 0x2000, 8, 0xFFFF))),
    lambda dice, entries: entries * 2,
    lambda dice, entries: entries[: dice.randrange(1, len(entries) + 1)],
    lambda dice, entries: [],
    lambda dice, entries: [*entries, *(stored(f"{n}.txt", b"") for n in range(dice.choice((300, 3_000))))],
)  # fmt: skip


def _with_end(change: Callable[[bytearray], None]) -> Callable[[random.Random, bytes], bytes]:
    def cut(_: random.Random, data: bytes) -> bytes:
        at = data.rfind(b"PK\x05\x06")
        end = bytearray(data[at:])
        change(end)
        return data[:at] + bytes(end)

    return cut


def _count(end: bytearray) -> None:
    struct.pack_into("<2H", end, 8, 0xFFFF, 0xFFFF)


def _start(end: bytearray) -> None:
    struct.pack_into("<I", end, 16, 0xFFFFFFF0)


def _disks(end: bytearray) -> None:
    struct.pack_into("<2H", end, 4, 7, 9)


def _local(dice: random.Random, data: bytes) -> bytes:
    """Let a local header say other than the directory."""
    raw = bytearray(data)
    at = raw.find(b"PK\x03\x04", dice.randrange(max(1, len(raw) // 2)))
    if at >= 0:
        struct.pack_into("<H", raw, at + dice.choice((6, 8, 26, 28)), dice.getrandbits(16))
    return bytes(raw)


_CUTS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    lambda dice, data: data[: dice.randrange(len(data) + 1)],
    lambda dice, data: data[dice.randrange(len(data) + 1) :],
    lambda dice, data: dice.randbytes(dice.randrange(2000)) + data,
    lambda dice, data: data + dice.randbytes(dice.randrange(70_000)),
    lambda dice, data: data + data,
    _with_end(_count), _with_end(_start), _with_end(_disks), _local, _local,
)  # fmt: skip
