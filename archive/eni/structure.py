# SPDX-License-Identifier: EUPL-1.2
"""Finds the ENI object in an XML and says for each of its elements which namespace the norm wants.

Reading goes by local names, so that a slip in a namespace costs a finding and not the document; the schema
then says whether anything else is wrong. Source: NTI Documento and Expediente electrónico, anexo II.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from lxml import etree

from archive.eni.namespaces import V1, Namespaces, is_inside, namespaces, version_of
from archive.findings import Finding, finding

DOCUMENT: Final = "documento"
EXPEDIENTE: Final = "expediente"

MOST_SLIPS: Final = 20
"""Namespaces reported for one file; nobody gets more wrong by accident."""

_ROOTS: Final = {
    "documento": DOCUMENT,
    "documentoENI": DOCUMENT,
    "expediente": EXPEDIENTE,
    "expedienteENI": EXPEDIENTE,
}
_MUST_HAVE: Final = {DOCUMENT: {"contenido", "metadatos"}, EXPEDIENTE: {"indice", "metadatosExp"}}
_WRAPPER_DEPTH: Final = 5
_CLOSED: Final = frozenset({"DatosXML", "Signature", "valor", "ReferenciaFirma"})
"""Whatever stands inside these is not the norm's."""
_OWN_AND_INNER: Final = {
    "contenido": ("enifile", "enifile"),
    "metadatos": ("enidocmeta", "enidocmeta"),
    "firmas": ("enids", "enids"),
    "indice": ("eniexpind", "eniexpind"),
    "IndiceContenido": ("eniexpind", "eniconexpind"),
    "metadatosExp": ("eniexpmeta", "eniexpmeta"),
    "VisualizacionIndice": ("eniexp", "enifile"),
}


@dataclass(frozen=True, slots=True)
class Located:
    """The ENI object inside an XML."""

    element: etree._Element
    kind: str
    """`documento` or `expediente`."""
    version: str
    wrapper: str
    """Local name of the root around it, empty where it is the root."""


@lru_cache(maxsize=512)
def _split(tag: object) -> tuple[str, str]:
    """Return namespace and local name of a tag; both empty for comments and instructions."""
    if not isinstance(tag, str):
        return "", ""
    uri, _, name = tag.rpartition("}")
    return uri[1:], name


def local(element: etree._Element) -> str:
    """Return the local name of an element; empty for comments and instructions."""
    return _split(element.tag)[1]


def namespace(element: etree._Element) -> str:
    """Return the namespace of an element, empty where it has none."""
    return _split(element.tag)[0]


def children(element: etree._Element | None, *names: str) -> list[etree._Element]:
    """Return the children with one of these local names (all elements where none is given)."""
    if element is None:
        return []
    return [child for child in element if (name := local(child)) and (not names or name in names)]


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """Return the first child with a local name."""
    if element is not None:
        for inner in element:
            if _split(inner.tag)[1] == name:
                return inner
    return None


def text(element: etree._Element | None, name: str = "") -> str:
    """Return the text of an element, or of its first child of that name, without the space around it."""
    asked = child(element, name) if name else element
    if asked is None:
        return ""
    if not len(asked):
        return (asked.text or "").strip()
    return ((asked.text or "") + "".join(inner.tail or "" for inner in asked)).strip()


def locate(root: etree._Element) -> Located | None:
    """Find the ENI object: the root, or what a wrapper (InSide, a SOAP body) holds near its top."""
    found = _as_eni(root)
    if found is not None:
        return Located(root, *found, wrapper="")
    level = [root]
    for _ in range(_WRAPPER_DEPTH):
        level = [inner for outer in level[:100] for inner in children(outer)]
        for element in level:
            if (found := _as_eni(element)) is not None:
                return Located(element, *found, wrapper=local(root))
    return None


def wrapped_bytes(root: etree._Element) -> etree._Element | None:
    """Find the base64 element in which InSide wraps the bytes of a whole ENI XML."""
    if not is_inside(namespace(root)) and "File" not in local(root):
        return None
    for element in root.iter("{*}documentoEniBytes", "{*}expedienteEniBytes"):
        return element
    return None


def expected(located: Located) -> Iterator[tuple[etree._Element, str]]:
    """Yield every element of the norm's own structure with the namespace that the norm gives it."""
    ns = namespaces(located.version)
    own = ns.enidoc if located.kind == DOCUMENT else ns.eniexp
    yield located.element, own
    yield from _expected(located.element, own, own, ns)


def namespace_slips(located: Located, place: str) -> list[Finding]:
    """Say which namespaces are not the norm's; each slip once."""
    slips: dict[tuple[str, str], bool] = {}
    for element, wanted in expected(located):
        seen = namespace(element)
        if seen != wanted:
            name = local(element)
            slips[seen, wanted] = slips.get((seen, wanted), True) and name == "IndiceContenido"
    ns = namespaces(located.version)
    return [
        finding("ENI-INDEX-NAMESPACE", place)
        if only_index and seen == ns.eniconexpind
        else finding("ENI-NAMESPACE-SLIP", place, value=seen or "(ninguno)", read=wanted)
        for (seen, wanted), only_index in islice(slips.items(), MOST_SLIPS)
    ]


def _as_eni(element: etree._Element) -> tuple[str, str] | None:
    kind = _ROOTS.get(local(element))
    if kind is None or not _MUST_HAVE[kind] & {local(inner) for inner in element}:
        return None
    known = [version_of(namespace(near)) for near in (element, *children(element))]
    version = next((version for version in known if version), "")
    if not version and namespace(element):
        return None
    return kind, version or V1


def _expected(
    parent: etree._Element, inside: str, extra: str, ns: Namespaces
) -> Iterator[tuple[etree._Element, str]]:
    for element in parent:
        name = local(element)
        if not name or name == "Signature":
            continue
        own, inner = inside, inside
        if name in _OWN_AND_INNER:
            first, second = _OWN_AND_INNER[name]
            own, inner = getattr(ns, first), getattr(ns, second)
        elif name == "metadatosAdicionales":
            own = inner = extra
        yield element, own
        if name not in _CLOSED:
            yield from _expected(element, inner, extra, ns)
