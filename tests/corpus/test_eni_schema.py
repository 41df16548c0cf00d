# SPDX-License-Identifier: EUPL-1.2
"""Our schemas, written from the norm, must say what the official ones say."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from archive.eni.schemas import schema

pytestmark = pytest.mark.corpus

OFFICIAL = {
    ("v1.0", "documento"): "local/documentoEni.xsd",
    ("v1.0", "expediente"): "local/expedienteEni.xsd",
    ("v2.0", "documento"): "eeutil-misc-2.0/DocumentoEni.xsd",
    ("v2.0", "expediente"): "eeutil-misc-2.0/ExpedienteEni.xsd",
}
SEEDS = (
    ("v1.0", "documento", "doc_TF06_mas_TF01.xml"),
    ("v1.0", "documento", "doc_TF02_xades_datosxml.xml"),
    ("v1.0", "documento", "doc_EE02_copia_autentica.xml"),
    ("v1.0", "expediente", "exp_E02_TF02_excC14N.xml"),
    ("v2.0", "documento", "doc_v2_referenciaExterna.xml"),
    ("v2.0", "expediente", "exp_v2_NombreNatural.xml"),
)
BAD_TEXTS = {
    "FechaCaptura": ["", "ayer", "2025-03-10", "2025-13-10T00:00:00", "2025-03-10T09:30:00", "2025-03-10T24:00:00Z"],
    "FechaIndiceElectronico": ["", "2025-02-30T00:00:00Z", "-0001-01-01T00:00:00Z"],
    "FechaAperturaExpediente": ["2025-03-10T09:30:00.123456789+14:00", "2025-03-10T09:30:00+15:00"],
    "OrigenCiudadanoAdministracion": ["0", "1", "true", "TRUE", "sí", " true "],
    "ValorEstadoElaboracion": ["EE00", "EE04", "EE99", "ee01", " EE01"],
    "TipoDocumental": ["TD00", "TD20", "TD21", "TD51", "TD52", "TD69", "TD70", "TD99", ""],
    "TipoFirma": ["TF00", "TF01", "TF06", "TF07", "TF08"],
    "Estado": ["E01", "E03", "E04", ""],
    "ValorBinario": ["", "QQ==", "QR==", "Q", "Q Q = =", "á", "QUJD\n"],
    "SignatureValue": ["*", "QQ=="],
    "X509Certificate": ["no"],
    "VersionNTI": ["", "a b", "%zz"],
    "referencia": ["::", "a b"],
}  # fmt: skip


@cache
def official(shared: Path, version: str, kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared / "data/eni/xsd" / OFFICIAL[version, kind]))


def mutations(root):
    """Yield a name and a changed copy: drop, repeat, swap, rename, re-namespace, attribute, text."""
    for at, element in enumerate(root.iter("*")):
        name = etree.QName(element).localname
        for change in (drop, repeat, swap, rename, misplace, child, attribute, stray):
            mutant = copy.deepcopy(root)
            if change(list(mutant.iter("*"))[at]):
                yield f"{change.__name__} {name}[{at}]", mutant
        for text in BAD_TEXTS.get(name, ()):
            mutant = copy.deepcopy(root)
            list(mutant.iter("*"))[at].text = text
            yield f"{name}[{at}]={text!r}", mutant


def drop(element):
    parent = element.getparent()
    return parent is not None and (parent.remove(element) or True)


def repeat(element):
    return element.getparent() is not None and (element.addnext(copy.deepcopy(element)) or True)


def swap(element):
    following = element.getnext()
    return following is not None and (following.addnext(element) or True)


def rename(element):
    name = etree.QName(element)
    element.tag = f"{{{name.namespace}}}{name.localname}X"
    return True


def misplace(element):
    name = etree.QName(element)
    element.tag = f"{{{name.namespace}/x}}{name.localname}"
    return True


def child(element):
    etree.SubElement(element, "{urn:x}x").text = "y"
    return True


def attribute(element):
    element.set("Id", "CONTENIDO_DOCUMENTO")
    return True


def stray(element):
    element.text = "x" + (element.text or "")
    return True


def test_every_sample_gets_the_official_verdict(shared):
    """Over all samples, of any version, both families of schemas agree."""
    seen = 0
    for path in sorted((shared / "data/eni/samples").glob("[ips]*/*.xml")):
        if "doctype" in path.name or "gdib" in str(path):
            continue
        tree = etree.parse(path, etree.XMLParser(huge_tree=True))
        for version, kind in OFFICIAL:
            verdict = official(shared, version, kind).validate(tree)
            assert schema(version, kind).validate(tree) == verdict, (path.name, version, kind)
            seen += 1
    assert seen >= 100


@pytest.mark.parametrize(("version", "kind", "seed"), SEEDS)
def test_every_mutation_gets_the_official_verdict(shared, version, kind, seed):
    """Hundreds of broken and odd variants of each seed are accepted and refused alike."""
    root = etree.parse(shared / "data/eni/samples/synthetic" / seed).getroot()
    theirs, ours = official(shared, version, kind), schema(version, kind)
    verdicts = {True: 0, False: 0}
    for name, mutant in mutations(root):
        fresh = etree.fromstring(etree.tostring(mutant))
        verdict = theirs.validate(fresh)
        assert ours.validate(fresh) == verdict, (seed, name)
        verdicts[verdict] += 1
    assert sum(verdicts.values()) >= 200
    assert verdicts[True] >= 5
    assert verdicts[False] >= 100


def test_inside_accepts_what_we_take_as_its_dialect(shared):
    """The document types that we only warn of are those that the schema of InSide admits."""
    inside = etree.XMLSchema(etree.parse(shared / "data/eni/xsd/inside-config/DocumentoEni.xsd"))
    path = shared / "data/eni/samples/synthetic/neg_doc_TD52_solo_InSide.xml"
    assert inside.validate(etree.parse(path))
    assert not schema("v1.0", "documento").validate(etree.parse(path))
