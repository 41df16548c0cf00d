# SPDX-License-Identifier: EUPL-1.2
"""Reasons why something does not pass, with the indications of EN 319 102-1 table 5 and 6."""

from __future__ import annotations

from dataclasses import dataclass

from preservation.indications import Indication


@dataclass(frozen=True, slots=True)
class Concern:
    """One reason why a signature does not pass."""

    indication: Indication
    sub_indication: str
    reason: str


def indeterminate(sub_indication: str, reason: str) -> Concern:
    """Return a concern that further proof may settle."""
    return Concern(Indication.INDETERMINATE, sub_indication, reason)


def failed(sub_indication: str, reason: str) -> Concern:
    """Return a concern that nothing can settle."""
    return Concern(Indication.TOTAL_FAILED, sub_indication, reason)
