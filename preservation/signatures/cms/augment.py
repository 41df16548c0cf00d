# SPDX-License-Identifier: EUPL-1.2
"""Augment CMS and CAdES to T, LT and LTA, and renew LTA; what was signed keeps its octets.

Every signer is brought to the level; counter-signatures are left alone and covered by what comes. From LT on,
certificates and revocation data stand in SignedData. Where an archive time stamp of the second version covers
SignedData as a whole, they go into the youngest token instead, which nothing covers yet. Whatever is made is
read again before it is handed out: no time stamp that held may hold no more.

Source: ETSI EN 319 122-1 sections 5.3, 5.4, 5.5.2, 5.5.3 and 6.3; EN 319 102-1 section 4.5.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from archive.errors import InvalidRequest
from preservation import der
from preservation.algorithms import new_digest
from preservation.indications import Outcome
from preservation.signatures.augmentation import Augmentation
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.archive import HASH_INDEX_V3, imprint_v3, index_for
from preservation.signatures.cms.ber import Source
from preservation.signatures.cms.envelope import Attribute, Envelope, Signer
from preservation.signatures.cms.growing import Growing, token_with, values_for_token
from preservation.signatures.cms.read import read_cms
from preservation.signatures.cms.stamps import times_of
from preservation.signatures.content import Content
from preservation.trust.certificates import UNREADABLE

_COVERS_SIGNED_DATA: Final = frozenset(
    {attrs.ARCHIVE_TIME_STAMP_27, attrs.ARCHIVE_TIME_STAMP_V2, attrs.LONG_TERM_VALIDATION}
)
"""Attributes whose digests are over `certificates` and `crls` whole: those must not grow any more."""
_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)


def augment_cms(data: Source, plan: Augmentation, content: Content | None = None) -> bytes:
    """Bring every signer of a CMS to a level; what was signed keeps its octets.

    Args:
        data: DER or BER ContentInfo.
        plan: Level, authority, material, and the digest of new time stamps. LTA of LTA is a renewal.
        content: What a detached signature signs; needed for LTA.

    Returns:
        The augmented ContentInfo; its outer lengths are definite, what was signed is as it was.

    Raises:
        InvalidRequest: No CMS, something behind it, or content that is needed and missing.
        TimestampUnavailable: The authority gave no token.
    """
    try:
        made = _stamped(data, plan)
        if plan.level in {"LT", "LTA"}:
            made = _with_material(made, plan)
        if plan.level == "LTA":
            made = _archived(made, plan, content)
        _require_unbroken(data, made, content)
    except UNREADABLE as cause:
        raise InvalidRequest(f"this CMS cannot be augmented: {cause}") from cause
    return made


def _stamped(data: Source, plan: Augmentation) -> bytes:
    """Add a signature-time-stamp where there is no time stamp over the signature yet (section 5.3)."""
    growing = Growing.read(data)
    for number, signer in enumerate(growing.signers):
        names = {each.name for each in signer.unsigned_attributes}
        if attrs.SIGNATURE_TIME_STAMP in names or names & attrs.ARCHIVES:
            continue
        made = new_digest(plan.digest)
        made.update(signer.value)
        token = plan.authority.stamp(made.digest(), plan.digest)
        growing.add_attribute(number, attrs.SIGNATURE_TIME_STAMP, token)
    return growing.encode()


def _with_material(data: bytes, plan: Augmentation) -> bytes:
    growing = Growing.read(data)
    held = any(
        each.name in _COVERS_SIGNED_DATA for one in growing.signers for each in one.unsigned_attributes
    )
    if not held:
        growing.add_material(plan.material)
        return growing.encode()
    for signer in growing.signers:
        attribute, token = _youngest(signer)
        added = values_for_token(plan.material, token)
        if added:
            grown = [token_with(each, *added) if each == token else each for each in attribute.values]
            growing.replaced[attribute.encoded] = der.sequence(
                attribute.kind, der.tagged(der.SET, b"".join(grown))
            )
    return growing.encode()


def _youngest(signer: Signer) -> tuple[Attribute, bytes]:
    """Return the time stamp that no other one covers, and its attribute."""
    times = times_of(signer.unsigned_attributes)
    stamps = [each for each in signer.unsigned_attributes if each.name in attrs.TIME_STAMPS and each.values]
    placed = [
        (each.name in attrs.ARCHIVES, times[value] or _LONG_AGO) for each in stamps for value in each.values
    ]
    pairs = [(each, value) for each in stamps for value in each.values]
    return pairs[max(range(len(pairs)), key=lambda at: (*placed[at], at))]


def _archived(data: bytes, plan: Augmentation, content: Content | None) -> bytes:
    """Add an archive-time-stamp-v3 over everything that is there now (section 5.5.3)."""
    growing = Growing.read(data)
    signed = growing.envelope.content or content
    digest = None if signed is None else signed.digest(plan.digest)
    if digest is None:
        raise InvalidRequest("an archive time stamp covers the content, which was not supplied")
    for number, signer in enumerate(growing.signers):
        token = _archive_token(growing.envelope, signer, digest, plan)
        growing.add_attribute(number, attrs.ARCHIVE_TIME_STAMP_V3, token)
    return growing.encode()


def _archive_token(envelope: Envelope, signer: Signer, digest: bytes, plan: Augmentation) -> bytes:
    index = index_for(envelope, signer, plan.digest)
    imprint = imprint_v3(plan.digest, envelope, signer, index, digest)
    return token_with(plan.authority.stamp(imprint, plan.digest), (HASH_INDEX_V3, index))


def _require_unbroken(before: Source, after: bytes, content: Content | None) -> None:
    """Every comparison that held before must hold after, and every new time stamp too."""
    old, new = read_cms(before, content), read_cms(after, content)
    if [each.place for each in old] != [each.place for each in new]:
        raise InvalidRequest("augmentation would lose a signature")
    for one, other in zip(old, new, strict=True):
        good = sum(stamp.imprint.outcome is Outcome.OK for stamp in one.stamps)
        added = len(other.stamps) - len(one.stamps)
        still = sum(stamp.imprint.outcome is Outcome.OK for stamp in other.stamps)
        missing = any(check.outcome is Outcome.MISSING for check in one.references)
        if (one.intact and not other.intact) or still < good + (0 if missing else added):
            raise InvalidRequest(f"augmentation would break {one.place or 'the signature'}")
