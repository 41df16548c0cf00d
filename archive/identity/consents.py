# SPDX-License-Identifier: EUPL-1.2
"""Consents: by which somebody of the province reaches a municipality's records, for a reason and a time.

He asks with a reason, or somebody of the municipality gives it unasked; somebody of the municipality who may
(`Right.CONSENT`: archivist, secretary) grants or refuses. Its roles count while it lasts and not a second
longer; the municipality ends it when it likes. Everything is told in its own ledger, the reason by its digest
(a reason may name people) and in words in the register.

Source: Ley 7/1985 arts. 31.2 and 36 (assistance of the province does not move the municipality's competence);
Ley 40/2015 art. 11 (entrusted tasks); RGPD art. 28.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from archive.catalog import RegisterEntry
from archive.clock import format_instant, parse_instant
from archive.errors import ConflictError, InvalidRequest, NotFound, Refused
from archive.home import Home
from archive.identifiers import uuid7
from archive.identity.accounts import Account, Accounts
from archive.identity.principal import LOCAL, Principal
from archive.identity.roles import Right, Role
from archive.registers import Register

NAME: Final = "consents"
LONGEST: Final = timedelta(days=90)
LENDABLE: Final = frozenset({Role.ARCHIVIST, Role.DEPOSITOR, Role.AUDITOR})
"""What a consent may make of somebody; the Secretary's faith and the Mayor's approval are not lent."""


class State(StrEnum):
    """Of a consent; that its time is over is told by its end, not by a state."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent."""

    consent_id: str
    tenant_id: str
    account_id: str
    roles: frozenset[Role]
    reason: str
    asked_at: datetime
    asked_by: str
    """Agent."""
    lasts: timedelta
    state: State = State.ASKED
    settled_by: str = ""
    ends_at: datetime | None = None
    """From the granting on."""
    version: int = 0

    def counts(self, now: datetime) -> bool:
        """Tell whether its roles are good at an instant."""
        return self.state is State.GRANTED and self.ends_at is not None and now < self.ends_at


class Consents:
    """The register of consents, each in the municipality that gives it."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._register = Register(home, NAME)

    def ask(
        self,
        tenant_id: str,
        account: Account,
        roles: Iterable[Role],
        reason: str,
        lasts: timedelta,
        agent: str,
    ) -> Consent:
        """Ask a municipality to be let in.

        Raises:
            ConflictError: One is asked for or lasts already: there is one at a time.
            InvalidRequest: No reason, too long, nothing or something that is not lent; not of the province.
            NotFound: No such municipality.
        """
        given, reason = frozenset(roles), " ".join(reason.split())
        if not account.provincial:
            raise InvalidRequest("consents are for the people of the province")
        if not given or given - LENDABLE:
            raise InvalidRequest(f"a consent lends some of: {', '.join(sorted(LENDABLE))}")
        if not 10 <= len(reason) <= 2000:
            raise InvalidRequest("a reason has 10 to 2,000 characters: what for, and who asked for it")
        if not timedelta() < lasts <= LONGEST:
            raise InvalidRequest(f"a consent lasts up to {LONGEST.days} days")
        now = self._home.clock.now()
        for each in self.of_account(account.account_id):
            if each.tenant_id == tenant_id and each.state is State.GRANTED and not each.counts(now):
                self._put(replace(each, state=State.ENDED), "consent.ended", agent)
        consent = Consent(uuid7(now), tenant_id, account.account_id, given, reason, now, agent, lasts)
        return self._put(consent, "consent.asked", agent)

    def grant(self, consent: Consent, giver: Principal) -> Consent:
        """Let somebody in from now on.

        Raises:
            ConflictError: It was settled already.
            Refused: Who grants is nobody of the municipality who may, or the very one who is let in.
        """
        self._require_giver(consent, giver)
        if consent.state is not State.ASKED:
            raise ConflictError(f"that consent is {consent.state} already")
        ends = self._home.clock.now() + consent.lasts
        return self._put(
            replace(consent, state=State.GRANTED, settled_by=giver.agent, ends_at=ends), "consent.granted",
            giver.agent,
        )  # fmt: skip

    def refuse(self, consent: Consent, giver: Principal) -> Consent:
        """Let him not in. Raises as `grant`."""
        self._require_giver(consent, giver)
        if consent.state is not State.ASKED:
            raise ConflictError(f"that consent is {consent.state} already")
        return self._put(
            replace(consent, state=State.REFUSED, settled_by=giver.agent), "consent.refused", giver.agent
        )

    def end(self, consent: Consent, by: Principal) -> Consent:
        """End it before its time: the municipality, or who was let in. Raises Refused, ConflictError."""
        if by.principal_id != consent.account_id or not by.known:
            self._require_giver(consent, by)
        if consent.state not in {State.ASKED, State.GRANTED}:
            raise ConflictError(f"that consent is {consent.state} already")
        return self._put(replace(consent, state=State.ENDED), "consent.ended", by.agent)

    def get(self, tenant_id: str, consent_id: str) -> Consent:
        """Return a consent. Raises NotFound."""
        return _read(self._register.get(tenant_id, consent_id))

    def of_tenant(self, tenant_id: str) -> list[Consent]:
        """Return a municipality's consents, the newest first."""
        return sorted(
            map(_read, self._register.entries(tenant_id)), key=lambda each: each.consent_id, reverse=True
        )

    def of_account(self, account_id: str) -> list[Consent]:
        """Return what somebody asked for or was granted and has not ended, in any municipality."""
        found = map(_read, self._register.all_by_key(account_id))
        return sorted(found, key=lambda each: each.consent_id, reverse=True)

    def roles_of(self, account_id: str) -> dict[str, frozenset[Role]]:
        """Return what consents make of somebody at this instant, by tenant."""
        now, roles = self._home.clock.now(), dict[str, frozenset[Role]]()
        for each in self.of_account(account_id):
            if each.counts(now):
                roles[each.tenant_id] = roles.get(each.tenant_id, frozenset()) | each.roles
        return roles

    def _require_giver(self, consent: Consent, giver: Principal) -> None:
        if giver == LOCAL:
            return
        if giver.principal_id == consent.account_id:
            raise Refused("nobody lets himself in")
        if not giver.may(Right.CONSENT, consent.tenant_id):
            raise NotFound(f"no consent {consent.consent_id}")
        account = Accounts(self._home).find(giver.principal_id)
        if account is None or account.home != consent.tenant_id:
            raise Refused("only somebody of the municipality lets others in: not whom it let in itself")

    def _put(self, consent: Consent, kind: str, agent: str) -> Consent:
        ends = consent.ends_at
        entry = self._register.put(
            consent.tenant_id, consent.consent_id, _body(consent), kind=kind, agent=agent,
            version=consent.version + 1, state=consent.state, due_at=ends,
            keys=[consent.account_id] if consent.state in {State.ASKED, State.GRANTED} else [],
            detail={
                "account": consent.account_id, "roles": sorted(consent.roles),
                "ends_at": format_instant(ends) if ends else "",
            },
        )  # fmt: skip
        return _read(entry)


def _body(consent: Consent) -> dict[str, object]:
    return {
        "account_id": consent.account_id,
        "roles": sorted(consent.roles),
        "reason": consent.reason,
        "asked_at": format_instant(consent.asked_at),
        "asked_by": consent.asked_by,
        "lasts": int(consent.lasts.total_seconds()),
        "settled_by": consent.settled_by,
    }


def _read(entry: RegisterEntry) -> Consent:
    body = entry.body
    return Consent(
        entry.entry_id, entry.tenant_id, body["account_id"], frozenset(map(Role, body["roles"])),
        body["reason"], parse_instant(body["asked_at"]), body["asked_by"],
        timedelta(seconds=body["lasts"]), State(entry.state), body["settled_by"], entry.due_at, entry.version,
    )  # fmt: skip
