# SPDX-License-Identifier: EUPL-1.2
"""The admission policy: findings in, decision out. Pure, and the only place where weight becomes fate.

Cannot be parsed safely, or contradicts itself → rejected. Something only a person can judge (a signature
that fails, documents that did not come) → stored and waiting. Everything else, however old or odd → accepted
with its findings: a verdict is never a reason to lose a document.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from archive.findings import Finding, Severity, worst
from archive.model import DepositState


class Verdict(StrEnum):
    """What `longeva check` answers."""

    ACCEPTABLE = "acceptable"
    NEEDS_DECISION = "needs_decision"
    REJECTED = "rejected"


STATES = {
    Verdict.ACCEPTABLE: DepositState.ACCEPTED,
    Verdict.NEEDS_DECISION: DepositState.WAITING,
    Verdict.REJECTED: DepositState.REJECTED,
}


def decide(findings: Iterable[Finding]) -> Verdict:
    """Decide on a deposit by its heaviest finding."""
    match worst(findings):
        case Severity.ERROR:
            return Verdict.REJECTED
        case Severity.DECISION:
            return Verdict.NEEDS_DECISION
        case _:
            return Verdict.ACCEPTABLE
