# SPDX-License-Identifier: EUPL-1.2
"""Strength of what a signature stands on, at the time that is proven for it: EN 319 102-1 5.2.8, 5.6.2.4."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from preservation.algorithms import key_algorithm
from preservation.signatures.engine.concerns import Concern, indeterminate
from preservation.signatures.engine.known import algorithms_of
from preservation.signatures.engine.material import Material
from preservation.signatures.engine.status import digest_signed
from preservation.signatures.engine.verdicts import PathVerdict
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.report import Weakness
from preservation.strength import ALWAYS, Algorithm, Strength, said, weak_at
from preservation.trust.certificates import key_info


def algorithms_in(facts: SignatureFacts) -> list[Algorithm]:
    """Return what a signature itself stands on: digests, mechanism and key."""
    info = None if facts.signer is None else key_info(facts.signer)
    return [*facts.algorithms, *([] if info is None else [key_algorithm(info)])]


def strength_concerns(facts: SignatureFacts, existed: datetime, table: Strength) -> list[Concern]:
    """Return the algorithms that proved nothing any more when the signature is proven to have existed."""
    return [
        indeterminate("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", said(each, since))
        for each, since in weak_at(algorithms_in(facts), existed, table)
    ]


def weaknesses_of(
    facts: SignatureFacts, where: str, existed: datetime, path: PathVerdict, material: Material
) -> Iterator[Weakness]:
    """Tell every weak algorithm as of now, and whether an older proof protects it.

    Args:
        facts: Of a signature or a token.
        where: `signature`, `archive time stamp`, …
        existed: By when it is proven to exist.
        path: The verdict on its signer.
        material: What the verdict stood on.
    """
    at, table = material.at, material.strength
    for each, since in weak_at(algorithms_in(facts), at, table):
        yield _weakness(each, where, since, protected=existed < since)
    for each, since in weak_at(algorithms_of(path.chain) if path.chain else (), at, table):
        yield _weakness(each, f"certificate chain of the {where}", since, protected=not path.concerns)
    for usage in path.used:
        digest = digest_signed(usage.statement.source)
        for each, since in weak_at([digest], at, table):
            known = material.known_since(usage.statement.source)
            yield _weakness(each, f"revocation data of the {where}", since, protected=known < since)


def _weakness(algorithm: Algorithm, where: str, since: datetime, *, protected: bool) -> Weakness:
    name = f"{algorithm.name}-{algorithm.bits}" if algorithm.bits else algorithm.name
    return Weakness(name, where, None if since == ALWAYS else since, protected)
