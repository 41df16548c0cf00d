# SPDX-License-Identifier: EUPL-1.2
"""Judges an ENI object by our XSDs, on the skeleton; tells slips known from the wild from real breakage.

The schemas in `schema/` are written from the norm's annexes and agree with the official ones over every
sample and hundreds of mutations (tests/corpus/test_eni_schema.py). Source: NTI Documento and Expediente
electrónico, anexo II.
"""

from __future__ import annotations

import copy
import re
import threading
from dataclasses import replace
from importlib import resources
from typing import Any, Final

from lxml import etree

from archive.eni.lists import entries
from archive.eni.namespaces import V1, namespaces
from archive.eni.read import EniFile
from archive.eni.structure import DOCUMENT, Located, child, expected, local, namespace
from archive.findings import Finding, finding

MOST_ERRORS: Final = 5
"""Schema findings reported for one file; the rest follows from the first."""

_NAMESPACE: Final = re.compile(r"\{[^}]*\}")
_made = threading.local()


def schema(version: str, kind: str) -> etree.XMLSchema:
    """Return the compiled schema of a version (`v1.0`, `v2.0`) and kind (`documento`, `expediente`).

    One for each thread, since a schema keeps the errors of its last use.
    """
    cache: dict[tuple[str, str], etree.XMLSchema] = _made.__dict__.setdefault("cache", {})
    if (version, kind) not in cache:
        with resources.as_file(resources.files("archive.eni").joinpath("schema")) as folder:
            cache[version, kind] = etree.XMLSchema(file=str(folder / version / f"{kind}.xsd"))
    return cache[version, kind]


def schema_errors(located: Located) -> list[tuple[int, str]]:
    """Return what the schema of its version says against an object as it stands, as (line, words)."""
    element = located.element
    tree = element.getroottree()
    if located.wrapper:
        tree = etree.ElementTree(copy.deepcopy(element))
    return _errors(tree, located)


def check_schema(eni: EniFile, place: str = "") -> list[Finding]:
    """Judge a file by its schema.

    An object that fails only by slips known from the wild (wrong namespaces, document types of InSide, an
    index without signature) gives no ENI-SCHEMA-INVALID: each slip has a finding of its own.

    Returns:
        ENI-SCHEMA-INVALID up to `MOST_ERRORS` times, and ENI-INDEX-UNSIGNED; nothing for a valid file.
    """
    errors = schema_errors(eni.located)
    if not errors:
        return []
    mended, unsigned = _mended(eni.located)
    errors = _errors(etree.ElementTree(mended.element), mended)
    found = [finding("ENI-INDEX-UNSIGNED", place)] if unsigned else []
    for line, words in errors[:MOST_ERRORS]:
        told = {"version": eni.located.version, "line": eni.skeleton.received_line(line), "detail": words}
        found.append(finding("ENI-SCHEMA-INVALID", place, **told))
    return found


def _errors(tree: etree._ElementTree, located: Located) -> list[tuple[int, str]]:
    judge = schema(located.version, located.kind)
    if judge.validate(tree):
        return []
    log: Any = judge.error_log
    return [(error.line, _NAMESPACE.sub("", error.message)) for error in log]


def _mended(located: Located) -> tuple[Located, bool]:
    """Copy an object without its known slips: only to see what else the schema says; thrown away after."""
    mended = replace(located, element=copy.deepcopy(located.element), wrapper="")
    for element, wanted in list(expected(mended)):
        name = local(element).removesuffix("ENI")
        if namespace(element) != wanted or name != local(element):
            element.tag = f"{{{wanted}}}{name}"
        if name == "TipoDocumental" and located.version == V1:
            entry = entries("tipo_documental").get((element.text or "").strip())
            if entry is not None and entry.dialect:
                element.text = "TD99"
    index = child(mended.element, "indice")
    if mended.kind == DOCUMENT or index is None or child(index, "firmas") is not None:
        return mended, False
    index.append(_dummy_firmas(namespaces(located.version).enids))
    return mended, True


def _dummy_firmas(ns: str) -> etree._Element:
    firmas = etree.Element(f"{{{ns}}}firmas")
    firma = etree.SubElement(firmas, f"{{{ns}}}firma")
    etree.SubElement(firma, f"{{{ns}}}TipoFirma").text = "TF01"
    csv = etree.SubElement(etree.SubElement(firma, f"{{{ns}}}ContenidoFirma"), f"{{{ns}}}CSV")
    etree.SubElement(csv, f"{{{ns}}}ValorCSV")
    etree.SubElement(csv, f"{{{ns}}}RegulacionGeneracionCSV")
    return firmas
