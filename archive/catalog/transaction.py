# SPDX-License-Identifier: EUPL-1.2
"""One transaction over the whole catalogue: every topic's statements on one connection."""

from __future__ import annotations

from archive.catalog.copies import CopyRows
from archive.catalog.deposit_lists import DepositLists
from archive.catalog.deposits import DepositRows
from archive.catalog.events import EventRows
from archive.catalog.evidence_lines import EvidenceLines
from archive.catalog.evidence_totals import EvidenceTotals
from archive.catalog.holdings import HoldingRows
from archive.catalog.lookups import HoldingLookups
from archive.catalog.queue import QueueRows
from archive.catalog.register import RegisterRows
from archive.catalog.sealed import SealedRows
from archive.catalog.token_costs import TokenCosts
from archive.catalog.totals import TotalRows
from archive.catalog.trees import TreeRows
from archive.catalog.waiting import WaitingRows


class Transaction(
    DepositRows,
    DepositLists,
    QueueRows,
    HoldingRows,
    HoldingLookups,
    EvidenceLines,
    EvidenceTotals,
    CopyRows,
    RegisterRows,
    SealedRows,
    EventRows,
    TreeRows,
    TotalRows,
    WaitingRows,
    TokenCosts,
):
    """What happens in it happens together or not at all. Made by `Catalog`, never by hand."""
