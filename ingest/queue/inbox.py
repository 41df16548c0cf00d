# SPDX-License-Identifier: EUPL-1.2
"""The inbox: packages that wait, with all that a catalogue would have to know of them.

    TENANT/DEPOSIT/package        the bytes as submitted, or a ZIP of the submitted folder
    TENANT/DEPOSIT/header.json    what they are; written after they are durable, removed before they are

Without a header it is half an upload: nobody was told of it, and after a day it is swept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from archive.clock import format_instant, parse_instant
from archive.digests import Digests, copy_digesting, read_chunks
from archive.errors import IntegrityError, StorageUnavailable
from archive.store import ObjectStore

FORMAT: Final = 1
HALF_AN_UPLOAD: Final = timedelta(days=1)
"""After which bytes without header are taken for abandoned."""

_HEADER: Final = "header.json"
_PACKAGE: Final = "package"


@dataclass(frozen=True, slots=True)
class Header:
    """What waits: everything that is needed to deposit it, without any database."""

    deposit_id: str
    tenant_id: str
    name: str
    """File or folder name as submitted; bytes that are no UTF-8 as `os.fsdecode` gives them."""
    package_name: str
    """The same for people."""
    folder: bool
    """It was a folder, and what lies here is a ZIP of it."""
    sha256: str
    size: int
    agent: str
    """Who submitted it."""
    received_at: datetime

    def to_bytes(self) -> bytes:
        """Return it as it lies in the inbox. Not RFC 8785: a name may be no Unicode."""
        body = {name: getattr(self, name) for name in self.__dataclass_fields__}
        body |= {"format": FORMAT, "received_at": format_instant(self.received_at)}
        return json.dumps(body, indent=2, sort_keys=True).encode("ascii") + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Header:
        """Read what `to_bytes` wrote.

        Raises:
            IntegrityError: It is no such header, or one of a newer format.
        """
        try:
            body = json.loads(data)
            if body.pop("format") != FORMAT:
                raise ValueError("another format")  # noqa: TRY301 - told like every other oddity
            if "/" in body["name"] or body["name"] in {"", ".", ".."}:
                raise ValueError("a name with a path")  # noqa: TRY301
            return cls(**body | {"received_at": parse_instant(body["received_at"])})
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as cause:
            raise IntegrityError(f"a header of the inbox cannot be read: {cause!r}") from cause


class Inbox:
    """What waits in a store. Its methods raise StorageUnavailable where the medium fails."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def receive(self, tenant_id: str, deposit_id: str, chunks: Iterable[bytes]) -> Digests:
        """Write the bytes of a package; durable after `complete`."""
        return self._store.put(_key(tenant_id, deposit_id, _PACKAGE), chunks)

    def complete(self, headers: Iterable[Header]) -> None:
        """Make received bytes durable, then their headers: from its return on these deposits wait."""
        self._store.sync()
        for header in headers:
            self._store.put(_key(header.tenant_id, header.deposit_id, _HEADER), [header.to_bytes()])
        self._store.sync()

    def waiting(self) -> Iterator[tuple[str, str]]:
        """Yield tenant and deposit of every header, by tenant and age."""
        for tenant_id in self._store.folders():
            for key in self._store.keys(f"{tenant_id}/"):
                parts = key.split("/")
                if parts[2:] == [_HEADER]:
                    yield tenant_id, parts[1]

    def header(self, tenant_id: str, deposit_id: str) -> Header:
        """Return the header of a deposit.

        Raises:
            NotFound: It does not wait here.
            IntegrityError: It cannot be read, or speaks of another deposit.
        """
        header = Header.from_bytes(self._store.read(_key(tenant_id, deposit_id, _HEADER)))
        if (header.tenant_id, header.deposit_id) != (tenant_id, deposit_id):
            raise IntegrityError("a header of the inbox speaks of another deposit", place=deposit_id)
        return header

    def fetch(self, header: Header, folder: Path) -> Path:
        """Copy a package into an empty folder under its own name, checked against its header.

        Raises:
            NotFound: Its bytes are gone.
            IntegrityError: They are not what was submitted.
        """
        key = _key(header.tenant_id, header.deposit_id, _PACKAGE)
        path = folder / header.name
        try:
            folder.mkdir()
            with self._store.open(key) as stream, path.open("xb") as out:
                digests = copy_digesting(read_chunks(stream), out)
        except OSError as cause:
            raise StorageUnavailable(f"{folder} cannot be written: {cause.strerror}") from cause
        if (digests.sha256, digests.size) != (header.sha256, header.size):
            raise IntegrityError("the package in the inbox is not what was submitted", place=key)
        return path

    def discard(self, deposits: Iterable[tuple[str, str]]) -> None:
        """Remove settled deposits, each header before its bytes; durable on return. Absent is fine."""
        for tenant_id, deposit_id in deposits:
            self._store.delete(_key(tenant_id, deposit_id, _HEADER))
            self._store.delete(_key(tenant_id, deposit_id, _PACKAGE))
        self._store.sync()

    def sweep(self, now: datetime) -> int:
        """Remove abandoned halves of uploads; returns how many. Durable on return."""
        complete = set(self.waiting())
        abandoned = []
        for tenant_id in self._store.folders():
            for deposit_id in self._store.folders(f"{tenant_id}/"):
                begun = _begun(deposit_id)
                if (tenant_id, deposit_id) not in complete and begun and begun + HALF_AN_UPLOAD < now:
                    abandoned.append((tenant_id, deposit_id))
        # A header that came meanwhile makes it whole: its upload took more than a day.
        abandoned = [each for each in abandoned if not self._store.exists(_key(*each, _HEADER))]
        if abandoned:
            self.discard(abandoned)
        return len(abandoned)


def _key(tenant_id: str, deposit_id: str, name: str) -> str:
    return f"{tenant_id}/{deposit_id}/{name}"


def _begun(deposit_id: str) -> datetime | None:
    """Return the instant in a UUIDv7; None for a stranger's folder."""
    try:
        value = UUID(deposit_id)
    except ValueError:
        return None
    return datetime.fromtimestamp((value.int >> 80) / 1000, UTC) if value.version == 7 else None
