# SPDX-License-Identifier: EUPL-1.2
"""What awaits somebody in a municipality: lines that the rooms give, for its first page.

A room is asked only for what the person may do; a count that cannot be had leaves its line out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from archive.home import Home
from archive.identity import Principal
from archive.web.context import current_home, service

AWAITING: Final = "awaiting"
"""Service name: a list of `Awaits`."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that awaits somebody."""

    text: str
    """In the language of the page."""
    count: int
    address: str
    tone: str = "wait"


Awaits = Callable[[Home, Principal, str], Sequence[Line]]
"""Says what awaits a principal in a municipality."""


def awaiting(principal: Principal, tenant_id: str) -> list[Line]:
    """Return what awaits somebody, in the order of the rooms; lines without anything are left out."""
    rooms = cast("Sequence[Awaits]", service(AWAITING) or ())
    lines = (line for room in rooms for line in room(current_home(), principal, tenant_id))
    return [line for line in lines if line.count]
