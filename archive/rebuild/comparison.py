# SPDX-License-Identifier: EUPL-1.2
"""Do two catalogues say the same? In constant memory, whatever the order of their rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any, Final

from archive.canonical_json import canonical
from archive.catalog import INSTALLATION, Catalog, Transaction
from archive.clock import format_instant

_WIDTH: Final = 1 << 256


def equal_topics(one: Catalog, other: Catalog) -> dict[str, bool]:
    """Tell for each topic whether two catalogues hold the same values.

    Receipts are left out: they are given after the bytes, and the store keeps only what they attest.
    """
    with one.reading(INSTALLATION) as here, other.reading(INSTALLATION) as there:
        return {name: _sum(topic(here)) == _sum(topic(there)) for name, topic in _TOPICS.items()}


def _sum(values: Iterable[Any]) -> int:
    """Add up the digests of values: order does not matter, number does."""
    total = 0
    for value in values:
        digest = hashlib.sha256(canonical(_plain(value))).digest()
        total = (total + int.from_bytes(digest, "big")) % _WIDTH
    return total


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value


def _deposits(tx: Transaction) -> Iterator[Any]:
    for tenant in tx.tenants():
        for deposit in tx.deposits(tenant.tenant_id):
            yield replace(deposit, receipt={})


def _events(tx: Transaction) -> Iterator[Any]:
    after = 0
    while page := tx.events(after):
        yield from page
        after = page[-1].position


def _parts(name: str) -> Callable[[Transaction], Iterator[Any]]:
    def read(tx: Transaction) -> Iterator[Any]:
        for record in tx.objects():
            yield [record.object_id, *getattr(tx, name)(record.object_id)]

    return read


def _leaves(tx: Transaction) -> Iterator[Any]:
    for batch in tx.batches():
        yield from tx.leaves_in(batch.batch_id)


def _copies(tx: Transaction) -> Iterator[Any]:
    for record in tx.objects():
        yield from tx.copies_of(record.object_id)


_TOPICS: Final[dict[str, Callable[[Transaction], Iterable[Any]]]] = {
    "tenants": lambda tx: tx.tenants(),
    "deposits": _deposits,
    "objects": lambda tx: tx.objects(),
    "files": _parts("files"),
    "documents": _parts("documents"),
    "signatures": _parts("signatures"),
    "batches": lambda tx: tx.batches(),
    "leaves": _leaves,
    "due": lambda tx: tx.unsealed(),
    "copies": _copies,
    "registers": lambda tx: tx.every_entry(),
    "events": _events,
}
