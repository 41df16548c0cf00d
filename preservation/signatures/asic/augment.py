# SPDX-License-Identifier: EUPL-1.2
"""Augment ASiC containers: their signature files grow, every other entry keeps its octets.

Source: ETSI EN 319 162-1.
"""

from __future__ import annotations

from archive.errors import NotAvailable
from preservation.signatures.augmentation import Augmentation


def augment_asic(data: bytes, plan: Augmentation) -> bytes:
    """Bring the signatures of a container to a level.

    Raises:
        NotAvailable: Not made yet.
    """
    raise NotAvailable(f"a container of {len(data)} bytes is not brought to level {plan.level} yet")
