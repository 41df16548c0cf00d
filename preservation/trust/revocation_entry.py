# SPDX-License-Identifier: EUPL-1.2
"""One entry of a revocation list (RFC 5280 5.1.2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A revoked certificate."""

    since: datetime
    reason: str
    """CRLReason by name (RFC 5280 5.3.1); empty where the list gives none."""
