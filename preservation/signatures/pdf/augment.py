# SPDX-License-Identifier: EUPL-1.2
"""Augment PAdES: DSS and document time stamps in incremental updates; the original stays a prefix.

What comes out is read again before it is given back: an update that a validator would not accept as lawful,
or that changes anything but what was asked, is not made.

Source: ETSI EN 319 142-1 sections 5.4 (DSS, document time stamp), 5.5 (renewal), 6; EN 319 102-1 section 4.5.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.errors import InvalidRequest, NotAvailable, TrustError
from preservation.indications import Indication
from preservation.signatures.augmentation import Augmentation, ValidationMaterial
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.pdf.read import read_pdf
from preservation.signatures.pdf.sign import add_material, stamp_pdf
from preservation.signatures.pdf.store import held_in_store
from preservation.signatures.report import SignatureReport


def augment_pdf(data: bytes, plan: Augmentation, reports: Sequence[SignatureReport]) -> bytes:
    """Bring the signatures of a PDF to a level; LTA of what is LTA already renews it.

    Args:
        data: The file; it stays, byte for byte, the beginning of the result.
        plan: Level, authority, material and digest of new time stamps.
        reports: Verdicts on its signatures.

    Returns:
        The file with its updates: a time stamp where a signature has none, what the DSS does not hold yet (LT
        and LTA), one more time stamp over everything (LTA).

    Raises:
        TrustError: Something was changed after signing: no time stamp goes over it.
        NotAvailable: A PDF that cannot be updated without doing harm.
        TimestampUnavailable: The authority gave no token.
    """
    before = read_pdf(data)
    for facts in before:
        if facts.modified:
            raise TrustError(
                f"not augmented, because {facts.place} was changed after signing: {facts.modified}"
            )
    try:
        made = _made(data, plan, reports)
    except InvalidRequest as cause:
        raise NotAvailable(f"this PDF cannot be augmented: {cause}") from cause
    _require_harmless(data, made, before, read_pdf(made))
    return made


def _made(data: bytes, plan: Augmentation, reports: Sequence[SignatureReport]) -> bytes:
    # a signed PDF cannot take a token inside its CMS any more: the time of level T is a document time stamp;
    # it comes before the data that prove it
    grown = data if _all_stamped(reports) else stamp_pdf(data, plan.authority, algorithm=plan.digest)
    if plan.level == "T":
        return grown
    missing = _missing(plan.material, grown)
    if missing.certificates or missing.crls or missing.ocsps:
        grown = add_material(grown, missing)
    return grown if plan.level == "LT" else stamp_pdf(grown, plan.authority, algorithm=plan.digest)


def _missing(material: ValidationMaterial, data: bytes) -> ValidationMaterial:
    """Leave out what the store holds already."""
    held = held_in_store(data)

    def absent(pieces: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return tuple(dict.fromkeys(piece for piece in pieces if piece not in held))

    return ValidationMaterial(absent(material.certificates), absent(material.crls), absent(material.ocsps))


def _require_harmless(
    data: bytes, made: bytes, before: Sequence[SignatureFacts], after: Sequence[SignatureFacts]
) -> None:
    """Refuse an update that is no pure growth, or that validators would call a modification."""
    told = {each.place: each for each in after}
    same = all(
        (now := told.get(each.place)) is not None
        and not now.modified
        and (now.value, now.references, now.signer) == (each.value, each.references, each.signer)
        and len(now.stamps) >= len(each.stamps)
        for each in before
    )
    if not made.startswith(data) or not same:
        raise NotAvailable("this PDF cannot be augmented: the update would not be taken for a lawful one")


def _all_stamped(reports: Sequence[SignatureReport]) -> bool:
    passed = Indication.TOTAL_PASSED
    return all(
        any(
            stamp.indication is passed and stamp.type in {"signature", "document"}
            for stamp in each.timestamps
        )
        for each in reports
        if each.format != "RFC3161"
    )
