# SPDX-License-Identifier: EUPL-1.2
"""The document security store: certificates, lists and answers, and where in the file each of them stands.

What an old revision held and a younger one dropped is still there, and still proves what it proved.

Source: ETSI EN 319 142-1 section 5.4.2 (DSS and VRI).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from preservation.signatures.pdf.document import PdfFile, View
from preservation.signatures.pdf.secrets import Secrets
from preservation.signatures.pdf.syntax import Broken, Dictionary, Octets, Ref, Stream

MAX_ITEMS: Final = 5000
"""Streams of the store that are read."""
MAX_BYTES: Final = 256 << 20
"""Bytes of all of them together."""
_KINDS: Final = {
    "Certs": "certificate",
    "Cert": "certificate",
    "CRLs": "crl",
    "CRL": "crl",
    "OCSPs": "ocsp",
    "OCSP": "ocsp",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """One stream of the store."""

    kind: str
    """`certificate`, `crl`, `ocsp` or `stamp`."""
    value: bytes = field(repr=False)
    sha256: bytes
    start: int
    """Offset of its encoded octets."""
    end: int
    about: str = ""
    """Key of the VRI where it stands in one: the SHA-1 of a signature's /Contents."""


@dataclass(frozen=True, slots=True)
class SecurityStore:
    """Everything in the stores of all revisions."""

    items: tuple[Stored, ...] = ()
    written: int = 0
    """Offset of the cross-reference that brought the youngest store; 0 where there is none."""

    def values(self, kind: str) -> tuple[bytes, ...]:
        """Return the distinct values of a kind."""
        return tuple(dict.fromkeys(each.value for each in self.items if each.kind == kind))


def read_store(views: Iterable[View]) -> SecurityStore:
    """Read the stores of some revisions, the youngest first.

    What cannot be read is left out: it proves nothing.
    """
    found: dict[int, Stored] = {}
    written, left = 0, MAX_BYTES
    for view in views:
        store = view.dictionary(view.root.get("DSS"))
        if store is None:
            continue
        written = written or _written(view)
        for kind, about, value in islice(_streams(view, store), MAX_ITEMS):
            stream = view.resolve(value)
            if not isinstance(stream, Stream) or stream.start in found or left <= 0:
                continue
            try:
                octets = view.decoded(stream, value if isinstance(value, Ref) else None)
                length = len(view.file.raw(stream, view.resolve(stream.dictionary.get("Length"))))
            except Broken:
                continue
            left -= len(octets)
            digest = hashlib.sha256(octets).digest()
            end = stream.start + length
            found[stream.start] = Stored(kind, octets, digest, stream.start, end, about)
    return SecurityStore(tuple(found.values()), written)


def held_in_store(data: Octets) -> frozenset[bytes]:
    """Return what the store of a file holds as it stands; nothing where it cannot be read."""
    try:
        file = PdfFile(data)
        if file.last.trailer.get("Encrypt") is not None:
            file.secrets = Secrets(data)
        return frozenset(each.value for each in read_store([file.last]).items)
    except Broken:
        return frozenset()


def _streams(view: View, store: Dictionary) -> Iterator[tuple[str, str, Any]]:
    for key in ("Certs", "CRLs", "OCSPs"):
        for value in view.array(store.get(key)):
            yield _KINDS[key], "", value
    related = view.dictionary(store.get("VRI"))
    for about, value in islice((related or {}).items(), MAX_ITEMS):
        one = view.dictionary(value) if isinstance(value, Ref | Dictionary) else None
        if one is None:
            continue
        for key in ("Cert", "CRL", "OCSP"):
            for each in view.array(one.get(key)):
                yield _KINDS[key], about, each
        if "TS" in one:
            yield "stamp", about, one["TS"]


def _written(view: View) -> int:
    """Return the offset of the section that last changed the store: what reaches it covers the store."""
    holder = next(each for each in (view.root.get("DSS"), view.trailer.get("Root")) if isinstance(each, Ref))
    for section in view.file.sections[view.place :]:
        if section.find(holder.number) is not None:
            return section.offset
    return view.file.sections[-1].offset
