# SPDX-License-Identifier: EUPL-1.2
"""The access regime of what is kept: rules by series, rulings on one object, and what each says on a day."""

from search.regimes.register import (
    REGIME_EVENTS,
    close_rule,
    regime_of,
    regime_under,
    rules_of,
    set_rule,
    touched_by,
)
from search.regimes.rules import NOT_ADMITTED, Rule, Rules, regime_by

__all__ = [
    "NOT_ADMITTED",
    "REGIME_EVENTS",
    "Rule",
    "Rules",
    "close_rule",
    "regime_by",
    "regime_of",
    "regime_under",
    "rules_of",
    "set_rule",
    "touched_by",
]
