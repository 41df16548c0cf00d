# SPDX-License-Identifier: EUPL-1.2
"""Evidence records of ASiC containers, each with what it must cover.

In ASiC-S a record covers the one file. In ASiC-E it covers the files that the ASiCEvidenceRecordManifest
naming it lists, with the digests listed there. A container that does not say its type is taken for ASiC-E:
without a manifest nobody can tell what its record is about.

Source: ETSI EN 319 162-1 sections 4.3.3, 4.4.3, annex A; EN 319 162-2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

from archive.errors import LongevaError
from archive.xml import parse_xml
from preservation.evidence.record import EvidenceRecord, MalformedRecord
from preservation.evidence.verification import parse_any
from preservation.signatures.asic.container import UNREADABLE_ZIP, entry_named, open_container
from preservation.signatures.asic.manifests import manifest_target, signed_by
from preservation.signatures.cms.read import read_cms
from preservation.signatures.cms.records import evidence_in_cms, held_by
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.facts import EvidenceFacts, Malformed
from preservation.signatures.xml.core import decoded, tag
from preservation.signatures.xml.names import DIGESTS
from preservation.signatures.xml.read import read_xml
from preservation.signatures.xml.records import evidence_in_xml
from preservation.tokens import parse_token

SIMPLE: Final = b"application/vnd.etsi.asic-s+zip"
_META: Final = "META-INF/"
_NONE: Final = EvidenceRecord(b"", (), encrypted=False, chains=())


def evidence_in_asic(data: bytes) -> list[EvidenceFacts]:
    """Find the evidence records of a container, its own and those inside its signatures.

    Returns:
        One for each record; nothing where the container cannot be read.
    """
    try:
        entries, repeated = open_container(data)
    except UNREADABLE_ZIP:
        return []
    found: list[EvidenceFacts] = []
    for name in sorted(entries):
        if name.startswith(_META):
            found += _records(name, entries)
    doubled = tuple(f"the container has several entries called {name[:80]}" for name in repeated[:1])
    return [replace(each, problems=(*each.problems, *doubled)) for each in found]


def _records(name: str, entries: Mapping[str, bytes]) -> list[EvidenceFacts]:
    low = name.lower()
    if low.endswith((".ers", ".xml")) and "evidencerecord" in low and "manifest" not in low:
        return [_own(name, entries)]
    if low.endswith(".xml") and "signature" in low:
        inside = evidence_in_xml(entries[name], lambda uri: entry_named(uri, entries))
    elif low.endswith((".p7s", ".p7m")) and "signature" in low:
        inside = evidence_in_cms(entries[name], signed_by(name, entries)[0])
    else:
        return []
    return [replace(each, place=f"{name}!{each.place}") for each in inside]


def _own(name: str, entries: Mapping[str, bytes]) -> EvidenceFacts:
    try:
        record = parse_any(entries[name])
    except MalformedRecord as problem:
        return EvidenceFacts(_NONE, (), name, problems=(f"not an evidence record: {problem}"[:200],))
    if entries.get("mimetype", b"").strip() == SIMPLE:
        files = [BytesContent(entries[each]) for each in entries if _is_data(each)]
        several = "" if len(files) == 1 else f"the one file of an ASiC-S container ({len(files)} are there)"
        return EvidenceFacts(record, tuple(files) if not several else (), name, several)
    for other in sorted(entries):
        if other.startswith(f"{_META}ASiCEvidenceRecordManifest") and manifest_target(entries[other]) == name:
            objects, missing, problems = _listed(entries[other], entries, _algorithm(record))
            covered = frozenset(digest for content in objects for digest in _held(content))
            return EvidenceFacts(record, tuple(objects), name, missing, tuple(problems), covered)
    return EvidenceFacts(record, (), name, "a manifest that says what the record covers")


def _held(content: Content) -> frozenset[bytes]:
    """Return what a covered file holds, where it is a signature of its own."""
    data = content.whole() or b""
    if data[:1] == b"\x30":
        return held_by(read_cms(data))
    return held_by(read_xml(data)) if b"SignatureValue" in data else frozenset()


def _is_data(name: str) -> bool:
    return not name.startswith(_META) and name != "mimetype"


def _algorithm(record: EvidenceRecord) -> str:
    """Return the digest algorithm of the record's first hash tree."""
    stamp = record.chains[0].stamps[0]
    try:
        return stamp.declared or parse_token(stamp.token).algorithm
    except ValueError:
        return ""


def _listed(
    manifest: bytes, entries: Mapping[str, bytes], wanted: str
) -> tuple[list[Content], str, list[str]]:
    """Return the files that a manifest lists, the first that is not there, and digests that disagree.

    The manifest has the very digests of the hash tree, so in its algorithm (EN 319 162-1 4.4.3.2).
    """
    objects: list[Content] = []
    missing, problems = "", []
    try:
        references = list(parse_xml(manifest).getroot().iter("{*}DataObjectReference"))
    except LongevaError as problem:
        return [], "", [f"its manifest cannot be read: {problem}"[:200]]
    for reference in references:
        name = unquote(reference.get("URI") or "")
        content = entry_named(name, entries)
        if content is None:
            missing = missing or f"{name[:120]}, which its manifest lists"
            continue
        objects.append(content)
        if not _agrees(reference, content, wanted):
            problems.append(f"its manifest gives another digest of {name[:120]}")
    return objects, missing or ("" if references else "anything, by its manifest"), problems


def _agrees(reference: Any, content: Content, wanted: str) -> bool:
    method = reference.find(tag("DigestMethod"))
    algorithm = DIGESTS.get("" if method is None else method.get("Algorithm", ""), "")
    try:
        stated = decoded(reference.find(tag("DigestValue")))
    except Malformed:
        return False
    return algorithm == wanted and content.digest(algorithm) == stated
