# SPDX-License-Identifier: EUPL-1.2
"""Bring every copy up to what the others have: after a store was away, when one is new, where one lies.

    report      what a healing did, and what it could not mend
    round       the stores that answer, and how one is asked
    places      where to look: after the ledger's events, or everywhere
    objects     what an object must be in every copy, and why
    loose       the same of what lies beside the objects: ledgers, deposits, material, storage roots
    carrying    verified bytes from one store into another
    levelling   one batch of places: compare, copy, repair
    healer      a healing from mark to mark
    state       how the stores stand, for people

Healing follows the ledger, as the index does: each store has a mark (`archive.store.replicated.mark`), and
what happened after it is compared. So dying anywhere, and doing it twice, changes nothing.
"""

from archive.healing.healer import heal, heal_due, heal_key
from archive.healing.report import HealReport
from archive.healing.state import StoreState, store_states

__all__ = ["HealReport", "StoreState", "heal", "heal_due", "heal_key", "store_states"]
