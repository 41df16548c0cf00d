# SPDX-License-Identifier: EUPL-1.2
"""Where one is in a list that is longer than a page; `pager` of `longeva/parts.html` draws it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pages:
    """What is before and after the page that is shown."""

    previous: str | None
    """Address; None at the beginning."""
    next: str | None
    """Address; None at the end."""
    words: str
    """Where one is, such as "26 a 50 de 312"."""
