# SPDX-License-Identifier: EUPL-1.2
"""How the stores stand, for people: which is filled, which is behind and by how much, which may go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from archive.errors import StorageUnavailable
from archive.healing.healer import is_ours, last_event
from archive.home import Home
from archive.store.replicated import ReplicatedStore
from archive.store.replicated.mark import StoreMark, read_mark


@dataclass(frozen=True, slots=True)
class StoreState:
    """One store."""

    name: str
    kind: str
    state: str
    """`whole`, `behind`, `filling` (it has no mark), `away`; of one on its way out `drained`, and `removable`
    when every other store has everything."""
    draining: bool
    position: int
    """Of the last ledger event up to which it was compared; 0 where it never was."""
    lag: int
    """Events of the ledger since."""
    failure: str
    """What it says where it does not answer; empty where it does."""

    @property
    def well(self) -> bool:
        """Whether nothing is to be done for it."""
        return self.state in {"whole", "drained", "removable"}

    def to_json(self) -> dict[str, Any]:
        """Return the form that `--json` shows."""
        return {name: getattr(self, name) for name in StoreState.__slots__}


def store_states(home: Home) -> list[StoreState]:
    """Return how each store of the settings stands, by asking it now."""
    store = home.engines.open_store()
    kinds = {name: each.kind for name, each in home.engines.settings.stores.items()}
    if not isinstance(store, ReplicatedStore):
        ((name, kind),) = kinds.items()
        return [StoreState(name, kind, "whole", draining=False, position=0, lag=0, failure="")]
    last = last_event(home)
    found: dict[str, StoreState] = {}
    for member in store.members:
        read, failure = None, ""
        try:
            read = read_mark(member.bare)
        except StorageUnavailable as cause:
            failure = str(cause)
        mark = read if read and is_ours(home, read) else StoreMark()
        whole = mark == StoreMark(last.position, last.digest, store.company)
        state = "away" if failure else "whole" if whole else "behind" if mark.company else "filling"
        lag = max(0, last.position - mark.position)
        found[member.name] = StoreState(
            member.name, kinds[member.name], state, member.draining, mark.position, lag, failure
        )
    free = all(each.state == "whole" for each in found.values() if not each.draining)
    for name, each in found.items():
        if each.draining and not each.failure:
            state = "removable" if free else "drained"
            found[name] = replace(each, state=state, lag=0)
    return [found[name] for name in kinds]
