# SPDX-License-Identifier: EUPL-1.2
"""Time stamps of a container: over a manifest, and through it over files and whole signatures.

Source: ETSI EN 319 162-1 sections 4.4.3 (time assertions), 4.4.4 and annex A.7 (ASiCArchiveManifest).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from preservation.indications import Outcome
from preservation.signatures.asic.container import is_data
from preservation.signatures.asic.manifests import Manifest
from preservation.signatures.cms.covering import carried_in
from preservation.signatures.cms.stamps import Imprint, read_stamp, token_in
from preservation.signatures.content import BytesContent
from preservation.signatures.facts import SignatureFacts, StampFacts
from preservation.strength import Algorithm


def stamps_over(
    name: str, entries: Mapping[str, bytes], manifests: Sequence[Manifest]
) -> tuple[list[StampFacts], list[str]]:
    """Read the time stamps that cover a signature file whole.

    Args:
        name: The signature file.
        entries: Files of the container.
        manifests: Its manifests.

    Returns:
        The stamps and their names. A stamp whose manifest lists anything that is not as listed is told as
        failed: it proves nothing.
    """
    found, used = [], []
    for manifest in manifests:
        listed = name in manifest.files
        if not listed or not manifest.target.lower().endswith(".tst") or manifest.target not in entries:
            continue
        token = _token(entries[manifest.target])
        stamp = read_stamp(token, "archive", BytesContent(manifest.encoded).digest)
        used.append(manifest.target)
        broken = [each for each in manifest.checks if each.outcome is not Outcome.OK]
        if broken and stamp.imprint.outcome is Outcome.OK:
            detail = f"its manifest lists {broken[0].name}, which is not as listed"
            stamp = replace(stamp, imprint=replace(stamp.imprint, outcome=Outcome.FAILED, detail=detail))
        if stamp.imprint.outcome is Outcome.OK:
            facts = stamp.signature
            named = (*facts.algorithms, *(Algorithm(each) for each in manifest.algorithms))
            stamp = replace(
                stamp,
                covered=_covered(manifest, entries),
                covers=tuple(sorted(manifest.files)),
                signature=replace(facts, algorithms=tuple(dict.fromkeys(named))),
            )
        found.append(stamp)
    return found, used


def _covered(manifest: Manifest, entries: Mapping[str, bytes]) -> frozenset[bytes]:
    found: set[bytes] = set()
    for name in manifest.files:
        if name.lower().endswith((".p7s", ".p7m", ".tst")):
            found.update(carried_in(entries[name]))
            found.add(hashlib.sha256(entries[name]).digest())
    return frozenset(found)


def alone(name: str, entries: Mapping[str, bytes], manifests: Sequence[Manifest]) -> SignatureFacts:
    """Read a time stamp that covers files and no signature, as a signature of its own."""
    manifest = next((each for each in manifests if each.target == name), None)
    imprint: Imprint = _nothing
    if manifest is not None:
        imprint = BytesContent(manifest.encoded).digest
    else:
        files = [each for each in entries if is_data(each)]
        if len(files) == 1:
            imprint = BytesContent(entries[files[0]]).digest
    stamp = read_stamp(_token(entries[name]), "content", imprint)
    if stamp.signature.unreadable:
        return stamp.signature
    checks = () if manifest is None else manifest.checks
    references = (*stamp.signature.references, stamp.imprint, *checks)
    return replace(stamp.signature, references=references, claimed_time=stamp.time)


def _token(stored: bytes) -> bytes:
    """Some writers store the authority's whole answer where its token should be."""
    return token_in(stored) or stored


def _nothing(_: str) -> bytes | None:
    return None
