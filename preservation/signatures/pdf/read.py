# SPDX-License-Identifier: EUPL-1.2
"""PAdES and plain PDF signatures: the PDF around, the CMS inside through the CMS adapter.

One `SignatureFacts` for each signer of each signature field. A document time stamp is told in every signature
that it covers; one that covers none is told by itself. What hostile bytes break ends here.

A signature that does not reach the end of the file is asked what came after: more signatures, a DSS and
filled forms are lawful; anything else is `modified`, which leaves the mathematics intact.

Source: ISO 32000-1 section 12.8; ETSI EN 319 142-1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from preservation.signatures.cms.signature import unreadable
from preservation.signatures.cms.stamps import read_stamp
from preservation.signatures.facts import SignatureFacts, StampFacts
from preservation.signatures.pdf.coverage import coverage_of, covered_words, signed_view
from preservation.signatures.pdf.document import PdfFile, View
from preservation.signatures.pdf.fields import PdfSignature, signatures_of
from preservation.signatures.pdf.secrets import Secrets
from preservation.signatures.pdf.signers import document_stamp, signers_of
from preservation.signatures.pdf.store import SecurityStore, read_store
from preservation.signatures.pdf.syntax import Broken, Octets

MAX_SIGNATURES: Final = 100
"""Signature dictionaries of one file that are read; hundred years of renewals have fewer."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One signature dictionary with what its octets hold."""

    signature: PdfSignature
    signers: tuple[SignatureFacts, ...] = ()
    stamp: StampFacts | None = None

    def holdings(self) -> Iterator[bytes]:
        """Yield every certificate, list, answer and token that stands inside its /Contents."""
        for facts in self.signers if self.stamp is None else (self.stamp.signature,):
            yield from _material(facts)
            for inner in facts.stamps:
                yield inner.token
                yield from _material(inner.signature)
        if self.stamp is not None:
            yield self.stamp.token


def _material(facts: SignatureFacts) -> Iterator[bytes]:
    yield from facts.certificates
    yield from facts.crls
    yield from facts.ocsps


def read_pdf(data: Octets) -> list[SignatureFacts]:
    """Read every signature of a PDF.

    Args:
        data: The file, in memory or mapped.

    Returns:
        Nothing for a PDF without signatures; one unreadable for what is not a PDF that can be read.
    """
    try:
        file = PdfFile(data)
        if file.last.trailer.get("Encrypt") is not None:
            file.secrets = Secrets(data)
        signatures = list(islice(signatures_of(file.last), MAX_SIGNATURES + 1))
    except (Broken, RecursionError) as problem:
        return [unreadable(problem, "PAdES")]
    file.opaque = [each.span for each in signatures if not each.problems]
    read = [_read(each) for each in signatures[:MAX_SIGNATURES]]
    try:
        store = read_store(_views(file, signatures))
    except Broken:
        store = SecurityStore()
    stamps = _document_stamps(file, read, store)
    told: set[tuple[int, int]] = set()
    found: list[SignatureFacts] = []
    for each in read:
        if each.stamp is None:
            over = [one for one in stamps if _covers(one[0], each.signature)]
            told.update(one[0].span for one in over)
            found += _tell(file, each, over, store)
    alone = [one for one in stamps if one[0].span not in told]
    found += [_alone(file, signature, stamp, store) for signature, stamp in alone]
    if len(signatures) > MAX_SIGNATURES:
        found.append(unreadable(f"more than {MAX_SIGNATURES} signatures: the rest was not read", "PAdES"))
    return found


def _views(file: PdfFile, signatures: Sequence[PdfSignature]) -> Iterator[View]:
    """Yield the file as it stands, then as it stood under each signature."""
    yield file.last
    for end in sorted({each.end for each in signatures}, reverse=True):
        view = signed_view(file, end)
        if view is not None and view.place:
            yield view


def _read(signature: PdfSignature) -> _Read:
    if signature.is_timestamp:
        return _Read(signature, stamp=document_stamp(signature))
    return _Read(signature, signers=tuple(signers_of(signature)))


def _covers(older: PdfSignature, signature: PdfSignature) -> bool:
    """Tell whether the octets under a time stamp hold the whole of a signature."""
    start, end = signature.span
    return not older.problems and start < end and older.signed.holds(start, end)


def _document_stamps(
    file: PdfFile, read: Iterable[_Read], store: SecurityStore
) -> list[tuple[PdfSignature, StampFacts]]:
    """Fill in what each document time stamp proves: what stands in its octets, nothing that came later."""
    carried = [
        (each.signature, [hashlib.sha256(one).digest() for one in each.holdings() if one]) for each in read
    ]
    found = []
    for each in read:
        if each.stamp is None:
            continue
        signed = each.signature.signed
        covered = {item.sha256 for item in store.items if signed.holds(item.start, item.end)}
        for other, digests in carried:
            if _covers(each.signature, other):
                covered.update(digests)
        words = covered_words(file, each.signature)
        sound = frozenset() if each.signature.problems else frozenset(covered)
        found.append((each.signature, replace(each.stamp, covered=sound, covers=(words,))))
    return found


def _tell(
    file: PdfFile, read: _Read, over: Sequence[tuple[PdfSignature, StampFacts]], store: SecurityStore
) -> list[SignatureFacts]:
    """Give the signers what the PDF around them says."""
    signature = read.signature
    covers = coverage_of(file, signature)
    archived = any(one.end > store.written for one, _ in over)
    related = _related_stamps(signature, store)
    found = []
    for facts in read.signers:
        if facts.unreadable:
            shape = facts.format if facts.format == "unknown" else "PAdES"
            found.append(replace(facts, format=shape, place=signature.name))
            continue
        told = replace(
            facts,
            format="PAdES",
            certificates=(*facts.certificates, *store.values("certificate")),
            crls=(*facts.crls, *store.values("crl")),
            ocsps=(*facts.ocsps, *store.values("ocsp")),
            claimed_time=facts.claimed_time or signature.claimed_time,
            problems=(*facts.problems, *signature.problems),
            covers=(covers.words,),
            modified=covers.modified,
            changes=covers.changes,
            place=signature.name if "[1]" in facts.place else f"{signature.name}/{facts.place}",
            stamps=(*facts.stamps, *related, *(stamp for _, stamp in over)),
            claims=(*facts.claims, *signature.claims),
        )
        found.append(replace(told, level=_level(facts, told, signature, store, archived=archived)))
    return found


def _related_stamps(signature: PdfSignature, store: SecurityStore) -> tuple[StampFacts, ...]:
    """Return the tokens that the VRI of a signature holds (EN 319 142-1 section 5.4.2.3)."""
    tokens = [each for each in store.items if each.kind == "stamp"]
    if not tokens:
        return ()
    key = hashlib.sha1(signature.contents, usedforsecurity=False).hexdigest().upper()
    return tuple(
        replace(read_stamp(each.value, "vri", _unknown), token=each.value, covers_signature=False)
        for each in tokens[:8]
        if each.about.upper() == key
    )


def _unknown(_: str) -> bytes | None:
    """Stand in for an imprint that no norm defines."""
    return None


def _alone(file: PdfFile, signature: PdfSignature, stamp: StampFacts, store: SecurityStore) -> SignatureFacts:
    """Tell a document time stamp that covers no signature."""
    covers = coverage_of(file, signature)
    return replace(
        stamp.signature,
        format="RFC3161",
        references=(*stamp.signature.references, stamp.imprint),
        certificates=(*stamp.signature.certificates, *store.values("certificate")),
        crls=(*stamp.signature.crls, *store.values("crl")),
        ocsps=(*stamp.signature.ocsps, *store.values("ocsp")),
        claimed_time=stamp.time,
        covers=(covers.words,),
        modified=covers.modified,
        changes=covers.changes,
        place=signature.name,
    )


def _level(
    inner: SignatureFacts,
    told: SignatureFacts,
    signature: PdfSignature,
    store: SecurityStore,
    *,
    archived: bool,
) -> str:
    """Name the level by what is there, not by whether it is right.

    A baseline level asks for ETSI.CAdES.detached, a signing-certificate attribute and the time in /M and
    nowhere else (EN 319 142-1 section 6.3); what lacks it keeps the older names of TS 102 778.
    """
    proves = [stamp for stamp in told.stamps if stamp.covers_signature]
    step = "" if not proves else "T"
    if step and (store.values("crl") or store.values("ocsp")):
        step = "LTA" if archived else "LT"
    if inner.format != "CAdES":
        name = "PKCS1" if inner.format == "PKCS1" else "CMS"
        return f"{name}-{step}" if step else name
    baseline = inner.claimed_time is None and "M" in signature.dictionary
    if signature.subfilter == "ETSI.CAdES.detached" and baseline:
        return step or "B"
    name = "EPES" if inner.policy else "BES"
    return "LTV" if step in {"LT", "LTA"} else f"{name}-{step}" if step else name
