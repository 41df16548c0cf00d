# SPDX-License-Identifier: EUPL-1.2
"""What every index promises (tests/contracts/test_index*.py), asked of real clusters: the same tests."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.engines

_FOLDER = Path(__file__).parents[2] / "contracts"


def _suite(name: str) -> dict[str, object]:
    spec = importlib.util.spec_from_file_location(f"index_contract_{name}", _FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


_KEEPING, _ASKING = _suite("test_index"), _suite("test_index_asking")
for _tests in (_KEEPING, _ASKING):
    globals().update({name: value for name, value in _tests.items() if name.startswith("test_")})
TestSight = _ASKING["TestSight"]
index = _KEEPING["index"]


@pytest.fixture
def empty(cluster_index):
    """An index in a cluster, without documents."""
    return cluster_index
