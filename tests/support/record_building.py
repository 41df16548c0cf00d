# SPDX-License-Identifier: EUPL-1.2
"""Evidence records written for a test with our encoder, after RFC 4998 4.2 and 5.2, without an archive."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from archive.clock import FixedClock
from preservation.authority import DevelopmentAuthority
from preservation.evidence.record import encode_chain, encode_record, encode_sequence, encode_stamp
from preservation.merkle import combine, fold


@dataclass
class RecordInMaking:
    """A record over a group of documents; each step returns it, so that steps can be told in one line."""

    authority: DevelopmentAuthority
    documents: Sequence[bytes]
    chains: list[list[bytes]] = field(default_factory=list)
    algorithms: list[str] = field(default_factory=list)
    tokens: list[bytes] = field(default_factory=list)
    """Of the youngest chain."""

    @property
    def record(self) -> bytes:
        """The record as it stands, in DER."""
        return encode_record(list(dict.fromkeys(self.algorithms)), [encode_chain(one) for one in self.chains])

    def sealed(self, year: int, siblings: Sequence[bytes] = (), algorithm: str = "sha256") -> Self:
        """Begin: the first archive time stamp over the digests of the group (4.2)."""
        self.algorithms.append(algorithm)
        self.chains.append([self._stamp(year, self._digests(algorithm), siblings)])
        return self

    def renewed(self, year: int, siblings: Sequence[bytes] = ()) -> Self:
        """Renew the time stamp: the next one covers the tokens before it in the chain (5.2).

        The last of them would do; Bouncy Castle asks for all, as the group that the archive makes of them.
        """
        covered = sorted(hashlib.new(self.algorithms[-1], each).digest() for each in self.tokens)
        self.chains[-1].append(self._stamp(year, covered, siblings))
        return self

    def rehashed(self, year: int, algorithm: str, siblings: Sequence[bytes] = ()) -> Self:
        """Renew the hash tree: a new chain over H'(H'(document) | H'(all chains before)) of each (5.2)."""
        history = encode_sequence([encode_chain(one) for one in self.chains])
        before = hashlib.new(algorithm, history).digest()
        values = [hashlib.new(algorithm, one + before).digest() for one in self._digests(algorithm)]
        self.algorithms.append(algorithm)
        self.tokens.clear()
        self.chains.append([self._stamp(year, values, siblings)])
        return self

    def _digests(self, algorithm: str) -> list[bytes]:
        return sorted({hashlib.new(algorithm, each).digest() for each in self.documents})

    def _stamp(self, year: int, first: Sequence[bytes], siblings: Sequence[bytes]) -> bytes:
        algorithm = self.algorithms[-1]
        others = [hashlib.new(algorithm, each).digest() for each in siblings]
        lists = [first, *([one] for one in others)] if others or len(first) > 1 else []
        root = fold(lists, algorithm) if lists else combine(first, algorithm)
        clock = FixedClock(datetime(year, 1, 1, tzinfo=UTC))
        self.tokens.append(self.authority.timestamp_authority(clock).stamp(root, algorithm))
        return encode_stamp(algorithm, lists, self.tokens[-1])
