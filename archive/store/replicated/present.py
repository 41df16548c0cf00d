# SPDX-License-Identifier: EUPL-1.2
"""Which of several answers about a file that is rewritten is the present one.

A copy that was away comes back with the past. Everything else is written once; these few are replaced:

    tenants/TENANT/ledger/head.json      the one that reaches furthest
    tenants/TENANT/deposits/ID.json      the one whose state is the later
    tenants/TENANT/tenant.json           written again only by a creation that died: what most copies say

Root inventories are replaced too; which of them counts is `archive.object_reading`'s to say.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Final

from archive.clock import parse_instant

_HEAD: Final = re.compile(r"tenants/[^/]+/ledger/head\.json\Z")
_DEPOSIT: Final = re.compile(r"tenants/[^/]+/deposits/[^/]+\.json\Z")
_TENANT: Final = re.compile(r"tenants/[^/]+/tenant\.json\Z")


def is_rewritten(key: str) -> bool:
    """Tell whether a key is one of those that this module speaks of."""
    return key.startswith("tenants/") and _rank(key) is not None


def present(key: str, answers: Mapping[str, bytes]) -> bytes:
    """Return the present bytes of a key that is rewritten.

    Args:
        key: One for which `is_rewritten`.
        answers: What each store has, by name, in the order of preference; not empty.

    Returns:
        The one that ranks first; among equals what most stores say, then the first.
    """
    rank = _rank(key) or (lambda _: "")
    votes = Counter(answers.values())
    return max(dict.fromkeys(answers.values()), key=lambda data: (rank(data), votes[data]))


def _rank(key: str) -> Callable[[bytes], str] | None:
    if _HEAD.match(key):
        return _sequence
    if _DEPOSIT.match(key):
        return _since
    return (lambda _: "") if _TENANT.match(key) else None


def _sequence(data: bytes) -> str:
    try:
        return format(int(json.loads(data)["sequence"]), "020d")
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _since(data: bytes) -> str:
    """Return the instant of the state as text that sorts; empty if it cannot be read."""
    try:
        since = parse_instant(json.loads(data)["deposit"]["since"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return since.astimezone(UTC).isoformat(timespec="microseconds")
