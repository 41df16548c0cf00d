# SPDX-License-Identifier: EUPL-1.2
"""What every view here begins with: who asks, for what, and whether it exists for him."""

from __future__ import annotations

from typing import Any, Final

from flask import request

from archive.errors import InvalidInput
from archive.identity import Principal, Right
from archive.web.access import require
from archive.web.api import api_blueprint
from archive.web.context import current_home
from search.giving import Giver
from search.seeing import Seen, see
from search.viewing.desk import desk_of

blueprint = api_blueprint(
    "api_archive", "Archive", "What is kept: search, objects and their bytes, proofs, exports, copies, codes"
)
BINARY: Final[dict[str, Any]] = {"content": {"*/*": {"schema": {}}}}
"""How an answer of bytes stands in the document: of whatever media type the file is."""


def seen(tenant_id: str, short: str, right: Right = Right.SEARCH) -> tuple[Principal, Seen]:
    """Return who asks and the object, if he has the right and it exists for him.

    The ledger tells that he looked, once in a while.

    Raises:
        NotIdentified: He has not said who he is.
        NotFound: Anything else: the words are the same.
    """
    principal = require(right, tenant_id)
    found = see(current_home(), principal, tenant_id, short)
    desk_of(current_home()).visit(found.record, principal.agent, "view")
    return principal, found


def giver() -> Giver:
    """Return what remembers which files were checked and who was given them, for pages and machines alike."""
    return desk_of(current_home()).giver


def require_object() -> None:
    """Refuse a body that says nothing, which would be read as one that asks for everything.

    Raises:
        InvalidInput: It is `null`.
    """
    if request.get_json(force=True, silent=True) is None:
        raise InvalidInput("a JSON object is expected")
