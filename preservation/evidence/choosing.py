# SPDX-License-Identifier: EUPL-1.2
"""Which token of a batch an evidence record shows, where several authorities stamped one root.

An archive time stamp has one token (RFC 4998 4.1), so a record picks one of each batch. What renews a batch
covers all of its tokens (`lineage`), so that any choice gives a record. Mostly the first one is good; once
its authority has fallen, one that holds at the time of the next archive time stamp is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product

from archive.catalog.rows import Link, Stamp
from preservation.indications import Indication
from preservation.strength import STRENGTH, Strength
from preservation.tokens import parse_token, verify_token
from preservation.trust.store import TrustStore

Choice = tuple[int, ...]
"""For each link of a chain the number of a token of its batch, the first being 0."""
Choose = Callable[[Sequence[Link]], Choice]
"""Picks tokens for the links of an archive time stamp chain, oldest first."""


def first_tokens(chain: Sequence[Link]) -> Choice:
    """Pick the first token of each batch."""
    return (0,) * len(chain)


def choices(chain: Sequence[Link]) -> Iterator[Choice]:
    """Yield every choice that a chain leaves, those of one and the same authority first."""
    counts = [len(link.batch.stamps) for link in chain]
    for number in range(max(counts)):
        yield tuple(min(number, count - 1) for count in counts)
    yield from product(*map(range, counts))


@dataclass(slots=True)
class SoundTokens:
    """Picks for each link the first token that holds at the time of the next one, the newest first.

    Where none does it picks the first, and the verdict will say so.
    """

    trust: TrustStore
    at: datetime
    """When the newest token must hold, aware."""
    strength: Strength = STRENGTH
    _known: dict[tuple[str, ...], Choice] = field(default_factory=dict)

    def __call__(self, chain: Sequence[Link]) -> Choice:
        """Pick. Chains of one line are judged once."""
        key = tuple(link.batch.batch_id for link in chain)
        if key not in self._known:
            self._known[key] = self._pick(chain)
        return self._known[key]

    def _pick(self, chain: Sequence[Link]) -> Choice:
        until, picked = self.at, []
        for link in reversed(chain):
            stamps = link.batch.stamps
            sound = (number for number, stamp in enumerate(stamps) if self.holds(stamp, until))
            picked.append(next(sound, 0))
            until = stamps[picked[-1]].sealed_at
        return tuple(picked[::-1])

    def holds(self, stamp: Stamp, until: datetime) -> bool:
        """Tell whether a token passes at an instant; that the tree leads to it is another question."""
        try:
            parsed = parse_token(stamp.token)
        except ValueError:
            return False
        said = verify_token(
            stamp.token,
            parsed.imprint,
            parsed.algorithm,
            trust=self.trust,
            at=until,
            strength=self.strength,
        )
        return said.indication is Indication.TOTAL_PASSED
