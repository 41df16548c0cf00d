# SPDX-License-Identifier: EUPL-1.2
"""PAdES and plain PDF signatures: the PDF around, the CMS inside through the CMS adapter.

One `SignatureFacts` for each signer of each signature field. A document time stamp is told in every signature
that it covers; in a PDF without signatures it is told by itself. What pyHanko makes of hostile bytes ends
here.

A signature that does not reach the end of the file is asked what came after: more signatures, a DSS and
filled forms are lawful; anything else is `modified`, which leaves the mathematics intact.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel, StandardDiffPolicy
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from preservation.signatures.cms.read import read_cms, unreadable
from preservation.signatures.cms.stamps import read_stamp
from preservation.signatures.facts import Algorithm, Check, Outcome, SignatureFacts, StampFacts
from preservation.signatures.pdf.fields import PdfSignature, open_pdf, signatures_of

# pyHanko tells its difference analysis to whoever listens; nobody is shown another program's traceback
logging.getLogger("pyhanko").addHandler(logging.NullHandler())
MAX_DIFFERENCES: Final = 64 << 20
"""Bytes of a PDF up to which changes after signing are analysed; it costs ten times the signature."""
_POLICY: Final = StandardDiffPolicy(
    DEFAULT_DIFF_POLICY.global_rules, DEFAULT_DIFF_POLICY.form_rule, reject_object_freeing=False
)
"""Old iText, in half of Spain's signers, frees numbers that were never used; freeing one in use is still a
change that must be explained."""
_DETACHED: Final = {"/adbe.pkcs7.detached", "/ETSI.CAdES.detached"}
_SHA1: Final = "/adbe.pkcs7.sha1"


@dataclass(frozen=True, slots=True)
class _Store:
    """The document security store (EN 319 142-1 section 5.4.2)."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    end: int = 0
    """Offset of the end of the revision that wrote it: a time stamp that reaches it covers it."""


def read_pdf(data: bytes) -> list[SignatureFacts]:
    """Read every signature of a PDF.

    Returns:
        Nothing for a PDF without signatures; one unreadable for what is not a PDF that can be read.
    """
    try:
        reader = open_pdf(data)
        signatures = list(signatures_of(reader, data))
        store = _store(reader)
    except Exception as problem:  # noqa: BLE001 - the border of pyHanko: hostile bytes raise anything
        return [unreadable(_why(problem), "PAdES")]
    stamps = {each.name: _document_stamp(each) for each in signatures if each.is_timestamp}
    covering = [each for each in signatures if each.is_timestamp and not each.problems]
    found: list[SignatureFacts] = []
    for signature in signatures:
        if signature.is_timestamp:
            continue
        over = tuple(stamps[each.name] for each in covering if each.end > signature.end)
        archived = any(each.end >= store.end for each in covering if each.end > signature.end)
        try:
            read = _read_signature(reader, data, signature, over, store)
            found += [replace(each, level=_level(each, store, archived=archived)) for each in read]
        except Exception as problem:  # noqa: BLE001 - the border of pyHanko
            found.append(replace(unreadable(_why(problem), "PAdES"), place=signature.name))
    return found or [_alone(reader, data, each, stamps[each.name], store) for each in signatures]


def _why(problem: Exception) -> str:
    told = str(problem) or type(problem).__name__
    return f"encrypted or damaged: {told}" if "crypt" in told.lower() else told


def _read_signature(
    reader: Any, data: bytes, signature: PdfSignature, over: tuple[StampFacts, ...], store: _Store
) -> list[SignatureFacts]:
    covers, modified = _coverage(reader, data, signature)
    found = []
    for facts in _signers(signature):
        if facts.unreadable:
            found.append(replace(facts, format="PAdES", place=signature.name))
            continue
        stamps = (*facts.stamps, *over)
        found.append(
            replace(
                facts,
                format="PAdES",
                level="" if facts.format == "CAdES" else "PKCS7",
                certificates=(*facts.certificates, *store.certificates),
                crls=(*facts.crls, *store.crls),
                ocsps=(*facts.ocsps, *store.ocsps),
                claimed_time=facts.claimed_time or signature.claimed_time,
                problems=(*facts.problems, *signature.problems),
                covers=(covers,),
                modified=modified,
                place=signature.name if "[1]" in facts.place else f"{signature.name}/{facts.place}",
                stamps=stamps,
            )
        )
    return found


def _signers(signature: PdfSignature) -> list[SignatureFacts]:
    if signature.subfilter == _SHA1:
        # ISO 32000-1 section 12.8.3.3.1: the CMS carries the SHA-1 of the octets
        return [_with_inner_digest(each, signature) for each in read_cms(signature.contents)]
    if signature.subfilter in _DETACHED or signature.subfilter.startswith("/adbe.pkcs7"):
        return read_cms(signature.contents, signature.signed)
    return [unreadable(f"a signature of the kind {signature.subfilter[:60] or 'unnamed'}", "PAdES")]


def _with_inner_digest(facts: SignatureFacts, signature: PdfSignature) -> SignatureFacts:
    from preservation.signatures.cms.read import open_envelope  # noqa: PLC0415 - only this old form needs it

    if facts.unreadable:
        return facts
    inside = open_envelope(signature.contents).inside
    same = inside is not None and inside == signature.signed.digest("sha1")
    check = Check("ByteRange", Outcome.OK if same else Outcome.FAILED, "sha1")
    return replace(
        facts, references=(*facts.references, check), algorithms=(*facts.algorithms, Algorithm("sha1"))
    )


def _document_stamp(signature: PdfSignature) -> StampFacts:
    stamp = read_stamp(signature.contents, "document", signature.signed.digest)
    if not signature.problems:
        return stamp
    return replace(stamp, signature=replace(stamp.signature, problems=signature.problems))


def _alone(
    reader: Any, data: bytes, signature: PdfSignature, stamp: StampFacts, store: _Store
) -> SignatureFacts:
    """Tell a document time stamp of a PDF without signatures."""
    covers, modified = _coverage(reader, data, signature)
    return replace(
        stamp.signature,
        format="RFC3161",
        references=(*stamp.signature.references, stamp.imprint),
        certificates=(*stamp.signature.certificates, *store.certificates),
        crls=(*stamp.signature.crls, *store.crls),
        ocsps=(*stamp.signature.ocsps, *store.ocsps),
        claimed_time=stamp.time,
        covers=(covers,),
        modified=modified,
        place=signature.name,
    )


def _level(facts: SignatureFacts, store: _Store, *, archived: bool) -> str:
    """Name the level by what is there, not by whether it is right."""
    if facts.unreadable:
        return ""
    if facts.level == "PKCS7":
        return "PKCS7"
    if not facts.stamps:
        return "B"
    if not (store.crls or store.ocsps):
        return "T"
    return "LTA" if archived else "LT"


def _coverage(reader: Any, data: bytes, signature: PdfSignature) -> tuple[str, str]:
    """Say what the signature covers, and what was changed after it."""
    rest = data[signature.end :]
    if not rest.strip(b"\x00\t\n\x0c\r "):
        return "whole file", ""
    if len(data) > MAX_DIFFERENCES:
        return "beginning of the file", "the file is too big to be analysed"
    try:
        embedded = EmbeddedPdfSignature(reader, signature.field_object, signature.name)
        level = embedded.evaluate_signature_coverage()
        last = reader.xrefs.total_revisions
        covers = f"revision {embedded.signed_revision + 1} of {last}"
        if embedded.signed_revision + 1 == last:
            # readers that rebuild a damaged file would find what stands there
            return covers, "octets follow the last revision"
        if level not in {SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION}:
            return "beginning of the file", "what follows is not a revision of its own"
        return covers, _differences(embedded)
    except Exception as problem:  # noqa: BLE001 - the border of pyHanko
        return "beginning of the file", f"what follows cannot be analysed: {problem}"[:200]


def _differences(embedded: Any) -> str:
    embedded.compute_integrity_info(diff_policy=_POLICY)
    result = embedded.diff_result
    level = getattr(result, "modification_level", None)
    if level is None:
        return f"what follows is not a lawful update: {result}"[:200]
    if level is ModificationLevel.OTHER:
        return "content was changed"
    permitted = embedded.docmdp_level
    if permitted is not None and level.value > permitted.value:
        return "more was changed than the certification allows"
    return ""


def _store(reader: Any) -> _Store:
    try:
        stored = reader.root["/DSS"]
    except KeyError:
        return _Store()
    return _Store(
        _streams(stored, "/Certs"),
        _streams(stored, "/CRLs"),
        _streams(stored, "/OCSPs"),
        _written_until(reader),
    )


def _written_until(reader: Any) -> int:
    reference = reader.root.raw_get("/DSS")
    holder = getattr(reference, "reference", None) or reader.root_ref
    revision = reader.xrefs.get_last_change(holder)
    return int(reader.xrefs.get_xref_container_info(revision).end_location)


def _streams(stored: Any, name: str) -> tuple[bytes, ...]:
    listed = stored.get(name, ())
    return tuple(
        bytes(each.get_object().data) for each in islice(listed.get_object() if listed else (), 1000)
    )
