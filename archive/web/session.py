# SPDX-License-Identifier: EUPL-1.2
"""Sessions of people: a signed cookie that says whose, since when and until when; the account says the rest.

What somebody may is read at every request, so that a role taken away, a closed account, a changed password
(`Account.epoch`) or a consent that ended count at once. The cookie is new at every entry (no fixation), ends
after idleness and after a working day whatever happens, and is sent only over TLS, to us, hidden from
scripts.

Limit: a session that its owner left is remembered as over by this process alone; elsewhere, and after a
restart, a stolen copy of its cookie is good until it has been idle for long enough. “Close all sessions” ends
every copy everywhere.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from flask import Flask, Request, current_app, g, session
from flask.sessions import SecureCookieSessionInterface

from archive.errors import NotFound
from archive.identity import Kind, Principal
from archive.identity.accounts import Account, Accounts
from archive.identity.resolving import principal_of
from archive.identity.secret import derived
from archive.web.context import current_home, service

RULES: Final = "session-rules"
"""Name of the service that gives `SessionRules`."""
FRESH: Final = timedelta(minutes=1)
"""For so long a session's last use is not written again into its cookie."""
_ENDED: Final = "ended-sessions"


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How sessions are kept."""

    secret: bytes
    """The installation's own; what signs and what seals is derived from it."""
    secure: bool = True
    """Only over TLS; false where the public address is plain http, on one's own machine."""
    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=10)
    second_factor: bool = False
    """Whoever enters with a password must have a telephone too."""

    @property
    def sealing_key(self) -> bytes:
        """What seals the secrets of telephones."""
        return derived(self.secret, "totp")


class _Cookies(SecureCookieSessionInterface):
    digest_method = staticmethod(hashlib.sha256)


class _Ended:
    """Sessions that were left before their time."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def add(self, session_id: str, until: datetime, now: datetime) -> None:
        with self._lock:
            self._until = {one: end for one, end in self._until.items() if end > now}
            self._until[session_id] = until

    def has(self, session_id: str) -> bool:
        return session_id in self._until


def install(app: Flask, rules: SessionRules | None) -> None:
    """Let an application have sessions; without rules, with a secret that dies with the process."""
    rules = rules or SessionRules(secrets.token_bytes(32))
    app.extensions["longeva"].setdefault(RULES, rules)
    app.extensions["longeva"][_ENDED] = _Ended()
    app.session_interface = _Cookies()
    app.config.update(
        SECRET_KEY=derived(rules.secret, "sessions"),
        SESSION_COOKIE_NAME="__Host-longeva" if rules.secure else "longeva",
        SESSION_COOKIE_SECURE=rules.secure,
        SESSION_COOKIE_HTTPONLY=True,
        # Lax, not Strict: a provider sends people back from its own site.
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
    )


def session_rules() -> SessionRules:
    """Return how sessions are kept here."""
    return cast("SessionRules", service(RULES))


def begin_session(account: Account, kind: Kind, assurance: str, *, must: str = "") -> None:
    """Begin a session in this answer; whatever was in the cookie before is gone.

    Args:
        account: Whose.
        kind: How he proved it.
        assurance: How well.
        must: What he has to do before anything else: `password` or `totp`; empty for nothing.
    """
    now = int(current_home().clock.now().timestamp())
    session.clear()
    session.update(
        account=account.account_id, epoch=account.epoch, kind=str(kind), how=assurance, began=now, seen=now,
        id=secrets.token_hex(8), must=must,
    )  # fmt: skip
    g.pop("csrf_token", None)
    g.pop("session_account", None)
    g.pop("principal", None)


def renew_session(account: Account, *, must: str = "") -> None:
    """Let this session go on after its account's epoch changed, as a new one of the same proof."""
    begin_session(account, Kind(session["kind"]), str(session["how"]), must=must)


def end_session() -> None:
    """End this session."""
    if session.get("id"):
        now = current_home().clock.now()
        current_app.extensions["longeva"][_ENDED].add(session["id"], now + session_rules().longest, now)
    session.clear()
    g.pop("principal", None)
    g.pop("session_account", None)


def has_session() -> bool:
    """Tell whether this request came with a session's cookie, good or not."""
    return bool(session.get("account"))


def session_account() -> Account | None:
    """Return whose session this is, None where there is none or it is over; worked out once."""
    if "session_account" not in g:
        g.session_account = _account() if has_session() else None
    return cast("Account | None", g.session_account)


def obligation() -> str:
    """Return what whoever entered has to do before anything else; empty for nothing."""
    return str(session.get("must", ""))


def session_principal(_: Request) -> Principal | None:
    """Return who asks by his session: an authenticator of `archive.web.access`."""
    account = session_account()
    if account is None or obligation():
        return None
    return principal_of(current_home(), account, Kind(session["kind"]), str(session["how"]))


def _account() -> Account | None:
    rules, now = session_rules(), current_home().clock.now()
    began, seen = _instant("began", now), _instant("seen", now)
    if now - began > rules.longest or now - seen > rules.idle or seen > now + FRESH:
        return None
    if current_app.extensions["longeva"][_ENDED].has(session.get("id", "")):
        return None
    try:
        account = Accounts(current_home()).get(str(session["account"]))
    except NotFound:
        return None
    if account.closed or account.epoch != session.get("epoch"):
        return None
    if now - seen > FRESH:
        session["seen"] = int(now.timestamp())
    return account


def _instant(name: str, now: datetime) -> datetime:
    return datetime.fromtimestamp(int(session.get(name, 0)), now.tzinfo)
