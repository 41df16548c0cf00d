# SPDX-License-Identifier: EUPL-1.2
"""When algorithms are planned to be given up: a dated table with the source of each row.

Two tables, on purpose. `preservation.strength` holds what is *decided*: from such a day an algorithm proves
nothing, and verdicts say so. Here stands what somebody *plans* or *recommends*: no verdict looks at it, but
forecasts and renewals do, so that evidence leaves an algorithm before it falls. An operator makes a plan a
decision with the setting `evidence.retired`.

A row says how it was read. Where the publisher's own file could not be had, its `reading` says what was read
in its stead (docs/adr/0027-planned-ends.md).

Limits: no table knows what will be broken. It is revised by people; `EDITION` says when that was last done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from preservation.strength import ALWAYS, STRENGTH, Algorithm, Strength

EDITION: Final = date(2026, 11, 21)
"""When these rows were last compared with their sources."""


class Reading(StrEnum):
    """How a source was read."""

    ORIGINAL = "original"
    """The publisher's own file."""
    CATALOGUE = "catalogue"
    """The publisher's machine-readable edition, as another project keeps it; not the document itself."""
    ABSTRACT = "abstract"
    """An announcement or a summary of it: the clause itself was not seen."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document that plans."""

    name: str
    """Title, edition and date."""
    clause: str
    reading: Reading
    note: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.name}, {self.clause}"


@dataclass(frozen=True, slots=True)
class Retirement:
    """One planned end."""

    name: str
    """A digest as hashlib has it, a kind of key (`rsa`, `dsa`, `ecdsa`, `ed25519`, `ed448`), or a scheme of
    signatures (`rsassa_pkcs1v15`)."""
    until: datetime
    """From then on it should carry nothing that must still prove something."""
    source: Source
    below: int = 0
    """Only keys of fewer bits than this; 0 means every size."""
    planned: bool = True
    """False where it is decided: verdicts look at it too."""

    def meets(self, algorithm: Algorithm) -> bool:
        """Tell whether this row speaks of an algorithm; one without size is met by rows for every size."""
        if algorithm.name != self.name:
            return False
        return not self.below or 0 < algorithm.bits < self.below

    def __str__(self) -> str:
        """Name what ends: `sha224`, `rsa < 3000`."""
        return f"{self.name} < {self.below}" if self.below else self.name


def _first_of(year: int, month: int = 1) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


_ETSI: Final = Source(
    "ETSI TS 119 312 V2.1.1 (2026-02)",
    "machine-readable catalogue",
    Reading.CATALOGUE,
    "V1.5.1 (2024-12) gave RSA below 3000 bits until 2028-12-31, and PKCS #1 v1.5 too",
)
_NIST_KEYS: Final = Source(
    "NIST IR 8547 ipd (2024-11)",
    "table 2",
    Reading.ABSTRACT,
    "a draft; 112 bits of strength are deprecated after 2030, all are disallowed after 2035",
)
_EUROPE: Final = Source(
    "NIS Cooperation Group, roadmap for the transition to post-quantum cryptography 1.1 (2025-06)",
    "4, milestone of 2035",
    Reading.ABSTRACT,
    "high-risk uses by the end of 2030, medium-risk ones by the end of 2035",
)
_CCN: Final = Source(
    "CCN-STIC 807 (2017-04)",
    "announcement of the edition by CCN-CERT",
    Reading.ABSTRACT,
    "SHA-1 and RIPEMD-160 are not accredited since January 2017; the edition of 2022 could not be read",
)

PLANNED: Final[tuple[Retirement, ...]] = (
    Retirement("sha224", _first_of(2029), _ETSI),
    Retirement("sha512_224", _first_of(2031), Source(
        "NIST SP 800-131A Rev. 3 ipd (2024-10)", "9", Reading.ABSTRACT, "a draft; digests of 224 bits",
    )),
    Retirement("rsa", _first_of(2026, 4), _ETSI, below=3000),
    Retirement("dsa", _first_of(2026, 4), _ETSI, below=3000),
    Retirement("rsassa_pkcs1v15", _first_of(2034), _ETSI),
    Retirement("ecdsa", _first_of(2031), _NIST_KEYS, below=256),
    *(Retirement(kind, _first_of(2036), _NIST_KEYS) for kind in ("rsa", "dsa", "ed25519", "ed448")),
    Retirement("ecdsa", _first_of(2036), _EUROPE),
)  # fmt: skip
"""What is planned today. No source gives SHA-256, SHA-384, SHA-512 or SHA-3 an end: theirs is the operator's
to decide, and the archive keeps SHA-512 of every file from the first day."""

DECIDED: Final[dict[str, Source]] = {
    "sha1": _CCN,
    "ripemd160": Source("ETSI TS 119 312 V1.5.1 (2024-12)", "machine-readable catalogue (2014-08-01)",
                        Reading.CATALOGUE, "taken from the beginning of that year"),
    "md5": Source("RFC 6151 (2011-03)", "2", Reading.ABSTRACT, "from the rogue authority of December 2008"),
    "rsa": Source("NIST SP 800-131A (2011-01)", "3", Reading.ABSTRACT, "1024 bits: disallowed after 2013"),
    "dsa": Source("NIST SP 800-131A (2011-01)", "3", Reading.ABSTRACT, "1024 bits: disallowed after 2013"),
}  # fmt: skip
"""Why the table of `preservation.strength` has the ends that it has."""

OPERATOR: Final = Source("evidence.retired", "decision of this installation", Reading.ORIGINAL)


def end_of(
    algorithm: Algorithm,
    strength: Strength = STRENGTH,
    plans: Sequence[Retirement] = PLANNED,
) -> Retirement | None:
    """Return the first end of an algorithm, decided or planned; None where nobody gives it one.

    Args:
        algorithm: A digest, a kind of key with its size, or a scheme of signatures.
        strength: What is decided, the operator's own decisions among it.
        plans: What is planned.

    Returns:
        The earliest; of a decision and a plan for the same day, the decision. An algorithm that never proved
        anything has its end at `preservation.strength.ALWAYS`.
    """
    found = [each for each in plans if each.meets(algorithm)]
    since = strength.weak_since(algorithm) if algorithm.name not in _SCHEMES else None
    if since is not None:
        source = _source_of_decision(algorithm, since)
        found.append(Retirement(algorithm.name, since, source, planned=False))
    return min(found, key=lambda each: (each.until, each.planned), default=None)


_SCHEMES: Final = frozenset({"rsassa_pkcs1v15"})
"""Ways to sign that only plans speak of; what verdicts look at is the key and the digest."""


def ends_for(
    algorithm: Algorithm,
    strength: Strength = STRENGTH,
    plans: Sequence[Retirement] = PLANNED,
) -> list[Retirement]:
    """Return the first plan against an algorithm and what is decided of it, where there are such.

    Both, since neither may hide the other: a plan may come before the decision, and only that one makes
    evidence fall.
    """
    decided = end_of(algorithm, strength, ())
    planned = min(
        (each for each in plans if each.meets(algorithm)), key=lambda each: each.until, default=None
    )
    return [each for each in (planned, decided) if each is not None]


def successor(
    algorithm: str, at: datetime, strength: Strength = STRENGTH, plans: Sequence[Retirement] = PLANNED
) -> str:
    """Return the digest that a hash-tree renewal goes to: the next one that has no end by `at`; else empty.

    SHA-512 comes first, since the archive has it of every file; SHA-3 is built in another way, so that what
    breaks one need not break the other.
    """
    for name in ("sha512", "sha3_512"):
        end = end_of(Algorithm(name), strength, plans)
        if name != algorithm and (end is None or end.until > at):
            return name
    return ""


def _source_of_decision(algorithm: Algorithm, since: datetime) -> Source:
    if STRENGTH.weak_since(algorithm) == since:
        return DECIDED.get(algorithm.name, Source("preservation/strength.py", "absent", Reading.ORIGINAL))
    return OPERATOR


def decided_by(retired: Iterable[tuple[str, date]], strength: Strength = STRENGTH) -> Strength:
    """Return the table of verdicts with an operator's own decisions: `sha256` proves nothing from that day.

    Args:
        retired: Digests, or kinds of keys of every size, with the day from which each proves nothing.
        strength: The table to begin with; a decision never lengthens what it says.

    Raises:
        KeyError: A name that the table does not have: a decision on it would decide nothing.
    """
    known = {name for name, _ in strength.digests} | {each.kind for each in strength.keys}
    for name, day in retired:
        if name not in known:
            raise KeyError(name)
        until = datetime(day.year, day.month, day.day, tzinfo=UTC)
        already = dict(strength.digests).get(name)
        strength = strength.retiring(name, until if already is None else min(already, until))
    return strength


def rows(strength: Strength = STRENGTH, plans: Sequence[Retirement] = PLANNED) -> list[Retirement]:
    """Return the whole dated table, decided and planned ends, the earliest first."""
    decided = [
        Retirement(name, end, _source_of_decision(Algorithm(name), end), planned=False)
        for name, end in strength.digests
        if end is not None and end != ALWAYS
    ]
    for each in strength.keys:
        if each.until is not None:
            source = _source_of_decision(Algorithm(each.kind, each.bits), each.until)
            stronger = [one.bits for one in strength.keys if one.kind == each.kind and one.bits > each.bits]
            below = min(stronger, default=0)
            decided.append(Retirement(each.kind, each.until, source, below=below, planned=False))
    return sorted((*decided, *plans), key=lambda each: (each.until, each.name, each.planned))
