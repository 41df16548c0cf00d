# SPDX-License-Identifier: EUPL-1.2
"""From verdicts to findings: what the admission policy and people get to read.

A failed signature asks an archivist; one that cannot be determined is usual and admitted; neither loses a
document.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from archive.findings import Finding, finding
from preservation.indications import Indication
from preservation.signatures.report import SignatureReport
from preservation.signatures.reports.spanish import phrase, reason_words, why

_CHANGED: Final = "changed after signing: "


def findings_for(reports: Iterable[SignatureReport], place: str = "") -> list[Finding]:
    """Return one finding for each report.

    Args:
        reports: Verdicts of the signatures of one file.
        place: The file; the place inside it is added.
    """
    return [finding_for(report, place) for report in reports]


def finding_for(report: SignatureReport, place: str = "") -> Finding:
    """Return the finding of one verdict."""
    where = f"{place}#{report.place}" if report.place else place
    code = _code(report)
    if code == "SIG-CHANGED-AFTER":
        reason = next(each for each in report.reasons if each.startswith(_CHANGED)).removeprefix(_CHANGED)
        motive = phrase("changes", reason)
    else:
        reason = report.reasons[0] if report.reasons else ""
        motive = reason_words(reason) or why(report.sub_indication) or reason
    values = {
        "signer": "?" if report.signer is None else report.signer.name,
        "format": report.format,
        "level": report.level,
        "sub_indication": report.sub_indication,
        "reason": reason,
        "reason_es": motive,
    }
    return finding(code, where, **values)


def _code(report: SignatureReport) -> str:
    if report.indication is Indication.TOTAL_PASSED:
        return "SIG-PASSED"
    if report.indication is Indication.TOTAL_FAILED:
        return "SIG-TOTAL-FAILED"
    special = {"FORMAT_FAILURE": "SIG-MALFORMED", "SIGNED_DATA_NOT_FOUND": "SIG-CONTENT-MISSING"}
    if report.sub_indication in special:
        return special[report.sub_indication]
    changed = any(reason.startswith(_CHANGED) for reason in report.reasons)
    return "SIG-CHANGED-AFTER" if changed else "SIG-INDETERMINATE"
