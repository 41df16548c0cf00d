# SPDX-License-Identifier: EUPL-1.2
"""Pages for those who bring files and for those who settle what waits."""

from ingest.web.awaited import deposits_awaiting
from ingest.web.bringing import blueprint as bringing
from ingest.web.deposits import blueprint as deposits

BLUEPRINTS = (bringing, deposits)

__all__ = ["BLUEPRINTS", "deposits_awaiting"]
