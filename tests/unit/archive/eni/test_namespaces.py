# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.eni.namespaces import BASE, SUFFIXES, VERSIONS, is_exact, is_inside, namespaces, version_of


def test_the_eight_namespaces_are_those_of_the_norm():
    """Every prefix gives a namespace of the list, each a different one."""
    names = ("enidoc", "enifile", "enidocmeta", "enids", "eniexp", "eniexpind", "eniconexpind", "eniexpmeta")
    for version in VERSIONS:
        made = {getattr(namespaces(version), name) for name in names}
        assert made == {f"{BASE}{version}/{suffix}" for suffix in SUFFIXES}
        assert all(is_exact(uri) for uri in made)


@pytest.mark.parametrize(
    "uri",
    [
        "https://administracionelectronica.gob.es/ENI/XSD/v1.0/documento-e",
        "http://www.administracionelectronica.gob.es/ENI/XSD/v1.0/documento-e/",
        "http://administracionelectronica.gob.es/ENI/XSD/1.0/firma",
        "http://administracionelectronica.gob.es/eni/xsd/v1/firma",
        "http://administracionelectronica.gob.es/ENI/XSD/v1.0",
        " http://administracionelectronica.gob.es/ENI/XSD/v1.0/firma#",
    ],
)
def test_slips_are_known_but_not_exact(uri):
    """A namespace with a slip tells its version and is not the norm's."""
    assert version_of(uri) == "v1.0"
    assert not is_exact(uri)


@pytest.mark.parametrize("uri", ["", "urn:x", "http://administracionelectronica.gob.es.evil.com/ENI/XSD/v1.0/firma",
                                 "http://administracionelectronica.gob.es/ENI/XSD/v3.0/firma"])  # fmt: skip
def test_others_are_nobody(uri):
    """A namespace of somebody else has no version."""
    assert version_of(uri) == ""


def test_inside_is_recognised():
    """Namespaces of InSide are recognised with either scheme."""
    assert is_inside("https://ssweb.seap.minhap.es/Inside/XSD/v1.0/documento-e")
    assert is_inside("http://ssweb.seap.minhap.es/Inside/XSD/v1.0/x")
    assert not is_inside("urn:x")
