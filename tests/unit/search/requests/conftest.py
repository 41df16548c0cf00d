# SPDX-License-Identifier: EUPL-1.2
"""An archive with somebody who may issue, and the seal of its development authority."""

from __future__ import annotations

import zlib

import pytest
from archived import decree, make_archive
from copy_askers import ARCHIVIST, COLLEAGUE, FRIDAY, enable, issuer_of


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    """One municipality with two habilitados; the clock stands on Friday 20 November 2026."""
    archived = make_archive(tmp_path_factory.mktemp("archivo"), FRIDAY)
    enable(archived, ARCHIVIST, COLLEAGUE)
    yield archived
    archived.home.close()


@pytest.fixture
def clock(archived):
    """The clock, put back afterwards."""
    before = archived.clock.instant
    yield archived.clock
    archived.clock.instant = before


@pytest.fixture(scope="module")
def issue(archived):
    """What issues copies."""
    return issuer_of(archived)


@pytest.fixture
def record(archived, request):
    """A fresh resolution for each test, with its own identifier."""
    number = zlib.crc32(request.node.nodeid.encode())
    return archived.deposit(decree(), number=number)
