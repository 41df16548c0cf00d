# SPDX-License-Identifier: EUPL-1.2
"""Reads the settings of a home: defaults, then `longeva.toml`, then the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from archive.errors import ConfigurationError
from archive.settings.model import Settings

FILE: Final = "longeva.toml"
"""In the home; `LONGEVA_CONFIG` names another."""
PREFIX: Final = "LONGEVA_"


def load_settings(home: Path) -> Settings:
    """Return the settings of a home.

    Raises:
        ConfigurationError: The file cannot be read, or something in it or in the environment is not
            understood; the message names each place.
    """
    return checked(merged(file_values(home), environment_values()))


def settings_file(home: Path) -> Path:
    """Return where the settings of a home are written; it need not exist."""
    return Path(os.environ.get(f"{PREFIX}CONFIG") or home / FILE)


def file_values(home: Path) -> dict[str, Any]:
    """Return what the file says, unchecked; nothing where there is none."""
    path = settings_file(home)
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as cause:
        raise ConfigurationError(f"{path} cannot be read: {cause.strerror}") from cause
    except ValueError as cause:  # TOML and UTF-8 alike
        raise ConfigurationError(f"{path} is not TOML: {cause}", place=str(path)) from cause


def environment_values() -> dict[str, Any]:
    """Return what the environment says, unchecked: `LONGEVA_CATALOG__URL` is `url` of `[catalog]`.

    Variables without `__` are not settings (`LONGEVA_HOME`).

    Raises:
        ConfigurationError: One variable gives a table whole and another a part of it.
    """
    values: dict[str, Any] = {}
    for name, value in sorted(os.environ.items()):
        *tables, last = name.removeprefix(PREFIX).lower().split("__")
        if name.startswith(PREFIX) and tables:
            place = values
            for table in tables:
                inner = place.setdefault(table, {})
                if not isinstance(inner, dict):
                    raise ConfigurationError(f"{name}: {'.'.join(tables)} is given whole by another variable")
                place = inner
            place[last] = value
    return values


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one over the other, table by table; the last one that says a value counts."""
    result: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            before = result.get(name)
            both = isinstance(before, Mapping) and isinstance(value, Mapping)
            result[name] = merged(before, value) if both else value  # type: ignore[arg-type]
    return result


def checked(values: Mapping[str, Any]) -> Settings:
    """Return settings of raw values.

    Raises:
        ConfigurationError: Something is not understood; the message names each place.
    """
    try:
        return Settings.model_validate(values)
    except ValidationError as cause:
        told = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'settings'}: {each['msg']}" for each in cause.errors()
        )
        raise ConfigurationError(f"the settings are not understood: {told}") from cause
