# SPDX-License-Identifier: EUPL-1.2
"""The catalogue: what is kept, who deposited it, what happened. It can be burned and rebuilt."""

from archive.catalog.database import Catalog
from archive.catalog.holdings import Holding
from archive.catalog.queue import QueuedDeposit, QueueState
from archive.catalog.rows import (
    RENEWAL,
    SEAL,
    TREE_RENEWAL,
    BatchRecord,
    CopyRecord,
    LeafRecord,
    Link,
    RegisterEntry,
)
from archive.catalog.scope import INSTALLATION, NOBODY, Scope, scope_of
from archive.catalog.transaction import Transaction

__all__ = [
    "INSTALLATION",
    "NOBODY",
    "RENEWAL",
    "SEAL",
    "TREE_RENEWAL",
    "BatchRecord",
    "Catalog",
    "CopyRecord",
    "Holding",
    "LeafRecord",
    "Link",
    "QueueState",
    "QueuedDeposit",
    "RegisterEntry",
    "Scope",
    "Transaction",
    "scope_of",
]
