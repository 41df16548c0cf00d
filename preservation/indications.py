# SPDX-License-Identifier: EUPL-1.2
"""How a verdict is given: the indication of the whole, and the outcome of each comparison.

Tokens, evidence records and signatures are all judged in these words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Indication(StrEnum):
    """EN 319 102-1 5.1.3. A verdict is never a boolean."""

    TOTAL_PASSED = "TOTAL_PASSED"
    TOTAL_FAILED = "TOTAL_FAILED"
    INDETERMINATE = "INDETERMINATE"


class Outcome(StrEnum):
    """How one cryptographic comparison went."""

    OK = "ok"
    FAILED = "failed"
    """It was computed, and disagrees."""
    MISSING = "missing"
    """What it speaks of was not supplied."""
    UNSUPPORTED = "unsupported"
    """It could not be computed by us; nothing is said of it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One reference digest, or the signature value."""

    name: str
    """What was compared: `#CONTENIDO`, `messageDigest`, `signature value`."""
    outcome: Outcome
    detail: str = ""
