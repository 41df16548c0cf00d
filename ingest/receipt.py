# SPDX-License-Identifier: EUPL-1.2
"""The receipt of a deposit: what came, when, its digests and its place in the ledger; sealed by the archive.

It says only what is already durable. The seal is a CAdES signature over the canonical form (RFC 8785) of
every other member, so that a municipality can check years later, without us, what we said we had received.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from archive.canonical_json import canonical as canonical_json
from archive.clock import format_instant
from archive.findings import Finding, Severity
from archive.ledger_growth import Placed
from archive.model import DepositState, StoredFile

SEAL: Final = "seal"
SEAL_FORMAT: Final = "CAdES-B detached, over the RFC 8785 form of the other members"

Seal = Callable[[bytes], bytes]
"""Signs the canonical receipt and returns the CMS; an installation may have none."""


def make_receipt(
    *,
    deposit_id: str,
    tenant_id: str,
    state: DepositState,
    received_at: datetime,
    package_name: str,
    package_digest: str,
    object_id: str,
    files: Sequence[StoredFile],
    findings: Sequence[Finding],
    event: Placed,
) -> dict[str, Any]:
    """Compose a receipt; everything it names must be durable before anybody sees it.

    Source: NTI Documento electrónico VII.5.
    """
    told = [found for found in findings if found.severity is not Severity.INFO]
    return {
        "deposit": deposit_id,
        "tenant": tenant_id,
        "state": str(state),
        "received_at": format_instant(received_at),
        "package": package_name,
        "object": object_id,
        "digests": {
            "package_sha256": package_digest,
            "files": {
                file.path: {"sha256": file.digests.sha256, "size": file.digests.size} for file in files
            },
        },
        "ledger": place_in_ledger(event),
        "findings": [found.to_json() for found in told],
        "findings_info": len(findings) - len(told),
    }


def decided(receipt: dict[str, Any], state: DepositState, reason: str, event: Placed) -> dict[str, Any]:
    """Return a receipt that tells what became of a deposit that waited; the seal of the old one is gone."""
    decision = {"reason": reason, "at": format_instant(event.event.at), "ledger": place_in_ledger(event)}
    unsealed = {name: value for name, value in receipt.items() if name != SEAL}
    return unsealed | {"state": str(state), "decision": decision}


def canonical(receipt: dict[str, Any]) -> bytes:
    """Return the bytes that the seal covers."""
    return canonical_json({name: value for name, value in receipt.items() if name != SEAL})


def sealed(receipt: dict[str, Any], seal: Seal | None) -> dict[str, Any]:
    """Return the receipt with its seal; unchanged where the installation has none."""
    if seal is None:
        return receipt
    value = base64.b64encode(seal(canonical(receipt))).decode("ascii")
    return receipt | {SEAL: {"format": SEAL_FORMAT, "value": value}}


def place_in_ledger(placed: Placed) -> dict[str, Any]:
    """Tell where an event stands: in the chain, and in the Merkle tree that ends with it (RFC 6962 2.1)."""
    event, place = placed.event, placed.place
    told: dict[str, Any] = {"sequence": event.sequence, "digest": event.digest, "previous": event.previous}
    if place is not None:
        told |= {
            "size": place.head.size,
            "root": place.head.root.hex(),
            "proof": [each.hex() for each in place.proof],
        }
    return told
