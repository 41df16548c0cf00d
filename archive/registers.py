# SPDX-License-Identifier: EUPL-1.2
"""Registers: small records that people change and that must survive, such as accounts, requests and rules.

    tenants/TENANT/registers/NAME/ENTRY/000002-9f86d081.json     each version a file, never changed

The store is the truth, the catalogue holds the newest version of each entry, the ledger tells of every change
by a digest, and `longeva rebuild` brings back what the ledger tells of. Every file carries random salt: the
digest in the ledger, which stays for ever, says nothing of what a record held once its files are gone.

Order: the row with its event and the file inside ONE transaction, the file durable before the commit. A file
whose event is missing was promised to nobody.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from archive.canonical_json import canonical
from archive.catalog import INSTALLATION, RegisterEntry, Scope, scope_of
from archive.clock import format_instant, parse_instant
from archive.errors import ConflictError, IntegrityError, InvalidRequest, LongevaError, NotFound
from archive.home import Home
from archive.model import SYSTEM_TENANT, LedgerEvent
from archive.store import ObjectStore

MAX_BODY: Final = 1 << 20
"""Bytes of one version."""

ERASED: Final = "erased"
"""State of an entry that was taken away."""
COUNTER: Final = "counter"
"""The entry that `Register.next_number` counts with; it is not listed."""
_ATTEMPTS: Final = 20

_NAME: Final = re.compile(r"[a-z][a-z-]{1,39}")
_ENTRY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_FILE: Final = re.compile(r"(\d{6})-[0-9a-f]{8}\.json")


class Register:
    """One register of every tenant; the installation's own entries are those of `SYSTEM_TENANT`.

    accounts = Register(home, "accounts")
    made = accounts.put("villa", "a1", {"name": "…"}, kind="account.made", agent="cli", keys=("maria",))
    accounts.put("villa", "a1", {**made.body, "locked": True}, kind="account.locked", agent="cli", version=2,
                 keys=made.keys)
    """

    def __init__(self, home: Home, name: str) -> None:
        """Stand on a home.

        Raises:
            InvalidRequest: The name is not 2 to 40 of a-z and `-`.
        """
        if not _NAME.fullmatch(name):
            raise InvalidRequest(f"{name!r} cannot name a register")
        self._home = home
        self.name = name

    def get(self, tenant_id: str, entry_id: str) -> RegisterEntry:
        """Return an entry. Raises NotFound."""
        with self._home.catalog.reading(_scope(tenant_id)) as tx:
            entry = tx.entry(tenant_id, self.name, entry_id)
        if entry is None or not _shown(entry):
            raise NotFound(f"no {self.name} {entry_id}")
        return entry

    def by_key(self, tenant_id: str | None, key: str) -> RegisterEntry | None:
        """Return the entry with this key, of one tenant or (None) of any; None where there is none."""
        with self._home.catalog.reading(INSTALLATION if tenant_id is None else _scope(tenant_id)) as tx:
            return next(iter(tx.entries_by_key(self.name, key, tenant_id)), None)

    def all_by_key(self, key: str) -> list[RegisterEntry]:
        """Return the entries with this key in every tenant, in the order in which they were made."""
        with self._home.catalog.reading(INSTALLATION) as tx:
            return [entry for entry in tx.entries_by_key(self.name, key) if entry.state != ERASED]

    def entries(self, tenant_id: str, *, state: str | None = None) -> Iterator[RegisterEntry]:
        """Yield a register in the order of entry ids, a page in memory; what was erased is left out."""
        after = ""
        while True:
            with self._home.catalog.reading(_scope(tenant_id)) as tx:
                page = tx.entries(tenant_id, self.name, state=state, after=after)
            yield from (entry for entry in page if _shown(entry))
            if not page:
                return
            after = page[-1].entry_id

    def due(self, before: datetime) -> list[RegisterEntry]:
        """Return the entries of any tenant that are due before an instant, oldest first, at most 1,000."""
        with self._home.catalog.reading(INSTALLATION) as tx:
            return tx.entries_due(self.name, before)

    def put(
        self,
        tenant_id: str,
        entry_id: str,
        body: dict[str, Any],
        *,
        kind: str,
        agent: str,
        version: int = 1,
        state: str = "",
        due_at: datetime | None = None,
        keys: Iterable[str] = (),
        detail: dict[str, Any] | None = None,
    ) -> RegisterEntry:
        """Write a new entry, or the next version of one; durable and told to the ledger on return.

        Args:
            tenant_id: Whose; `SYSTEM_TENANT` for the installation's own.
            entry_id: Letters, digits, `.`, `_`, `-`; never made of personal data.
            body: JSON, at most 1 MiB.
            kind: Kind of the ledger's event, a dotted verb such as `account.made`.
            agent: Who does it.
            version: 1 for a new entry, else one more than the version that was read.
            state: What queues are made of.
            due_at: When somebody must have acted.
            keys: Other names; each belongs to one entry of this register and tenant.
            detail: What else the ledger tells; no personal data.

        Returns:
            The entry as it is kept.

        Raises:
            ConflictError: Somebody changed the entry meanwhile, or a key belongs to another one.
            InvalidRequest: A name or the body cannot be kept.
            NotFound: No such tenant.
            StorageUnavailable: Nothing was changed.
        """
        return self.put_all(
            tenant_id,
            [
                RegisterEntry(
                    tenant_id, self.name, entry_id, version, self._home.clock.now(), body, state, due_at,
                    tuple(keys),
                )
            ],
            kind=kind,
            agent=agent,
            detail=detail,
        )[0]  # fmt: skip

    def put_all(
        self,
        tenant_id: str,
        entries: Iterable[RegisterEntry],
        *,
        kind: str,
        agent: str,
        detail: dict[str, Any] | None = None,
    ) -> list[RegisterEntry]:
        """Write many entries at once, all or none; see `put`. `changed_at` and `sha256` are set here."""
        prepared = [self._prepared(tenant_id, entry) for entry in entries]
        with self._home.writing():
            with self._home.catalog.transaction(_scope(tenant_id)) as tx:
                if tenant_id != SYSTEM_TENANT:
                    tx.tenant(tenant_id)
                for entry, data in prepared:
                    tx.put_entry(entry)
                    self._home.store.put(entry_key(entry), [data])
                    told = {
                        "register": self.name,
                        "version": entry.version,
                        "sha256": entry.sha256,
                        **(detail or {}),
                    }
                    self._home.ledger.append(tx, tenant_id, kind, entry.entry_id, agent, told)
                self._home.store.sync()
            self._home.ledger.flush(tenant_id)
        return [entry for entry, _ in prepared]

    def erase(self, tenant_id: str, entry_id: str, *, kind: str, agent: str) -> list[str]:
        """Take an entry away: an empty version stays, the files of the others go where the store lets them.

        Returns:
            Keys of files that a store did not let go of: what they say is still there.

        Raises:
            NotFound: No such entry.
            ConflictError, StorageUnavailable: As `put`.

        Source:
            RGPD art. 17; a bucket with Object Lock hides what was deleted and keeps it while it is locked.
        """
        entry = self.get(tenant_id, entry_id)
        self.put(tenant_id, entry_id, {}, kind=kind, agent=agent, version=entry.version + 1, state=ERASED)
        folder, kept = f"{registers_prefix(tenant_id)}{self.name}/{entry_id}/", []
        with self._home.writing():
            for key in list(self._home.store.keys(folder)):
                number = _FILE.fullmatch(key.removeprefix(folder))
                if number and int(number[1]) <= entry.version:
                    try:
                        self._home.store.delete(key)
                    except LongevaError:  # the others go all the same; who erases is told
                        kept.append(key)
            self._home.store.sync()
        return kept

    def next_number(self, tenant_id: str, series: str, *, kind: str, agent: str) -> int:
        """Return 1, 2, 3, … of a series, such as a year; no number is given twice.

        The counts are an entry of the register itself (`COUNTER`), which nobody else is shown.

        Raises:
            ConflictError: Others took a number at each of our attempts: ask again.
            NotFound, StorageUnavailable: As `put`.
        """
        for _ in range(_ATTEMPTS):
            with self._home.catalog.reading(_scope(tenant_id)) as tx:
                kept = tx.entry(tenant_id, self.name, COUNTER)
            version, counts = (kept.version, dict(kept.body)) if kept else (0, {})
            counts[series] = int(counts.get(series, 0)) + 1
            with suppress(ConflictError):  # somebody took the number at the same moment
                self.put(tenant_id, COUNTER, counts, kind=kind, agent=agent, version=version + 1)
                return int(counts[series])
        raise ConflictError("too many people ask at the same moment: ask again")

    def _prepared(self, tenant_id: str, entry: RegisterEntry) -> tuple[RegisterEntry, bytes]:
        if not _ENTRY.fullmatch(entry.entry_id):
            raise InvalidRequest(f"{entry.entry_id!r} cannot name an entry of {self.name}")
        # Through JSON, so that the body given back is the one that will be read.
        body = json.loads(canonical(entry.body))
        whole = replace(
            entry, tenant_id=tenant_id, register=self.name, body=body, changed_at=self._home.clock.now(),
            keys=tuple(sorted(dict.fromkeys(entry.keys))),
        )  # fmt: skip
        data = entry_bytes(whole, secrets.token_hex(16))
        if len(data) > MAX_BODY:
            raise InvalidRequest(f"an entry of {self.name} has at most {MAX_BODY} bytes")
        return replace(whole, sha256=hashlib.sha256(data).hexdigest()), data


def _shown(entry: RegisterEntry) -> bool:
    return entry.state != ERASED and entry.entry_id != COUNTER


def registers_prefix(tenant_id: str) -> str:
    """Return the folder of a tenant's registers."""
    return f"tenants/{tenant_id}/registers/"


def entry_key(entry: RegisterEntry) -> str:
    """Return where a version of an entry lies."""
    name = f"{entry.version:06d}-{entry.sha256[:8]}.json"
    return f"{registers_prefix(entry.tenant_id)}{entry.register}/{entry.entry_id}/{name}"


def key_of(event: LedgerEvent) -> str:
    """Return where the version lies of which an event tells; empty for an event of anything else."""
    told = event.detail
    register, version, sha256 = told.get("register"), told.get("version"), told.get("sha256")
    if not (isinstance(register, str) and isinstance(version, int) and isinstance(sha256, str)):
        return ""
    folder = f"{registers_prefix(event.tenant_id)}{register}/{event.subject}/"
    return f"{folder}{version:06d}-{sha256[:8]}.json"


def entry_bytes(entry: RegisterEntry, salt: str) -> bytes:
    """Return the bytes of a version's file (RFC 8785)."""
    told = {
        "format": 1,
        "tenant_id": entry.tenant_id,
        "register": entry.register,
        "entry_id": entry.entry_id,
        "version": entry.version,
        "state": entry.state,
        "due_at": format_instant(entry.due_at) if entry.due_at else "",
        "changed_at": format_instant(entry.changed_at),
        "keys": list(entry.keys),
        "body": entry.body,
        "salt": salt,
    }
    return canonical(told) + b"\n"


def read_entry(data: bytes) -> RegisterEntry:
    """Read what `entry_bytes` wrote.

    Raises:
        IntegrityError: It is no entry's file.
    """
    try:
        told = json.loads(data)
        due_at = parse_instant(told["due_at"]) if told["due_at"] else None
        return RegisterEntry(
            told["tenant_id"], told["register"], told["entry_id"], int(told["version"]),
            parse_instant(told["changed_at"]), dict(told["body"]), told["state"], due_at, tuple(told["keys"]),
            hashlib.sha256(data).hexdigest(),
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, RecursionError) as cause:
        raise IntegrityError(f"a register's file cannot be read: {cause}") from cause


def stored_entries(
    store: ObjectStore, tenant_id: str
) -> Iterator[tuple[str, RegisterEntry | IntegrityError]]:
    """Yield key and entry of every version that a tenant has in the store, in the order of keys."""
    for key in store.keys(registers_prefix(tenant_id)):
        try:
            entry = read_entry(store.read(key))
            if entry_key(entry) != key:
                raise IntegrityError("it is another entry's")  # noqa: TRY301 - one place gives both
            yield key, entry
        except (IntegrityError, NotFound) as cause:
            yield key, cause if isinstance(cause, IntegrityError) else IntegrityError(str(cause))


def _scope(tenant_id: str) -> Scope:
    return INSTALLATION if tenant_id == SYSTEM_TENANT else scope_of(tenant_id)
