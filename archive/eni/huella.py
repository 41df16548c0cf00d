# SPDX-License-Identifier: EUPL-1.2
"""Finds out what an index's digest was computed over, and how: the norm does not say, and everybody differs.

{content, XML file, inclusive and exclusive C14N, C14N of the DatosXML child, signature text, signature
bytes} by {MD5, SHA-1, SHA-256, SHA-384, SHA-512} by {hex, HEX, hex without leading zeros, base64, base64 of
hex}. The form of the value gives algorithm and encoding, so that only the "what" has to be tried, cheapest
first. Source: NTI Expediente electrónico anexo I (ValorHuella, FuncionResumen); docs on real producers.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal

import pybase64
from lxml import etree

from archive.digests import WEAK_ALGORITHMS, Digests
from archive.eni.canonical import canonical_pieces
from archive.eni.document import EniDocument
from archive.eni.read import EniFile
from archive.eni.structure import children, local
from archive.errors import XmlRefused

SIZES: Final = {16: "md5", 20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}
"""Bytes of a digest: each algorithm has its own size."""
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_MOST_ZEROS: Final = 6
"""Hex digits that a number printed without leading zeros may lack; more has odds of one in 2**24."""
_CONTENT: Final = ("content", "datos-xml")
_NAMES: Final = {
    "md5": ("md5", "1.2.840.113549.2.5"),
    "sha1": ("sha1", "1.3.14.3.2.26"),
    "sha256": ("sha256", "sha2256", "2.16.840.1.101.3.4.2.1"),
    "sha384": ("sha384", "sha2384", "2.16.840.1.101.3.4.2.2"),
    "sha512": ("sha512", "sha2512", "2.16.840.1.101.3.4.2.3"),
}

Status = Literal["match", "mismatch", "unknown_convention"]
Pieces = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Bytes that a digest may have been computed over."""

    what: str
    """`content`, `file`, `signature-text`, `signature-bytes`, `datos-xml-exc-c14n`, …"""
    open: Pieces
    """Gives the bytes, afresh each time."""
    known: Mapping[str, str] = field(default_factory=dict)
    """Digests that were computed already: algorithm to lower-case hex."""


@dataclass(frozen=True, slots=True)
class HuellaMatch:
    """What came out. `match` proves that the bytes are those that the index meant."""

    status: Status
    """`mismatch`: a digest in a known form, and no convention gives it. `unknown_convention`: the value has
    no known form, contradicts its FuncionResumen, names another algorithm, or the content could not be tried
    (it stands inside a signature, and `external` did not give it)."""
    what: str = ""
    algorithm: str = ""
    encoding: str = ""
    """`hex`, `HEX`, `hex-no-zeros`, `base64`, `base64-hex`."""
    weak: bool = False
    """MD5 or SHA-1: integrity at the transfer, never authenticity."""


@dataclass(frozen=True, slots=True)
class _Form:
    algorithm: str
    encoding: str
    number: int
    """The digest as a number: leading zeros do not matter."""


def match_huella(valor: str, funcion: str, candidates: Sequence[Candidate]) -> HuellaMatch:
    """Find the convention that gives a ValorHuella.

    Args:
        valor: ValorHuella as written.
        funcion: FuncionResumen as written: a hint that is not trusted to match, only to explain failure.
        candidates: What to try, cheapest first; computed only as far as needed.

    Returns:
        The match, or why there is none.
    """
    forms = _forms(valor)
    claimed = algorithm_of(funcion)
    forms.sort(key=lambda form: form.algorithm != claimed)
    for candidate in candidates:
        for form, number in zip(forms, _digests(candidate, forms), strict=True):
            if number == form.number:
                weak = form.algorithm in WEAK_ALGORITHMS
                return HuellaMatch("match", candidate.what, form.algorithm, form.encoding, weak)
    if not forms or not any(candidate.what.startswith(_CONTENT) for candidate in candidates):
        return HuellaMatch("unknown_convention")  # of a content inside a signature nothing was disproved
    if funcion.strip() and claimed not in {form.algorithm for form in forms}:
        return HuellaMatch("unknown_convention")
    return HuellaMatch("mismatch", algorithm=forms[0].algorithm, encoding=forms[0].encoding)


def algorithm_of(funcion: str) -> str:
    """Read a FuncionResumen: a URI, an OID or a name in any writing; empty where it names none we know."""
    last = re.split(r"[#/]", funcion.strip())[-1].lower()
    last = last.removeprefix("urn:oid:")
    plain = last if re.fullmatch(r"[0-9.]+", last) else re.sub(r"[^a-z0-9]", "", last)
    plain = plain.removesuffix("withrsa").removesuffix("withrsaencryption")
    return next((name for name, written in _NAMES.items() if plain in written), "")


def candidates_of(
    eni: EniFile,
    *,
    file: Digests | None = None,
    content: Digests | None = None,
    external: Pieces | None = None,
) -> list[Candidate]:
    """Return what the huella of a document may be over, cheapest first.

    Args:
        eni: The document.
        file: Digests of the XML file where they are known already.
        content: Digests of the decoded content where they are known already.
        external: Opens the content where it is another file or inside a signature (`content` are then its
            digests).
    """
    found: list[Candidate] = []
    skeleton = eni.outer or eni.skeleton
    choice = eni.content_element
    kind = "" if choice is None else local(choice)
    if external is not None:
        found.append(Candidate("content", external, _known(content)))
    elif choice is not None and kind == "ValorBinario":
        found.append(Candidate("content", lambda: eni.open_content() or (), _known(content)))
        found.append(Candidate("content-text", partial(_text, eni, choice)))
    found.append(Candidate("file", lambda: map(bytes, skeleton.source.pieces()), _known(file)))
    found += _signatures(eni)
    if kind == "DatosXML" and choice is not None:
        if not children(choice):
            found.append(Candidate("datos-xml-text", lambda: eni.open_content() or ()))
        for inner in (*children(choice)[:1], choice):
            name = "datos-xml" if inner is choice else "datos-xml-child"
            found += _canonical(eni, name, inner)
        found.append(Candidate("datos-xml-raw", partial(_raw_xml, eni)))
    return found + _canonical(eni, "document", eni.located.element)


def _signatures(eni: EniFile) -> list[Candidate]:
    if not isinstance(eni.value, EniDocument):
        return []
    found: list[Candidate] = []
    for firma in eni.value.firmas:
        holder = eni.signature_holder(firma)
        if holder is None or local(holder) != "FirmaBase64":
            continue
        found.append(Candidate("signature-bytes", partial(eni.skeleton.decoded_pieces, holder)))
        found.append(Candidate("signature-text", partial(_text, eni, holder)))
    return found


def _text(eni: EniFile, element: etree._Element) -> Iterator[bytes]:
    return map(bytes, eni.skeleton.text_pieces(element))


def _raw_xml(eni: EniFile) -> Iterator[bytes]:
    """Yield what stands between the tags of DatosXML, byte by byte: some hash it before they wrap it."""
    skeleton = eni.skeleton
    # Of a file that is not held the skeleton is the whole where nothing was cut out of it.
    data = skeleton.source.data or (b"" if skeleton.cuts else skeleton.xml)
    first = re.search(rb"<(?:[\w.-]+:)?DatosXML[^<>]*>", data)
    last = data.rfind(b"</", 0, data.rfind(b"DatosXML"))
    if first is not None and last > first.end():
        yield data[first.end() : last].strip()


def _canonical(eni: EniFile, name: str, element: etree._Element) -> list[Candidate]:
    pieces = partial(canonical_pieces, eni.skeleton, element)
    return [
        Candidate(f"{name}-exc-c14n", partial(pieces, exclusive=True)),
        Candidate(f"{name}-inc-c14n", partial(pieces, exclusive=False)),
    ]


def _known(digests: Digests | None) -> dict[str, str]:
    return {} if digests is None else {"sha256": digests.sha256, "sha512": digests.sha512}


def _forms(valor: str) -> list[_Form]:
    """Read a value as every digest it may be; the sizes tell the algorithms apart."""
    plain = "".join(valor.split())
    found = _hex_form(plain, "")
    try:
        raw = pybase64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError):
        return found
    if len(raw) in SIZES:
        found.append(_Form(SIZES[len(raw)], "base64", int.from_bytes(raw, "big")))
    if raw.isascii():
        found += _hex_form(raw.decode("ascii").strip(), "base64-")
    return found


def _hex_form(plain: str, prefix: str) -> list[_Form]:
    if _HEX.fullmatch(plain) is None:
        return []
    for size, algorithm in SIZES.items():
        if 2 * size - _MOST_ZEROS <= len(plain) <= 2 * size:
            if prefix:
                encoding = f"{prefix}hex"
            elif len(plain) < 2 * size:
                encoding = "hex-no-zeros"
            else:
                encoding = "HEX" if plain == plain.upper() and not plain.isdigit() else "hex"
            return [_Form(algorithm, encoding, int(plain, 16))]
    return []


def _digests(candidate: Candidate, forms: Sequence[_Form]) -> list[int]:
    """Compute the digests that the forms need, in one pass over the candidate's bytes."""
    needed = {form.algorithm for form in forms} - candidate.known.keys()
    hashes = {name: hashlib.new(name) for name in sorted(needed)}
    try:
        for piece in candidate.open() if hashes else ():
            for made in hashes.values():
                made.update(piece)
    except XmlRefused:  # broken base64, or no canonical form: nothing to compare with
        return [-1] * len(forms)
    hexes = {name: made.hexdigest() for name, made in hashes.items()}
    if isinstance(candidate.known, dict):
        candidate.known.update(hexes)  # a candidate that is asked again is not read again
    return [int(hexes.get(name) or candidate.known[name], 16) for name in (form.algorithm for form in forms)]
