# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json

import pytest

from archive.eni.document import AdditionalMetadata, ContentKind, EniContent, natural_name
from archive.eni.read import read_eni


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("eEMGDE.Nombre.NombreNatural", "Acta", "Acta"),
        ("Nombre Natural", " Acta ", "Acta"),
        ("asunto", "Acta", "Acta"),
        ("eEMGDE.Nombre.NombreNatural", "  ", ""),
        ("otro", "Acta", ""),
    ],
)
def test_the_natural_name_is_found_under_its_names(name, value, found):
    """The human name is recognised however the metadata call it."""
    assert natural_name((AdditionalMetadata(name, value),)) == found


def test_content_elsewhere_is_told_from_content_inside():
    """A reference with a hash sign stays inside; a file name or a URL is outside."""
    assert not EniContent(ContentKind.REFERENCE, reference="#FIRMA_0").is_outside
    assert EniContent(ContentKind.REFERENCE, reference="a.pdf").is_outside
    assert EniContent(ContentKind.EXTERNAL, reference="urn:x").is_outside
    assert not EniContent(ContentKind.BINARY).is_outside


def test_metadata_become_json(files):
    """The metadata of documents and expedientes can be kept as JSON."""
    document = read_eni(files.document()).document.metadata_json()
    expediente = read_eni(files.expediente()).expediente.metadata_json()
    assert json.loads(json.dumps(document)) == document
    assert document["tipo_documental"] == "TD14"
    assert json.loads(json.dumps(expediente)) == expediente
    assert expediente["estado"] == "E02"
