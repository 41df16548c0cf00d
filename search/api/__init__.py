# SPDX-License-Identifier: EUPL-1.2
"""What machines may ask of what is kept: search, objects, bytes, proofs, exports, copies, codes."""

from search.api import codes, copies, exports, finding, holds, ledger, objects, proofs
from search.api.door import blueprint

__all__ = ["blueprint", "codes", "copies", "exports", "finding", "holds", "ledger", "objects", "proofs"]
