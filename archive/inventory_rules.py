# SPDX-License-Identifier: EUPL-1.2
"""What OCFL 1.0 and 1.1 demand of an inventory, judged on the JSON alone: pure, and it never stops early.

Each flaw carries the specification's own code (E… must, W… should). Used twice: `archive.inventory` refuses
to work with an inventory that has an E flaw, and `archive.fsck` tells all of them to people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit

SPECIFICATIONS: Final = {f"https://ocfl.io/{number}/spec/#inventory": number for number in ("1.0", "1.1")}
DIGEST_LENGTH: Final = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "blake2b-512": 128}
"""Hexadecimal characters of the fixity algorithms that every client must know (OCFL 1.1 section 2.4)."""
CONTENT_ALGORITHMS: Final = frozenset({"sha256", "sha512"})

_KEYS: Final = frozenset(
    {"id", "type", "digestAlgorithm", "head", "contentDirectory", "manifest", "versions", "fixity"}
)
_VERSION_KEYS: Final = frozenset({"created", "state", "message", "user"})
_HEX: Final = re.compile(r"[0-9a-fA-F]+\Z")
_VERSION: Final = re.compile(r"v(0*)([1-9][0-9]*)\Z")
_RFC3339: Final = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
    r"([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)\Z"
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that the specification does not allow, or advises against."""

    code: str
    """`E…` or `W…` of the specification's validation codes."""
    detail: str

    @property
    def is_error(self) -> bool:
        """Whether the object is invalid for it."""
        return self.code.startswith("E")


def check_inventory(body: Any) -> Iterator[Flaw]:
    """Yield everything that is wrong with a decoded inventory, in the order of OCFL 1.1 section 3.5.

    Never raises, whatever `body` is.
    """
    if not isinstance(body, dict):
        yield Flaw("E033", "the inventory is not a JSON object")
        return
    yield from _check_keys(body)
    yield from _check_head(body)
    algorithm = body.get("digestAlgorithm")
    manifest, versions = body.get("manifest"), body.get("versions")
    digests: set[str] = set()
    if isinstance(manifest, dict):
        yield from _check_digest_block(manifest, str(algorithm), "E096")
        yield from _check_content_paths(manifest, body)
        digests = set(manifest)
    else:
        yield Flaw("E041" if manifest is None else "E106", "manifest is missing or not a JSON object")
    used: set[str] = set()
    if isinstance(versions, dict):
        for name, version in versions.items():
            yield from _check_version(name, version, digests, used)
        if unused := {digest.lower() for digest in digests} - {digest.lower() for digest in used}:
            yield Flaw("E107", f"no version uses the manifest's {min(unused)[:16]}…")
    yield from _check_fixity(body.get("fixity", {}), manifest)


def version_numbers(versions: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Return number and zero padding (total digits, 0 for none) of each well-formed version name."""
    found = {}
    for name in versions:
        if match := _VERSION.match(name):
            found[name] = (int(match[2]), len(name) - 1 if match[1] else 0)
    return found


def conflicting(paths: set[str]) -> str | None:
    """Return a path that is also a folder of another one, if there is any."""
    for path in paths:
        parts = path.split("/")
        if any("/".join(parts[:end]) in paths for end in range(1, len(parts))):
            return path
    return None


def _check_keys(body: dict[str, Any]) -> Iterator[Flaw]:
    identifier, kind, algorithm = body.get("id"), body.get("type"), body.get("digestAlgorithm")
    if unknown := sorted(str(key) for key in body.keys() - _KEYS):
        yield Flaw("E102", f"unknown key {unknown[0]!r}")
    if not isinstance(identifier, str) or not identifier:
        yield Flaw("E036" if identifier is None else "E037", "id is missing or not a text")
    elif not _is_uri(identifier):
        yield Flaw("W005", f"the id is not a URI: {identifier!r}")
    if not isinstance(kind, str) or kind not in SPECIFICATIONS:
        yield Flaw("E036" if kind is None else "E038", f"type is missing or unknown: {kind!r}")
    if not isinstance(algorithm, str) or algorithm not in CONTENT_ALGORITHMS:
        yield Flaw("E036" if algorithm is None else "E025", f"digestAlgorithm is {algorithm!r}")
    elif algorithm != "sha512":
        yield Flaw("W004", "sha512 is advised as digestAlgorithm")
    folder = body.get("contentDirectory", "content")
    if not isinstance(folder, str) or "/" in folder or folder in {"", ".", ".."}:
        yield Flaw("E017" if isinstance(folder, str) and "/" in folder else "E018", "bad contentDirectory")


def _check_head(body: dict[str, Any]) -> Iterator[Flaw]:
    head, versions = body.get("head"), body.get("versions")
    if "head" not in body:
        yield Flaw("E036", "head is missing")
    if versions is None:
        yield Flaw("E041", "versions is missing")
        return
    if not isinstance(versions, dict):
        yield Flaw("E044", "versions is not a JSON object")
        return
    if not versions:
        yield Flaw("E008", "there is no version")
        return
    known = version_numbers(versions)
    if bad := sorted(str(name) for name in versions.keys() - known.keys()):
        yield Flaw("E046", f"not a version name: {bad[0]!r}")
    numbers = sorted(number for number, _ in known.values())
    if numbers != list(range(1, len(numbers) + 1)):
        yield Flaw("E010", "the versions are not 1, 2, 3… without gaps")
    paddings = {padding for _, padding in known.values()}
    if len(paddings) > 1:
        yield Flaw("E012", "version names differ in their zero padding")
    elif paddings and paddings != {0}:
        yield Flaw("W001", "version names are padded with zeros")
        if not all(name.startswith("v0") for name in known):
            yield Flaw("E011", "a zero-padded version name must start with v0")
    latest = max(known, key=lambda name: known[name][0], default=None)
    if "head" in body and head != latest:
        yield Flaw("E040", f"head is {head!r} and the latest version is {latest!r}")


def _check_digest_block(block: dict[str, Any], algorithm: str, repeated: str) -> Iterator[Flaw]:
    seen: set[str] = set()
    length = DIGEST_LENGTH.get(algorithm)
    for digest, paths in block.items():
        if length and (len(digest) != length or not _HEX.match(digest)):
            yield Flaw("E057" if repeated == "E097" else "E025", f"not a {algorithm} value: {digest[:80]!r}")
        if digest.lower() in seen:
            yield Flaw(repeated, f"the digest {digest[:16]}… occurs twice")
        seen.add(digest.lower())
        if not _is_text_list(paths):
            yield Flaw("E057" if repeated == "E097" else "E092", f"no list of paths for {digest[:16]}…")


def _check_content_paths(manifest: dict[str, Any], body: dict[str, Any]) -> Iterator[Flaw]:
    versions = body.get("versions")
    names = set(versions) if isinstance(versions, dict) else set()
    folder = body.get("contentDirectory", "content")
    seen: set[str] = set()
    for path in _paths(manifest):
        yield from _check_path(path, "E100", "E099")
        parts = path.split("/")
        if len(parts) < 3 or parts[0] not in names or parts[1] != folder:
            yield Flaw("E042", f"not under a version's content folder: {path!r}")
        if path in seen:
            yield Flaw("E101", f"the content path occurs twice: {path!r}")
        seen.add(path)
    if (clash := conflicting(seen)) is not None:
        yield Flaw("E101", f"another content path is a folder of {clash!r}")


def _check_version(name: str, version: Any, digests: set[str], used: set[str]) -> Iterator[Flaw]:
    if not isinstance(version, dict):
        yield Flaw("E047", f"{name} is not a JSON object")
        return
    if unknown := sorted(str(key) for key in version.keys() - _VERSION_KEYS):
        yield Flaw("E102", f"{name}: unknown key {unknown[0]!r}")
    created, state = version.get("created"), version.get("state")
    if created is None:
        yield Flaw("E048", f"{name}: created is missing")
    elif not isinstance(created, str) or not _is_instant(created):
        yield Flaw("E049", f"{name}: created is not an RFC 3339 instant: {created!r}")
    if not isinstance(state, dict):
        yield Flaw("E048" if state is None else "E050", f"{name}: state is missing or not a JSON object")
    else:
        used.update(state)
        yield from _check_state(name, state, digests)
    yield from _check_people(name, version)


def _check_state(name: str, state: dict[str, Any], digests: set[str]) -> Iterator[Flaw]:
    seen: set[str] = set()
    for digest, paths in state.items():
        if digest not in digests:
            yield Flaw("E050", f"{name}: the manifest lacks {digest[:16]}…")
        if not _is_text_list(paths):
            yield Flaw("E051", f"{name}: no list of paths for {digest[:16]}…")
    for path in _paths(state):
        for flaw in _check_path(path, "E053", "E052"):
            yield Flaw(flaw.code, f"{name}: {flaw.detail}")
        if path in seen:
            yield Flaw("E095", f"{name}: the path occurs twice: {path!r}")
        seen.add(path)
    if (clash := conflicting(seen)) is not None:
        yield Flaw("E095", f"{name}: another path is a folder of {clash!r}")


def _check_people(name: str, version: dict[str, Any]) -> Iterator[Flaw]:
    user = version.get("user")
    if "message" in version and not isinstance(version["message"], str):
        yield Flaw("E094", f"{name}: message is not a text")
    if "message" not in version or "user" not in version:
        yield Flaw("W007", f"{name}: message and user are advised")
    if "user" not in version:
        return
    if not isinstance(user, dict) or not isinstance(user.get("name"), str):
        yield Flaw("E054", f"{name}: the user has no name")
    elif "address" not in user:
        yield Flaw("W008", f"{name}: an address of the user is advised")
    elif not isinstance(user["address"], str) or not _is_uri(user["address"]):
        yield Flaw("W009", f"{name}: the address of the user is not a URI")


def _check_fixity(fixity: Any, manifest: Any) -> Iterator[Flaw]:
    if not isinstance(fixity, dict):
        yield Flaw("E111", "fixity is not a JSON object")
        return
    known = set(_paths(manifest)) if isinstance(manifest, dict) else set()
    for algorithm, block in fixity.items():
        if not isinstance(block, dict):
            yield Flaw("E057", f"fixity {algorithm!r} is not a JSON object")
            continue
        yield from _check_digest_block(block, algorithm, "E097")
        for path in _paths(block):
            yield from _check_path(path, "E100", "E099")
            if path not in known:
                yield Flaw("E057", f"fixity {algorithm!r} speaks of an unknown path: {path!r}")


def _check_path(path: str, ends: str, parts: str) -> Iterator[Flaw]:
    if path.startswith("/") or path.endswith("/"):
        yield Flaw(ends, f"the path begins or ends with a slash: {path!r}")
    elif any(part in {"", ".", ".."} for part in path.split("/")):
        yield Flaw(parts, f"the path has an empty or dotted part: {path!r}")


def _paths(block: dict[str, Any]) -> list[str]:
    return [
        path for paths in block.values() if isinstance(paths, list) for path in paths if isinstance(path, str)
    ]


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_instant(text: str) -> bool:
    if not _RFC3339.match(text):
        return False
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _is_uri(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.path or parts.netloc)
