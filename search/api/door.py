# SPDX-License-Identifier: EUPL-1.2
"""What every view here begins with: who asks, for what, and whether it exists for him."""

from __future__ import annotations

from typing import Any, Final

from flask import request

from archive.errors import InvalidInput
from archive.identity import Principal, Right
from archive.web.access import require
from archive.web.api import api_blueprint
from archive.web.context import current_home, service
from search.giving import Giver
from search.seeing import Seen, see

GIVER: Final = "giver"
"""Name of the service that remembers which files were checked (`search.giving.Giver`)."""

blueprint = api_blueprint(
    "api_archive", "Archive", "What is kept: search, objects and their bytes, proofs, exports, copies, codes"
)
BINARY: Final[dict[str, Any]] = {"content": {"*/*": {"schema": {}}}}
"""How an answer of bytes stands in the document: of whatever media type the file is."""
_own: Final = Giver()


def seen(tenant_id: str, short: str, right: Right = Right.SEARCH) -> tuple[Principal, Seen]:
    """Return who asks and the object, if he has the right and it exists for him.

    Raises:
        NotIdentified: He has not said who he is.
        NotFound: Anything else: the words are the same.
    """
    principal = require(right, tenant_id)
    return principal, see(current_home(), principal, tenant_id, short)


def giver() -> Giver:
    """Return what remembers checked files: the installation's, else this process's own."""
    given = service(GIVER)
    return given if isinstance(given, Giver) else _own


def require_object() -> None:
    """Refuse a body that says nothing, which would be read as one that asks for everything.

    Raises:
        InvalidInput: It is `null`.
    """
    if request.get_json(force=True, silent=True) is None:
        raise InvalidInput("a JSON object is expected")
