# SPDX-License-Identifier: EUPL-1.2
"""Several stores as one: every key in all of them, acknowledged when a quorum has it.

    health      which store failed, and until when it is left alone
    watched     one store, with its health
    spool       read the source once, digest it once, hand it to every store
    reading     the next copy when one fails or lies
    store       writing, and what a quorum is
    mark        how far a store was compared with the others, kept in the store itself
    present     which of several answers about a file that is rewritten is the present one

What brings a copy up that was away is `archive.healing`. Why it is so: docs/adr/0013-copies.md.
"""

from archive.store.replicated.health import Health
from archive.store.replicated.store import ReplicatedStore
from archive.store.replicated.watched import WatchedStore

__all__ = ["Health", "ReplicatedStore", "WatchedStore"]
