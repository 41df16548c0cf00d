# SPDX-License-Identifier: EUPL-1.2
"""Keeps what verdicts used and the package does not carry: each piece once, durable before its object.

What came inside the package is kept with it. What came from this installation's trust would be gone in a few
years: a revocation list is replaced every day, an authority ends. Without it nobody could judge the signature
of today as it was judged today.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from archive.material import Material, keep
from archive.store import ObjectStore
from preservation.trust.store import TrustStore


@dataclass(slots=True)
class Keeper:
    """Puts pieces of one trust store into the archive; one for each process that takes packages in."""

    store: ObjectStore
    trust: TrustStore
    edition: Callable[[str], bytes]
    """Returns a trusted list by its SHA-256: what an anchor of a list stands on."""
    _kinds: dict[bytes, str] = field(init=False)
    """Every piece of the trust store, by its own bytes."""
    _named: dict[bytes, tuple[Material, ...]] = field(default_factory=dict)
    """What stands for each piece that was asked for: seven megabytes are hashed once."""
    _put: set[str] = field(default_factory=set)
    """Digests of what was put and is not known to be durable yet."""
    _durable: set[str] = field(default_factory=set)

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

        With an anchor of a trusted list goes the edition of the list. They are durable with the store's next
        `sync`, which comes before any inventory (archive.objects).

        Raises:
            IntegrityError: The edition that an anchor stands on is not what it was.
            StorageUnavailable: The medium failed.
        """
        pieces: set[Material] = set()
        for der in used:
            if der not in self._kinds and self.trust.kept is not None:
                # fetched for the trust folder, which the evidence of an object does not cover
                kind = self.trust.kept.kind_of(der)
                if kind:
                    self._kinds[der] = kind
            if der not in self._kinds and self.trust.policies is not None and self.trust.policies.has(der):
                self._kinds[der] = "policy"
            if der in self._kinds:
                pieces.update(self._kept(der))
        return tuple(sorted(pieces))

    def settled(self) -> None:
        """Hear that the store has synced: what was put need not be put again."""
        self._durable |= self._put
        self._put.clear()

    def lost(self) -> None:
        """Hear that what was put may have been given up."""
        self._put.clear()

    def _kept(self, der: bytes) -> tuple[Material, ...]:
        named = self._named.get(der)
        if named is not None and all(each.sha256 in self._durable | self._put for each in named):
            return named
        pieces = [(self._kinds[der], der)]
        if pieces[0][0] == "anchor":
            editions = {each.snapshot for each in self.trust.decisions_on(der) if each.snapshot}
            pieces += [("trusted list", self.edition(digest)) for digest in sorted(editions)]
        self._named[der] = tuple(self._one(kind, data) for kind, data in pieces)
        return self._named[der]

    def _one(self, kind: str, data: bytes) -> Material:
        piece = Material(hashlib.sha256(data).hexdigest(), kind, len(data))
        if piece.sha256 not in self._durable and piece.sha256 not in self._put:
            keep(self.store, data, piece.sha256)
            self._put.add(piece.sha256)
        return piece
