# SPDX-License-Identifier: EUPL-1.2
"""Which archive the bytes of a store are of: the first event of the installation's ledger tells.

Its digest covers when the archive was made, so two archives never share it. Stores of two archives must not
be mixed: healing would take what the other one holds for its own, and write over its ledger.
"""

from __future__ import annotations

from archive.chain import read_event, verify_chain
from archive.errors import ConfigurationError, IntegrityError, NotFound, StorageUnavailable
from archive.journal import segment_key
from archive.model import SYSTEM_TENANT
from archive.store import ObjectStore


def origin(store: ObjectStore) -> str:
    """Return the digest of the first event of one store, empty where it has none that can be vouched for.

    Limits: not found where it was carried over together with others; a creation carries it alone.
    """
    try:
        event = read_event(store.read(segment_key(SYSTEM_TENANT, 1, 1)))
    except (NotFound, IntegrityError, StorageUnavailable):
        return ""
    return event.digest if event.tenant_id == SYSTEM_TENANT and not verify_chain([event]) else ""


def require_one_origin(store: ObjectStore, ours: str = "") -> None:
    """Require that no copy of a store is of another archive than the others.

    Args:
        store: Its copies are asked, each one thing.
        ours: Digest of the catalogue's first event, where there is a catalogue.

    Raises:
        ConfigurationError: The message names the stores.
    """
    found = {name: of for name, each in store.copies().stores if (of := origin(each))}
    right = ours or next(iter(found.values()), "")
    strangers = sorted(name for name, of in found.items() if of != right)
    if strangers:
        which = "another archive than this catalogue" if ours else "another archive than the other stores"
        raise ConfigurationError(
            f"{', '.join(strangers)}: of {which}; mend [stores] in the settings; nothing was written"
        )
