# SPDX-License-Identifier: EUPL-1.2
"""What makes a folder a home, and the way to its store that needs no database: for who only reads that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from archive.engines import Engines
from archive.errors import ConfigurationError, NotFound, StorageUnavailable
from archive.settings import load_settings
from archive.store import ObjectStore

FORMAT: Final = 1
"""Version of a home's layout that this program reads and writes."""

MARKER: Final = "longeva.json"
EVIDENCE_ROOT: Final = "evidence/ocfl/"


def kept_store(path: Path) -> ObjectStore:
    """Return the store of a home, to be read: neither catalogue nor index is opened, nor imported.

    Raises:
        NotFound: No home is there.
        ConfigurationError: The home is from a newer Longeva, or its settings make no sense.
        StorageUnavailable: It cannot be read.
    """
    path = path.absolute()
    require_format(path)
    return Engines(path, load_settings(path)).open_store()


def require_format(path: Path) -> None:
    """Return where a folder is a home that this program can read; see `kept_store` for what it raises."""
    try:
        body = json.loads((path / MARKER).read_bytes())
        version = int(body["format"])
    except (FileNotFoundError, NotADirectoryError) as cause:
        raise NotFound(f"no home in {path}: make one with `longeva init --home {path}`") from cause
    except OSError as cause:
        raise StorageUnavailable(f"the home {path} cannot be read: {cause.strerror}") from cause
    except (ValueError, TypeError, KeyError, RecursionError) as cause:
        raise ConfigurationError(f'{path / MARKER} is damaged: it must say {{"format": {FORMAT}}}') from cause
    if version > FORMAT:
        raise ConfigurationError(
            f"the home {path} has format {version}, made by a newer Longeva; this one reads up to {FORMAT}. "
            "Nothing was touched: install the newer version to work with it."
        )
