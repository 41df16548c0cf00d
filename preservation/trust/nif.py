# SPDX-License-Identifier: EUPL-1.2
"""Spanish tax numbers: whether a text is one by its form and its control character.

Source: RD 1065/2007 arts. 19-22 and Orden EHA/451/2008 (NIF of entities); Orden INT/2058/2008 (NIE). The
identifiers of ETSI EN 319 412-1 5.1.3 and 5.1.4 (`IDCES-`, `PNOES-`, `TINES-`, `VATES-`) are taken off.
"""

from __future__ import annotations

import re
from typing import Final

_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_ENTITY_LETTERS: Final = "JABCDEFGHI"
_PERSON: Final = re.compile(r"[0-9]{8}[A-Z]|[XYZKLM][0-9]{7}[A-Z]")
_ENTITY: Final = re.compile(r"[A-HJNP-SUVW][0-9]{7}[0-9A-J]")
_SEMANTICS: Final = re.compile(r"^(?:IDC|PNO|TIN|TAX|VAT|NTR)ES-", re.IGNORECASE)
_INSIDE: Final = re.compile(
    r"(?<![0-9A-Za-z])([0-9]{8}-?[A-Za-z]|[A-HJ-NP-SUVWXYZ]-?[0-9]{7}-?[0-9A-Z])(?![0-9A-Za-z])"
)


def plain(text: str) -> str:
    """Take the semantics prefix and the hyphens off an identifier that has the form of a NIF.

    Anything else is returned as it was written: a foreign number keeps the prefix that says what it is.
    """
    bare = _SEMANTICS.sub("", text.strip())
    joined = re.sub(r"[\s.-]", "", bare).upper()
    return joined if has_form(joined) else bare


def has_form(text: str) -> bool:
    """Whether a text looks like a NIF, whatever its control character."""
    return bool(_PERSON.fullmatch(text) or _ENTITY.fullmatch(text))


def is_person(text: str) -> bool:
    """Whether a text is the NIF or NIE of a natural person, control letter included."""
    if not _PERSON.fullmatch(text):
        return False
    digits = text[:-1].translate(str.maketrans("XYZ", "012"))
    number = int(digits if digits[0].isdigit() else digits[1:])
    return _LETTERS[number % 23] == text[-1]


def is_entity(text: str) -> bool:
    """Whether a text is the NIF of an entity, control character included.

    Both forms of the control are accepted where the first letter allows either.
    """
    if not _ENTITY.fullmatch(text):
        return False
    digits = [int(char) for char in text[1:8]]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[0::2])
    control = -(doubled + sum(digits[1::2])) % 10
    if text[0] in "PQRSNW":
        return text[-1] == _ENTITY_LETTERS[control]
    if text[0] in "ABEH":
        return text[-1] == str(control)
    return text[-1] in {str(control), _ENTITY_LETTERS[control]}


def is_valid(text: str) -> bool:
    """Whether a text is a NIF of anybody, control character included."""
    return is_person(text) or is_entity(text)


def persons_in(text: str) -> list[str]:
    """Return the valid NIF of natural persons inside a text, in their order."""
    return [each for each in _candidates(text) if is_person(each)]


def entities_in(text: str) -> list[str]:
    """Return the valid NIF of entities inside a text, in their order."""
    return [each for each in _candidates(text) if is_entity(each)]


def _candidates(text: str) -> list[str]:
    return [found.replace("-", "").upper() for found in _INSIDE.findall(text)]
