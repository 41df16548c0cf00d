# SPDX-License-Identifier: EUPL-1.2
"""Verifies a receipt without asking anybody: is it what the archive sealed, and whose is the seal?

`longeva receipt check FILE`, on any machine, years later: the receipt and certificates to trust are enough.
"""

from __future__ import annotations

import base64
import io
import json
from binascii import Error as Base64Error
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.errors import IntegrityError, InvalidRequest, StorageUnavailable
from archive.findings import Finding, finding
from archive.ledger_proofs import check_place, kept_of_receipt
from ingest.receipt import SEAL, SEAL_FORMAT, canonical
from preservation.signatures.report import SignatureReport
from preservation.signatures.validate import validate_cms
from preservation.trust.store import TrustStore

LARGEST = 256 << 20
"""Bytes: a receipt names every file of its package."""


def check_receipt(receipt: dict[str, Any], trust: TrustStore, at: datetime) -> SignatureReport:
    """Judge the seal of a receipt.

    Raises:
        InvalidRequest: It has no seal, or one of another kind.
    """
    seal = receipt.get(SEAL)
    if not isinstance(seal, dict) or seal.get("format") != SEAL_FORMAT:
        raise InvalidRequest("the receipt has no seal that this program knows")
    try:
        signature = base64.b64decode(str(seal["value"]), validate=True)
    except (KeyError, Base64Error, ValueError) as cause:
        raise InvalidRequest("the receipt's seal is no Base64") from cause
    data = canonical(receipt)
    return validate_cms(signature, lambda: io.BytesIO(data), trust=trust, at=at)[0]


def check_places(receipt: dict[str, Any]) -> list[Finding]:
    """Judge what a receipt says of the ledger: is each event in the head that is told with it?

    Returns:
        One finding for the deposit's event, another for the decision's where there was one.

    Source:
        RFC 9162 2.1.3.2.
    """
    try:
        return [check_place(each) for each in kept_of_receipt(receipt)]
    except IntegrityError as cause:
        return [finding("LEDGER-UNREADABLE", what="receipt", detail=str(cause))]


def read_receipt(file: Path) -> dict[str, Any]:
    """Read a receipt from a file, also as `longeva deposit --json` prints it.

    Raises:
        InvalidRequest: It is none.
        StorageUnavailable: It cannot be read.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise InvalidRequest(f"{file} is too large for a receipt")
        told = json.loads(file.read_bytes())
    except OSError as cause:
        raise StorageUnavailable(f"{file} cannot be read: {cause.strerror}") from cause
    except (ValueError, RecursionError) as cause:
        raise InvalidRequest(f"{file} is no JSON") from cause
    if isinstance(told, dict) and isinstance(told.get("receipts"), list) and len(told["receipts"]) == 1:
        told = told["receipts"][0]  # as `longeva deposit --json` prints it
    if not isinstance(told, dict):
        raise InvalidRequest(f"{file} is no receipt")
    return told
