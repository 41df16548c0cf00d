# SPDX-License-Identifier: EUPL-1.2
"""Kits of one document, made once for all tests that read them."""

from __future__ import annotations

import pytest
from kits import Kits, make_kits


@pytest.fixture(scope="session")
def kits(tmp_path_factory) -> Kits:
    """A kit of a sealed document among others, and after each of two renewals."""
    return make_kits(tmp_path_factory.mktemp("kits"))
