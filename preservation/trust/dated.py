# SPDX-License-Identifier: EUPL-1.2
"""Anchors with dates of use: authorities older than the trusted lists, and the services of those lists.

An authority that was good in its day is not good for ever, and one that is gone was good in its day. Dates
come from a trusted list (ETSI TS 119 612 5.5.4 to 5.5.6) or from `anchors.toml` in a trust folder:

    [[anchor]]
    file = "fnmt-clase-2.cer"      # or sha256 = "…" of a certificate that lies in the folder
    since = 1999-03-18             # may be left out
    until = 2019-03-18             # may be left out
    purposes = ["signing"]         # "signing", "time stamping"; both where left out
    source = "BOE-A-1999-12345; retired by its authority"
"""

from __future__ import annotations

import hashlib
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from archive.clock import assume_utc
from archive.errors import ConfigurationError
from preservation.trust.pem import certificates_of, items_in, read_trust_file

ANCHORS_FILE: Final = "anchors.toml"


class Purpose(StrEnum):
    """What a certificate is asked to do."""

    SIGNING = "signing"
    TIME_STAMPING = "time stamping"


PURPOSES: Final = tuple(str(each) for each in Purpose)


@dataclass(frozen=True, slots=True)
class Period:
    """One status of an anchor, from `since` until `until` (not included)."""

    since: datetime | None
    until: datetime | None
    status: str
    """As its source says it: `granted`, `withdrawn`, …"""
    trusted: bool

    def holds(self, when: datetime) -> bool:
        """Tell whether `when` lies in it."""
        return (self.since is None or self.since <= when) and (self.until is None or when < self.until)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A certificate trusted by decision, for some purposes and for some time."""

    certificate: bytes = field(repr=False)
    """DER."""
    purposes: frozenset[str]
    periods: tuple[Period, ...]
    """In no particular order; outside of them it is not trusted."""
    source: str
    """Who says so, in words."""
    name: str = ""
    """Of the service, where a list gives one."""
    service: str = ""
    """Type of the service, the last part of its URI: `CA/QC`, `TSA/QTST`, …"""
    remembers_since: datetime | None = None
    """Since when its revocation data keep certificates that ended, as a list says (TS 119 612 5.5.9.1)."""
    snapshot: str = ""
    """SHA-256, hexadecimal, of the edition of the list that says so; empty where no list does."""

    def trusted_at(self, when: datetime, purpose: str) -> bool:
        """Tell whether it may be an anchor for this purpose at this time."""
        return purpose in self.purposes and any(each.trusted and each.holds(when) for each in self.periods)


class Calendar:
    """Which anchors are trusted when. Asked for every certificate of every signature: answers are kept."""

    def __init__(self, always: Sequence[bytes], dated: Sequence[Anchor]) -> None:
        self._always = tuple(always)
        self._dated = tuple(dated)
        edges = {edge for each in dated for period in each.periods for edge in (period.since, period.until)}
        self._edges = sorted(edge for edge in edges if edge is not None)
        self._answers: dict[tuple[int, str], tuple[bytes, ...]] = {}

    def at(self, when: datetime, purpose: str) -> tuple[bytes, ...]:
        """Return the DER of the anchors of `purpose` at `when`; the same object between two changes."""
        key = (bisect_right(self._edges, when), purpose)
        answer = self._answers.get(key)
        if answer is None:
            found = [each.certificate for each in self._dated if each.trusted_at(when, purpose)]
            answer = tuple(dict.fromkeys((*self._always, *found)))
            if len(self._answers) >= 64:
                self._answers.clear()
            self._answers[key] = answer
        return answer


def read_dated(folder: Path, certificates: Iterable[bytes]) -> tuple[Anchor, ...]:
    """Read `anchors.toml` of a trust folder; nothing where there is none.

    Args:
        folder: The folder.
        certificates: DER of the certificates that lie in it, for entries by digest.

    Raises:
        ConfigurationError: It says something that is not understood, or names a certificate that is not
            there: a date that is silently not obeyed would be trust that nobody decided.
    """
    path = folder / ANCHORS_FILE
    if not path.is_file():
        return ()
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise ConfigurationError(f"{path} cannot be read: {cause}") from cause
    listed = said.pop("anchor", [])
    if said or not isinstance(listed, list):
        raise ConfigurationError(f"{path}: only [[anchor]] tables are understood")
    by_digest = {hashlib.sha256(each).hexdigest(): each for each in certificates}
    return tuple(_anchor(entry, folder, by_digest) for entry in listed)


def _anchor(entry: Mapping[str, Any], folder: Path, by_digest: Mapping[str, bytes]) -> Anchor:
    place = folder / ANCHORS_FILE
    unknown = set(entry) - {"file", "sha256", "since", "until", "purposes", "source"}
    if unknown:
        raise ConfigurationError(f"{place}: not understood: {', '.join(sorted(unknown))}")
    purposes = entry.get("purposes", list(PURPOSES))
    if not isinstance(purposes, list) or not purposes or not set(purposes) <= set(PURPOSES):
        raise ConfigurationError(f"{place}: purposes are {' and '.join(map(repr, PURPOSES))}")
    source = str(entry.get("source", "")).strip()
    if not source:
        raise ConfigurationError(f"{place}: an anchor with dates needs a source: who says so")
    since, until = (_instant(entry.get(name), name, place) for name in ("since", "until"))
    if since is not None and until is not None and until <= since:
        raise ConfigurationError(f"{place}: an anchor that ends before it begins")
    period = Period(since, until, "trusted by decision", trusted=True)
    return Anchor(_certificate(entry, folder, by_digest), frozenset(purposes), (period,), source)


def _certificate(entry: Mapping[str, Any], folder: Path, by_digest: Mapping[str, bytes]) -> bytes:
    place = folder / ANCHORS_FILE
    named, digest = str(entry.get("file", "")), str(entry.get("sha256", "")).lower().replace(":", "")
    if bool(named) == bool(digest):
        raise ConfigurationError(f"{place}: an anchor has either a file or a sha256")
    if digest:
        if digest not in by_digest:
            raise ConfigurationError(f"{place}: no certificate in the folder has the SHA-256 {digest}")
        return by_digest[digest]
    found = (
        certificates_of(items_in(read_trust_file(folder / named)))
        if Path(named).name == named and (folder / named).is_file()
        else []
    )
    if len(found) != 1:
        raise ConfigurationError(f"{place}: {named} is not a file of the folder with one certificate")
    return found[0]


def _instant(value: Any, name: str, place: Path) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return assume_utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise ConfigurationError(f"{place}: {name} is a date such as 2019-03-18, without quotation marks")
