# SPDX-License-Identifier: EUPL-1.2
"""Everything that is due, done once. It derives from recorded state, so a lost message loses nothing."""

from __future__ import annotations

from archive.catalog import INSTALLATION
from archive.home import Home
from preservation.evidence.renewal import renew_due
from preservation.evidence.sealing import seal_due
from preservation.installation import development_authority, time_stamping
from search.indexer import follow, open_index


def work(home: Home) -> dict[str, int]:
    """Do once what is due, and count it. Repeating it is harmless."""
    authority, stamps = development_authority(home), time_stamping(home)
    with home.catalog.reading(INSTALLATION) as tx:
        tenants = tx.tenants()
    swept = sum(home.objects(tenant.tenant_id).sweep() for tenant in tenants)
    batch = seal_due(home, stamps, agent="worker")
    renewed = renew_due(
        home,
        stamps,
        home.clock.now(),
        anchors=authority.anchors(),
        intermediates=authority.intermediates(),
        agent="worker",
    )
    followed = follow(home, open_index(home))
    sealed = batch.count if batch else 0
    return {"swept": swept, "sealed": sealed, "renewed": len(renewed.renewed), "indexed": followed}
