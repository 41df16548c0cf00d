# SPDX-License-Identifier: EUPL-1.2
"""Manifests of ASiC-E containers: which signature, time stamp or record is over which files.

Source: ETSI EN 319 162-1 sections 4.4.3 (ASiCManifest), 4.4.4 and annex A.4 (ASiCManifestType).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from archive.errors import LongevaError
from archive.xml import parse_xml
from preservation.indications import Check, Outcome
from preservation.signatures.asic.container import META, entry_named, is_data, resolved
from preservation.signatures.content import BytesContent, Content
from preservation.signatures.facts import Malformed
from preservation.signatures.xml.core import decoded, tag
from preservation.signatures.xml.names import DIGESTS

_EMPTY: Final = Check("manifest", Outcome.MISSING, "it lists no file")
"""A.4 asks for one DataObjectReference at least: what signs a list of nothing signs nothing."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest as read."""

    name: str
    encoded: bytes
    target: str
    """Name of the signature, time stamp or record that it belongs to; empty for none."""
    checks: tuple[Check, ...]
    """One for each file that it lists."""
    files: frozenset[str]
    """Files that it lists and that are as listed."""
    algorithms: tuple[str, ...] = ()
    """Digest algorithms of its list."""


def manifests_in(entries: Mapping[str, bytes]) -> list[Manifest]:
    """Read every manifest of a container, in the order of their names; what is no XML is left aside."""
    names = [each for each in sorted(entries) if each.startswith(f"{META}ASiC") and each.endswith(".xml")]
    found = []
    for name in names:
        try:
            root = parse_xml(entries[name]).getroot()
        except LongevaError:
            continue
        references = list(root.iter("{*}DataObjectReference"))
        checks = tuple(_check(reference, entries) for reference in references) or (_EMPTY,)
        held = frozenset(
            resolved(reference.get("URI") or "", entries) or ""
            for reference, check in zip(references, checks, strict=False)
            if check.outcome is Outcome.OK
        )
        algorithms = tuple(dict.fromkeys(_algorithm(each) for each in references))
        found.append(Manifest(name, entries[name], _target(root), checks, held, algorithms))
    return found


def manifest_target(manifest: bytes) -> str:
    """Return the name of what a manifest belongs to; empty for none."""
    try:
        return _target(parse_xml(manifest).getroot())
    except LongevaError:
        return ""


def _target(root: Any) -> str:
    element = next(root.iter("{*}SigReference"), None)
    return "" if element is None else unquote(element.get("URI") or "")


def signed_by(name: str, entries: Mapping[str, bytes]) -> tuple[Content | None, bytes | None]:
    """Return what a CMS of META-INF is over: the manifest that names it, else the only file."""
    for manifest in manifests_in(entries):
        if manifest.target == name:
            return BytesContent(manifest.encoded), manifest.encoded
    files = [each for each in entries if is_data(each)]
    return (BytesContent(entries[files[0]]), None) if len(files) == 1 else (None, None)


def _algorithm(reference: Any) -> str:
    method = reference.find(tag("DigestMethod"))
    return DIGESTS.get("" if method is None else method.get("Algorithm", ""), "")


def _check(reference: Any, entries: Mapping[str, bytes]) -> Check:
    name = unquote(reference.get("URI") or "")[:120]
    content = entry_named(reference.get("URI") or "", entries)
    if content is None:
        return Check(name, Outcome.MISSING, "not in the container")
    algorithm = _algorithm(reference)
    computed = content.digest(algorithm) if algorithm else None
    if computed is None:
        return Check(name, Outcome.UNSUPPORTED, "its digest algorithm")
    try:
        same = computed == decoded(reference.find(tag("DigestValue")))
    except Malformed as problem:
        return Check(name, Outcome.FAILED, str(problem))
    return Check(name, Outcome.OK if same else Outcome.FAILED)
