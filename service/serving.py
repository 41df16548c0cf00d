# SPDX-License-Identifier: EUPL-1.2
"""The web application over one archive: which pages, which index, which home."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from archive.clock import SystemClock
from archive.home import Home
from archive.terminal import DEFAULT_HOME
from archive.web.app import WebSettings, create_app
from search.indexer import open_index
from search.pages import INDEX, blueprint

if TYPE_CHECKING:
    from flask import Flask


def application(home_path: Path | None, base_url: str) -> Flask:
    """Return the web application over the archive at `home_path` (or LONGEVA_HOME).

    Raises:
        NotFound: No home is there; for the rest see `Home.open`.
    """
    path = home_path or Path(os.environ.get("LONGEVA_HOME", DEFAULT_HOME))
    home = Home.open(path, SystemClock())
    return create_app(lambda: home, [blueprint], WebSettings(base_url), services={INDEX: open_index(home)})
