# SPDX-License-Identifier: EUPL-1.2
"""One authority and one package for all tests of the demonstration's builders."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.clock import FixedClock
from demo.expediente import BuiltPackage, build_expediente
from demo.loads import plain_package
from demo.town import on
from preservation.authority import DevelopmentAuthority


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> DevelopmentAuthority:
    """An authority of trial, whose clock stands some days after the closing."""
    folder = tmp_path_factory.mktemp("authority")
    return DevelopmentAuthority.create(folder, FixedClock(on("2026-02-01 10:00")))


@pytest.fixture(scope="session")
def package(tmp_path_factory, authority) -> BuiltPackage:
    """The sample expediente with a recording of one megabyte. Not to be changed."""
    return build_expediente(tmp_path_factory.mktemp("demo"), authority, recording_megabytes=1)


@pytest.fixture
def sample(tmp_path) -> Path:
    """The folder of a plain package of three small documents."""
    return plain_package(tmp_path / "sample", 3, 3000, seed=1).folder
