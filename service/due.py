# SPDX-License-Identifier: EUPL-1.2
"""Everything that is due, done once. It derives from recorded state, so a lost message loses nothing."""

from __future__ import annotations

import logging

from archive.catalog import INSTALLATION
from archive.errors import TimestampUnavailable
from archive.home import Home
from preservation.evidence.renewal import renew_due
from preservation.evidence.sealing import seal_due
from preservation.installation import time_stamping, trust_store
from search.indexer import follow, open_index

_log = logging.getLogger(__name__)


def work(home: Home) -> dict[str, int]:
    """Do once what is due, and count it. Repeating it is harmless.

    While no authority gives a time stamp, sealing and renewing stay due (`waiting` counts the objects that
    lack evidence) and everything else goes on.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        tenants = tx.tenants()
    done = {"swept": sum(home.objects(tenant.tenant_id).sweep() for tenant in tenants)}
    try:
        done |= _seal(home)
    except TimestampUnavailable:
        _log.warning("sealing.waits", exc_info=True)
        with home.catalog.reading(INSTALLATION) as tx:
            done |= {"sealed": 0, "renewed": 0, "waiting": tx.totals().unsealed}
    return done | {"indexed": follow(home, open_index(home))}


def _seal(home: Home) -> dict[str, int]:
    stamps, now = time_stamping(home), home.clock.now()
    trust = trust_store(home, now)
    batch = seal_due(home, stamps, agent="worker")
    renewed = renew_due(
        home,
        stamps,
        now,
        anchors=trust.stamping_anchors(now),
        intermediates=trust.certificates,
        revocations=trust.crls,
        agent="worker",
    )
    return {"sealed": batch.count if batch else 0, "renewed": len(renewed.renewed)}
