# SPDX-License-Identifier: EUPL-1.2
"""Keeps what verdicts used and the package does not carry: each piece once, durable before its object.

What came inside the package is kept with it. What came from this installation's trust would be gone in a few
years: a revocation list is replaced every day, an authority ends. Without it nobody could judge the signature
of today as it was judged today.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from archive.material import Material, keep
from archive.store import ObjectStore
from preservation.trust.store import TrustStore


@dataclass(slots=True)
class Keeper:
    """Puts pieces of one trust store into the archive; one for each process that takes packages in."""

    store: ObjectStore
    trust: TrustStore
    _kinds: dict[bytes, str] = field(init=False)
    """Every piece of the trust store, by its own bytes."""
    _named: dict[bytes, Material] = field(default_factory=dict)
    """Those that were asked for, with their digests: seven megabytes are hashed once."""
    _put: dict[bytes, Material] = field(default_factory=dict)
    """Put, and not known to be durable yet."""
    _durable: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Learn what the trust store has."""
        trust = self.trust
        dated = tuple(each.certificate for each in trust.dated)
        self._kinds = {
            **dict.fromkeys(trust.ocsps, "ocsp"),
            **dict.fromkeys(trust.crls, "crl"),
            **dict.fromkeys(trust.certificates, "certificate"),
            **dict.fromkeys((*trust.anchors, *dated), "anchor"),
        }

    def keep(self, used: Iterable[bytes]) -> tuple[Material, ...]:
        """Put those of `used` that came from trust into the store, if they are not there, and name them.

        They are durable with the store's next `sync`, which comes before any inventory (archive.objects).

        Raises:
            StorageUnavailable: The medium failed.
        """
        pieces = []
        for der in used:
            kind = self._kinds.get(der)
            if kind is None:
                continue
            if der not in self._named:
                self._named[der] = Material(hashlib.sha256(der).hexdigest(), kind, len(der))
            piece = self._named[der]
            pieces.append(piece)
            if der not in self._durable and der not in self._put:
                keep(self.store, der, piece.sha256)
                self._put[der] = piece
        return tuple(sorted(set(pieces)))

    def settled(self) -> None:
        """Hear that the store has synced: what was put need not be put again."""
        self._durable.update(self._put)
        self._put.clear()

    def lost(self) -> None:
        """Hear that what was put may have been given up."""
        self._put.clear()
