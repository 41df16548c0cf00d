# SPDX-License-Identifier: EUPL-1.2
"""Waking a worker after a deposit is durable."""

from __future__ import annotations

import pytest

from archive.errors import CatalogUnavailable, NotAvailable
from ingest.queue import runner
from ingest.queue.runner import wake


def failing(error):
    def open_runner(_home):
        raise error

    return open_runner


def test_a_deposit_does_not_fail_because_nobody_can_be_woken(monkeypatch, caplog):
    """What carries the wake-ups is away: workers look by themselves; the log tells."""
    monkeypatch.setattr(runner, "open_runner", failing(CatalogUnavailable("away")))
    wake(None)
    assert [record.getMessage() for record in caplog.records] == ["queue.nobody_woken"]


def test_a_runner_that_is_not_installed_is_told(monkeypatch):
    """That is the operator's to mend, and no worker would look either."""
    monkeypatch.setattr(runner, "open_runner", failing(NotAvailable("no library")))
    with pytest.raises(NotAvailable):
        wake(None)
