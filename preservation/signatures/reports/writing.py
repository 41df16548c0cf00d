# SPDX-License-Identifier: EUPL-1.2
"""The report of the signatures of a file in the form that is asked for: one door over the renderers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from archive.clock import format_instant
from archive.errors import InvalidRequest
from preservation.signatures.report import SignatureReport
from preservation.signatures.reports.etsi import etsi_report
from preservation.signatures.reports.page import report_page


class Form(StrEnum):
    """Forms of a report."""

    ETSI = "etsi"
    """XML after ETSI TS 119 102-2."""
    HTML = "html"
    """A page in Spanish."""
    JSON = "json"
    """Every value."""


def written_report(
    form: Form, reports: Sequence[SignatureReport], *, file: str, sha256: str, at: datetime
) -> bytes:
    """Return the report as a file in UTF-8.

    Args:
        form: Which.
        reports: Verdicts of the signatures of one file.
        file: Its name, as the reader knows it.
        sha256: Its digest, hexadecimal.
        at: Instant of validation.

    Raises:
        InvalidRequest: TS 119 102-2 has no report of a file without signatures.
    """
    if form is Form.HTML:
        return report_page(reports, file=file, sha256=sha256, at=at).encode()
    if form is Form.JSON:
        body = {
            "file": file,
            "sha256": sha256,
            "at": format_instant(at),
            "signatures": [each.to_json() for each in reports],
        }
        return json.dumps(body, ensure_ascii=False, indent=2).encode() + b"\n"
    if not reports:
        raise InvalidRequest("there is no signature to report on", place=file)
    return etsi_report(reports, at=at, place=file)
