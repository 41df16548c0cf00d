# SPDX-License-Identifier: EUPL-1.2
"""What a view may ask for: the archive, and the services that the composition root gave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import current_app

from archive.home import Home


def current_home() -> Home:
    """Return the archive of this request."""
    return cast("Callable[[], Home]", current_app.extensions["longeva"]["home"])()


def service(name: str) -> Any:
    """Return a service that the composition root gave, or None."""
    return current_app.extensions["longeva"].get(name)
