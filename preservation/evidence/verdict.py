# SPDX-License-Identifier: EUPL-1.2
"""What a verification of evidence comes to: a verdict with its steps, each coded, in Spanish and English."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.clock import format_instant
from archive.findings import Finding
from preservation.indications import Indication
from preservation.tokens import TokenVerdict


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was checked."""

    clause: str
    """`RFC 4998 5.3 (2)`."""
    told: Finding
    """How it came out: `EVIDENCE-STEP-…` where it holds, `EVIDENCE-RECORD-…` or `TOKEN-…` where it does not
    (docs/evidence-verdicts.md)."""
    passed: bool

    @property
    def code(self) -> str:
        """Stable name of the outcome."""
        return self.told.code

    @property
    def text(self) -> str:
        """What was checked and how it came out, in English."""
        return self.message()

    def message(self, language: str = "en") -> str:
        """Say the same in `es` or `en`; of a token, after its chain, place there and day of judgement."""
        words = self.told.message(language)
        return f"({self.told.place}) {words}" if self.told.place else words


@dataclass(frozen=True, slots=True)
class EvidenceVerdict:
    """Whether a record proves its documents, judged at one instant."""

    indication: Indication
    sub_indication: str
    steps: tuple[Step, ...]
    intact: bool
    """The mathematics alone: every hash and token signature holds. Says nothing of trust."""
    proven_since: datetime | None = None
    """Time of the first token, where the verdict is TOTAL_PASSED: the documents existed then."""
    valid_until: datetime | None = None
    """First end in the chain of the last token: renew before."""
    stamps: tuple[TokenVerdict, ...] = ()
    """Verdict on each token, oldest first."""
    found: tuple[bool, ...] = ()
    """For each document, whether the first time stamp's first list has its hash."""
    listed: int = 0
    """How many hashes that list has."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """What failed, in English words."""
        return tuple(step.text for step in self.steps if not step.passed)

    @property
    def codes(self) -> tuple[str, ...]:
        """What failed, as codes of the findings catalogue."""
        return tuple(step.code for step in self.steps if not step.passed)

    def told(self, language: str = "en") -> str:
        """Say in `es` or `en` what failed, each after its code."""
        return "; ".join(f"{step.code}: {step.message(language)}" for step in self.steps if not step.passed)

    def to_json(self) -> dict[str, Any]:
        """Return the form of the command-line contract."""
        return {
            "indication": str(self.indication),
            "sub_indication": self.sub_indication,
            "codes": list(self.codes),
            "intact": self.intact,
            "proven_since": None if self.proven_since is None else format_instant(self.proven_since),
            "valid_until": None if self.valid_until is None else format_instant(self.valid_until),
            "steps": [
                {
                    "clause": step.clause,
                    "code": step.code,
                    "text": step.text,
                    "texto": step.message(language="es"),
                    "passed": step.passed,
                }
                for step in self.steps
            ],
        }
