# SPDX-License-Identifier: EUPL-1.2
"""Until when each algorithm proved something: one dated table for tokens, evidence and signatures.

What is not in the table proves nothing. What has an end still proves what existed before it, if something
younger shows that it did (ETSI EN 319 102-1 5.2.8, 5.6.2.2 d, 5.6.2.4).

Source: ETSI TS 119 312; CCN-STIC 807; NIST SP 800-131A. The dates of MD5 and SHA-1 are those of the published
collisions' consequences: the rogue authority of 2008, the end of SHA-1 in public certificates in 2017.
RIPEMD-160, RSA-1024 and DSA-1024 give eighty bits, which nobody recommends since 2014.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
"""It never proved anything."""
EIGHTY_BITS_UNTIL: Final = datetime(2014, 1, 1, tzinfo=UTC)
_KINDS: Final = {
    "pss": "rsa",
    "rsassa_pss": "rsa",
    "rsassa_pkcs1v15": "rsa",
    "dsa-plain": "dsa",
    "ecdsa-plain": "ecdsa",
    "ec": "ecdsa",
}


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm met, with the size of its key where it has one."""

    name: str
    """`sha1`, `sha256`, `rsa`, `ecdsa`, `dsa`, …"""
    bits: int = 0


@dataclass(frozen=True, slots=True)
class KeyRule:
    """Keys of one kind, from so many bits on."""

    kind: str
    bits: int
    until: datetime | None = None
    """From when they prove nothing; None where no end is decided."""


@dataclass(frozen=True, slots=True, eq=False)
class Strength:
    """A dated table; another one can be made, for a test or a forecast to ask what it would say.

    Two tables are never equal: each is remembered by itself, which is quick.
    """

    digests: tuple[tuple[str, datetime | None], ...]
    """Name as hashlib has it, and from when it proves nothing; None where no end is decided."""
    keys: tuple[KeyRule, ...]
    """Strongest first."""

    def weak_since(self, algorithm: Algorithm) -> datetime | None:
        """Return from when an algorithm proves nothing: `ALWAYS`, a date, or None where it still does.

        Args:
            algorithm: A digest by name, or a kind of key with its size; `none` stands for a signature whose
                digest is part of its kind (EdDSA).
        """
        return _weak_since(self, algorithm)

    def retiring(self, name: str, since: datetime) -> Strength:
        """Return the table in which a digest has, or a kind of key of any size, an end at `since`."""
        digests = tuple((each, since if each == name else end) for each, end in self.digests)
        keys = tuple(
            replace(each, until=min(since, each.until or since)) if each.kind == name else each
            for each in self.keys
        )
        return replace(self, digests=digests, keys=keys)


@lru_cache(maxsize=1024)
def _weak_since(table: Strength, algorithm: Algorithm) -> datetime | None:
    if algorithm.name == "none":
        return None
    for name, end in table.digests:
        if name == algorithm.name:
            return end
    kind = _KINDS.get(algorithm.name, algorithm.name)
    for rule in table.keys:
        # a kind without its size is judged where the size is known: with the key itself
        if rule.kind == kind and (algorithm.bits >= rule.bits or not algorithm.bits):
            return rule.until
    return ALWAYS


STRENGTH: Final = Strength(
    digests=(
        *((name, None) for name in ("sha224", "sha256", "sha384", "sha512", "sha512_224", "sha512_256")),
        *((f"sha3_{bits}", None) for bits in (224, 256, 384, 512)),
        *((name, None) for name in ("shake128", "shake256")),
        ("sha1", datetime(2017, 1, 1, tzinfo=UTC)),
        ("ripemd160", EIGHTY_BITS_UNTIL),
        ("md5", datetime(2008, 1, 1, tzinfo=UTC)),
    ),
    keys=(
        KeyRule("rsa", 2048),
        KeyRule("rsa", 1024, EIGHTY_BITS_UNTIL),
        KeyRule("dsa", 2048),
        KeyRule("dsa", 1024, EIGHTY_BITS_UNTIL),
        KeyRule("ecdsa", 224),
        KeyRule("ed25519", 0),
        KeyRule("ed448", 0),
    ),
)
"""The table in force."""


def weaknesses(algorithms: Sequence[Algorithm], at: datetime, table: Strength = STRENGTH) -> list[str]:
    """Say in words which algorithms proved nothing any more at `at`."""
    return [said(each, since) for each, since in weak_at(algorithms, at, table)]


def weak_at(
    algorithms: Iterable[Algorithm], at: datetime, table: Strength = STRENGTH
) -> list[tuple[Algorithm, datetime]]:
    """Return the algorithms that proved nothing any more at `at`, each once, and since when."""
    found = {}
    for each in algorithms:
        since = table.weak_since(each)
        if since is not None and at >= since:
            found[each] = since
    return list(found.items())


def said(algorithm: Algorithm, since: datetime) -> str:
    """Say a weakness in words."""
    if algorithm.name == "unknown" or (since == ALWAYS and not algorithm.bits):
        name = "" if algorithm.name == "unknown" else f" ({algorithm.name[:40]})"
        return f"an algorithm whose strength is not known{name}"
    what = algorithm.name
    if algorithm.bits:
        what = f"{'a curve' if algorithm.name == 'ecdsa' else f'an {algorithm.name.upper()} key'}"
        what = f"{what.replace('an DSA', 'a DSA')} of {algorithm.bits} bits"
    if since == ALWAYS:
        return f"{what} never proved anything"
    return f"{what} proves nothing since {since:%Y-%m-%d}"
