# SPDX-License-Identifier: EUPL-1.2
"""Signed XML turned against its reader: the signature holds, but not over what is read.

Samples need a TF02 (the demonstration's expediente has two). Each returns one ENI document.

Source: McIntosh and Austel, XML Signature Element Wrapping Attacks and Countermeasures, 2005.
"""

from __future__ import annotations

import re
from pathlib import Path

from demo.hostile.catalogue import provokes

_CONTENT = re.compile(rb"<enifile:contenido .*?</enifile:contenido>", re.DOTALL)
_OWN_ID = b'Id="CONTENIDO_DOCUMENTO"'
_SIGNATURE_END = b"</ds:Signature>"


@provokes(signed=True)
def wrapped_in_object(folder: Path, sample: Path) -> Path:
    """The signed content hides in a ds:Object; a forged one, with another Id, stands in its place."""
    xml, content = _signed_document(sample)
    forged = _forged(content).replace(_OWN_ID, b'Id="CONTENIDO_FALSO"')
    hidden = b"<ds:Object>" + content + b"</ds:Object>" + _SIGNATURE_END
    return _written(folder, "wrapped_in_object", xml.replace(content, forged).replace(_SIGNATURE_END, hidden))


@provokes(signed=True)
def wrapped_same_id(folder: Path, sample: Path) -> Path:
    """As before, but both contents carry the same Id: which one does the reference mean?"""
    xml, content = _signed_document(sample)
    hidden = b"<ds:Object>" + content + b"</ds:Object>" + _SIGNATURE_END
    forged = xml.replace(content, _forged(content)).replace(_SIGNATURE_END, hidden)
    return _written(folder, "wrapped_same_id", forged)


@provokes(signed=True)
def wrapped_as_stranger(folder: Path, sample: Path) -> Path:
    """The signed content stands in an element of another namespace at the end of the document."""
    xml, content = _signed_document(sample)
    forged = _forged(content).replace(_OWN_ID, b'Id="CONTENIDO_FALSO"')
    stranger = b'<x:guardado xmlns:x="urn:x">' + content + b"</x:guardado></enidoc:documento>"
    changed = xml.replace(content, forged).replace(b"</enidoc:documento>", stranger)
    return _written(folder, "wrapped_as_stranger", changed)


@provokes(signed=True)
def comment_in_value(folder: Path, sample: Path) -> Path:
    """A comment inside a signed value, which canonicalisation drops: a careless reader sees half of it."""
    xml, content = _signed_document(sample)
    split = content.replace(b"<resultado>notificada<", b"<resultado>no<!-- -->tificada<")
    return _written(folder, "comment_in_value", xml.replace(content, split))


@provokes(signed=True)
def forged_content(folder: Path, sample: Path) -> Path:
    """The plain forgery: signed content changed, nothing hidden. HASH_FAILURE is the verdict."""
    xml, content = _signed_document(sample)
    return _written(folder, "forged_content", xml.replace(content, _forged(content)))


def _signed_document(sample: Path) -> tuple[bytes, bytes]:
    """Return the first document with an internally detached signature, and its content element."""
    for path in sorted(sample.glob("*.xml")):
        xml = path.read_bytes()
        found = _CONTENT.search(xml)
        if found and b"TipoFirma>TF02<" in xml and b"<enidoc:documento" in xml[:200]:
            return xml, found[0]
    raise ValueError("the sample has no document with a TF02")


def _forged(content: bytes) -> bytes:
    return content.replace(b"<resultado>notificada<", b"<resultado>rechazada<")


def _written(folder: Path, name: str, xml: bytes) -> Path:
    target = folder / f"{name}.xml"
    target.write_bytes(xml)
    return target
