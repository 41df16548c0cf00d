# SPDX-License-Identifier: EUPL-1.2
"""Identifiers: the ENI's, the archive's own, and the CSV of a certified copy. Text in, value out, and back.

Reading is tolerant (old files are what they are: findings say what is odd), writing is strict. An ENI
identifier is never a key of the archive: real platforms reuse them; the key is `object_id`.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from archive.clock import require_aware
from archive.errors import InvalidRequest
from archive.findings import Finding, finding

MAX_DOCUMENT_ID: Final = 48
"""ES_ + 9 + _ + 4 + _ + 30 (NTI Documento electrónico, anexo I)."""
MAX_EXPEDIENTE_ID: Final = 52
"""The same with `EXP_` (NTI Expediente electrónico, anexo I)."""

_TOLERANT: Final = re.compile(r"ES_(?P<organo>[^_]+)_(?P<year>\d{4})_(?P<rest>.+)", re.DOTALL)
_SPECIFIC: Final = re.compile(r"[A-Za-z0-9._-]{1,30}")
_DIR3: Final = re.compile(r"[A-Z][A-Z0-9]\d{7}")
_EXP: Final = "EXP_"

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
"""Signs that are in no code of ours, and the one that each is taken for on paper."""
_ADDRESS: Final = re.compile(r".*[?&]csv=", re.IGNORECASE | re.DOTALL)
_LABEL: Final = re.compile(
    r"\s*(?:CSV|C[OÓ]DIGO(?: SEGURO DE VERIFICACI[OÓ]N)?(?: \(CSV\))?)\s*[:=]", re.IGNORECASE
)
_CSV_GROUP: Final = 4
CSV_LENGTH: Final = 28
"""Signs of a CSV of this archive, five bits each, without its hyphens."""


@dataclass(frozen=True, slots=True)
class Dir3:
    """Code of an administrative unit in the Directorio Común: nine characters, `L01990019`.

    Only the shape is known here. Codes are extinguished, renamed and merged; an old code is never wrong for
    being absent from today's catalogue.
    """

    code: str

    @property
    def is_well_formed(self) -> bool:
        """Tell whether it is a letter, a letter or digit, and seven digits."""
        return _DIR3.fullmatch(self.code) is not None


@dataclass(frozen=True, slots=True)
class EniId:
    """Parts of an ENI identifier, as read. `str()` gives back exactly what was read."""

    organo: str
    """Agreed between the parties where several organs share the thing: need not be the Organo metadata."""
    year: str
    """Of capture (document) or of opening (expediente); four digits."""
    specific: str
    """Up to thirty characters; may itself hold `_`, `.` and `-`, and may be shorter."""
    is_expediente: bool = False

    def __str__(self) -> str:
        return f"ES_{self.organo}_{self.year}_{_EXP if self.is_expediente else ''}{self.specific}"


def parse_eni_id(text: str) -> EniId | None:
    """Read an identifier by its separators, never by fixed columns; None where it has another form.

    Law: `parse_eni_id(str(i)) == i` for everything that `format_eni_id` accepts.
    Source: NTI Documento electrónico and Expediente electrónico, anexo I.
    """
    found = _TOLERANT.fullmatch(text)
    if found is None:
        return None
    rest = found["rest"]
    is_expediente = rest.startswith(_EXP) and len(rest) > len(_EXP)
    specific = rest.removeprefix(_EXP) if is_expediente else rest
    return EniId(found["organo"], found["year"], specific, is_expediente)


def format_eni_id(identifier: EniId) -> str:
    """Write an identifier strictly as the norm wants it.

    Raises:
        InvalidRequest: A part breaks the norm, or a document's specific part starts with `EXP_`.
    """
    if not Dir3(identifier.organo).is_well_formed:
        raise InvalidRequest(f"not a DIR3 code: {identifier.organo!r}")
    if re.fullmatch(r"[0-9]{4}", identifier.year) is None:
        raise InvalidRequest(f"not a year of four digits: {identifier.year!r}")
    if _SPECIFIC.fullmatch(identifier.specific) is None:
        raise InvalidRequest(f"not 1 to 30 characters of A-Z a-z 0-9 . _ -: {identifier.specific!r}")
    if not identifier.is_expediente and identifier.specific.startswith(_EXP):
        raise InvalidRequest("the specific part of a document cannot start with EXP_")
    return str(identifier)


def document_id(organo: str, year: int, specific: str) -> str:
    """Make a document identifier. Raises InvalidRequest where a part breaks the norm."""
    return format_eni_id(EniId(organo, f"{year:04d}", specific))


def expediente_id(organo: str, year: int, specific: str) -> str:
    """Make an expediente identifier. Raises InvalidRequest where a part breaks the norm."""
    return format_eni_id(EniId(organo, f"{year:04d}", specific, is_expediente=True))


def check_eni_id(text: str, place: str = "", *, expediente: bool) -> list[Finding]:
    """Say what is odd about an identifier: pattern, length, characters, kind.

    Source: NTI Documento electrónico and Expediente electrónico, anexo I; the XSD takes any string.
    """
    parsed = parse_eni_id(text)
    if parsed is None:
        return [finding("ENI-ID-PATTERN", place, value=text)]
    found: list[Finding] = []
    limit = MAX_EXPEDIENTE_ID if expediente else MAX_DOCUMENT_ID
    if len(text) > limit:
        found.append(finding("ENI-ID-LENGTH", place, value=text, length=len(text), limit=limit))
    elif _SPECIFIC.fullmatch(parsed.specific) is None:
        found.append(finding("ENI-ID-CHARACTERS", place, value=text))
    if not Dir3(parsed.organo).is_well_formed:
        found.append(finding("ENI-ID-PATTERN", place, value=text))
    if parsed.is_expediente != expediente:
        found.append(finding("ENI-ID-KIND", place, value=text))
    return found


def object_id(tenant: str, eni_id: str, package_digest: str) -> str:
    """Return the key of an object: tenant, ENI identifier and 128 bits of the package's SHA-256.

    The same package deposited twice gives the same key; the same ENI identifier with other bytes another.
    """
    return f"urn:longeva:{tenant}:{quote(eni_id, safe='')}:{package_digest[:32]}"


def uuid7(instant: datetime, random: bytes = b"") -> str:
    """Return a UUID that sorts by its instant.

    Args:
        instant: Aware; its milliseconds lead the identifier.
        random: Ten bytes for tests; fresh ones by default.

    Source: RFC 9562 5.7.
    """
    milliseconds = int(require_aware(instant).timestamp() * 1000)
    tail = int.from_bytes(random or secrets.token_bytes(10), "big")
    value = (milliseconds & (2**48 - 1)) << 80 | tail & (2**80 - 1)
    value = value & ~(0xF << 76) | 7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 2 << 62))


def new_csv() -> str:
    """Return a fresh código seguro de verificación: 140 random bits, `XXXX-XXXX-…` in Crockford's base32.

    Long enough that nobody guesses one, and readable from paper: no I, L, O or U.
    Source: Ley 40/2015 art. 42.b; RD 203/2021 art. 21.
    """
    return _grouped("".join(secrets.choice(_CROCKFORD) for _ in range(CSV_LENGTH)))


def normalise_csv(text: str) -> str:
    """Read a CSV of this archive as people type or paste it.

    Case, spaces and every kind of hyphen do not matter, nor does `CSV:` before it or the address of a QR
    around it; O is read as 0, I and L as 1, U as V. What two signs of ours may stand for (B and 8) is left as
    it is: `search.csv_typing` tries the other one.

    Raises:
        InvalidRequest: It cannot be one of ours, whatever was mistyped.
    """
    plain = plain_csv(text).translate(_READ_AS)
    if len(plain) != CSV_LENGTH or set(plain) - set(_CROCKFORD):
        raise InvalidRequest(f"a CSV of this archive has {CSV_LENGTH} letters and digits")
    return _grouped(plain)


def plain_csv(text: str) -> str:
    """Return the letters and digits of a code as typed, in capitals, without what stands around it.

    Law: `plain_csv(plain_csv(t)) == plain_csv(t)` for codes, whoever issued them.
    """
    unwrapped = _LABEL.sub("", _ADDRESS.sub("", unicodedata.normalize("NFKC", text)), count=1)
    return "".join(sign for sign in unwrapped.upper() if sign.isalnum())


def _grouped(plain: str) -> str:
    return "-".join(plain[at : at + _CSV_GROUP] for at in range(0, len(plain), _CSV_GROUP))
