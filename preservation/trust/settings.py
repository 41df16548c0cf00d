# SPDX-License-Identifier: EUPL-1.2
"""What the operator decided about trust: `trust.toml` in the archive's trust folder.

[fetch]
hosts = ["ec.europa.eu", "sedediatid.mineco.gob.es", "ocsp.fnmt.es"]
seconds = 30
max_bytes = 67108864

[[list]]
url = "https://ec.europa.eu/tools/lotl/eu-lotl.xml"
territories = ["ES"]           # of a list of the lists: whose lists to take; "*" for all

[services]
national = false               # services that are not qualified, too
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from archive.errors import ConfigurationError
from preservation.trust.fetch import FetchPolicy

SETTINGS_FILE: Final = "trust.toml"
EVERYBODY: Final = "*"


@dataclass(frozen=True, slots=True)
class ListSource:
    """A list that is looked for when lists are brought up to date."""

    url: str
    territories: frozenset[str] = frozenset({"ES"})
    """Of a list of the lists."""


@dataclass(frozen=True, slots=True)
class TrustSettings:
    """Whom to ask, which lists to follow, which services to believe."""

    fetch: FetchPolicy = field(default_factory=FetchPolicy)
    lists: tuple[ListSource, ...] = ()
    national: bool = False


def read_settings(folder: Path) -> TrustSettings:
    """Read the settings of a trust folder; nothing is fetched and no list followed where there are none.

    Raises:
        ConfigurationError: Something in it is not understood.
    """
    path = folder / SETTINGS_FILE
    if not path.is_file():
        return TrustSettings()
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise ConfigurationError(f"{path} cannot be read: {cause}") from cause
    try:
        _only(said, {"fetch", "list", "services"})
        services = _only(dict(said.get("services", {})), {"national"})
        return TrustSettings(
            _policy(_only(dict(said.get("fetch", {})), {"hosts", "seconds", "max_bytes"})),
            tuple(_source(_only(each, {"url", "territories"})) for each in said.get("list", [])),
            _truth(services.get("national", False), "services.national"),
        )
    except (TypeError, ValueError, KeyError) as cause:
        raise ConfigurationError(f"{path} is not understood: {cause}") from cause


def _only(table: Mapping[str, Any], names: set[str]) -> Mapping[str, Any]:
    unknown = sorted(set(table) - names)
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}")
    return table


def _policy(said: Mapping[str, Any]) -> FetchPolicy:
    default = FetchPolicy()
    seconds, limit = said.get("seconds", default.seconds), said.get("max_bytes", default.max_bytes)
    if not isinstance(seconds, int | float) or not 0 < seconds <= 600:
        raise ValueError("fetch.seconds is between 0 and 600")
    if not isinstance(limit, int) or not 0 < limit <= 1 << 30:
        raise ValueError("fetch.max_bytes is between 1 and 1073741824")
    hosts = _texts(said.get("hosts", []), "fetch.hosts")
    if any("*" in each or "/" in each for each in hosts):
        raise ValueError("fetch.hosts are whole names, without * and without path")
    return FetchPolicy(frozenset(each.lower() for each in hosts), limit, float(seconds))


def _source(said: Mapping[str, Any]) -> ListSource:
    url = said["url"]
    if not isinstance(url, str):
        raise TypeError("list.url is a text")
    territories = _texts(said.get("territories", ["ES"]), "list.territories")
    return ListSource(url, frozenset(each.upper() for each in territories))


def _truth(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} is true or false")
    return value


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise TypeError(f"{name} is a list of texts")
    return value
