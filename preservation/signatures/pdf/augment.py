# SPDX-License-Identifier: EUPL-1.2
"""Augment PAdES: DSS and document time stamps in incremental updates; the original stays a prefix.

Source: ETSI EN 319 142-1 sections 5.4, 6; EN 319 102-1 section 4.5.
"""

from __future__ import annotations

from collections.abc import Sequence

from preservation.signatures.augmentation import Augmentation
from preservation.signatures.pdf.sign import add_material, stamp_pdf
from preservation.signatures.report import Indication, SignatureReport


def augment_pdf(data: bytes, plan: Augmentation, reports: Sequence[SignatureReport]) -> bytes:
    """Bring the signatures of a PDF to a level.

    Args:
        data: The file; it stays, byte for byte, the beginning of the result.
        plan: Level, authority and material.
        reports: Verdicts on its signatures.

    Raises:
        TimestampUnavailable: The authority gave no token.
    """
    # a signed PDF cannot take a token inside its CMS any more: the time of level T is a document time stamp
    stamped = data if _all_stamped(reports) else stamp_pdf(data, plan.authority, algorithm=plan.digest)
    if plan.level == "T":
        return stamped
    completed = add_material(stamped, plan.material)
    if plan.level == "LT":
        return completed
    return stamp_pdf(completed, plan.authority, algorithm=plan.digest)


def _all_stamped(reports: Sequence[SignatureReport]) -> bool:
    passed = Indication.TOTAL_PASSED
    return all(
        any(
            stamp.indication is passed and stamp.type in {"signature", "document"}
            for stamp in each.timestamps
        )
        for each in reports
    )
