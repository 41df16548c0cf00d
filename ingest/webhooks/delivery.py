# SPDX-License-Identifier: EUPL-1.2
"""Telling who subscribed: signed, in the order of the ledger, at least once, later and later when it fails.

    POST URL
    Longeva-Signature: t=1795262400,v1=HEX      HMAC-SHA-256 of `t.BODY` with the subscription's secret
    {"events":[{"kind":"deposit.accepted",…}],"sent_at":…,"tenant":…,"webhook":…}      RFC 8785

Any 2xx is an answer. No redirection is followed; the name is resolved once and only public addresses are
connected to (preservation.trust.fetch), but for hosts that the operator lists. After three days of failures
it rests until somebody resumes it: nothing is lost, since the ledger is where it was.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from archive.canonical_json import canonical
from archive.catalog import INSTALLATION
from archive.clock import format_instant, parse_instant
from archive.errors import InvalidInput, NotFound
from archive.home import Home
from archive.model import LedgerEvent
from archive.registers import Register
from ingest.webhooks.subscriptions import Webhook, Webhooks, public_kind, require_address, told
from preservation.trust.fetch import FetchPolicy, Resolver, fetch

REGISTER: Final = "deliveries"
SIGNATURE: Final = "Longeva-Signature"
TOGETHER: Final = 100
"""Events of one message."""
KEPT: Final = 50
"""Attempts that are remembered of each subscription."""
FIRST_WAIT: Final = timedelta(minutes=1)
LAST_WAIT: Final = timedelta(hours=6)
PATIENCE: Final = timedelta(days=3)
SECONDS: Final = 10.0
"""For one message."""
PASSED_BY: Final = 1000
"""Events that concern nobody, after which the place in the ledger is noted all the same."""

WELL, FAILING, RESTING = "well", "failing", "resting"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody has been told."""

    sequence: int
    """Of the last event that he was told of, or that did not concern him."""
    state: str = WELL
    failing_since: datetime | None = None
    again_at: datetime | None = None
    attempts: int = 0
    """That failed, since the last that did not."""
    log: tuple[dict[str, Any], ...] = ()
    """The last attempts, newest first: `at`, `events`, `first`, `last`, `ok`, `answer`."""
    version: int = 0
    """Of the register's entry; 0 for none."""


def deliver_due(home: Home, stop: Callable[[], bool] = lambda: False, resolve: Resolver | None = None) -> int:
    """Tell everybody what he has not been told; returns how many events were.

    Args:
        home: Of the archive.
        stop: Asked before each message.
        resolve: Gives the addresses of a host, for tests.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        tenants = tx.tenants()
    webhooks, count = Webhooks(home), 0
    for tenant in tenants:
        for webhook in webhooks.of(tenant.tenant_id):
            while not stop() and (sent := _deliver(home, webhooks, webhook, resolve)):
                count += sent
    return count


def progress(home: Home, webhook: Webhook) -> Progress:
    """Return how far a subscription has come, and its last attempts."""
    try:
        entry = Register(home, REGISTER).get(webhook.tenant_id, webhook.webhook_id)
    except NotFound:
        return Progress(webhook.after)
    body = entry.body
    return Progress(
        int(body["sequence"]), entry.state, _instant(body["failing_since"]), entry.due_at,
        int(body["attempts"]), tuple(body["log"]), entry.version,
    )  # fmt: skip


def resume(home: Home, webhook: Webhook, agent: str) -> Progress:
    """Try again at once, also one that rests."""
    now = progress(home, webhook)
    return _note(
        home, webhook, replace(now, state=WELL, failing_since=None, again_at=None, attempts=0), agent
    )


def signature(secret: str, moment: int, body: bytes) -> str:
    """Return the header that a message goes with, made at `moment` (seconds since 1970)."""
    code = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={code}"


def _deliver(home: Home, webhooks: Webhooks, webhook: Webhook, resolve: Resolver | None) -> int:
    """Send the next message, if one is due; returns how many events were told with success."""
    so_far, now = progress(home, webhook), home.clock.now()
    if so_far.state == RESTING or (so_far.again_at and so_far.again_at > now):
        return 0
    events, last = _next(home, webhook, so_far.sequence)
    if not events:
        if last - so_far.sequence >= PASSED_BY:
            _note(home, webhook, replace(so_far, sequence=last))
        return 0
    answer = _send(home, webhook, webhooks.secret(webhook), events, resolve)
    line = {
        "at": format_instant(now), "events": len(events), "first": events[0].sequence,
        "last": events[-1].sequence, "ok": not answer, "answer": answer or "2xx",
    }  # fmt: skip
    log = (line, *so_far.log)[:KEPT]
    if answer:
        _note(home, webhook, _failed(so_far, now, log))
        return 0
    _note(home, webhook, replace(Progress(last), log=log, version=so_far.version))
    return len(events)


def _next(home: Home, webhook: Webhook, after: int) -> tuple[list[LedgerEvent], int]:
    """Return the events of the next message, and up to where the ledger was read for it."""
    found: list[LedgerEvent] = []
    while len(found) < TOGETHER:
        with home.catalog.reading(webhook.tenant_id) as tx:
            page = tx.tenant_events(webhook.tenant_id, after, 1000)
        if not page:
            break
        for event in page:
            after = event.sequence
            if public_kind(event) in webhook.kinds:
                found.append(event)
                if len(found) == TOGETHER:
                    break
    return found, after


def _send(
    home: Home, webhook: Webhook, secret: str, events: Sequence[LedgerEvent], resolve: Resolver | None
) -> str:
    """Send a message; returns why it was not taken, empty where it was."""
    private = home.engines.settings.webhooks.private_hosts
    try:
        own = require_address(webhook.url, private)
    except InvalidInput as cause:  # the operator took its host from the list
        return str(cause)
    now = home.clock.now()
    body = canonical(
        {
            "webhook": webhook.webhook_id,
            "tenant": webhook.tenant_id,
            "sent_at": format_instant(now),
            "events": [told(event, format_instant(event.at)) for event in events],
        }
    )
    parts = urlsplit(webhook.url)
    host = (parts.hostname or "").rstrip(".")
    hosts = frozenset({host, f"{host}:{parts.port}"})
    answer = fetch(
        webhook.url, FetchPolicy(hosts, max_bytes=1 << 16, seconds=SECONDS, private=own), body=body,
        content_type="application/json", accepted=range(200, 300), resolve=resolve,
        headers={SIGNATURE: signature(secret, int(now.timestamp()), body)},
    )  # fmt: skip
    return answer.problem[:300]


def _failed(so_far: Progress, now: datetime, log: tuple[dict[str, Any], ...]) -> Progress:
    since = so_far.failing_since or now
    wait = min(FIRST_WAIT * (1 << min(so_far.attempts, 12)), LAST_WAIT)
    resting = now - since >= PATIENCE
    return replace(
        so_far, state=RESTING if resting else FAILING, failing_since=since, attempts=so_far.attempts + 1,
        again_at=None if resting else now + wait, log=log,
    )  # fmt: skip


def _note(home: Home, webhook: Webhook, now: Progress, agent: str = "worker") -> Progress:
    body = {
        "sequence": now.sequence,
        "failing_since": format_instant(now.failing_since) if now.failing_since else "",
        "attempts": now.attempts,
        "log": list(now.log),
    }
    entry = Register(home, REGISTER).put(
        webhook.tenant_id, webhook.webhook_id, body, kind="webhook.told", agent=agent,
        version=now.version + 1, state=now.state, due_at=now.again_at,
    )  # fmt: skip
    return replace(now, version=entry.version)


def _instant(text: str) -> datetime | None:
    return parse_instant(text) if text else None
