# SPDX-License-Identifier: EUPL-1.2
"""One line of an inspection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from archive.errors import LongevaError


class State(StrEnum):
    """How something was found."""

    OK = "ok"
    WARNING = "warning"
    """It works; somebody should look at it."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one thing."""

    subject: str
    """`store local`, `catalogue`, …"""
    state: State
    words: str
    """Without secrets and without personal data."""
    todo: str = ""
    """What to do about it, where that is known."""

    def to_json(self) -> dict[str, str]:
        """Return the line as `--json` shows it."""
        return {"subject": self.subject, "state": str(self.state), "words": self.words, "todo": self.todo}


def told(subject: str, look: Callable[[], Iterator[Found]], todo: str = "") -> Iterator[Found]:
    """Yield what a look finds; where it is stopped by an error, a failed line with the error's words."""
    try:
        yield from look()
    except LongevaError as stopped:
        yield Found(subject, State.FAILED, str(stopped), todo)
    except OSError as cause:
        yield Found(subject, State.FAILED, cause.strerror or type(cause).__name__, todo)
