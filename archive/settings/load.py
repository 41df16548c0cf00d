# SPDX-License-Identifier: EUPL-1.2
"""Reads the settings of a home: defaults, then `longeva.toml`, then credentials, then the environment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from archive.errors import ConfigurationError
from archive.settings.known import nearest, without_kinds
from archive.settings.layers import FILE, Layer, layers, merged, settings_file
from archive.settings.model import Settings
from archive.settings.places import Place

__all__ = ["DEFAULT", "FILE", "checked", "load_settings", "origin_of", "settings_file"]

DEFAULT: Final = "default"
"""Origin of what nobody says."""


def load_settings(home: Path) -> Settings:
    """Return the settings of a home.

    Raises:
        ConfigurationError: The file cannot be read, or something in it, in a credential or in the environment
            is not understood; the message names each place.
    """
    return checked(layers(home))


def checked(said: Sequence[Layer]) -> Settings:
    """Return the settings of what the layers say, the strongest last.

    Raises:
        ConfigurationError: Something is not understood; the message names each setting, where it is written,
            and the known one that comes nearest. It never holds a value.
    """
    try:
        return Settings.model_validate(merged(*(layer.values for layer in said)))
    except ValidationError as cause:
        told = []
        for each in cause.errors(include_url=False, include_input=False, include_context=False):
            place = without_kinds(each["loc"])
            origin = _near(said, place)
            where = f" ({origin})" if origin else ""
            told.append(f"{'.'.join(place) or 'settings'}{where}: {_words(each['type'], each['msg'], place)}")
        raise ConfigurationError(f"the settings are not understood: {'; '.join(told)}") from None


def origin_of(said: Sequence[Layer], place: Place) -> str:
    """Return where the value at a place comes from: the strongest layer that says it, or the default."""
    return next((layer.origin(place) for layer in reversed(said) if layer.says(place)), DEFAULT)


def _near(said: Sequence[Layer], place: Place) -> str:
    """Return where a setting is said, or the innermost table around it that anybody says."""
    found = (origin_of(said, place[:upto]) for upto in range(len(place), 0, -1))
    return next((origin for origin in found if origin != DEFAULT), "")


def _words(kind: str, message: str, place: Place) -> str:
    if kind == "extra_forbidden":
        return f"no such setting; {nearest(place)}"
    if kind == "missing":
        return "must be given"
    if kind == "union_tag_not_found":
        # of an engine that went, or is to come, often only its secret is there
        known = nearest((*place, "kind"))
        return f"nothing says its `kind` ({known}): give its section, or take away what is left of it"
    if kind == "union_tag_invalid":
        return f"its `kind` is not known; {nearest((*place, 'kind'))}"
    return message.removeprefix("Value error, ").removeprefix("Input ")
