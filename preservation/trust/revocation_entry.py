# SPDX-License-Identifier: EUPL-1.2
"""One entry of a revocation list (RFC 5280 5.1.2.6), and why certificates are revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

REASONS: Final = {
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
"""CRLReason by number (RFC 5280 5.3.1)."""
REMOVED: Final = "removeFromCRL"
"""No revocation: a suspension was lifted."""
HARMLESS: Final = frozenset({"unspecified", "affiliationChanged", "superseded", "cessationOfOperation"})
"""Reasons after which older tokens of a unit stay good (RFC 3161 4)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A revoked certificate."""

    since: datetime
    reason: str
    """CRLReason by name (RFC 5280 5.3.1); empty where the list gives none."""
    invalid_since: datetime | None = None
    """Since when its key is known or thought to have been in other hands (invalidityDate, RFC 5280 5.3.2)."""
