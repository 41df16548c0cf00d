# SPDX-License-Identifier: EUPL-1.2
"""The pages over a small archive, asked through Flask's own client."""

from __future__ import annotations

from itertools import count

import pytest
from archived import BASE_URL, decree, make_archive

from archive.web.app import WebSettings, create_app
from search.indexer import follow
from search.memory_index import MemoryIndex
from search.web.finding import INDEX
from search.web.finding_places import blueprint
from search.web.start import blueprint as start
from search.web.verification import blueprint as verification


@pytest.fixture(scope="session")
def archived(tmp_path_factory):
    """Two municipalities; one has a resolution, a hostile title and a copy."""
    archived = make_archive(tmp_path_factory.mktemp("web"))
    archived.home.add_tenant("otro", "Ayuntamiento de Otro Lugar", "L01990020")
    archived.deposit(decree(), csv="A1B2C3D4E5F6G7H8J9K0")
    archived.deposit(b"licencia <b>hostil</b>", number=2, name="<script>alert(1)</script>", tipo="TD13",
                     media_type="text/plain")  # fmt: skip
    yield archived
    archived.home.close()


@pytest.fixture(scope="session")
def issued(archived):
    """A copy of the resolution."""
    with archived.home.catalog.reading() as tx:
        record = next(iter(tx.objects("villar")))
    return archived.certify(record.object_id)


@pytest.fixture(scope="session")
def app(archived, issued):
    """The application with its search index."""
    index = MemoryIndex()
    follow(archived.home, index)
    pages = [start, verification, blueprint]
    return create_app(lambda: archived.home, pages, WebSettings(BASE_URL), services={INDEX: index})


_visitors = count(1)


@pytest.fixture
def client(app):
    """A visitor, from an address of his own: what one may ask does not run out for the next."""
    client = app.test_client()
    number = next(_visitors)
    client.environ_base["REMOTE_ADDR"] = f"10.0.{number // 250}.{number % 250 + 1}"
    return client
