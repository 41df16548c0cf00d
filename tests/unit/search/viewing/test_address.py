# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from archived import make_archive

from archive.errors import NotFound
from search.viewing.address import document_path, find_object, numbered, object_path, short_id


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    archived = make_archive(tmp_path_factory.mktemp("address"))
    archived.home.add_tenant("otro", "Ayuntamiento de Otro Lugar", "L01990020")
    yield archived
    archived.home.close()


def test_address_leads_back_to_its_object(archived):
    """The last part of the URN finds the object in its municipality, and tells no ENI identifier."""
    record = archived.deposit(b"texto", media_type="text/plain")
    short = short_id(record.object_id)
    assert find_object(archived.home, "villar", short) == record
    assert object_path("villar", record.object_id) == f"/archivo/villar/expediente/{short}"
    assert document_path("villar", record.object_id, 3).endswith(f"{short}/documento/3")
    assert record.eni_id not in object_path("villar", record.object_id)


def test_nothing_else_leads_anywhere(archived):
    """Another municipality, half an address, an ENI identifier and a URN give the same NotFound."""
    record = archived.deposit(b"otro texto", number=2, media_type="text/plain")
    short = short_id(record.object_id)
    wrong = [("otro", short), ("villar", short[:31]), ("villar", short.upper()), ("villar", record.eni_id),
             ("villar", record.object_id), ("villar", ""), ("villar", "0" * 32), ("nadie", short)]  # fmt: skip
    said = set()
    for tenant_id, text in wrong:
        with pytest.raises(NotFound) as error:
            find_object(archived.home, tenant_id, text)
        said.add(str(error.value))
    assert len(said) == 1


def test_documents_are_numbered_from_one():
    """0 and one too many are not there."""
    documents = ["a", "b"]
    assert numbered(documents, 2) == "b"
    for wrong in (0, 3, -1):
        with pytest.raises(NotFound):
            numbered(documents, wrong)
