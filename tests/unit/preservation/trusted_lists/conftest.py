# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import certificates_to_order as orders
import pytest


@pytest.fixture(scope="session")
def operator():
    """Who signs the list of a state; his certificate ended long ago."""
    return orders.party(
        "OPERADOR", since=datetime(2023, 1, 1, tzinfo=UTC), until=datetime(2025, 1, 1, tzinfo=UTC)
    )


@pytest.fixture(scope="session")
def issuer():
    """An authority that a list names."""
    return orders.authority("AC ADMINISTRACION")


@pytest.fixture(scope="session")
def stamper():
    """A time-stamping unit that a list names."""
    return orders.authority("AC SELLOS")
