# SPDX-License-Identifier: EUPL-1.2
"""Days that an address asks for, and when they begin here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from flask import request

from archive.local_time import peninsular


def asked_day(name: str) -> date | None:
    """Return the day, written YYYY-MM-DD, that the address gives under a name; None where it gives none."""
    try:
        told = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return told if 1900 < told.year < 9000 else None


def midnight(day: date) -> datetime:
    """Return when a day begins in the peninsula."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start - timedelta(hours=peninsular(start - timedelta(hours=2))[1])
