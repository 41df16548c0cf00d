# SPDX-License-Identifier: EUPL-1.2
"""Instants as people in Spain read them: the wall clock of the peninsula, in words. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from archive.clock import require_aware

_MONTHS: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
    "noviembre", "diciembre",
)  # fmt: skip


def in_words(instant: datetime) -> str:
    """Write `21 de noviembre de 2026, 10:15:00 (hora peninsular, UTC+1)`."""
    local, offset = peninsular(instant)
    return f"{day(local)}, {local:%H:%M:%S} (hora peninsular, UTC+{offset})"


def day(local: datetime) -> str:
    """Write `21 de noviembre de 2026`."""
    return f"{local.day} de {_MONTHS[local.month - 1]} de {local.year}"


def peninsular(instant: datetime) -> tuple[datetime, int]:
    """Return the wall clock of Madrid and its hours over UTC.

    Summer time runs from the last Sunday of March to the last of October, at 01:00 UTC (Directive 2000/84/EC;
    RD 236/2002). Computed here so that a copy does not depend on the machine's zone tables.
    """
    moment = require_aware(instant)
    summer = _last_sunday(moment.year, 3) <= moment < _last_sunday(moment.year, 10)
    offset = 2 if summer else 1
    return moment + timedelta(hours=offset), offset


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)  # March and October have 31 days
    return last - timedelta(days=(last.weekday() + 1) % 7)
