# SPDX-License-Identifier: EUPL-1.2
"""A small archive behind the interface for machines."""

from __future__ import annotations

import pytest
from archived import make_archive
from machine_client import Asker

from archive.regime import Access
from search.api import blueprint
from search.giving import BLOCK
from search.indexer import follow
from search.memory_index import MemoryIndex
from search.regimes import Rule, set_rule
from search.viewing.address import short_id
from search.web.finding import INDEX

VIDEO = bytes(range(256)) * (BLOCK // 256) * 2 + b"fin"
NIF = "12345678Z"


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """Two municipalities: an open object, a video, a reserved one; one of the other municipality."""
    archived = make_archive(tmp_path_factory.mktemp("api"))
    archived.home.add_tenant("otro", "Ayuntamiento de Otro Lugar", "L01990020")
    archived.open = archived.deposit(b"licencia de obra mayor", name="Licencia", media_type="text/plain")
    archived.video = archived.deposit(VIDEO, number=2, name="Pleno", media_type="video/mp4", tipo="TD99")
    archived.secret = archived.deposit(
        b"licencia reservada", number=3, name="Denuncia", media_type="text/plain"
    )
    rule = Rule(Access.RESERVED, "prueba", "norma", object_id=archived.secret.object_id)
    set_rule(archived.home, "villar", rule, agent="test")
    yield archived
    archived.home.close()


@pytest.fixture(scope="session")
def asker(kept):
    """The application over it."""
    index = MemoryIndex()
    follow(kept.home, index)
    return Asker(kept.home, [blueprint], **{INDEX: index})


@pytest.fixture
def at():
    """Gives the address of an object."""
    return lambda record, rest="": (
        f"/api/v1/tenants/{record.tenant_id}/objects/{short_id(record.object_id)}{rest}"
    )
