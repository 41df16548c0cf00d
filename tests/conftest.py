# SPDX-License-Identifier: EUPL-1.2
"""Fixtures that every folder of tests may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference data kept beside the project, or a loud skip where it is absent."""
    folder = Path(os.environ.get("LONGEVA_SHARED", PROJECT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"REFERENCE DATA ABSENT: {folder} (set LONGEVA_SHARED); nothing was checked against it")
    return folder
