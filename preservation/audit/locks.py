# SPDX-License-Identifier: EUPL-1.2
"""Is what was just read still locked as the settings ask? The service told it with the bytes.

Where a store was found at its start not to enforce locks at all, that is told once (`longeva store check`)
and not again for each of ten million files.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from archive.store import ObjectStore, Retention


@runtime_checkable
class _Locked(Protocol):
    """A store that can say what is wrong with a lock: every `PlainStore`."""

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the whole store does not do although it was asked to."""
        ...

    def lock_fault(self, retention: Retention | None) -> str:
        """Return what is wrong with the lock of a key, in words; empty where it is as the settings ask."""
        ...


def lock_fault(store: ObjectStore, retention: Retention | None) -> str:
    """Return what is wrong with the lock on bytes that a store gave; empty where nothing is or none is asked.

    Source:
        Amazon S3 User Guide, "Locking objects with Object Lock"; docs/adr/0012.
    """
    if not isinstance(store, _Locked) or store.caveats:
        return ""
    return store.lock_fault(retention)
