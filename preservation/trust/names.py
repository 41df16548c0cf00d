# SPDX-License-Identifier: EUPL-1.2
"""Names in certificates, read as they were written: wrong string types, Latin-1 and empty parts included.

Source: RFC 5280 4.1.2.4 (Name), 4.2.1.6 (subjectAltName). Spanish authorities put who signs into a
directoryName of the alternative name, with their own attribute types.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import x509

UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    RecursionError,
)
"""What asn1crypto raises on hostile bytes, now or when a field is first touched."""
MAX_ATTRIBUTES: Final = 256
"""Attributes read of one name; real ones have a dozen."""
MAX_TEXT: Final = 300
"""Characters kept of one value (RFC 5280 appendix A.1 allows 64 or 128 for most)."""

COMMON_NAME: Final = "2.5.4.3"
SURNAME: Final = "2.5.4.4"
SERIAL_NUMBER: Final = "2.5.4.5"
ORGANISATION: Final = "2.5.4.10"
UNIT: Final = "2.5.4.11"
TITLE: Final = "2.5.4.12"
GIVEN_NAME: Final = "2.5.4.42"
DN_QUALIFIER: Final = "2.5.4.46"
PSEUDONYM: Final = "2.5.4.65"
ORGANISATION_IDENTIFIER: Final = "2.5.4.97"


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attributes of one name in their order; a type may come more than once."""

    pairs: tuple[tuple[str, str], ...]
    """Dotted type and text; empty texts are left out."""

    def all(self, kind: str) -> list[str]:
        """Return every value of a type."""
        return [text for name, text in self.pairs if name == kind]

    def one(self, *kinds: str) -> str:
        """Return the last value of the first of these types that has one, or nothing.

        The last, since the most specific part of a name comes last (X.501 9.3).
        """
        for kind in kinds:
            found = self.all(kind)
            if found:
                return found[-1]
        return ""


def attributes_of(name: x509.Name) -> Attributes:
    """Read a name; what cannot be read is left out."""
    return Attributes(tuple(_pairs(name)))


def common_name(certificate: x509.Certificate) -> str:
    """Return the common name of a certificate's holder, for people; empty where it has none."""
    return attributes_of(certificate.subject).one(COMMON_NAME)


def alternative_attributes(certificate: x509.Certificate) -> Attributes:
    """Read every directoryName of the alternative name as if they were one."""
    pairs: list[tuple[str, str]] = []
    try:
        names = certificate.subject_alt_name_value
        for each in names or ():
            if each.name == "directory_name":
                pairs += _pairs(each.chosen)
    except UNREADABLE:
        pass
    return Attributes(tuple(pairs))


def shown(text: str) -> str:
    """Return what may be shown to people: no control or direction characters, one line, not endless."""
    plain = " ".join(text.split())
    if not plain.isprintable():
        plain = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in plain)
    return plain if len(plain) <= MAX_TEXT else plain[: MAX_TEXT - 1] + "…"


def _pairs(name: x509.Name) -> Iterator[tuple[str, str]]:
    count = 0
    try:
        for relative in name.chosen:
            for attribute in relative:
                count += 1
                if count > MAX_ATTRIBUTES:
                    return
                text = _text(attribute["value"])
                if text:
                    yield attribute["type"].dotted, text
    except UNREADABLE:
        return


def _text(value: Any) -> str:
    """Return the text; bytes that their own type forbids are read as Latin-1, as their writers meant."""
    try:
        native = value.native
    except UNREADABLE:
        try:
            native = value.contents.decode("latin-1")
        except UNREADABLE:
            return ""
    return shown(native) if isinstance(native, str) else ""
