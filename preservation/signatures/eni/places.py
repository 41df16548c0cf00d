# SPDX-License-Identifier: EUPL-1.2
"""Signatures inside ENI files, wherever ENI puts them, as facts.

* inline: the ds:Signature under its `firma`, checked in the received bytes;
* FirmaBase64: CMS over (or with) the content, a PDF, or XML; an XML signature that was taken out of the
  document is put back in the ways that signers are known to have taken it out, and the first that holds
  counts;
* ReferenciaFirma: the content itself is what is signed.

Source: NTI Política de firma III.4.4; what producers do, in the notes beside each way.
"""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from lxml import etree

from archive.eni.document import ContentKind, EniSignature
from archive.eni.read import EniFile
from archive.eni.structure import child
from archive.errors import LongevaError, XmlRefused
from archive.xml import MAX_XML, parse_xml
from preservation.algorithms import new_digest
from preservation.signatures.content import MAX_WHOLE, BytesContent, Content
from preservation.signatures.eni.extent import is_signed, signs_all
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.reading import Kind, as_der, content_inside, read_signatures, sniff
from preservation.signatures.supplied import Supplied
from preservation.signatures.xml.canonical import EXCLUSIVE, INCLUSIVE, canonical_bytes
from preservation.signatures.xml.core import tag
from preservation.signatures.xml.place import path_of
from preservation.signatures.xml.read import read_signature, read_tree
from preservation.signatures.xml.references import Identifiers

MAX_SIGNATURE: Final = 256 << 20
"""Bytes of one FirmaBase64 that are read; a PDF repeated there may be big."""


@dataclass(frozen=True, slots=True)
class PiecesContent:
    """Decoded content of an ENI document, streamed again for each digest."""

    opener: Callable[[], Iterator[bytes] | None]

    def digest(self, algorithm: str) -> bytes | None:
        """Return the digest, or None where there is no such content or its base64 is broken."""
        try:
            made = new_digest(algorithm)
            pieces = self.opener()
            if pieces is None:
                return None
            for piece in pieces:
                made.update(piece)
        except (KeyError, XmlRefused):
            return None
        return bytes(made.digest())

    def whole(self) -> bytes | None:
        """Return everything up to `MAX_WHOLE` bytes."""
        try:
            pieces = self.opener()
            return None if pieces is None else _joined(pieces, MAX_WHOLE)
        except XmlRefused:
            return None


def _joined(pieces: Iterator[bytes], limit: int) -> bytes | None:
    whole = bytearray()
    for piece in pieces:
        whole += piece
        if len(whole) > limit:
            return None
    return bytes(whole)


class EniReader:
    """Reads the signatures of one ENI file.

    The received bytes are parsed once, and the XML signatures among them checked once, when one is asked for.
    """

    def __init__(self, eni: EniFile) -> None:
        self.eni = eni
        self._tree: Any = None
        self._read: list[SignatureFacts] | None = None

    @property
    def has_inline(self) -> bool:
        """Whether a ds:Signature stands among the elements."""
        return next(self.eni.skeleton.root.iter(tag("Signature")), None) is not None

    def content(self) -> Content | None:
        """Return the decoded content of a document; None where it is not in a place of its own."""
        return None if self.eni.content_element is None else PiecesContent(self.eni.open_content)

    def inline(self, firma: EniSignature | None) -> list[SignatureFacts]:
        """Return the XML signatures under a `firma`; with None, those under none."""
        tree = self.tree()
        if tree is None:
            return []
        if firma is not None:
            mine = f"{path_of(self.eni.firma_element(firma))}/"
            return [each for each in self._all() if each.place.startswith(mine)]
        holders = [f"{path_of(self.eni.firma_element(each))}/" for each in self.eni.value.firmas]
        return [each for each in self._all() if not each.place.startswith(tuple(holders))]

    def in_base64(self, firma: EniSignature) -> list[SignatureFacts]:
        """Return what a FirmaBase64 holds."""
        try:
            pieces = self.eni.open_signature(firma)
            data = None if pieces is None else _joined(pieces, MAX_SIGNATURE)
        except XmlRefused as problem:
            return [SignatureFacts(format="unknown", unreadable=f"FirmaBase64: {problem}"[:300])]
        if not data:
            return []
        kind = sniff(data)
        if kind is Kind.XML:
            return self._put_back(data, firma)
        if kind is Kind.PDF:
            # TF06 with the whole PDF again: it must be the content, not just any signed PDF
            found = read_signatures(data)
            repeated = self._repeats_content(data, firma)
            return [_covering(each, "contenido") for each in found] if repeated else found
        return self._cms(data, firma)

    def in_content(self) -> list[SignatureFacts]:
        """Return the signatures that the content itself carries (TF06, TF05 in ValorBinario)."""
        content = self.content()
        data = None if content is None else content.whole()
        if data is None:
            return []
        found = [] if sniff(data) is Kind.UNKNOWN else read_signatures(data)
        part = "contenido" if self.eni.kind == "documento" else "VisualizacionIndice"
        root = (
            parse_xml(data).getroot()
            if sniff(data) is Kind.XML and any(each.covers for each in found)
            else None
        )
        return [_of_content(each, part, root) for each in found]

    def _cms(self, data: bytes, firma: EniSignature) -> list[SignatureFacts]:
        plain = as_der(data)
        if plain is None:
            return read_signatures(data)
        if self.eni.kind == "documento":
            return self._over_content(plain, firma)
        inside = content_inside(plain)
        if inside is not None:
            # TF05 of the serialised index: what is inside must be this index, however it was serialised
            same = self._is_index(inside)
            return [_covering(each, "indice") if same else each for each in read_signatures(plain)]
        tried = [read_signatures(plain, [Supplied("", each)]) for each in self._index_forms()]
        held = next((facts for facts in tried if all(each.intact for each in facts)), None)
        return read_signatures(plain) if held is None else [_covering(each, "indice") for each in held]

    def _over_content(self, plain: bytes, firma: EniSignature) -> list[SignatureFacts]:
        # the content may be inside the CMS (referenciaFichero), or ValorBinario may hold the CMS again
        content = None if self._is_elsewhere() else self.content()
        carried = self._repeats_content(plain, firma)
        found = read_signatures(plain, [] if carried or content is None else [Supplied("", content)])
        return [_covering(each, "contenido") for each in found] if carried or content is not None else found

    def _is_elsewhere(self) -> bool:
        """Whether the content has no place of its own in the document."""
        return self.eni.document.content.kind in {ContentKind.REFERENCE, ContentKind.EXTERNAL}

    def _repeats_content(self, data: bytes, firma: EniSignature) -> bool:
        """Whether what a `firma` holds is the content, or what the content refers to."""
        if self.eni.kind != "documento":
            return False
        content = self.content()
        if content is None or self._is_elsewhere():
            return self._is_referred_to(data, firma)
        return content.digest("sha256") == hashlib.sha256(data).digest()

    def _is_referred_to(self, data: bytes, firma: EniSignature) -> bool:
        """Whether the content is what this `firma` carries: named, the only one, or the same as the named."""
        from preservation.signatures.eni.enclosed import content_within, enclosed_content  # noqa: PLC0415

        document = self.eni.document
        if document.content.is_outside:
            return False
        named = [each for each in document.firmas if f"#{each.element_id}" == document.content.reference]
        if [each.position for each in named or document.firmas] == [firma.position]:
            return True
        inside = content_within(data)
        return inside is not None and inside == enclosed_content(self.eni)

    def _index(self) -> Any:
        """Return the IndiceContenido of this very expediente, not of one nested in it; None where none is."""
        tree, holder = self.tree(), child(self.eni.located.element, "indice")
        stated = child(holder, "IndiceContenido")
        if tree is None or stated is None:
            return None
        wanted = path_of(stated)
        return next(each for each in tree.iter("{*}IndiceContenido") if path_of(each) == wanted)

    def _index_forms(self) -> list[Content]:
        """Return the index in the forms that signers serialise it."""
        found: list[Content] = []
        mine = self._index()
        for element in [] if mine is None else (mine, mine.getparent()):
            found += [BytesContent(canonical_bytes(element, method)) for method in (EXCLUSIVE, INCLUSIVE)]
            found.append(BytesContent(etree.tostring(element, with_tail=False, encoding="utf-8")))
        return found

    def _is_index(self, inside: bytes) -> bool:
        mine = self._index()
        try:
            theirs = next(parse_xml(inside).iter("{*}IndiceContenido"), None)
        except LongevaError:
            return False
        if mine is None or theirs is None:
            return False
        return canonical_bytes(mine, EXCLUSIVE) == canonical_bytes(theirs, EXCLUSIVE)

    def _put_back(self, data: bytes, firma: EniSignature) -> list[SignatureFacts]:
        """Read an XML signature from FirmaBase64: as it is, then put back in the document."""
        alone = read_signatures(data, self._supplied())
        try:
            root = parse_xml(data).getroot()
        except LongevaError:
            return alone
        if alone and all(each.intact for each in alone):
            return [self._standing_alone(each, data, root, firma) for each in alone]
        tree = self.tree()
        if root.tag != tag("Signature") or tree is None:
            return alone
        own = {path_of(each.getparent()) for each in map(self.eni.firma_element, self.eni.value.firmas)}
        before = partial(_before_it_had, own)
        for way in (_into_its_element, _into_its_element_alone, before):
            facts = _read_in(way(tree, root))
            if facts is not None and facts.intact:
                if way is _into_its_element_alone:
                    facts = _from_the_root(facts, tree, root)
                notes = (*facts.notes, "the signature was put back in its document")
                return [replace(facts, notes=notes)]
        return alone

    def _standing_alone(
        self, facts: SignatureFacts, data: bytes, root: Any, firma: EniSignature
    ) -> SignatureFacts:
        if self._is_content(data, root, facts, firma):
            return _of_content(facts)
        detached = any(" /" not in each for each in facts.covers)
        # its paths are those of another document, which may well be called as in this one
        told = replace(facts, covers=tuple(each.replace(" /", ": /") for each in facts.covers), left_out=())
        if self.eni.kind != "documento":
            theirs = next(root.iter("{*}IndiceContenido"), None)
            same = theirs is not None and is_signed(path_of(theirs), facts) and self._is_index(data)
            return _covering(told, "indice") if same else told
        return _covering(told, "contenido") if detached and self._supplied() else told

    def _is_content(self, data: bytes, root: Any, facts: SignatureFacts, firma: EniSignature) -> bool:
        """Whether an XML that stands by itself is the content, or carries it within what is signed."""
        content = self.content()
        if content is None or self.eni.kind != "documento":
            return False
        if self._is_elsewhere():
            return self._is_referred_to(data, firma) and signs_all(root, facts)
        digest = content.digest("sha256")
        if digest is None or hashlib.sha256(data).digest() == digest:
            return digest is not None and signs_all(root, facts)
        leaves = (each for each in root.iter("*") if len(each) == 0 and each.text)
        carrying = (each for each in leaves if hashlib.sha256(_decoded(each.text)).digest() == digest)
        return any(is_signed(path_of(leaf), facts) for leaf in carrying)

    def _supplied(self) -> list[Supplied]:
        content = self.content()
        return [] if content is None else [Supplied("", content)]

    def tree(self) -> Any:
        """Return the whole received document, parsed; None where it is too big for a tree."""
        if self._tree is None and self.eni.skeleton.source.size <= MAX_XML:
            source = self.eni.skeleton.source
            try:
                self._tree = parse_xml(b"".join(source.pieces()))
            except LongevaError:
                return None
        return self._tree

    def _all(self) -> list[SignatureFacts]:
        if self._read is None:
            self._read = read_tree(self.tree())
        return self._read


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return b""


def _of_content(facts: SignatureFacts, part: str = "contenido", root: Any = None) -> SignatureFacts:
    """Tell places inside the content as the content's own, not the ENI file's."""
    covers = tuple(f"{part}: {each.partition(' /')[0]}" for each in facts.covers)
    partly = facts.left_out or (root is not None and not signs_all(root, facts))
    return replace(facts, covers=covers if partly else (*covers, part), left_out=())


def _covering(facts: SignatureFacts, part: str) -> SignatureFacts:
    return replace(facts, covers=(*facts.covers, part))


def _from_the_root(facts: SignatureFacts, tree: Any, signature: Any) -> SignatureFacts:
    top = path_of(_named_element(tree, signature))
    covers = tuple(f"{each.partition(' /')[0]} {top}" for each in facts.covers)
    left_out = tuple("/".join((top, *each.split("/")[2:])) for each in facts.left_out)
    return replace(facts, covers=covers, left_out=left_out)


def _read_in(placed: Any) -> SignatureFacts | None:
    if placed is None:
        return None
    return read_signature(placed, Identifiers.of(placed.getroottree()), None)


def _named_element(tree: Any, signature: Any) -> Any:
    for reference in signature.iterfind(f"{tag('SignedInfo')}/{tag('Reference')}"):
        uri = reference.get("URI") or ""
        found = Identifiers.of(tree).by_id.get(uri.removeprefix("#"), []) if uri.startswith("#") else []
        if len(found) == 1:
            return found[0]
    return None


def _into_its_element(tree: Any, signature: Any) -> Any:
    """InSide TF03: enveloped in the node that it signs, then taken out."""
    whole = copy.deepcopy(tree)
    element = _named_element(whole, signature)
    return None if element is None else _append(element, signature)


def _into_its_element_alone(tree: Any, signature: Any) -> Any:
    """The node was a document of its own when it was signed, so it inherited no namespaces."""
    element = _named_element(tree, signature)
    if element is None:
        return None
    alone = parse_xml(canonical_bytes(element, EXCLUSIVE)).getroot()
    return _append(alone, signature)


def _before_it_had(firmas: Collection[str], tree: Any, signature: Any) -> Any:
    """The whole document was signed before it had its `firmas` (CAIB); what else is called so was signed."""
    whole = copy.deepcopy(tree)
    root = whole.getroot()
    for each in [each for each in root.iter("{*}firmas") if path_of(each) in firmas]:
        if (each.tail or "").strip():
            return None  # text that would go with it was never signed
        each.getparent().remove(each)
    return _append(root, signature)


def _append(element: Any, signature: Any) -> Any:
    placed = copy.deepcopy(signature)
    placed.tail = None
    element.append(placed)
    return placed
