# SPDX-License-Identifier: EUPL-1.2
"""Objects in addresses: the last part of their URN, 32 hexadecimal digits (docs/adr/0020).

    urn:longeva:villar:ES_L01990019_2025_EXP_…:0f3a…   ↔   /archivo/villar/expediente/0f3a…

The ENI identifier stays out of addresses: platforms reuse it, it may name a person, and addresses end up in
the logs of proxies. The digits are 128 bits of the package's SHA-256 (`archive.identifiers.object_id`).
"""

from __future__ import annotations

import re
from typing import Final

from archive.errors import NotFound
from archive.home import Home
from archive.model import DocumentRecord, ObjectRecord

_SHORT: Final = re.compile(r"[0-9a-f]{32}")


def short_id(object_id: str) -> str:
    """Return what stands for an object in addresses of its municipality."""
    return object_id.rsplit(":", 1)[-1]


def object_path(tenant_id: str, object_id: str) -> str:
    """Return the address of an object's page, without host."""
    return f"/archivo/{tenant_id}/expediente/{short_id(object_id)}"


def document_path(tenant_id: str, object_id: str, number: int) -> str:
    """Return the address of a document's page; documents are numbered from 1 as the catalogue lists them."""
    return f"{object_path(tenant_id, object_id)}/documento/{number}"


def find_object(home: Home, tenant_id: str, short: str) -> ObjectRecord:
    """Return the object of a municipality that an address means.

    Raises:
        NotFound: There is none there; of another municipality's the words are the same.
    """
    if _SHORT.fullmatch(short):
        with home.catalog.reading(tenant_id) as tx:
            found = tx.find_objects(tenant_id, short)
        for record in found:
            if record.tenant_id == tenant_id and short_id(record.object_id) == short:
                return record
    raise NotFound("there is nothing here")


def numbered(documents: list[DocumentRecord], number: int) -> DocumentRecord:
    """Return a document by its number. Raises NotFound."""
    if not 1 <= number <= len(documents):
        raise NotFound("there is nothing here")
    return documents[number - 1]
