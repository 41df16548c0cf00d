# SPDX-License-Identifier: EUPL-1.2
"""What every index promises (tests/contracts/test_index.py), asked of real clusters: the same tests, not a copy."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.engines

_SUITE = Path(__file__).parents[2] / "contracts" / "test_index.py"
_SPEC = importlib.util.spec_from_file_location("index_contract", _SUITE)
_CONTRACT = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_CONTRACT)

globals().update({name: value for name, value in vars(_CONTRACT).items() if name.startswith("test_")})
index = _CONTRACT.index


@pytest.fixture
def empty(cluster_index):
    """An index in a cluster, without documents."""
    return cluster_index
