# SPDX-License-Identifier: EUPL-1.2
"""Pages for those who bring files and for those who settle what waits."""

from ingest.web.awaited import deposits_awaiting
from ingest.web.bringing import blueprint as bringing_pages
from ingest.web.deposits import blueprint as deposit_pages

BLUEPRINTS = (bringing_pages, deposit_pages)

__all__ = ["BLUEPRINTS", "deposits_awaiting"]
