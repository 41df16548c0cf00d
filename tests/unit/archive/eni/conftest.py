# SPDX-License-Identifier: EUPL-1.2
"""Small ENI files for the tests beside this one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from archive.eni.document import DocumentMetadata, Huella
from archive.eni.expediente import ExpedienteMetadata, IndexedDocument, IndexedExpediente, IndexedFolder
from archive.eni.write import BinaryContent, NewFirma, document_xml, expediente_xml

METADATA = DocumentMetadata(
    "ES_L01990019_2025_SOL1", ("L01990019",), "2025-03-10T09:30:00+01:00", True, "EE01", "TD14"
)
ABOUT = ExpedienteMetadata(
    "ES_L01990019_2024_EXP_1",
    ("L01990019",),
    "2024-11-04T08:05:00+01:00",
    "L01990019_PRO_OBRA",
    "E02",
    ("X",),
)


@dataclass(frozen=True)
class Files:
    """Makes ENI files that differ from a plain one where a test says so."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    firma: NewFirma = field(default_factory=lambda: NewFirma("TF01", csv="C", regulation="R"))

    def document(self, content=None, firmas=None, *, version="v1.0", additional=(), **changed):
        """Make a document."""
        return document_xml(
            replace(METADATA, **changed),
            content or BinaryContent(b"%PDF-1.4 x %%EOF", "PDF"),
            [self.firma] if firmas is None else firmas,
            version=version,
            additional=additional,
        )

    def indexed(self, number, order="", at="2025-01-10T09:30:00+01:00", name=""):
        """Make an entry of an index."""
        ident = f"ES_L01990019_2025_D{number}"
        return IndexedDocument(ident, Huella("00", "sha"), at, order or str(number), name)

    def entries(self):
        """Make an index with a folder and a nested expediente."""
        folder = IndexedFolder("CARPETA", (self.indexed(3), self.indexed(4)), "Notificaciones")
        nested = IndexedExpediente("2025-02-28T12:00:00+01:00", (self.indexed(5, "1"),), "SUB_1")
        return (self.indexed(1), self.indexed(2), folder, nested)

    def expediente(self, entries=None, firmas=None, *, version="v1.0", additional=(), view=None, **changed):
        """Make an expediente."""
        return expediente_xml(
            replace(ABOUT, **changed),
            "2025-03-31T10:15:00+02:00",
            self.entries() if entries is None else entries,
            [NewFirma("TF05", base64=b"x")] if firmas is None else firmas,
            version=version,
            additional=additional,
            view=view,
        )


@pytest.fixture(scope="session")
def files():
    """The maker of ENI files."""
    return Files()
