# SPDX-License-Identifier: EUPL-1.2
"""Roles and what each may do: the one table. A role is always held within a municipality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is in a municipality's archive."""

    ARCHIVIST = "archivist"
    """Responsible for the archive (PGDE; Ley 39/2015 art. 17)."""
    DEPOSITOR = "depositor"
    """Clerk or system that transfers closed files."""
    SECRETARY = "secretary"
    """Holder of the public attestation (RD 128/2018 art. 3)."""
    MAYOR = "mayor"
    """Gives the approval, visto bueno, to certifications (ROF art. 205)."""
    OPERATOR = "operator"
    """Keeps the installation running and its accounts; sees no content."""
    AUDITOR = "auditor"
    """Reads what is kept about everything, changes nothing, sees no content."""
    CITIZEN = "citizen"
    """Asks for copies, and follows what he asked for."""


class Right(StrEnum):
    """What may be asked of the archive."""

    SEARCH = "search"
    """Find and see descriptions, but of what is reserved."""
    READ = "read"
    """Be given content, but of what is reserved."""
    RESERVED = "reserved"
    """Find and read what is reserved too."""
    PEOPLE = "people"
    """See names and identifiers of interested parties."""
    DESCRIBE = "describe"
    """Change classification, access regime, holds."""
    DEPOSIT = "deposit"
    """Bring packages, see one's own deposits."""
    DECIDE = "decide"
    """See every deposit, and settle those that wait."""
    ASK_COPY = "ask-copy"
    """Ask for a certified copy, follow one's own requests."""
    RESOLVE_COPY = "resolve-copy"
    """Resolve requests, issue and revoke certified copies."""
    CERTIFY = "certify"
    """Issue certifications (the Secretary's own act)."""
    APPROVE = "approve"
    """Approve certifications (visto bueno)."""
    INSPECT = "inspect"
    """Read ledger, evidence, audits and reports."""
    ADMINISTER = "administer"
    """Accounts, keys, webhooks, settings of the municipality."""
    CONSENT = "consent"
    """Let the people of the province in, for a reason and a time."""


RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.ARCHIVIST: frozenset(
        {
            Right.SEARCH, Right.READ, Right.RESERVED, Right.PEOPLE, Right.DESCRIBE, Right.DEPOSIT,
            Right.DECIDE, Right.ASK_COPY, Right.RESOLVE_COPY, Right.INSPECT, Right.CONSENT,
        }
    ),
    Role.DEPOSITOR: frozenset({Right.DEPOSIT, Right.ASK_COPY}),
    Role.SECRETARY: frozenset(
        {
            Right.SEARCH, Right.READ, Right.RESERVED, Right.PEOPLE, Right.ASK_COPY, Right.CERTIFY,
            Right.INSPECT, Right.CONSENT,
        }
    ),
    Role.MAYOR: frozenset({Right.ASK_COPY, Right.APPROVE}),
    Role.OPERATOR: frozenset({Right.ADMINISTER, Right.INSPECT}),
    Role.AUDITOR: frozenset({Right.SEARCH, Right.INSPECT}),
    Role.CITIZEN: frozenset({Right.ASK_COPY}),
}  # fmt: skip
"""What each role may do. Nobody has a right that no role of his gives."""


def roles_for(rights: Iterable[Right]) -> frozenset[Role]:
    """Return roles that together give some rights: for each the one that gives the least beside it."""
    found: set[Role] = set()
    for right in sorted(set(rights), key=lambda one: sum(one in given for given in RIGHTS.values())):
        if not any(right in RIGHTS[role] for role in found):
            found.add(
                min((role for role in Role if right in RIGHTS[role]), key=lambda role: len(RIGHTS[role]))
            )
    return frozenset(found)
