# SPDX-License-Identifier: EUPL-1.2
"""What an OCFL inventory and its sidecar claim, as far as their bytes allow. For `archive.object_check`."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

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


def new_hash(algorithm: str) -> Any:
    """Return a hash object for one of OCFL's algorithms."""
    return hashlib.blake2b() if algorithm == "blake2b-512" else hashlib.new(algorithm)


def digest_of(algorithm: str, data: bytes) -> str:
    """Return the digest of an inventory under its own algorithm; empty for one that OCFL does not allow."""
    return str(hashlib.new(algorithm, data).hexdigest()) if algorithm in {"sha256", "sha512"} else ""
