# SPDX-License-Identifier: EUPL-1.2
"""What a hostile builder is: a name, a function, and the finding that it should provoke."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

Builder = Callable[[Path, Path], Path]
"""Takes a folder to write in and the folder of a good package's files; returns what to deposit."""
_Built = TypeVar("_Built", bound=Builder)


@dataclass(frozen=True, slots=True)
class Hostile:
    """One bad package that can be built."""

    name: str
    build: Builder
    codes: tuple[str, ...]
    """Findings, each of which it should provoke; empty where the answer is a signature's verdict."""
    signed: bool
    """Its sample needs signatures (`build_expediente`); otherwise `plain_package` serves."""

    @property
    def about(self) -> str:
        """What is wrong with it, in one line."""
        return (self.build.__doc__ or "").partition("\n")[0]


_registered: Final[list[Hostile]] = []


def provokes(*codes: str, signed: bool = False) -> Callable[[_Built], _Built]:
    """Register a builder with the findings that it should provoke."""

    def register(build: _Built) -> _Built:
        _registered.append(Hostile(build.__name__, build, codes, signed))
        return build

    return register


def registered() -> tuple[Hostile, ...]:
    """Return every builder of the modules imported so far."""
    return tuple(_registered)
