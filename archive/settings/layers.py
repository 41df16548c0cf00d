# SPDX-License-Identifier: EUPL-1.2
"""Where settings are said: a file, a folder of credentials, the environment. Each later one counts more.

    HOME/longeva.toml                      or the file that LONGEVA_CONFIG names
    $CREDENTIALS_DIRECTORY, /run/secrets   or the folder that LONGEVA_CREDENTIALS names: a file for a secret,
                                           called after its setting, such as `longeva.catalog.url`
    LONGEVA_CATALOG__URL                   `url` of `[catalog]`; variables without `__` are not settings

Systemd gives credentials in the first folder (`LoadCredential=`), containers give secrets in the second.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from archive.errors import ConfigurationError
from archive.settings.places import Place, line_of

FILE: Final = "longeva.toml"
"""In the home; `LONGEVA_CONFIG` names another."""
PREFIX: Final = "LONGEVA_"
CREDENTIAL: Final = "longeva."
"""How a file of the credentials folder begins that is a setting; others are somebody else's."""
SECRETS: Final = Path("/run/secrets")


@dataclass(frozen=True, slots=True)
class Layer:
    """One place that says settings, unchecked."""

    values: Mapping[str, Any]
    origin: Callable[[Place], str]
    """Says to people where a setting of this layer is written."""

    def says(self, place: Place) -> bool:
        """Tell whether this layer has a value at a place."""
        found: Any = self.values
        for name in place:
            if not isinstance(found, Mapping) or name not in found:
                return False
            found = found[name]
        return True


def layers(home: Path) -> tuple[Layer, ...]:
    """Return everything that is said of the settings of a home, the strongest last.

    Raises:
        ConfigurationError: A file cannot be read; two variables contradict each other.
    """
    return file_layer(home), credentials_layer(), environment_layer()


def settings_file(home: Path) -> Path:
    """Return where the settings of a home are written; it need not exist."""
    return Path(os.environ.get(f"{PREFIX}CONFIG") or home / FILE)


def file_layer(home: Path) -> Layer:
    """Return what the file says; nothing where there is none, unless `LONGEVA_CONFIG` says that there is.

    Raises:
        ConfigurationError: It cannot be read, or is not TOML; the message has line and column.
    """
    path = settings_file(home)
    try:
        text = path.read_text("utf-8")
        values = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError) as cause:
        if os.environ.get(f"{PREFIX}CONFIG"):
            raise ConfigurationError(f"{PREFIX}CONFIG names {path}, which is not there") from cause
        return Layer({}, lambda _: str(path))
    except OSError as cause:
        raise ConfigurationError(f"{path} cannot be read: {cause.strerror}") from cause
    except ValueError as cause:  # TOML and UTF-8 alike
        raise ConfigurationError(f"{path} is not TOML: {cause}", place=str(path)) from cause
    return Layer(values, lambda place: _where(path, text, place))


def credentials_folder() -> Path:
    """Return where secrets are looked for; it need not exist."""
    named = os.environ.get(f"{PREFIX}CREDENTIALS") or os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(named) if named else SECRETS


def credentials_layer() -> Layer:
    """Return what the folder of credentials says, without the line end that editors put.

    Raises:
        ConfigurationError: One cannot be read, or contradicts another.
    """
    folder, values = credentials_folder(), dict[str, Any]()
    try:
        named = sorted(folder.glob(f"{CREDENTIAL}*"))
        found = [each for each in named if each.name != FILE and each.is_file()]  # the whole file may be one
        for path in found:
            text = path.read_text("utf-8")
            _set(values, path.name.removeprefix(CREDENTIAL).split("."), text.rstrip("\r\n"), str(path))
    except OSError as cause:
        raise ConfigurationError(f"{cause.filename or folder} cannot be read: {cause.strerror}") from cause
    except UnicodeDecodeError as cause:
        raise ConfigurationError(f"a credential in {folder} is not UTF-8 text") from cause
    return Layer(values, lambda place: str(folder / (CREDENTIAL + ".".join(place))))


def environment_layer() -> Layer:
    """Return what the environment says: `LONGEVA_CATALOG__URL` is `url` of `[catalog]`.

    Raises:
        ConfigurationError: One variable gives a table whole and another a part of it.
    """
    values: dict[str, Any] = {}
    for name, value in sorted(os.environ.items()):
        if name.startswith(PREFIX) and "__" in name:
            _set(values, name.removeprefix(PREFIX).lower().split("__"), value, name)
    return Layer(values, lambda place: PREFIX + "__".join(place).upper())


def merged(*values: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one over the other, table by table; the last one that says a value counts."""
    result: dict[str, Any] = {}
    for each in values:
        for name, value in each.items():
            before = result.get(name)
            both = isinstance(before, Mapping) and isinstance(value, Mapping)
            result[name] = merged(before, value) if both else value  # type: ignore[arg-type]
    return result


def _set(values: dict[str, Any], names: list[str], value: str, source: str) -> None:
    *tables, last = names
    place = values
    for table in tables:
        inner = place.setdefault(table, {})
        if not isinstance(inner, dict):
            raise ConfigurationError(f"{source}: {'.'.join(tables)} is given whole elsewhere")
        place = inner
    if isinstance(place.get(last), dict):
        raise ConfigurationError(f"{source}: parts of {'.'.join(names)} are given elsewhere")
    place[last] = value


def _where(path: Path, text: str, place: Place) -> str:
    line = line_of(text, place)
    return f"{path}, line {line}" if line else str(path)
