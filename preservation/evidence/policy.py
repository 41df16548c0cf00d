# SPDX-License-Identifier: EUPL-1.2
"""Sealing policies: how soon, by whom, with how many tokens and under which algorithm objects are sealed.

The settings (`[evidence]`) say it for everybody; a tenant may have it otherwise. What a tenant has otherwise
is an entry of the register `sealing-policies`: each version is dated, stays, and is told to the ledger, so
that it can be said of any day which policy was in force.

A digest whose end has come near is left, whatever settings and policies say: a tree that grew under it would
be due for a hash-tree renewal on its first day, and each batch would cost two tokens.

Source: NTI Política de firma y certificados II.7.5.d; docs/adr/0026-sealing-policy.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final, get_args

from archive.catalog import scope_of
from archive.catalog.rows import RegisterEntry
from archive.errors import IntegrityError, InvalidRequest, NotFound
from archive.home import Home
from archive.registers import Register, key_of, read_entry
from archive.settings.model import EvidenceSettings
from preservation.installation import strength
from preservation.retirement import end_of, successor
from preservation.strength import Algorithm

REGISTER: Final = "sealing-policies"
ENTRY: Final = "policy"
"""The one entry of a tenant; also its key, by which those of all tenants are found at once."""
CHANGED: Final = "sealing.changed"
"""Kind of the ledger's event."""
ALGORITHMS: Final[tuple[str, ...]] = get_args(EvidenceSettings.model_fields["algorithm"].annotation)
"""Under which trees can be grown."""
MAX_INTERVAL: Final = 365 * 86_400
MAX_BATCH: Final = 100_000_000
MAX_TOKENS: Final = 2


@dataclass(frozen=True, slots=True)
class SealingPolicy:
    """How objects are sealed. Tenants with equal policies share their batches."""

    interval: int
    """Seconds within which an object is sealed; 0: at every round of the worker."""
    batch: int
    """Leaves of the largest tree; a full one is sealed at once."""
    authorities: tuple[str, ...]
    """Names of time-stamping authorities in the order to ask; empty: all of the settings, in their order."""
    tokens: int
    """Time stamps of different authorities over one tree."""
    algorithm: str
    """Of the tree: `sha256`, `sha512` or `sha3_512`."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "authorities": list(self.authorities)}


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """What a tenant had otherwise than the settings, from one day on."""

    version: int
    since: datetime
    agent: str
    """Who decided it."""
    said: Mapping[str, Any]
    """Only what differs; empty where everything is as the settings say."""


def default_policy(home: Home) -> SealingPolicy:
    """Return what the settings say."""
    said = home.engines.settings.evidence
    return SealingPolicy(said.interval, said.batch, (), said.tokens, _lasting(home, said.algorithm))


def policy_of(home: Home, tenant_id: str) -> SealingPolicy:
    """Return how the objects of a tenant are sealed now."""
    return _applied(home, said_by(home, tenant_id))


def policies(home: Home) -> Mapping[str, SealingPolicy]:
    """Return the policies of the tenants that have one of their own; one question, whatever their number."""
    return {each.tenant_id: _applied(home, each.body) for each in Register(home, REGISTER).all_by_key(ENTRY)}


def tokens_wanted(home: Home) -> int:
    """Return how many tokens the most careful policy wants: renewals cover everybody's evidence at once."""
    return max([default_policy(home).tokens, *(each.tokens for each in policies(home).values())])


def said_by(home: Home, tenant_id: str) -> dict[str, Any]:
    """Return what a tenant has otherwise than the settings."""
    entry = _entry(home, tenant_id)
    return dict(entry.body) if entry else {}


def change_policy(home: Home, tenant_id: str, changes: Mapping[str, Any], *, agent: str) -> SealingPolicy:
    """Decide how the objects of a tenant are sealed from now on; what is sealed stays as it is.

    Args:
        home: The archive.
        tenant_id: Whose.
        changes: What changes, by the names of `SealingPolicy`; None goes back to what the settings say.
        agent: Who decides, for the ledger.

    Returns:
        The policy in force.

    Raises:
        InvalidRequest: A value that cannot be, an authority that the settings do not name, or more tokens
            than there are authorities.
        NotFound: No such tenant.
        ConflictError: Somebody changed it meanwhile.
        StorageUnavailable: Nothing was changed.
    """
    entry = _entry(home, tenant_id)
    said = {**(entry.body if entry else {}), **changes}
    said = {name: value for name, value in said.items() if value is not None}
    decided = _require_sense(home, said)
    if entry is None or said != entry.body:
        Register(home, REGISTER).put(
            tenant_id,
            ENTRY,
            said,
            kind=CHANGED,
            agent=agent,
            version=entry.version + 1 if entry else 1,
            keys=(ENTRY,),
            detail={"policy": decided.to_json()},
        )
    return decided


def policy_history(home: Home, tenant_id: str) -> Iterator[PolicyVersion]:
    """Yield what a tenant had otherwise than the settings, oldest first, as the ledger tells of it.

    Raises:
        IntegrityError: A version that the ledger tells of is damaged or gone.
    """
    with home.catalog.reading(scope_of(tenant_id)) as tx:
        events = [each for each in tx.events_about(ENTRY) if each.tenant_id == tenant_id]
    for event in events:
        if event.kind == CHANGED:
            try:
                entry = read_entry(home.store.read(key_of(event)))
            except NotFound as cause:
                raise IntegrityError(f"a sealing policy is gone: {cause}", place=key_of(event)) from cause
            yield PolicyVersion(entry.version, event.at, event.agent, entry.body)


def _entry(home: Home, tenant_id: str) -> RegisterEntry | None:
    try:
        return Register(home, REGISTER).get(tenant_id, ENTRY)
    except NotFound:
        return None


def _lasting(home: Home, algorithm: str) -> str:
    """Return a digest for new trees: the given one, or the next where its renewal would be due at once."""
    table = strength(home)
    by = home.clock.now() + timedelta(days=home.engines.settings.evidence.renew_before)
    end = end_of(Algorithm(algorithm), table)
    if end is None or end.until > by:
        return algorithm
    return successor(algorithm, by, table) or algorithm


def _applied(home: Home, said: Mapping[str, Any]) -> SealingPolicy:
    known = {each.name for each in fields(SealingPolicy)}
    values = {name: value for name, value in said.items() if name in known}
    if "authorities" in values:
        values["authorities"] = tuple(values["authorities"])
    if values.get("algorithm") in ALGORITHMS:
        values["algorithm"] = _lasting(home, values["algorithm"])
    return replace(default_policy(home), **values)


def _require_sense(home: Home, said: Mapping[str, Any]) -> SealingPolicy:
    unknown = set(said) - {each.name for each in fields(SealingPolicy)}
    if unknown:
        raise InvalidRequest(f"A sealing policy says nothing of {', '.join(sorted(unknown))}")
    policy = _applied(home, said)
    for name, first, last in (
        ("interval", 0, MAX_INTERVAL),
        ("batch", 1, MAX_BATCH),
        ("tokens", 1, MAX_TOKENS),
    ):
        value = getattr(policy, name)
        if isinstance(value, bool) or not isinstance(value, int) or not first <= value <= last:
            raise InvalidRequest(f"The {name} of a sealing policy is a number from {first} to {last}")
    if policy.algorithm not in ALGORITHMS:
        raise InvalidRequest(f"No tree grows under {policy.algorithm}: {', '.join(ALGORITHMS)}")
    named = home.engines.settings.timestamps.authorities
    if len(set(policy.authorities)) < len(policy.authorities):
        raise InvalidRequest("An authority is named twice")
    for authority in policy.authorities:
        if authority not in named:
            known = ", ".join(named) or "none"
            raise InvalidRequest(
                f"The settings name no time-stamping authority {authority!r}; known: {known}"
            )
    asked = len(policy.authorities or named) or 1  # without settings it is the development authority alone
    if "tokens" in said and policy.tokens > asked:
        raise InvalidRequest(f"{policy.tokens} tokens need as many authorities: there is {asked}")
    return policy
