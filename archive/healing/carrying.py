# SPDX-License-Identifier: EUPL-1.2
"""Verified bytes from one store into another: read through before the other sees any of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from archive.digests import Digested, digest_bytes, read_chunks
from archive.errors import ConflictError, IntegrityError, NotFound
from archive.healing.round import Right, Round
from archive.journal import ledger_prefix
from archive.model import SYSTEM_TENANT
from archive.store import ObjectStore
from archive.store.replicated.spool import Reread, spooled

_OWN: Final = ledger_prefix(SYSTEM_TENANT)


def digest_in(store: ObjectStore, key: str) -> str:
    """Return the sha256 of what a store has under a key; empty where it has nothing that can be read."""
    digest = hashlib.sha256()
    try:
        with store.open(key) as stream:
            for chunk in read_chunks(stream):
                digest.update(chunk)
    except (NotFound, IntegrityError):
        return ""
    return digest.hexdigest()


def copy(round_: Round, target: tuple[str, ObjectStore], key: str, right: Right) -> bool:
    """Put a key that a store lacks. Durable with the store's next sync.

    Returns:
        Whether some store had the right bytes; where not, that is told in the report.
    """
    name, store = target
    with sound(round_, key, right, besides=name) as given:
        if given is None:
            return False
        try:
            done = round_.ask(name, lambda: bool(store.put(key, given)), False)
        except ConflictError:  # it was given other bytes in this moment: the next healing sees to them
            return False
        if done:
            round_.touched.add(name)
            round_.report.copied[name] += 1
            if not key.startswith(_OWN):  # or each healing would give the next one something to tell
                round_.given[name] += 1
            round_.report.bytes += given.digests.size
    return True


def replace(round_: Round, target: tuple[str, ObjectStore], key: str, right: Right) -> bool:
    """Write the right bytes over those that a store has; returns and tells as `copy`.

    Limits: the file is held in memory while it is replaced, for stores replace whole.
    """
    name, store = target
    with sound(round_, key, right, besides=name) as given:
        if given is None:
            return False
        data = b"".join(given)
        if round_.ask(name, lambda: _replaced(store, key, data), False):
            round_.touched.add(name)
            round_.report.bytes += len(data)
    return True


@contextmanager
def sound(round_: Round, key: str, right: Right, besides: str) -> Iterator[Digested | Reread | None]:
    """Give the right bytes of a key from wherever they are, verified; None where no other store has them."""
    if right.data is not None:
        yield Digested(right.data, digest_bytes(right.data))
        return
    wrong: list[str] = []
    for name, store in list(round_.answering()):
        if name == besides:
            continue
        with spooled(_chunks(round_, name, store, key), round_.home.work_folder()) as given:
            if given.digests.sha256 == right.sha256:
                yield given
                return
        wrong.append(name)
    round_.cannot(key, f"no store has bytes with the sha256 {right.sha256}", wrong)
    yield None


def _chunks(round_: Round, name: str, store: ObjectStore, key: str) -> Iterable[bytes]:
    """Yield what a store has, nothing where it has nothing or fails: then the digest is another."""
    try:
        stream = round_.ask(name, lambda: store.open(key), None)
        if stream is None:
            return
        with stream:
            while chunk := round_.ask(name, lambda: stream.read(1 << 20), b""):
                yield chunk
    except (NotFound, IntegrityError):
        return


def _replaced(store: ObjectStore, key: str, data: bytes) -> bool:
    store.replace(key, data)
    return True
