#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Verify an evidence kit with nothing but Python's standard library and the `openssl` command.

    python3 verify.py --anchors MY.pem            in the unpacked kit    (en la carpeta del kit)
    python3 verify.py --anchors MY.pem kit.zip    without unpacking it   (sin descomprimirlo)
    python3 verify.py --at 2040-01-01T00:00:00Z --json

This file travels inside every kit. It needs no archive, no network and no database; read it: it is written to
be read. Without `--anchors` the answer is INCOMPLETE at best: a forger can bring a root certificate of his
own, so it says whose root the kit stands on, and you compare the fingerprint with one that you trust.

What it proves, in order (clauses of RFC 4998 unless said):
  1. every file of the kit is the one that SHA256SUMS lists, with no other and none that is foreign;
  2. the deposit record agrees with the received files, kit.json and the validation material beside them, and
     the reports of signatures are those of the record;
  3. the digests of the object's files lead through each reduced hash tree to its time stamp (4.3);
  4. each renewal covers the time stamp before it (5.2), or, in a new chain, also the files again (5.3);
  5. each RFC 3161 token is signed by a time-stamping authority under the anchors, judged when the next
     token was made, the last one now (5.3: it was still valid when it was renewed);
  6. no certificate behind a token was revoked so that the token falls (RFC 5280 5, RFC 3161 4), by lists that
     its issuer signed: those of the kit, or yours (`--crls`);
  7. the ledger's events about the object are whole, and lead to the time-stamped heads of the ledger
     (RFC 9162 2.1) where the kit has them.

Not proven, since whoever makes a kit can write them anew: its words (LEEME.txt, README.txt), the two
verifiers, and the pages of reports. Nor does it know when an algorithm was broken: it prints which ones were
used and when. Exit 0: all proven. 1: something false. 2: something not done, or not yours to trust.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import IO, Dict, List, Tuple

LIMIT = 64 << 20  # bytes of a file that is read whole


class Broken(Exception):
    """A statement of the kit is false; the two texts say which, in Spanish and English."""


class Undone(Exception):
    """Something could not be checked, or is not for this program to decide; two texts as above."""


class Kit:
    """Names and bytes of the kit's files, in a folder or in a ZIP."""

    def __init__(self, place: Path) -> None:
        self.zip = zipfile.ZipFile(place) if place.is_file() else None
        self.place = place
        self._digests: Dict[Tuple[str, str], bytes] = {}
        self._names: List[str] = []

    def names(self, start: str = "") -> List[str]:
        """Every file whose name starts so, sorted."""
        self._names = self._names or self._all()
        return [name for name in self._names if name.startswith(start)]

    def _all(self) -> List[str]:
        if not self.zip:
            return sorted(p.relative_to(self.place).as_posix() for p in self.place.rglob("*") if p.is_file())
        entries = self.zip.infolist()
        found = [entry.filename for entry in entries if not entry.is_dir()]
        if len(found) != len(set(found)):
            raise Broken("el ZIP repite un nombre", "the ZIP repeats a name")
        if self.zip.comment or min((entry.header_offset for entry in entries), default=0):
            raise Broken("hay algo antes o después del ZIP", "something stands before or after the ZIP")
        return sorted(found)

    def open(self, name: str) -> IO[bytes]:
        """One file, as a stream."""
        return self.zip.open(name) if self.zip else (self.place / name).open("rb")

    def read(self, name: str) -> bytes:
        """The whole of a small file."""
        if name not in self.names():
            raise Broken(f"falta {name}", f"{name} is missing")
        with self.open(name) as stream:
            data = stream.read(LIMIT + 1)
        if len(data) > LIMIT:
            raise Broken(f"{name} es desmesurado", f"{name} is far too large")
        return data

    def digest(self, name: str, algorithm: str) -> bytes:
        """Digest of a file of any size, which is read once for the two usual algorithms."""
        if (name, algorithm) not in self._digests:
            states = {each: hashlib.new(each) for each in ("sha256", "sha512", algorithm)}
            with self.open(name) as stream:
                for chunk in iter(lambda: stream.read(1 << 20), b""):
                    for state in states.values():
                        state.update(chunk)
            for each, state in states.items():
                self._digests[name, each] = state.digest()
        return self._digests[name, algorithm]


class Der:
    """One tag-length-value (ITU-T X.690): `tag`, its `value` and the whole `raw` bytes."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        if len(data) < at + 2:
            raise Broken("DER truncado", "truncated DER")
        self.tag, length, start = data[at], data[at + 1], at + 2
        if length >= 0x80:
            count = length & 0x7F
            length, start = int.from_bytes(data[start : start + count], "big"), start + count
        self.end = start + length
        if self.end > len(data):
            raise Broken("DER truncado", "truncated DER")
        self.value, self.raw = data[start : self.end], data[at : self.end]

    def parts(self) -> List[Der]:
        """The elements inside."""
        found: List[Der] = []
        at = 0
        while at < len(self.value):
            found.append(Der(self.value, at))
            at = found[-1].end
        return found

    def oid(self) -> str:
        """An object identifier in dotted form."""
        numbers, number = [], 0
        for byte in self.value:
            number = number << 7 | byte & 0x7F
            if byte < 0x80:
                numbers.append(number)
                number = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def whole(data: bytes) -> Der:
    """A SEQUENCE and nothing behind it."""
    found = Der(data)
    if found.tag != 0x30:
        raise Broken("no es una SEQUENCE", "this is no SEQUENCE")
    if found.end != len(data):
        raise Broken("sobran bytes tras el DER", "bytes follow the DER")
    return found
