# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from importlib import resources

import pytest
from lxml import etree

from archive.eni.lists import codes, entries, label

FILES = {
    "tipo_documental": ("metadatos.xsd", "TipoDocumental"),
    "estado_elaboracion": ("metadatos.xsd", "EstadoElaboracion"),
    "estado_expediente": ("metadatos_exp.xsd", "Estado"),
    "tipo_firma": ("firma.xsd", "TipoFirma"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("version", ["v1.0", "v2.0"])
def test_lists_and_schemas_say_the_same(name, version):
    """A code is in the data for a version exactly where its schema admits it."""
    file, kind = FILES[name]
    tree = etree.fromstring(resources.files("archive.eni").joinpath(f"schema/{version}/{file}").read_bytes())
    found = tree.xpath(f"//*[@name='{kind}' and local-name()='simpleType']//@value")
    assert set(found) == codes(name, version)


def test_dialects_are_marked():
    """The types that InSide adds are known, dated and marked."""
    entry = entries("tipo_documental")["TD52"]
    assert entry.dialect
    assert entry.name == "Moción"
    assert not entries("tipo_documental")["TD01"].dialect


def test_labels_fall_back_to_the_code():
    """An unknown code is its own label."""
    assert label("estado_elaboracion", "EE01") == "Original"
    assert label("estado_elaboracion", "EE77") == "EE77"
