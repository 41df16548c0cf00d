# SPDX-License-Identifier: EUPL-1.2
"""The world of seventy years as a fixture: made once for a run, in a second and a half."""

from __future__ import annotations

import pytest
from pki import Pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """Roots, authorities of two generations, time-stamping units of four, and signers of every kind."""
    return Pki(tmp_path_factory.mktemp("pki"))
