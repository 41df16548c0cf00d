# SPDX-License-Identifier: EUPL-1.2
"""What a scenario file says: who stamps, who deposits, what goes wrong on which day. Nothing is done here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final

from archive.errors import ConfigurationError
from preservation.authority.profile import Window

HAPPENINGS: Final = {
    "authority-down": {"authority", "days"},
    "files-lost": {"store", "share"},
    "store-lost": {"store"},
    "bytes-rotted": {"store", "files"},
    "catalogue-lost": set[str](),
    "renewal-killed": set[str](),
    "authority-compromised": {"authority"},
    "algorithm-retired": {"algorithm", "from", "successor"},
}
"""Kinds of misfortune, each with what it needs to say (`misfortunes`)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A time-stamping unit: one certificate of an authority."""

    window: Window
    digest: str
    """Of its signatures, and of the certificate of the authority above it."""


@dataclass(frozen=True, slots=True)
class AuthorityPlan:
    """A provider of time stamps."""

    name: str
    """As the settings name it."""
    title: str
    """For people."""
    price: str
    """Euros a token."""
    window: Window
    """Of its root."""
    units: tuple[Unit, ...]
    """In the order of their beginning."""


@dataclass(frozen=True, slots=True)
class Custom:
    """How a municipality has its objects sealed from a day on."""

    since: datetime
    authorities: tuple[str, ...]
    """In the order to ask."""
    tokens: int


@dataclass(frozen=True, slots=True)
class Municipality:
    """A tenant of the archive."""

    tenant: str
    name: str
    dir3: str
    customs: tuple[Custom, ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that goes wrong on a day."""

    at: datetime
    what: str
    """A key of `HAPPENINGS`."""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole story."""

    starts: int
    """First year."""
    deposits: int
    """Expedientes that each municipality deposits in a year."""
    renews: bool
    """Whether anybody renews evidence: False shows what becomes of it otherwise."""
    audit_every: int
    """Years between two audits that read everything."""
    authorities: tuple[AuthorityPlan, ...]
    municipalities: tuple[Municipality, ...]
    happenings: tuple[Happening, ...]


def read_scenario(path: Path | None = None) -> Scenario:
    """Read a scenario file, `thirty_years.toml` by default.

    Raises:
        ConfigurationError: It cannot be read or is not understood.
    """
    try:
        if path is None:
            text = resources.files("demo.simulation").joinpath("thirty_years.toml").read_text("utf-8")
        else:
            text = path.read_text("utf-8")
        return scenario_of(tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise ConfigurationError(f"the scenario cannot be read: {cause}") from cause


def scenario_of(said: Mapping[str, Any]) -> Scenario:
    """Return the scenario that a table tells.

    Raises:
        ConfigurationError: It is not understood, or speaks of an authority that it does not describe.
    """
    try:
        scenario = Scenario(
            int(said["starts"]),
            int(said.get("deposits", 1)),
            bool(said.get("renews", True)),
            int(said.get("audit_every", 1)),
            tuple(_authority(each) for each in said["authority"]),
            tuple(_municipality(each) for each in said["municipality"]),
            tuple(sorted((_happening(each) for each in said.get("happening", ())), key=lambda one: one.at)),
        )
    except (KeyError, TypeError, ValueError) as cause:
        raise ConfigurationError(f"the scenario is not understood: {cause!r}") from cause
    known = {each.name for each in scenario.authorities}
    asked = {name for each in scenario.municipalities for one in each.customs for name in one.authorities}
    asked |= {each.details["authority"] for each in scenario.happenings if "authority" in each.details}
    if not asked <= known:
        raise ConfigurationError(f"the scenario describes no authority {', '.join(sorted(asked - known))}")
    return scenario


def _authority(said: Mapping[str, Any]) -> AuthorityPlan:
    units = tuple(Unit(Window(_day(first), _day(last)), str(digest)) for first, last, digest in said["units"])
    first, last = said["root"]
    return AuthorityPlan(
        str(said["name"]), str(said["title"]), str(said["price"]), Window(_day(first), _day(last)), units
    )


def _municipality(said: Mapping[str, Any]) -> Municipality:
    customs = tuple(
        Custom(_day(each["since"]), tuple(each["authorities"]), int(each["tokens"]))
        for each in said["sealing"]
    )
    return Municipality(str(said["tenant"]), str(said["name"]), str(said["dir3"]), customs)


def _happening(said: Mapping[str, Any]) -> Happening:
    what = str(said["what"])
    details = {name: value for name, value in said.items() if name not in {"at", "what"}}
    if set(details) != HAPPENINGS[what]:
        raise ValueError(f"{what} needs {', '.join(sorted(HAPPENINGS[what])) or 'nothing more'}")
    return Happening(_day(said["at"]), what, details)


def _day(value: Any) -> datetime:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError(f"a date such as 2031-06-01, not {value!r}")
    return datetime(value.year, value.month, value.day, 12, tzinfo=UTC)
