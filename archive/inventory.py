# SPDX-License-Identifier: EUPL-1.2
"""The map of an OCFL object as a value, and its JSON: pure, no IO, no clock.

We write OCFL 1.1 with `digestAlgorithm` sha256 and a sha512 for every content file in the `fixity` block:
sha256 is what a stranger's machine always has, sha512 is what a hash-tree renewal will stand on. The JSON is
sorted and indented, one path a line, so that `awk` and `sha256sum` can check an object without JSON tools
(docs/format.md) and the same inventory always has the same bytes.

Laws: `parse_inventory(inventory.to_bytes()) == inventory`, and `to_bytes` of equal values is equal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from archive.clock import format_instant, parse_instant
from archive.digests import Digests
from archive.errors import IntegrityError, InvalidRequest, NotFound
from archive.inventory_rules import check_inventory
from archive.layout import CONTENT, OCFL_VERSION, check_paths, content_path, parse_version_name, version_name

ALGORITHM: Final = "sha256"
FIXITY: Final = "sha512"
TYPE: Final = f"https://ocfl.io/{OCFL_VERSION}/spec/#inventory"
MAX_BYTES: Final = 256 << 20
"""An inventory over this is refused: some 700,000 files, and a bomb's favourite place."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object: which logical path has which bytes, who made it so, when and why."""

    created: datetime
    """Aware, UTC."""
    state: Mapping[str, str] = field(hash=False)
    """Logical path to sha256."""
    message: str
    user_name: str
    user_address: str = ""
    """A URI (`mailto:`, ORCID) or empty (OCFL advises one: W008)."""


@dataclass(frozen=True)
class Inventory:
    """Everything OCFL says about an object. Version numbers are positions in `versions`, from 1."""

    object_id: str
    versions: tuple[Version, ...]
    manifest: Mapping[str, str] = field(hash=False)
    """Content path (relative to the object's folder) to sha256."""
    fixity: Mapping[str, str] = field(hash=False, default_factory=dict)
    """Content path to sha512."""

    @property
    def head(self) -> int:
        """Number of the latest version."""
        return len(self.versions)

    def version(self, number: int | None = None) -> Version:
        """Return a version, the latest one if no number is given. Raises NotFound."""
        if number is not None and not 1 <= number <= self.head:
            raise NotFound(f"the object has no version {number}", place=self.object_id)
        return self.versions[(number or self.head) - 1]

    def content_path(self, path: str, version: int | None = None) -> str:
        """Return where the bytes of a logical path lie, relative to the object's folder. Raises NotFound."""
        digest = self.version(version).state.get(path)
        if digest is None:
            raise NotFound("the object has no such file", place=f"{self.object_id}#{path}")
        candidates = self._by_digest[digest]
        own = [found for found in candidates if found.split("/", 2)[2] == path]
        return (own or candidates)[0]

    def next_version(
        self, files: Mapping[str, Digests], staged: Mapping[str, Digests], version: Version
    ) -> Inventory:
        """Return the inventory with one version more. Bytes that an older version has are not listed again.

        Args:
            files: The full new state.
            staged: Those of `files` that were written under the new version's content folder.
            version: Its instant, message and user; its state is made from `files`.

        Raises:
            InvalidRequest: A file is neither staged nor among the bytes already there, or paths clash.

        Source:
            OCFL 1.1 section 3.5.3 (forward delta), E107.
        """
        check_paths(files)
        number = self.head + 1
        manifest, fixity = dict(self.manifest), dict(self.fixity)
        brought = {digests.sha256 for digests in staged.values()}
        for path in sorted(files):
            if files[path].sha256 in self._by_digest:
                continue
            if path not in staged:
                if files[path].sha256 in brought:
                    continue
                raise InvalidRequest("the file was not staged and no older version has it", place=path)
            where = content_path(number, path)
            manifest[where], fixity[where] = files[path].sha256, files[path].sha512
        state = {path: digests.sha256 for path, digests in files.items()}
        return Inventory(self.object_id, (*self.versions, replace(version, state=state)), manifest, fixity)

    def to_bytes(self) -> bytes:
        """Return the JSON, sorted, UTF-8, one path a line."""
        body: dict[str, Any] = {
            "id": self.object_id,
            "type": TYPE,
            "digestAlgorithm": ALGORITHM,
            "head": version_name(self.head),
            "manifest": _grouped(self.manifest),
            "versions": {version_name(n): _version(v) for n, v in enumerate(self.versions, 1)},
        }
        if self.fixity:
            body["fixity"] = {FIXITY: _grouped(self.fixity)}
        try:
            return (json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()
        except UnicodeEncodeError as cause:
            raise InvalidRequest("a message or name that UTF-8 cannot write", place=self.object_id) from cause

    @cached_property
    def _by_digest(self) -> dict[str, list[str]]:
        return _grouped(self.manifest)


def parse_inventory(data: bytes, place: str = "") -> Inventory:
    """Read an inventory that this archive wrote, or one that says the same in the same terms.

    Raises:
        IntegrityError: Not JSON, against OCFL 1.1 (the message begins with the specification's code), or
            valid OCFL with choices that this archive never makes (`UNFAMILIAR`).

    Limits:
        `MAX_BYTES`. Other algorithms, padded version names and other content folders: `archive.fsck`.
    """
    body = decode_json(data, place)
    for flaw in check_inventory(body):
        if flaw.is_error:
            raise IntegrityError(f"{flaw.code}: {flaw.detail}", place=place)
    if body["digestAlgorithm"] != ALGORITHM or body.get("contentDirectory", CONTENT) != CONTENT:
        raise IntegrityError("UNFAMILIAR: not the algorithm or content folder of this archive", place=place)
    try:
        numbered = sorted(body["versions"].items(), key=lambda item: parse_version_name(item[0]))
    except ValueError:
        raise IntegrityError("UNFAMILIAR: version names padded with zeros", place=place) from None
    try:
        versions = tuple(_parse_version(version) for _, version in numbered)
    except ValueError as cause:
        raise IntegrityError(f"E049: {cause}", place=place) from cause
    fixity = _flat(body.get("fixity", {}).get(FIXITY, {}))
    return Inventory(body["id"], versions, _flat(body["manifest"]), fixity)


def decode_json(data: bytes, place: str = "") -> Any:
    """Decode JSON strictly: UTF-8, no repeated keys, no NaN.

    Raises:
        IntegrityError: E033 (or E096 for a key that occurs twice).
    """
    if len(data) > MAX_BYTES:
        raise IntegrityError(f"E033: over {MAX_BYTES} bytes", place=place)
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as cause:
        raise IntegrityError(f"E033: not the JSON of an inventory: {cause}", place=place) from cause


def sidecar(data: bytes) -> bytes:
    """Return the sidecar of an inventory: one line that `sha256sum -c` reads (OCFL 1.1 section 3.7)."""
    return f"{hashlib.sha256(data).hexdigest()}  inventory.json\n".encode()


def _grouped(paths: Mapping[str, str]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for path in sorted(paths):
        grouped.setdefault(paths[path], []).append(path)
    return grouped


def _flat(grouped: Mapping[str, list[str]]) -> dict[str, str]:
    return {path: digest.lower() for digest, paths in grouped.items() for path in paths}


def _version(version: Version) -> dict[str, Any]:
    user = {"name": version.user_name}
    if version.user_address:
        user["address"] = version.user_address
    return {
        "created": format_instant(version.created),
        "message": version.message,
        "state": _grouped(version.state),
        "user": user,
    }


def _parse_version(body: Mapping[str, Any]) -> Version:
    user = body.get("user", {})
    return Version(
        parse_instant(body["created"]),
        _flat(body["state"]),
        body.get("message", ""),
        user.get("name", ""),
        user.get("address", ""),
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) != len(pairs):
        raise ValueError("a key occurs twice")
    return body


def _refuse(constant: str) -> None:
    raise ValueError(constant)
