# SPDX-License-Identifier: EUPL-1.2
"""Format and mathematics of one signature: EN 319 102-1 5.2.2 and 5.2.7."""

from __future__ import annotations

from preservation.indications import Indication, Outcome
from preservation.signatures.engine.concerns import Concern, failed, indeterminate
from preservation.signatures.facts import SignatureFacts


def integrity(facts: SignatureFacts) -> list[Concern]:
    """Return what breaks a signature whoever made it; what nothing can settle comes first."""
    found = [failed("FORMAT_FAILURE", problem) for problem in facts.problems]
    if not facts.references:
        found.append(failed("FORMAT_FAILURE", "the signature signs nothing"))
    for check in facts.references:
        told = f"{check.name}: {check.detail}" if check.detail else check.name
        if check.outcome is Outcome.FAILED:
            found.append(failed("HASH_FAILURE", f"not what was signed: {told}"))
        elif check.outcome is Outcome.MISSING:
            found.append(indeterminate("SIGNED_DATA_NOT_FOUND", f"signed content not supplied: {told}"))
        elif check.outcome is Outcome.UNSUPPORTED:
            found.append(indeterminate("SIGNED_DATA_NOT_FOUND", f"signed content not computable: {told}"))
    if facts.value.outcome is Outcome.FAILED:
        found.append(failed("SIG_CRYPTO_FAILURE", f"the signature value does not hold: {facts.value.detail}"))
    elif facts.value.outcome is not Outcome.OK and facts.signer is not None:
        reason = f"the signature value cannot be checked: {facts.value.detail}"
        found.append(indeterminate("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", reason))
    found.sort(key=lambda each: each.indication is not Indication.TOTAL_FAILED)
    return found
