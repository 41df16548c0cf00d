# SPDX-License-Identifier: EUPL-1.2
"""How the wake-ups reach their database: without telling anybody the password, whatever is in it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from procrastinate import SyncPsycopgConnector
from pydantic import SecretStr

from archive.errors import CatalogUnavailable
from ingest.queue.procrastinated import ProcrastinateRunner

ODD = "50%off"
URL = f"postgresql+psycopg://longeva:{ODD}@127.0.0.1:1/town?application_name=worker"


def home(url):
    settings = SimpleNamespace(
        catalog=SimpleNamespace(url=SecretStr(url), owner_url=SecretStr("")),
        work=SimpleNamespace(stalled_after=60),
    )
    return SimpleNamespace(engines=SimpleNamespace(settings=settings))


def test_a_database_that_cannot_be_reached_is_told_in_our_words(monkeypatch):
    """The pool's own error is of a library that nobody outside knows; the password goes to the driver alone.

    Given the URL as text, the driver stumbles over a percent sign and quotes the password in its warnings.
    """
    given = []
    made = SyncPsycopgConnector.__init__

    def init(connector, **options):
        given.append(options)
        made(connector, **options)

    def refuse(_):
        raise TimeoutError("pool initialization incomplete")

    monkeypatch.setattr(SyncPsycopgConnector, "__init__", init)
    monkeypatch.setattr(SyncPsycopgConnector, "open", refuse)
    with pytest.raises(CatalogUnavailable, match="cannot be reached") as told:
        ProcrastinateRunner(home(URL))
    assert ODD not in str(told.value)
    (options,) = given
    assert "conninfo" not in options
    words = {name: options["kwargs"][name] for name in ("user", "password", "host", "port", "dbname")}
    assert words == {"user": "longeva", "password": ODD, "host": "127.0.0.1", "port": 1, "dbname": "town"}
    assert options["kwargs"]["application_name"] == "worker"
