# SPDX-License-Identifier: EUPL-1.2
"""What an augmentation is given: the level to reach, who stamps, and what to carry inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from preservation.timestamps import TimestampAuthority

Level = Literal["B", "T", "LT", "LTA"]
LEVELS: Final = ("B", "T", "LT", "LTA")


@dataclass(frozen=True, slots=True)
class ValidationMaterial:
    """Certificates and revocation data to carry inside the file from level LT on; DER each."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Augmentation:
    """One augmentation of one file, whatever its format. LTA of what is LTA already is a renewal."""

    level: Level
    authority: TimestampAuthority
    material: ValidationMaterial
    """What the verdict used: chains and revocation data of signers and of time-stamping units."""
    digest: str = "sha256"
    """Of new time stamps and hash indexes."""
