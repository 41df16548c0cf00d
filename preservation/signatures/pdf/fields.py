# SPDX-License-Identifier: EUPL-1.2
"""Signature dictionaries of a PDF: found through the form, checked against the octets.

The signed octets come from `/ByteRange` alone, and the gap between the two ranges must be exactly the string
that stands as `/Contents` in this very dictionary: a wider gap would let other content in unsigned, another
place would let a signature be moved around.

Source: ISO 32000-1 sections 12.7.4.5 (signature fields), 12.8.1 (ByteRange); ETSI EN 319 142-1 section 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from preservation.signatures.pdf.byterange import SignedOctets
from preservation.signatures.pdf.document import View
from preservation.signatures.pdf.syntax import WHITE, Dictionary, Octets, Ref
from preservation.signatures.pdf.text import decode_text, parse_pdf_date

MAX_FIELDS: Final = 50_000
"""Fields of a form that are looked at."""
MAX_DEPTH: Final = 32
"""Fields inside one another."""
_CLAIMS: Final = {"Name": "name", "Reason": "reason", "Location": "place", "ContactInfo": "contact"}


@dataclass(frozen=True, slots=True)
class Field:
    """A terminal field of a form."""

    name: str
    """Fully qualified."""
    kind: str
    """`Sig`, `Tx`, `Btn`, `Ch`; inherited."""
    dictionary: Dictionary = field(repr=False)
    reference: Ref | None


@dataclass(frozen=True, slots=True)
class PdfSignature:
    """One filled signature field, read but not believed."""

    name: str
    """Fully qualified name of its field."""
    subfilter: str
    """Without its solidus."""
    contents: bytes = field(repr=False)
    """`/Contents` with its padding."""
    signed: SignedOctets = field(repr=False)
    claimed_time: datetime | None
    claims: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    """`/Cert` of the old kind adbe.x509.rsa_sha1."""
    nothing: str = ""
    """Why there is no signature to speak of: nobody filled it, or nothing says what it signs."""
    dictionary: Dictionary = field(default_factory=Dictionary, repr=False)
    span: tuple[int, int] = (0, 0)
    """Where `/Contents` stands in the file."""
    reference: Ref | None = None
    """Of the dictionary."""

    @property
    def is_timestamp(self) -> bool:
        """Whether it is a document time stamp; old tools give it /Type /Sig, so the subfilter decides."""
        return self.subfilter == "ETSI.RFC3161"

    @property
    def end(self) -> int:
        """Offset after the last signed octet."""
        return self.signed.end


def fields_of(view: View) -> Iterator[Field]:
    """Yield the terminal fields of the form, in its order; a form that runs in a circle ends there.

    Raises:
        Broken: The form cannot be read.
    """
    form = view.dictionary(view.root.get("AcroForm"))
    if form is None:
        return
    seen: set[Ref] = set()
    waiting = [(each, "", "", 0) for each in reversed(view.array(form.get("Fields")))]
    count = 0
    while waiting and count < MAX_FIELDS:
        value, above, kind, depth = waiting.pop()
        if isinstance(value, Ref):
            if value in seen:
                continue
            seen.add(value)
        one = view.dictionary(value)
        if one is None or depth > MAX_DEPTH:
            continue
        count += 1
        partial = view.resolve(one.get("T"))
        own = _text(view, value, "T", partial) if isinstance(partial, bytes) else ""
        name = f"{above}.{own}" if above and own else above or own
        kind = str(view.resolve(one.get("FT")) or kind)
        kids = [each for each in view.array(one.get("Kids")) if _is_field(view, each)]
        if kids:
            waiting += [(each, name, kind, depth + 1) for each in reversed(kids)]
        else:
            yield Field(name, kind, one, value if isinstance(value, Ref) else None)


def _is_field(view: View, value: Any) -> bool:
    """12.7.3.1: a kid with a partial name is a field, one without is only a widget."""
    one = view.dictionary(value)
    return one is not None and "T" in one


def signatures_of(view: View) -> Iterator[PdfSignature]:
    """Yield every filled signature field; one signature in several fields is told once.

    Raises:
        Broken: The form cannot be read.
    """
    seen: set[Any] = set()
    for number, each in enumerate(fields_of(view)):
        if each.kind != "Sig":
            continue
        stored = each.dictionary.get("V")
        if isinstance(stored, Ref):
            if stored in seen:
                continue
            seen.add(stored)
        value = view.resolve(stored)
        if value is None:
            continue
        name = each.name or f"field {number + 1}"
        holder = stored if isinstance(stored, Ref) else each.reference
        yield _read(name, value, holder, stored if isinstance(stored, Ref) else None, view)


def _read(name: str, value: Any, holder: Ref | None, stored: Ref | None, view: View) -> PdfSignature:
    if not isinstance(value, Dictionary):
        nothing = SignedOctets(view.file.data, ())
        problem = "its value is no signature dictionary"
        return PdfSignature(name, "", b"", nothing, None, (), (problem,))
    contents = value.get("Contents")
    ranges = view.resolve(value.get("ByteRange"))
    signed, problems = _signed(view.file.data, ranges, value)
    entry = None if holder is None else view.entry(holder.number)
    if entry is None or entry.kind != "n" or not entry.where < signed.end:
        problems.append("its dictionary does not stand where it could be signed")
    if {"ByteRange", "Contents", "SubFilter", "V"} & set(value.repeated):
        problems.append("its dictionary says the same thing twice")
    lacking = ""
    if isinstance(contents, bytes) and not contents.strip(b"\x00"):
        lacking = "a place for a signature that nobody filled"
    elif not (isinstance(ranges, list) and len(ranges) == 4 and all(type(each) is int for each in ranges)):
        lacking = "no ByteRange says what it signs"
    said = {key: _text(view, holder, key, view.resolve(value.get(key))) for key in (*_CLAIMS, "M")}
    return PdfSignature(
        name=name,
        subfilter=str(view.resolve(value.get("SubFilter")) or ""),
        contents=contents if isinstance(contents, bytes) else b"",
        signed=signed,
        claimed_time=parse_pdf_date(said["M"]),
        claims=tuple((word, said[key]) for key, word in _CLAIMS.items() if said[key]),
        problems=tuple(problems),
        certificates=_certificates(view, value),
        nothing=lacking,
        dictionary=value,
        span=value.spans.get("Contents", (0, 0)) if signed.ranges else (0, 0),
        reference=stored,
    )


def _certificates(view: View, value: Dictionary) -> tuple[bytes, ...]:
    stored = view.resolve(value.get("Cert"))
    listed = stored if isinstance(stored, list) else [stored]
    found = (view.resolve(each) for each in listed[:64])
    return tuple(each for each in found if isinstance(each, bytes))


def _signed(data: Octets, ranges: Any, value: Dictionary) -> tuple[SignedOctets, list[str]]:
    """12.8.1: two ranges from the start, around exactly the string of /Contents."""
    whole = isinstance(ranges, list) and all(type(each) is int and each >= 0 for each in ranges)
    if not whole or len(ranges) != 4 or ranges[0] != 0:
        pairs = tuple(zip(ranges[::2], ranges[1::2], strict=False)) if whole else ()
        kept = SignedOctets(data, tuple(pair for pair in pairs if sum(pair) <= len(data))[:16])
        return kept, ["its ByteRange is not two ranges from the start of the file"]
    _, first, second, last = ranges
    signed = SignedOctets(data, ((0, min(first, len(data))), (min(second, len(data)), last)))
    if second < first or second + last > len(data):
        return SignedOctets(data, ()), ["its ByteRange goes back or beyond the end of the file"]
    if not isinstance(value.get("Contents"), bytes):
        return signed, ["its Contents is no string"]
    start, end = value.spans["Contents"]
    # some signers leave white space out with the string, and some sign its brackets
    inner = data[start + 1 : end - 1] if data[start : start + 1] == b"<" else None
    gap = data[first:second] if second - first <= 2 * (end - start) + 64 else b""
    around = first <= start and end <= second and gap.strip(WHITE) == data[start:end]
    if not around and not (first == start + 1 and second == end - 1 and gap == inner):
        return signed, ["its ByteRange leaves out something else than the signature"]
    if inner is None:
        return signed, ["its Contents is no hexadecimal string"]
    return signed, []


def _text(view: View, holder: Any, key: str, value: Any) -> str:
    if not isinstance(value, bytes):
        return ""
    secrets = view.file.secrets
    if secrets is not None and isinstance(holder, Ref):
        value = secrets.string(holder, key) or b""
    return decode_text(value)[:1000]
