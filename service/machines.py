# SPDX-License-Identifier: EUPL-1.2
"""The interfaces for machines over what is kept, and what they need of the rooms beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from archive.home import Home
from ingest.queue.runner import wake
from ingest.queue.submission import submit
from search.api import blueprint as archive_api
from search.api.exports import EXPORTS
from search.api.preservation import DEPOSITOR
from search.api.preservation import blueprint as preservation
from search.export_jobs import OBJECT_FORMS, Exports
from search.index import Index
from search.result_jobs import result_makers
from search.soap.views import blueprint as csvbroker

BLUEPRINTS: Final = (archive_api, preservation, csvbroker)


def machine_services(home: Home, index: Index, base_url: str) -> dict[str, Any]:
    """Return what these interfaces look up; exports that a server before this one left waiting are begun."""
    exports = Exports(home, {**OBJECT_FORMS, **result_makers(index, urljoin(base_url, "/").rstrip("/"))})
    if not home.read_only:
        exports.wake()
    return {EXPORTS: exports, DEPOSITOR: take_in}


def take_in(home: Home, tenant_id: str, package: Path, agent: str) -> str:
    """Put a package into the queue and wake a worker; see `search.api.preservation.depositing`."""
    entry = submit(home, tenant_id, [package], agent=agent)[0]
    wake(home)
    return entry.deposit_id
