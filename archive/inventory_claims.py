# SPDX-License-Identifier: EUPL-1.2
"""What an OCFL inventory and its sidecar claim, as far as their bytes allow. For `archive.object_check`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from archive.inventory_rules import Flaw
from archive.layout import INVENTORY

_SIDECAR: Final = re.compile(rb"\s*(\S+)\s+inventory\.json\s*\Z")


@dataclass(frozen=True, slots=True)
class Known:
    """What an inventory says, as far as its JSON allows to say it."""

    data: bytes
    body: dict[str, Any]
    algorithm: str
    manifest: dict[str, str]
    """Content path to digest, lower case."""
    states: dict[str, dict[str, str]]
    """Version name to logical path to digest, lower case."""


def digests(body: dict[str, Any]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the manifest and the states of an inventory, each by path."""
    manifest, versions = body.get("manifest"), body.get("versions")
    states = {}
    for name, version in (versions if isinstance(versions, dict) else {}).items():
        state = version.get("state") if isinstance(version, dict) else None
        states[name] = flat(state if isinstance(state, dict) else {})
    return flat(manifest if isinstance(manifest, dict) else {}), states


def stated_digest(line: bytes) -> str:
    """Return the digest that a sidecar states, lower case; empty where it is none."""
    found = _SIDECAR.match(line)
    return found[1].decode("ascii", "replace").lower() if found else ""


def sidecar_line(digest: str) -> bytes:
    """Return the sidecar that this archive writes."""
    return f"{digest}  {INVENTORY}\n".encode()


def flat(block: dict[str, Any]) -> dict[str, str]:
    """Turn digest to paths into path to digest, lower case."""
    return {
        path: digest.lower()
        for digest, paths in block.items()
        if isinstance(paths, list)
        for path in paths
        if isinstance(path, str)
    }


def by_content(state: dict[str, str], manifest: dict[str, str]) -> dict[str, set[str]]:
    """Return each logical path with the content paths of its digest: comparable across algorithms."""
    found: dict[str, set[str]] = {}
    for path, digest in manifest.items():
        found.setdefault(digest, set()).add(path)
    return {path: found.get(digest, set()) for path, digest in state.items()}


def version_block(known: Known, version: str) -> dict[str, Any]:
    """Return what an inventory says of a version."""
    block = known.body["versions"][version]
    return block if isinstance(block, dict) else {}


def contradictions(version: str, root: Known, copy: Known) -> Iterator[Flaw]:
    """Yield where the inventory of a version tells another story than the object's (OCFL 1.1 3.5.4)."""
    if copy.body.get("head") != version:
        yield Flaw("E040", f"its head is {copy.body.get('head')!r}")
    if copy.body.get("id") != root.body.get("id"):
        yield Flaw("E037", f"its id is {copy.body.get('id')!r}")
    if copy.body.get("contentDirectory", "content") != root.body.get("contentDirectory", "content"):
        yield Flaw("E019", "another content folder")
    for older in sorted(copy.states):
        if older not in root.states:
            yield Flaw("E066", f"the object's inventory has no {older}")
            continue
        if not _same_state(older, root, copy):
            yield Flaw("E066", f"{older} has another state")
        here, there = version_block(copy, older), version_block(root, older)
        for key in ("created", "message", "user"):
            if here.get(key) != there.get(key):
                yield Flaw("W011", f"{older} has another {key}")


def _same_state(version: str, root: Known, copy: Known) -> bool:
    """Compare under one algorithm by digests, under two by the content paths that these lead to."""
    here, there = copy.states[version], root.states[version]
    if copy.algorithm == root.algorithm:
        return here == there
    own, other = by_content(here, copy.manifest), by_content(there, root.manifest)
    return own.keys() == other.keys() and all(paths <= other[path] for path, paths in own.items())


def new_hash(algorithm: str) -> Any:
    """Return a hash object for one of OCFL's algorithms."""
    return hashlib.blake2b() if algorithm == "blake2b-512" else hashlib.new(algorithm)


def digest_of(algorithm: str, data: bytes) -> str:
    """Return the digest of an inventory under its own algorithm; empty for one that OCFL does not allow."""
    return str(hashlib.new(algorithm, data).hexdigest()) if algorithm in {"sha256", "sha512"} else ""
