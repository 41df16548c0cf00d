# SPDX-License-Identifier: EUPL-1.2
"""Codes of the platforms that came before: the paper of 2014 is still verified when its platform is gone.

    register csv-aliases, of each municipality
        sede-03         a platform of one sede electrónica: its name, DIR3, the form of its codes
        <uuid>          up to 1,000 codes of a sede, each with the document that it stands for

A key of an entry is the number of its sede and the folded code (`search.csv_typing.folded`): so one look-up
finds a code at every sede of every municipality, as it may have been typed, and two sedes may have used one.

Nothing is copied into the documents: an alias says of which document a code speaks, by its ENI identifier (of
one that comes later too), by the digest of its content, or by its path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from archive.catalog import RegisterEntry, Transaction
from archive.errors import InvalidRequest
from archive.home import Home
from archive.registers import Register
from search.csv_typing import folded

REGISTER: Final = "csv-aliases"
SEDE_STATE: Final = "sede"
CODES_STATE: Final = "codes"
MAX_SEDES: Final = 20
"""Platforms of one municipality: one look-up asks for all of them at once."""
PER_ENTRY: Final = 1000
SHORTEST: Final = 10
"""Letters and digits below which a code could be guessed, so that it is answered as unknown."""


@dataclass(frozen=True, slots=True)
class Sede:
    """A platform that printed codes, at one sede electrónica."""

    tenant_id: str
    number: int
    """1 to `MAX_SEDES`, within the municipality."""
    name: str
    """As people know it: `Sede electrónica del Ayuntamiento (2012-2019)`."""
    platform: str = ""
    """Product, for archivists."""
    dir3: str = ""
    """Of who issued, where it is not the municipality itself."""
    pattern: str = ""
    """Regular expression of its codes in full; empty takes any."""

    @property
    def entry_id(self) -> str:
        """Where it stands in the register."""
        return f"sede-{self.number:02d}"


@dataclass(frozen=True, slots=True)
class Alias:
    """A code of another platform and the document it stands for."""

    csv: str
    """As the platform wrote it."""
    eni_id: str = ""
    sha256: str = ""
    """Of the document's content, hexadecimal."""
    path: str = ""
    """Path or file name of the document in its object."""
    object_id: str = ""
    """Object that holds it, once it is known; with an ENI identifier it is looked for each time."""

    def to_list(self) -> list[str]:
        """Return the form in an entry."""
        return [self.csv, self.eni_id, self.sha256, self.path, self.object_id]


def sedes(home: Home, tenant_id: str) -> list[Sede]:
    """Return the sedes of a municipality, in order."""
    return [_sede(entry) for entry in Register(home, REGISTER).entries(tenant_id, state=SEDE_STATE)]


def keep_sede(home: Home, sede: Sede, *, agent: str) -> Sede:
    """Write a sede that is new or changed; the same again changes nothing.

    Args:
        home: The archive.
        sede: With number 0 it is known by its name, or gets the next number.
        agent: For the ledger.

    Raises:
        InvalidRequest: It has no name, its pattern is none, or the municipality has `MAX_SEDES` of them.
        NotFound: No such municipality.
    """
    if not sede.name.strip() or not sede.name.isprintable():
        raise InvalidRequest("a sede needs a name")
    try:
        re.compile(sede.pattern)
    except re.error as cause:
        raise InvalidRequest(f"the pattern is no regular expression: {cause}") from cause
    known = sedes(home, sede.tenant_id)
    kept = next((one for one in known if one.name == sede.name), None)
    if kept is None and len(known) >= MAX_SEDES:
        raise InvalidRequest(f"a municipality has at most {MAX_SEDES} sedes")
    number = kept.number if kept else len(known) + 1
    whole = Sede(sede.tenant_id, number, sede.name, sede.platform, sede.dir3, sede.pattern)
    if kept == whole:
        return whole
    register = Register(home, REGISTER)
    version = register.get(sede.tenant_id, whole.entry_id).version + 1 if kept else 1
    body = asdict(whole)
    register.put(
        sede.tenant_id, whole.entry_id, body, kind="sede.kept", agent=agent, version=version, state=SEDE_STATE
    )
    return whole


def aliases_for(tx: Transaction, typed: str) -> list[tuple[Sede, Alias]]:
    """Return what a code as typed stands for, at every sede of every municipality: at each, one at most."""
    if not is_long_enough(typed):
        typed = ""  # the same look-up is done either way
    found: list[tuple[Sede, Alias]] = []
    for entry in tx.entries_by_keys(REGISTER, [_key(number, typed) for number in range(1, MAX_SEDES + 1)]):
        one = _meant(_aliases(entry), typed)
        sede = tx.entry(entry.tenant_id, REGISTER, f"sede-{int(entry.body['sede']):02d}")
        if one is not None and sede is not None:
            found.append((_sede(sede), one))
    return found


def entries_of(home: Home, sede: Sede) -> Iterator[tuple[RegisterEntry, list[Alias]]]:
    """Yield the entries with a sede's codes."""
    for entry in Register(home, REGISTER).entries(sede.tenant_id, state=CODES_STATE):
        if int(entry.body["sede"]) == sede.number:
            yield entry, list(_aliases(entry))


def keys_of(sede: Sede, aliases: list[Alias]) -> tuple[str, ...]:
    """Return the keys under which codes of a sede are found."""
    return tuple(_key(sede.number, alias.csv) for alias in aliases)


def body_of(sede: Sede, aliases: list[Alias]) -> dict[str, object]:
    """Return the body of an entry."""
    return {"sede": sede.number, "codes": [alias.to_list() for alias in aliases]}


def is_long_enough(code: str) -> bool:
    """Tell whether a code of another platform is a key that nobody guesses at a few tries."""
    return len(folded(code)) >= SHORTEST


def count_codes(home: Home, tenant_id: str) -> dict[int, int]:
    """Return how many codes each sede has, by its number."""
    counted: dict[int, int] = {}
    for entry in Register(home, REGISTER).entries(tenant_id, state=CODES_STATE):
        number = int(entry.body["sede"])
        counted[number] = counted.get(number, 0) + len(entry.body["codes"])
    return counted


def _meant(aliases: Iterator[Alias], typed: str) -> Alias | None:
    """Return the alias that is meant by a typed code, of the thousand that stand in an entry."""
    wanted = folded(typed)
    return next((alias for alias in aliases if folded(alias.csv) == wanted), None)


def _aliases(entry: RegisterEntry) -> Iterator[Alias]:
    return (Alias(*(str(value) for value in row)) for row in entry.body["codes"])


def _sede(entry: RegisterEntry) -> Sede:
    return Sede(**entry.body)


def _key(number: int, code: str) -> str:
    return f"{number}:{folded(code)}"
