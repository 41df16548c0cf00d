# SPDX-License-Identifier: EUPL-1.2
"""API keys of machines: `lgv_ID_SECRET`. Only a digest is kept; the key is shown once.

A key belongs to one municipality and says what it is for: rights of the one table, cut to those a machine may
have. Its secret has 256 random bits, so that a plain SHA-256 keeps it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from archive.catalog import RegisterEntry
from archive.clock import format_instant, parse_instant
from archive.errors import InvalidRequest, NotFound
from archive.home import Home
from archive.identity.principal import Kind, Principal
from archive.identity.roles import Right, roles_for
from archive.registers import Register

NAME: Final = "keys"
PREFIX: Final = "lgv"
ACTIVE: Final = "active"
REVOKED: Final = "revoked"
OF_PERSONS: Final = frozenset({Right.CERTIFY, Right.APPROVE, Right.CONSENT})
"""Acts of a person (RD 128/2018 art. 3; ROF art. 205): no machine does them."""

_KEY: Final = re.compile(rf"{PREFIX}_([0-9a-f]{{16}})_([0-9a-f]{{64}})")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept, without its secret."""

    key_id: str
    tenant_id: str
    name: str
    """What it is for: “Gestor de expedientes”."""
    rights: frozenset[Right]
    made_at: datetime
    made_by: str
    """Agent."""
    ends_at: datetime | None = None
    revoked: bool = False
    digest: str = ""
    version: int = 0

    def good(self, now: datetime) -> bool:
        """Tell whether it opens anything at an instant."""
        return not self.revoked and (self.ends_at is None or now < self.ends_at)

    @property
    def principal(self) -> Principal:
        """Who asks with this key."""
        roles = {self.tenant_id: roles_for(self.rights)}
        return Principal(Kind.KEY, self.key_id, self.name, roles, self.rights, assurance="key")


class Keys:
    """The register of API keys, each in its municipality."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._register = Register(home, NAME)

    def make(
        self,
        tenant_id: str,
        name: str,
        rights: Iterable[Right],
        agent: str,
        *,
        ends_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key and return it with its text, which nobody can be told again.

        Raises:
            InvalidRequest: No name, no right, a right of persons, or an end that is past.
            NotFound: No such municipality.
        """
        given, name, now = frozenset(rights), " ".join(name.split()), self._home.clock.now()
        if not 1 <= len(name) <= 120:
            raise InvalidRequest("a key needs a name of 1 to 120 characters: what it is for")
        if not given:
            raise InvalidRequest("a key needs at least one right")
        if personal := sorted(given & OF_PERSONS):
            raise InvalidRequest(f"{', '.join(personal)}: acts of a person, not of a machine")
        if ends_at is not None and ends_at <= now:
            raise InvalidRequest("that key would have ended before it began")
        key_id, secret = secrets.token_hex(8), secrets.token_hex(32)
        key = ApiKey(key_id, tenant_id, name, given, now, agent, ends_at, digest=_digest(secret))
        return self._put(key, "key.made", agent), f"{PREFIX}_{key_id}_{secret}"

    def of_tenant(self, tenant_id: str) -> Iterator[ApiKey]:
        """Yield a municipality's keys, those that are good first, the newest first."""
        now = self._home.clock.now()
        found = map(_read, self._register.entries(tenant_id))
        return iter(sorted(found, key=lambda key: (not key.good(now), -key.made_at.timestamp())))

    def get(self, tenant_id: str, key_id: str) -> ApiKey:
        """Return a key. Raises NotFound."""
        return _read(self._register.get(tenant_id, key_id))

    def revoke(self, tenant_id: str, key_id: str, agent: str) -> ApiKey:
        """Let a key open nothing from now on. Raises NotFound; twice is fine."""
        key = self.get(tenant_id, key_id)
        return key if key.revoked else self._put(replace(key, revoked=True), "key.revoked", agent)

    def of_id(self, key_id: str) -> ApiKey:
        """Return a key of whatever municipality. Raises NotFound."""
        entry = self._register.by_key(None, key_id)
        if entry is None:
            raise NotFound(f"no key {key_id}")
        return _read(entry)

    def opened_by(self, text: str) -> ApiKey | None:
        """Return the key that a text is, if it is one that opens something now."""
        parts = _KEY.fullmatch(text)
        if parts is None:
            return None
        entry = self._register.by_key(None, parts[1])
        key = _read(entry) if entry is not None else None
        same = hmac.compare_digest(key.digest if key else "", _digest(parts[2]))
        return key if key is not None and same and key.good(self._home.clock.now()) else None

    def _put(self, key: ApiKey, kind: str, agent: str) -> ApiKey:
        entry = self._register.put(
            key.tenant_id, key.key_id, _body(key), kind=kind, agent=agent, version=key.version + 1,
            state=REVOKED if key.revoked else ACTIVE, due_at=key.ends_at, keys=[key.key_id],
            detail={"rights": sorted(key.rights)},
        )  # fmt: skip
        return _read(entry)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _body(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "rights": sorted(key.rights),
        "made_at": format_instant(key.made_at),
        "made_by": key.made_by,
        "digest": key.digest,
    }


def _read(entry: RegisterEntry) -> ApiKey:
    body = entry.body
    return ApiKey(
        entry.entry_id, entry.tenant_id, body["name"], frozenset(map(Right, body["rights"])),
        parse_instant(body["made_at"]), body["made_by"], entry.due_at, entry.state == REVOKED,
        body["digest"], entry.version,
    )  # fmt: skip
