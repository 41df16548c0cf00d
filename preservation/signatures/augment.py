# SPDX-License-Identifier: EUPL-1.2
"""Augmented copies: a signature brought to T, LT or LTA while it can still be validated.

The original is never touched: what comes out is a derived copy, and of a PDF the original bytes are its
beginning. A signature that does not hold is not augmented: a time stamp on something broken proves only that
it was broken. What is LTA already is renewed: one more archive time stamp, over what was lacking.

Source: ETSI EN 319 102-1 section 4.5 (augmentation); EN 319 142-1 section 6; EN 319 122-1 section 5.3; EN
319 132-1 section 5.3; NTI Política de firma IV.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from archive.errors import InvalidRequest, StorageUnavailable, TrustError
from preservation.indications import Indication
from preservation.signatures.asic.augment import augment_asic
from preservation.signatures.augmentation import LEVELS, Augmentation, Level, ValidationMaterial
from preservation.signatures.cms.augment import augment_cms
from preservation.signatures.engine.judge import judge
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.files import read_file
from preservation.signatures.pdf.augment import augment_pdf
from preservation.signatures.reading import Kind, as_der, read_signatures, sniff
from preservation.signatures.report import SignatureReport
from preservation.signatures.supplied import Supplied, from_path, resolver_over
from preservation.signatures.xml.augment import augment_xml
from preservation.timestamps import DIGEST_SIZES, TimestampAuthority
from preservation.trust.certificates import load
from preservation.trust.store import TrustStore


def augment_file(
    path: Path,
    out: Path,
    level: Level,
    trust: TrustStore,
    authority: TimestampAuthority,
    at: datetime,
    *,
    content: Path | None = None,
    digest: str = "sha256",
) -> list[SignatureReport]:
    """Write an augmented copy of a signed file.

    Args:
        path: The signed file; never changed.
        out: Where the copy goes; must not exist.
        level: `T`, `LT` or `LTA`.
        trust: Anchors, and the revocation data that LT and LTA carry inside.
        authority: Gives the time stamps.
        at: Instant of validation.
        content: What a detached signature signs.
        digest: Algorithm of the new time stamps, whatever the older ones used: `sha256`, `sha384`, `sha512`.

    Returns:
        The reports of the copy.

    Raises:
        NotFound: No such file.
        InvalidRequest: Level B, no signature, a digest that is not stamped with, or `out` exists.
        NotAvailable: A form of signature that cannot carry that level, such as XAdES 1.1.1.
        TrustError: A signature that does not hold, or whose chain or revocation is not known.
        TimestampUnavailable: The authority gave no token.
        StorageUnavailable: `path` cannot be read or is too big, or `out` cannot be written.
    """
    if level == "B" or level not in LEVELS:
        raise InvalidRequest("a signature is augmented to T, LT or LTA")
    if digest not in DIGEST_SIZES:
        raise InvalidRequest(f"time stamps are asked for with {', '.join(DIGEST_SIZES)}")
    if out.exists():
        raise InvalidRequest(f"{out} is already there")
    data = read_file(path)
    supplied = [] if content is None else [from_path(content)]
    facts = read_signatures(data, supplied)
    reports = _require_sound(data, facts, trust, at, level)
    made = _augmented(
        data, Augmentation(level, authority, _material(reports, trust), digest), reports, supplied
    )
    _write_whole(out, made)
    return [judge(each, trust, at) for each in read_signatures(made, supplied)]


def _write_whole(out: Path, made: bytes) -> None:
    """Write the copy or nothing: half of a signed file looks like one that somebody broke."""
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(made)
        part.replace(out)
    except OSError as cause:
        raise StorageUnavailable(f"{out} cannot be written: {cause.strerror}") from cause
    finally:
        part.unlink(missing_ok=True)


def _augmented(
    data: bytes, plan: Augmentation, reports: Sequence[SignatureReport], supplied: Sequence[Supplied]
) -> bytes:
    kind = sniff(data)
    if kind is Kind.PDF:
        return augment_pdf(data, plan, reports)
    if kind is Kind.XML:
        return augment_xml(data, plan, resolver_over(supplied))
    if kind is Kind.ZIP:
        return augment_asic(data, plan)
    return augment_cms(as_der(data) or data, plan, supplied[0].content if supplied else None)


def _require_sound(
    data: bytes, facts: Sequence[SignatureFacts], trust: TrustStore, at: datetime, level: Level
) -> list[SignatureReport]:
    reports = [judge(each, trust, at) for each in facts]
    if not [each for each in reports if each.format != "RFC3161"]:
        inside = "; a signature inside an ENI document is augmented outside of it: `longeva get --decoded`"
        raise InvalidRequest(f"there is no signature to augment{inside if sniff(data) is Kind.XML else ''}")
    for report in reports:
        broken = not report.intact or report.indication is Indication.TOTAL_FAILED
        # T only fixes the time; LT and LTA promise that everything needed is inside
        if broken or (level != "T" and report.indication is not Indication.TOTAL_PASSED):
            why = report.reasons[0] if report.reasons else report.sub_indication
            raise TrustError(f"not augmented, because {report.place or 'the signature'} does not hold: {why}")
    return reports


def _material(reports: Sequence[SignatureReport], trust: TrustStore) -> ValidationMaterial:
    used = {piece for report in reports for piece in report.evidence}
    certificates = tuple(sorted(piece for piece in used if load(piece) is not None))
    return ValidationMaterial((*certificates, *trust.certificates, *trust.anchors), trust.crls, trust.ocsps)
