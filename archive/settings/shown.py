# SPDX-License-Identifier: EUPL-1.2
"""Shows settings to people: every value and where it comes from, secrets never."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from archive.settings.layers import Layer
from archive.settings.load import DEFAULT, origin_of
from archive.settings.model import Settings
from archive.settings.places import Place

HIDDEN: Final = "********"
_USER_INFO: Final = re.compile(r"(?<=://)([^/@:\s]*):.*@")
"""User and password of an address, up to its last `@`; the user may be shown."""
_IN_QUERY: Final = re.compile(r"([?&][^=&]*(?:pass|secret|token|key)[^=&]*=)[^&]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting as it stands."""

    place: Place
    value: Any
    """As JSON writes it; masked where it is secret."""
    origin: str
    """File and line, credential, variable, or `default`."""

    @property
    def name(self) -> str:
        """The setting as people write it: `catalog.url`."""
        return ".".join(self.place)


def shown_settings(settings: Settings, said: Sequence[Layer]) -> Iterator[Shown]:
    """Yield every setting in the order of the model.

    Args:
        settings: What counts.
        said: The layers of which it was made, the strongest last.
    """
    yield from _of(settings, (), said)


def without_password(text: str) -> str:
    """Return an address that may be shown: its password, and what looks like one in its query, masked."""
    return _IN_QUERY.sub(rf"\1{HIDDEN}", _USER_INFO.sub(rf"\1:{HIDDEN}@", text))


def secrets_in_file(settings: Settings, said: Sequence[Layer], file: Layer) -> list[str]:
    """Return the names of the settings whose secrets are written in the settings file."""
    return [
        each.name
        for each in shown_settings(settings, said)
        if isinstance(each.value, str) and HIDDEN in each.value and file.says(each.place)
    ]


def _of(value: Any, place: Place, said: Sequence[Layer]) -> Iterator[Shown]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _of(getattr(value, name), (*place, name), said)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _of(inner, (*place, name), said)
        if not value:
            yield Shown(place, {}, DEFAULT)
    else:
        yield Shown(place, _masked(value), origin_of(said, place))


def _masked(value: Any) -> Any:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        shown = without_password(secret)
        # A secret that is an address shows where it leads; any other shows that it is there.
        return shown if "://" in secret else HIDDEN * bool(secret)
    if isinstance(value, tuple):
        return [_masked(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return without_password(value) if isinstance(value, str) else value
