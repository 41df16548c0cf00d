# SPDX-License-Identifier: EUPL-1.2
"""Hostile files are signed in the test PKI; works that die stand on archives that are made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dying import compiler
from lives import Stage, whole_life
from pki_fixture import pki

__all__ = ["pki"]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The archives, or a loud skip where nothing can be compiled."""
    if compiler() is None:
        pytest.skip("NO C COMPILER: nobody was killed and no disk failed (install gcc or clang)")
    with whole_life(tmp_path_factory.mktemp("stage")) as stage:
        yield stage
