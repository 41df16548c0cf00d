# SPDX-License-Identifier: EUPL-1.2
"""The content that stands inside a signature: in a CMS that carries it (TF05), or in an enveloping XAdES.

Nothing is judged here: whether the signature holds is `preservation.signatures.eni.validate`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from archive.eni.document import SignaturePlace
from archive.eni.read import EniFile
from archive.errors import LongevaError, XmlRefused
from archive.xml import MAX_XML, parse_xml
from preservation.signatures.eni.places import EniReader
from preservation.signatures.facts import Malformed
from preservation.signatures.reading import as_der, content_inside
from preservation.signatures.xml.core import decoded, signatures_in, tag
from preservation.signatures.xml.place import path_of

MAX_ENCLOSING: Final = 64 << 20
"""Bytes of a signature whose content is looked for inside."""
_BASE64: Final = "http://www.w3.org/2000/09/xmldsig#base64"


def enclosed_content(eni: EniFile) -> bytes | None:
    """Return what stands inside the signature that holds an ENI document's content.

    Where the content has a place of its own (ValorBinario, DatosXML) that holds a signature with something
    inside, it is that. Where it has none, it is what the signature that referenciaFichero names carries
    (`#FIRMA_0`), or the only one that carries anything.

    Returns:
        None for an expediente, and where nothing is carried inside.

    Limits:
        Signatures up to MAX_ENCLOSING bytes; an enveloping XAdES gives base64 only, since XML has no bytes
        until somebody chooses how to write it.

    Source:
        NTI Documento electrónico anexo II (referenciaFichero); NTI Política de firma III (TF03, TF05).
    """
    if eni.kind != "documento":
        return None
    try:
        own = eni.open_content()
        if own is not None:
            whole = _whole(own)
            return None if whole is None else content_within(whole)
        return _of_a_signature(eni)
    except XmlRefused:  # base64 that is none: told by whoever reads the content or the signature
        return None


def content_within(data: bytes) -> bytes | None:
    """Return what a CMS (DER, PEM, base64) or an enveloping XML signature carries; None for anything else."""
    plain = as_der(data)
    if plain is not None:
        return content_inside(plain)
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or len(data) > MAX_XML:
        return None
    try:
        return _within_xml(signatures_in(parse_xml(data)))
    except LongevaError:
        return None


def _of_a_signature(eni: EniFile) -> bytes | None:
    named = eni.document.content.reference.removeprefix("#")
    found = {}
    for firma in eni.document.firmas:
        if firma.where is SignaturePlace.BASE64:
            pieces = eni.open_signature(firma)
            whole = None if pieces is None else _whole(pieces)
            inside = None if whole is None else content_within(whole)
        elif firma.where is SignaturePlace.INLINE:
            tree, mine = EniReader(eni).tree(), f"{path_of(eni.firma_element(firma))}/"
            below = [] if tree is None else signatures_in(tree)
            inside = _within_xml([each for each in below if path_of(each).startswith(mine)])
        else:
            continue
        if inside is not None:
            found[firma.element_id] = inside
            if firma.element_id == named:
                return inside
    return next(iter(found.values())) if len(found) == 1 else None


def _within_xml(signatures: list[Any]) -> bytes | None:
    """Return the base64 of the one ds:Object that is signed as such (XMLDSig 4.5, 6.6.2)."""
    for signature in signatures:
        signed = {
            reference.get("URI", "")[1:]
            for reference in signature.iterfind(f"{tag('SignedInfo')}/{tag('Reference')}")
        }
        objects = [
            each
            for each in signature.iterfind(tag("Object"))
            if each.get("Id") in signed and each.get("Encoding") == _BASE64 and len(each) == 0
        ]
        if len(objects) == 1:
            try:
                return decoded(objects[0])
            except Malformed:
                return None
    return None


def _whole(pieces: Iterator[bytes]) -> bytes | None:
    whole = bytearray()
    for piece in pieces:
        whole += piece
        if len(whole) > MAX_ENCLOSING:
            return None
    return bytes(whole)
