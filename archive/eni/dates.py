# SPDX-License-Identifier: EUPL-1.2
"""Dates as old files write them: read for comparison, never rewritten, no zone guessed."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.findings import Finding, finding

PLACEHOLDER_YEAR = 1900
"""Years up to this one are what programs write when they know none."""


def read_date(written: str) -> datetime | None:
    """Read an xsd:dateTime; without zone where it has none; None where it is not one."""
    try:
        return datetime.fromisoformat(written) if "T" in written else None
    except ValueError:
        return None


def check_date(written: str, place: str, *, now: datetime) -> list[Finding]:
    """Say what is odd about a date: not a date, no zone, a placeholder, in the future.

    Source: NTI Documento electrónico anexo I (ISO 8601).
    """
    instant = read_date(written)
    if instant is None:
        return [finding("ENI-DATE-INVALID", place, value=written)]
    found: list[Finding] = []
    if instant.tzinfo is None:
        found.append(finding("ENI-DATE-NO-ZONE", place, value=written))
    if instant.year <= PLACEHOLDER_YEAR:
        found.append(finding("ENI-DATE-PLACEHOLDER", place, value=written))
    elif is_before(now.astimezone(UTC), instant):
        found.append(finding("ENI-DATE-FUTURE", place, value=written))
    return found


def is_before(first: datetime, second: datetime) -> bool:
    """Tell whether one lies before the other, for sure.

    Where either lacks a zone, by the clock on the wall, leaving a day for the zones it might be in.
    """
    if first.tzinfo is not None and second.tzinfo is not None:
        return first < second
    walls = first.replace(tzinfo=None), second.replace(tzinfo=None)
    return walls[0] < walls[1] and (walls[1] - walls[0]).total_seconds() > 86_400
