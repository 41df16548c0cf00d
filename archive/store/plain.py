# SPDX-License-Identifier: EUPL-1.2
"""What every store with a single copy answers alike."""

from __future__ import annotations

import hashlib
import hmac
from typing import BinaryIO

from archive.digests import read_chunks
from archive.store import Answer, Copies, ObjectStore, Retention, retention_of


class PlainStore:
    """Base of the stores that keep one copy of everything; see `ObjectStore` for what is promised."""

    name: str = "local"
    """As configuration and reports call it."""
    lean: bool = False
    """See `ObjectStore.lean`."""

    @property
    def caveats(self) -> tuple[str, ...]:
        """What this store was found not to do although it was asked to, in words; for every status page."""
        return ()

    def lock_fault(self, retention: Retention | None) -> str:  # noqa: ARG002 - nothing is asked for here
        """Return what is wrong with the lock of a key, in words; empty where it is as the settings ask."""
        return ""

    def open(self, key: str) -> BinaryIO:
        """See `ObjectStore.open`."""
        raise NotImplementedError

    def open_sound(self, key: str, sha256: str) -> BinaryIO:  # noqa: ARG002 - one copy: there is no choice
        """See `ObjectStore.open_sound`."""
        return self.open(key)

    def copies(self: ObjectStore) -> Copies:
        """See `ObjectStore.copies`."""
        return Copies(((getattr(self, "name", PlainStore.name), self),))

    def challenge(self, key: str, nonce: bytes) -> Answer:
        """See `ObjectStore.challenge`."""
        with self.open(key) as stream:
            return answer(stream, nonce)


def answer(stream: BinaryIO, nonce: bytes) -> Answer:
    """Read a stream to its end and answer for a nonce, in constant memory and one pass."""
    digest, mac, size = hashlib.sha256(), hmac.new(nonce, digestmod=hashlib.sha256), 0
    for chunk in read_chunks(stream):
        digest.update(chunk)
        mac.update(chunk)
        size += len(chunk)
    return Answer(digest.hexdigest(), mac.hexdigest(), size, retention_of(stream))
