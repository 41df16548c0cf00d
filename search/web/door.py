# SPDX-License-Identifier: EUPL-1.2
"""The one door to codes: pages, interface and SOAP ask here, and nobody asks without end.

Whoever asks with codes that nobody knows waits longer the longer he goes on: out of a minute, out of an hour,
out of a day. A guess at a code of ours is right 28 times in 2^140 (search.csv_typing), so limits are not what
keeps codes secret; they keep the archive from being busy with guessing.
"""

from __future__ import annotations

from typing import Final

from archive.web.context import current_home
from archive.web.limits import spend
from search.csv import CsvAnswer, CsvStatus, verify_csv

ASKED: Final = ("60/minute", "1000/hour")
"""For each address, whatever the codes."""
UNKNOWN: Final = ("15/minute", "90/hour", "300/day")
"""For each address, of codes that nobody knows."""


def ask(text: str, *, agent: str = "web", choice: str = "", who: str = "") -> CsvAnswer:
    """Answer a code, as `search.csv.verify_csv`, if whoever asks may go on asking.

    Args:
        text: The code as typed or scanned.
        agent: For the ledger.
        choice: Which of several documents is meant.
        who: Whose allowance is used; by default that of the address that asks.

    Raises:
        TooManyRequests: With the seconds to wait; nothing was looked up, or the code is not known.
    """
    for rate in ASKED:
        spend(f"csv {rate}", rate, who)
    answer = verify_csv(current_home(), text, agent=agent, choice=choice)
    if answer.status is CsvStatus.UNKNOWN:
        for rate in UNKNOWN:
            spend(f"csv unknown {rate}", rate, who)
    return answer
