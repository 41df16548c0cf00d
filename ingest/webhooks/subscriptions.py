# SPDX-License-Identifier: EUPL-1.2
"""Whom to tell of what. The secret is derived from the installation's own and stands nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from archive.catalog import RegisterEntry
from archive.errors import InvalidInput
from archive.home import Home
from archive.identifiers import uuid7
from archive.identity.secret import derived, installation_secret
from archive.model import LedgerEvent
from archive.registers import Register

REGISTER: Final = "webhooks"
ACTIVE: Final = "active"
MOST: Final = 20
"""Subscriptions of a municipality."""

KINDS: Final = (
    "deposit.accepted", "deposit.waiting", "deposit.rejected", "deposit.repeated", "deposit.admitted",
    "deposit.refused", "deposit.dropped", "copy.issued", "copy.revoked", "export.ended",
)  # fmt: skip
"""What can be told."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription."""

    webhook_id: str
    tenant_id: str
    url: str
    kinds: tuple[str, ...]
    made_at: datetime
    after: int
    """Last sequence of the ledger when it was made: nothing older is told."""


class Webhooks:
    """The subscriptions of a home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._register = Register(home, REGISTER)

    def make(self, tenant_id: str, url: str, kinds: Iterable[str], agent: str) -> Webhook:
        """Subscribe; durable on return.

        Raises:
            InvalidInput: The address is none that may be told, a kind is unknown, or there are twenty.
        """
        chosen = tuple(dict.fromkeys(kinds))
        if not chosen or not set(chosen) <= set(KINDS):
            raise InvalidInput(f"name kinds of event out of: {', '.join(KINDS)}")
        require_address(url, self._home.engines.settings.webhooks.private_hosts)
        if sum(1 for _ in self.of(tenant_id)) >= MOST:
            raise InvalidInput(f"a municipality has at most {MOST} subscriptions")
        with self._home.catalog.reading(tenant_id) as tx:
            last = tx.last_event(tenant_id)
        body = {"url": url, "kinds": list(chosen), "after": last.sequence if last else 0}
        webhook_id = uuid7(self._home.clock.now())
        entry = self._register.put(
            tenant_id, webhook_id, body, kind="webhook.made", agent=agent, state=ACTIVE
        )  # fmt: skip
        return _webhook(entry)

    def of(self, tenant_id: str) -> Iterator[Webhook]:
        """Yield the subscriptions of a municipality."""
        return (_webhook(entry) for entry in self._register.entries(tenant_id))

    def get(self, tenant_id: str, webhook_id: str) -> Webhook:
        """Return a subscription. Raises NotFound."""
        return _webhook(self._register.get(tenant_id, webhook_id))

    def end(self, tenant_id: str, webhook_id: str, agent: str) -> None:
        """End a subscription. Raises NotFound."""
        self._register.erase(tenant_id, webhook_id, kind="webhook.ended", agent=agent)

    def secret(self, webhook: Webhook) -> str:
        """Return what its messages are signed with; the same as long as the installation's secret is."""
        given = self._home.engines.settings.web.secret.get_secret_value()
        key = derived(installation_secret(self._home.path, given), f"webhook {webhook.webhook_id}")
        return f"whsec_{key.hex()}"


def require_address(url: str, private_hosts: Iterable[str]) -> bool:
    """Return whether an address is one of one's own network.

    Raises:
        InvalidInput: No https (or http for one's own), a user name in it, blanks, a fragment, or too long.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as cause:
        raise InvalidInput("the address is no URL") from cause
    host = (parts.hostname or "").rstrip(".")
    own = host in private_hosts or f"{host}:{port}" in private_hosts
    plain = parts.scheme == "http" and own
    if not host or not (parts.scheme == "https" or plain) or parts.username is not None or parts.fragment:
        raise InvalidInput("the address must be https, without user name or fragment")
    if len(url) > 2000 or not url.isascii() or any(char <= " " or char == "\x7f" for char in url):
        raise InvalidInput("the address is too long, or has blanks or letters that no URL has")
    return own


def public_kind(event: LedgerEvent) -> str:
    """Return what an event of the ledger is called outside; empty for one that is nobody's business."""
    if event.kind == "object.stored":
        if "deposit" not in event.detail:
            return ""
        return "deposit.waiting" if event.detail.get("state") == "WAITING" else "deposit.accepted"
    return event.kind if event.kind in KINDS else ""


def told(event: LedgerEvent, at: str) -> dict[str, Any]:
    """Return an event as it is told: identifiers only."""
    body = {"sequence": event.sequence, "kind": public_kind(event), "at": at, "subject": event.subject}
    if deposit := event.detail.get("deposit"):
        body["deposit"] = str(deposit)
    return body


def _webhook(entry: RegisterEntry) -> Webhook:
    body = entry.body
    return Webhook(
        entry.entry_id, entry.tenant_id, str(body["url"]), tuple(body["kinds"]), entry.changed_at,
        int(body["after"]),
    )  # fmt: skip
