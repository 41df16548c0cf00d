# SPDX-License-Identifier: EUPL-1.2
"""Draw what a sampling audit reads: evenly, from every file of every object and all validation material."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from archive.catalog import INSTALLATION, Catalog
from archive.material import material_digests
from archive.model import RECORD_PATH
from archive.store import ObjectStore
from preservation.audit.probability import needed_size, wanted_size


@dataclass(frozen=True, slots=True)
class Certainty:
    """A sample by what it shall find instead of by its size."""

    share: float
    """Damaged part of all files, such as 0.0001, that must be met…"""
    confidence: float
    """…with this probability, such as 0.99."""


@dataclass(slots=True)
class Drawn:
    """A sample, and what it was drawn from."""

    objects: dict[str, set[str]] = field(default_factory=dict)
    """By object identifier: the logical paths to read."""
    material: set[str] = field(default_factory=set)
    """Digests of the pieces of validation material to read."""
    listed: frozenset[str] = frozenset()
    """Digests of all pieces that the store has."""
    population: int = 0

    @property
    def size(self) -> int:
        """How many files were drawn."""
        return sum(map(len, self.objects.values())) + len(self.material)


def draw(catalog: Catalog, store: ObjectStore, wanted: int | Certainty, seed: int) -> Drawn:
    """Draw evenly (Vitter's algorithm R) what the catalogue knows, the record of each object, and material.

    Args:
        catalog: Whose files; read once.
        store: Whose validation material; listed once.
        wanted: How many, or what the sample shall be worth.
        seed: The same one draws the same where the archive is the same.

    Raises:
        InvalidRequest: A certainty that cannot be.

    Limits: the sample and the digests of all material are in memory.
    """
    source = random.Random(seed)  # noqa: S311 - an even draw that can be repeated, not a secret
    size = wanted_size(wanted.share, wanted.confidence) if isinstance(wanted, Certainty) else wanted
    listed = frozenset(material_digests(store))
    reservoir: list[tuple[str, str]] = []
    seen = 0
    for seen, each in enumerate(_everything(catalog, listed), start=1):
        if len(reservoir) < size:
            reservoir.append(each)
        elif (place := source.randrange(seen)) < size:
            reservoir[place] = each
    if isinstance(wanted, Certainty) and reservoir:  # an even part of an even draw is one
        reservoir = source.sample(reservoir, needed_size(seen, wanted.share, wanted.confidence))
    drawn = Drawn(listed=listed, population=seen)
    for object_id, name in reservoir:
        if object_id:
            drawn.objects.setdefault(object_id, set()).add(name)
        else:
            drawn.material.add(name)
    return drawn


def _everything(catalog: Catalog, material: frozenset[str]) -> Iterator[tuple[str, str]]:
    with catalog.reading(INSTALLATION) as tx:
        for record in tx.objects(None):
            for path in sorted({file.path for file in tx.files(record.object_id)} | {RECORD_PATH}):
                yield record.object_id, path
    for digest in sorted(material):
        yield "", digest
