# SPDX-License-Identifier: EUPL-1.2
"""Each time stamp of a CAdES signature with what it stamps, and whose existence that proves.

A certificate or revocation list counts as proven by a stamp only where the stamp's imprint really depends on
it.

Source: ETSI EN 319 122-1 sections 5.3, 5.5.2, 5.5.3, annex A.1.5; EN 319 102-1 section 5.6.2.3 (proofs of
existence from time stamps).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final

from preservation.indications import Check, Outcome
from preservation.signatures.cms import archive, older
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.archive import Kept
from preservation.signatures.cms.ber import element
from preservation.signatures.cms.envelope import (
    MAX_SIGNERS,
    Attribute,
    Envelope,
    Memory,
    Signer,
    open_envelope,
    other_revocation,
    read_signer_info,
)
from preservation.signatures.cms.stamps import Imprint, read_stamp, times_of, token_info
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.facts import StampFacts
from preservation.trust.certificates import UNREADABLE

MAX_TOKENS: Final = 64
MAX_DEPTH: Final = 3
"""Tokens inside tokens, counter-signatures of counter-signatures: deeper ones prove nothing."""


def stamps_of(envelope: Envelope, signer: Signer, content: Content | None) -> tuple[StampFacts, ...]:
    """Read the time stamps in the attributes of one signer; the same token twice is one."""
    found: dict[tuple[str, bytes], StampFacts] = {}
    for attribute in signer.signed_attributes:
        if attribute.name == attrs.CONTENT_TIME_STAMP:
            imprint: Imprint = _unknown if content is None else content.digest
            for token in attribute.values:
                stamp = read_stamp(
                    token, "content", imprint, covers_signature=False, loose=envelope.certificates
                )
                found[attribute.name, token] = replace(stamp, covers=("content",))
    for attribute in signer.unsigned_attributes:
        if attribute.name in attrs.TIME_STAMPS:
            for token in attribute.values:
                if (attribute.name, token) not in found and len(found) < MAX_TOKENS:
                    found[attribute.name, token] = stamp_in_attribute(
                        envelope, signer, attribute, token, content
                    )
    return tuple(found.values())


def stamp_in_attribute(
    envelope: Envelope, signer: Signer, attribute: Attribute, token: bytes, content: Content | None
) -> StampFacts:
    """Read one token of an unsigned attribute with what it covers."""
    try:
        if attribute.name == attrs.ARCHIVE_TIME_STAMP_V3:
            return _version_3(envelope, signer, token, content)
        if attribute.name == attrs.ARCHIVE_TIME_STAMP_V2:
            return _version_2(envelope, signer, attribute, token, content)
        if attribute.name in {attrs.CADES_C_TIME_STAMP, attrs.REFERENCES_TIME_STAMP}:
            return _over_references(envelope, signer, attribute.name, token)
    except (ValueError, StopIteration, *UNREADABLE):
        return read_stamp(token, "archive", _unknown, loose=envelope.certificates)
    if attribute.name == attrs.SIGNATURE_TIME_STAMP:
        imprint = BytesContent(signer.value).digest
        stamp = read_stamp(token, "signature", imprint, loose=envelope.certificates)
        return replace(stamp, covers=("signature value",))
    return read_stamp(token, attrs.TIME_STAMPS[attribute.name], _unknown, loose=envelope.certificates)


def _version_3(envelope: Envelope, signer: Signer, token: bytes, content: Content | None) -> StampFacts:
    index = archive.index_of(_signer_of(token))
    if index is None:
        stamp = read_stamp(token, "archive", _unknown, loose=envelope.certificates)
        detail = "it has no hash index, or more than one"
        return replace(stamp, imprint=Check("imprint", Outcome.UNSUPPORTED, detail))

    def imprint(name: str) -> bytes | None:
        return archive.archive_imprint(envelope, signer, index, content, name)

    stamp = read_stamp(token, "archive", imprint, loose=envelope.certificates)
    lost = archive.missing_from(index, envelope, signer)
    if lost:
        return replace(stamp, imprint=Check("imprint", Outcome.FAILED, lost))
    if stamp.imprint.outcome is not Outcome.OK:
        return stamp
    kept = archive.indexed(index, envelope, signer)
    # the index is hashed with an algorithm of its own, which must hold as long as the imprint's
    facts = stamp.signature
    named = tuple(dict.fromkeys((*facts.algorithms, archive.algorithm_of(index))))
    return replace(
        stamp,
        covered=covered_by(kept, envelope.memory),
        covers=_words(kept),
        signature=replace(facts, algorithms=named),
    )


def _version_2(
    envelope: Envelope, signer: Signer, attribute: Attribute, token: bytes, content: Content | None
) -> StampFacts:
    time = _time_of(token)
    before = older.before_stamp(signer, attribute, token, time, times_of(signer.unsigned_attributes))
    stated = _imprint_of(token)

    def imprint(name: str) -> bytes | None:
        return _either(stated, older.archive_imprints(envelope, signer, content, before, name))

    stamp = read_stamp(token, "archive", imprint, loose=envelope.certificates)
    if stamp.imprint.outcome is not Outcome.OK:
        return stamp
    kept = Kept(envelope.certificate_choices, envelope.revocation_choices, before)
    return replace(stamp, covered=covered_by(kept, envelope.memory), covers=_words(kept))


def _over_references(envelope: Envelope, signer: Signer, name: str, token: bytes) -> StampFacts:
    over_signature = name == attrs.CADES_C_TIME_STAMP

    stated = _imprint_of(token)

    def imprint(algorithm: str) -> bytes | None:
        return _either(stated, older.references_imprints(signer, algorithm, over_signature=over_signature))

    stamp = read_stamp(token, "refs", imprint, covers_signature=over_signature, loose=envelope.certificates)
    if stamp.imprint.outcome is not Outcome.OK:
        return stamp
    wanted = {attrs.CERTIFICATE_REFERENCES, attrs.REVOCATION_REFERENCES}
    references = [each for each in signer.unsigned_attributes if each.name in wanted]
    everything = [
        *(each for one in envelope.certificate_choices for each in _in_choice(one)),
        *(each for one in envelope.revocation_choices for each in _in_choice(one)),
        *_in_attributes(signer.unsigned_attributes, 0),
    ]
    covered = {_digest(each) for each in older.referenced(references, everything)}
    covers = ["complete references"]
    if over_signature:
        tokens = (each for each in signer.unsigned_attributes if each.name == attrs.SIGNATURE_TIME_STAMP)
        covered |= covered_by(Kept(attributes=tuple(tokens)), envelope.memory)
        covers = ["signature value", "signature time stamps", *covers]
    return replace(stamp, covered=frozenset(covered), covers=tuple(covers))


def covered_by(kept: Kept, memory: Memory) -> frozenset[bytes]:
    """Return SHA-256 of every certificate, list, answer, token and counter-signature that a stamp covers.

    Args:
        kept: What it covers.
        memory: Digests that were computed for other stamps of the same signature.
    """
    found: set[bytes] = set()
    for each in (*kept.certificates, *kept.revocations):
        key = ("choice", each)
        if key not in memory:
            memory[key] = [_digest(inner) for inner in _in_choice(each)]
        found.update(memory[key])
    for attribute in kept.attributes:
        for value in attribute.values:
            key = (attribute.name, value)
            if key not in memory:
                memory[key] = [_digest(inner) for inner in _in_value(attribute.name, value, 0)]
            found.update(memory[key])
    return frozenset(found)


def carried_in(data: bytes) -> frozenset[bytes]:
    """Return SHA-256 of everything inside a CMS or token that is covered whole."""
    return frozenset(_digest(each) for each in _inside(data, 0))


def _in_choice(choice: bytes) -> list[bytes]:
    return other_revocation(choice) if choice[:1] == b"\xa1" else [choice]


def _in_value(name: str, value: bytes, depth: int) -> Iterator[bytes]:
    """Yield what one value of an unsigned attribute carries."""
    values = {name: [value]}
    yield from attrs.carried_certificates(values)
    for inside in (*attrs.carried_revocation({}, values), *attrs.long_term_values(values)):
        yield from inside
    if name in attrs.TIME_STAMPS and depth < MAX_DEPTH:
        yield value
        yield from _inside(value, depth + 1)
    if name == attrs.COUNTER_SIGNATURE and depth < MAX_DEPTH:
        yield value
        yield from _in_attributes(_countersigned(value), depth + 1)


def _in_attributes(attributes: tuple[Attribute, ...], depth: int) -> Iterator[bytes]:
    for attribute in attributes:
        for value in attribute.values:
            yield from _in_value(attribute.name, value, depth)


def _countersigned(value: bytes) -> tuple[Attribute, ...]:
    try:
        return read_signer_info(element(value)).unsigned_attributes
    except ValueError:  # its octets are covered all the same
        return ()


def _inside(data: bytes, depth: int) -> Iterator[bytes]:
    """A CMS that is covered whole covers everything that it carries."""
    try:
        envelope = open_envelope(data)
        for choice in (*envelope.certificate_choices, *envelope.revocation_choices):
            yield from _in_choice(choice)
        for found in islice(envelope.signers(), MAX_SIGNERS):
            yield from _in_attributes(read_signer_info(found).unsigned_attributes, depth)
    except ValueError:
        return


def _words(kept: Kept) -> tuple[str, ...]:
    answers = sum(1 for each in kept.revocations if each[:1] == b"\xa1")
    stamps = sum(len(each.values) for each in kept.attributes if each.name in attrs.TIME_STAMPS)
    counted = (
        (len(kept.certificates), "certificates"),
        (len(kept.revocations) - answers, "revocation lists"),
        (answers, "OCSP answers"),
        (stamps, "older time stamps"),
        (sum(1 for each in kept.attributes if each.name not in attrs.TIME_STAMPS), "other attributes"),
    )
    return ("content", "signature value", *(f"{count} {what}" for count, what in counted if count))


def _either(stated: bytes, imprints: list[bytes]) -> bytes | None:
    """Return the imprint that is stated if it is one of those that may be, else one that it is not."""
    return stated if stated in imprints else next(iter(imprints), None)


def _signer_of(token: bytes) -> Signer:
    return read_signer_info(next(open_envelope(token).signers()))


def _time_of(token: bytes) -> datetime:
    return token_info(open_envelope(token).inside or b"").time


def _imprint_of(token: bytes) -> bytes:
    return token_info(open_envelope(token).inside or b"").imprint


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _unknown(_: str) -> bytes | None:
    """Stand in for imprints that are not computed, and for content that is not here."""
    return None
