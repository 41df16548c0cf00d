# SPDX-License-Identifier: EUPL-1.2
"""ASiC containers, read: signatures in META-INF over the files of the ZIP.

ASiC-S signs the one file; ASiC-E with XAdES names its files by URI; ASiC-E with CAdES signs a manifest that
names them by digest, and a time stamp over an archive manifest covers whole signatures.

Source: ETSI EN 319 162-1 sections 4.3, 4.4 and annex A; OASIS OpenDocument 1.3 part 2 section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from preservation.signatures.asic.container import (
    META,
    UNREADABLE_ZIP,
    entry_named,
    is_data,
    oddities,
    open_container,
    resolved,
)
from preservation.signatures.asic.manifests import Manifest, manifests_in
from preservation.signatures.asic.stamps import alone, stamps_over
from preservation.signatures.cms.read import read_cms
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.xml.read import read_xml
from preservation.strength import Algorithm


@dataclass(frozen=True, slots=True)
class _Opened:
    """A container with what all its signatures share."""

    entries: Mapping[str, bytes]
    manifests: list[Manifest]
    used: set[str] = field(default_factory=set)
    """Time stamps that turned out to cover a signature."""


def read_asic(data: bytes) -> list[SignatureFacts]:
    """Read every signature of a container.

    Returns:
        Nothing for a ZIP without signatures; one unreadable for a ZIP that cannot be read safely.
    """
    try:
        entries, repeated = open_container(data)
    except UNREADABLE_ZIP as problem:
        return [SignatureFacts(format="ASiC", unreadable=f"not readable: {problem}"[:300])]
    opened = _Opened(entries, manifests_in(entries))
    inside = [name for name in sorted(entries) if name.startswith(META)]
    found: list[SignatureFacts] = []
    for name in inside:
        found += [replace(each, place=f"{name}!{each.place}") for each in _signatures(name, opened)]
    for name in inside:
        if name.lower().endswith(".tst") and name not in opened.used:
            found.append(replace(alone(name, entries, opened.manifests), place=f"{name}!token"))
    doubled = [f"the container has several entries called {name[:80]}" for name in repeated[:1]]
    odd = oddities(data, entries)
    return [replace(each, problems=(*each.problems, *doubled), notes=(*each.notes, *odd)) for each in found]


def _signatures(name: str, opened: _Opened) -> list[SignatureFacts]:
    low = name.lower()
    if low.endswith(".xml") and "signature" in low:
        return _xades(name, opened)
    if low.endswith((".p7s", ".p7m")) and "signature" in low:
        return _cades(name, opened)
    return []


def _xades(name: str, opened: _Opened) -> list[SignatureFacts]:
    asked: set[str] = set()

    def resolve(uri: str) -> Content | None:
        asked.add(resolved(uri, opened.entries) or "")
        return entry_named(uri, opened.entries)

    facts = read_xml(opened.entries[name], resolve)
    return [replace(each, notes=(*each.notes, *_uncovered(opened.entries, asked))) for each in facts]


def _cades(name: str, opened: _Opened) -> list[SignatureFacts]:
    manifest = next((each for each in opened.manifests if each.target == name), None)
    content: Content | None = None
    asked: set[str] = set()
    if manifest is not None:
        content, asked = BytesContent(manifest.encoded), set(manifest.files)
    else:
        files = [each for each in opened.entries if is_data(each)]
        if len(files) == 1:
            content, asked = BytesContent(opened.entries[files[0]]), set(files)
    stamps, used = stamps_over(name, opened.entries, opened.manifests)
    opened.used.update(used)
    notes = _uncovered(opened.entries, asked)
    found = []
    for each in read_cms(opened.entries[name], content):
        if each.unreadable or each.counter_of:
            found.append(each)
            continue
        named = () if manifest is None else tuple(Algorithm(one) for one in manifest.algorithms)
        found.append(
            replace(
                each,
                references=(*each.references, *(() if manifest is None else manifest.checks)),
                algorithms=tuple(dict.fromkeys((*each.algorithms, *named))),
                stamps=(*each.stamps, *stamps),
                level="LTA" if stamps and each.level in {"T", "LT"} else each.level,
                notes=(*each.notes, *notes),
                covers=tuple(sorted(asked)) or each.covers,
            )
        )
    return found


def _uncovered(entries: Mapping[str, bytes], covered: set[str]) -> list[str]:
    left = [each for each in entries if is_data(each) and each not in covered]
    return [f"not covered by this signature: {each[:120]}" for each in left[:20]]
