# SPDX-License-Identifier: EUPL-1.2
"""Validate one OCFL object, version 1.0 or 1.1, whoever wrote it: structure, inventories, every byte.

Reads through the store alone and trusts nothing of `archive.objects`. Every content file is read once,
whatever the number of digests that are owed for it. Limits: a store shows no empty folders, so E024 and E073
cannot be seen; fixity algorithms beyond those of OCFL's own table are ignored, as it demands (E028).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from archive.digests import read_chunks
from archive.errors import IntegrityError, LongevaError, NotFound
from archive.inventory import decode_json
from archive.inventory_rules import DIGEST_LENGTH, SPECIFICATIONS, check_inventory, version_numbers
from archive.layout import INVENTORY
from archive.problems import Problem, kind_of
from archive.store import ObjectStore

_DECLARATIONS: Final = {f"0=ocfl_object_{number}": number for number in SPECIFICATIONS.values()}
_REGISTERED: Final = re.compile(r"\d{4}-[a-z0-9-]+\Z")
_SIDECAR: Final = re.compile(rb"\s*(\S+)\s+inventory\.json\s*\Z")


@dataclass(frozen=True, slots=True)
class _Known:
    """What an inventory says, as far as its JSON allows to say it."""

    data: bytes
    body: dict[str, Any]
    algorithm: str
    manifest: dict[str, str]
    """Content path to digest, lower case."""
    states: dict[str, dict[str, str]]
    """Version name to logical path to digest, lower case."""


@dataclass(slots=True)
class _Owed:
    """The digests that inventories state for one content file."""

    digests: dict[tuple[str, str], str] = field(default_factory=dict)
    """(algorithm, digest) to the OCFL code if it is wrong."""


class ObjectCheck:
    """One object under `prefix` (ending in `/`), with all its keys."""

    def __init__(self, store: ObjectStore, prefix: str, keys: Iterable[str] | None = None) -> None:
        self._store = store
        self._prefix = prefix
        self._names = sorted(key[len(prefix) :] for key in (store.keys(prefix) if keys is None else keys))
        self._present = frozenset(self._names)
        self._folders = frozenset(name.split("/", 1)[0] for name in self._names if "/" in name)
        self._owed: dict[str, _Owed] = {}
        self.object_id = ""
        """Known after the inventory was read."""

    def problems(self) -> Iterator[Problem]:
        """Yield everything that is wrong, errors and advice, in the order of OCFL 1.1 section 3."""
        declared = yield from self._check_declaration()
        root = yield from self._load("")
        if root is None:
            return
        if declared and SPECIFICATIONS.get(str(root.body.get("type"))) not in {declared, None}:
            yield self._problem("E038", INVENTORY, "the type is not the declared version")
        yield from self._check_root_names(root)
        yield from self._check_versions(root)
        yield from self._check_content(root)

    def _problem(self, code: str, name: str, detail: str, kind: str = "") -> Problem:
        return Problem(kind or kind_of(code), self.object_id, name, f"{code}: {detail}", self._prefix + name)

    def _check_declaration(self) -> Generator[Problem, None, str]:
        """Check section 3.3: exactly one declaration, with its own name inside."""
        found = [name for name in self._names if "/" not in name and name.startswith("0=")]
        if not found:
            yield self._problem("E003", "", "no declaration of an OCFL object")
            return ""
        for name in found[1:]:
            yield self._problem("E003", name, "more than one declaration")
        name = found[0]
        if name not in _DECLARATIONS:
            yield self._problem("E006", name, "not a known version of OCFL")
            return ""
        data = yield from self._read(name)
        if data is not None and data != name[2:].encode() + b"\n":
            yield self._problem("E007", name, "the content is not the declared version")
        return _DECLARATIONS[name]

    def _load(self, folder: str) -> Generator[Problem, None, _Known | None]:
        """Read, judge and compare with its sidecar the inventory of the object or of a version folder."""
        name = folder + INVENTORY
        if name not in self._present:
            code, detail = (
                ("W010", "a copy of the inventory is advised") if folder else ("E063", "no inventory")
            )
            yield self._problem(code, name, detail)
            return None
        data = yield from self._read(name)
        if data is None:
            return None
        try:
            body = decode_json(data, name)
        except IntegrityError as cause:
            yield self._problem("E033", name, str(cause).removeprefix("E033: "))
            return None
        if isinstance(body, dict) and not folder:
            self.object_id = str(body.get("id", ""))
        for flaw in check_inventory(body):
            yield self._problem(flaw.code, name, flaw.detail)
        if not isinstance(body, dict):
            return None
        known = _Known(data, body, str(body.get("digestAlgorithm")), *_digests(body))
        yield from self._check_sidecar(folder, known)
        return known

    def _check_sidecar(self, folder: str, known: _Known) -> Iterator[Problem]:
        name = f"{folder}{INVENTORY}.{known.algorithm}"
        if name not in self._present:
            yield self._problem("E058", name, "the inventory has no sidecar")
            return
        line = yield from self._read(name)
        stated = _SIDECAR.match(line or b"")
        if stated is None:
            yield self._problem("E061", name, "not a digest and `inventory.json`")
        elif stated[1].decode("ascii", "replace").lower() != _digest_of(known.algorithm, known.data):
            if not folder and self._is_interrupted(known):
                yield self._problem("E060", name, "older than the inventory", "STORE-INTERRUPTED")
            else:
                yield self._problem("E060", name, "not the digest of the inventory")

    def _is_interrupted(self, known: _Known) -> bool:
        """Tell whether the inventory was replaced and its sidecar not: its own version vouches for it."""
        folder = f"{known.body.get('head')}/"
        try:
            copy = self._store.read(f"{self._prefix}{folder}{INVENTORY}")
            line = self._store.read(f"{self._prefix}{folder}{INVENTORY}.{known.algorithm}")
        except LongevaError:
            return False
        stated = _SIDECAR.match(line)
        return (
            copy == known.data
            and stated is not None
            and stated[1].decode("ascii", "replace") == _digest_of(known.algorithm, copy)
        )

    def _check_root_names(self, root: _Known) -> Iterator[Problem]:
        """Check section 3.3: nothing in the object's folder but what OCFL knows."""
        allowed = {INVENTORY, f"{INVENTORY}.{root.algorithm}"}
        for name in self._names:
            if "/" not in name and name not in allowed and not name.startswith("0="):
                yield self._problem("E001", name, "an unexpected file")
            if name.startswith("extensions/") and name.count("/") == 1:
                yield self._problem("E067", name, "a file among the extension folders")
        for folder in sorted(self._folders - root.states.keys() - {"logs", "extensions"}):
            code = "E046" if version_numbers({folder: None}) else "E001"
            yield self._problem(code, folder, "a folder that the inventory does not know")
        extensions = {name.split("/")[1] for name in self._names if name.startswith("extensions/")}
        for extension in sorted(extensions):
            if not _REGISTERED.match(extension):
                yield self._problem("W013", f"extensions/{extension}", "not a registered extension")
        for version in sorted(root.states.keys() - self._folders):
            yield self._problem("E010", version, "the version has no folder")

    def _check_versions(self, root: _Known) -> Iterator[Problem]:
        """Check sections 3.3.1 and 3.5.4: each version folder and its copy of the inventory."""
        numbers = version_numbers(root.states)
        specification = ""
        for version in sorted(numbers, key=lambda name: numbers[name]):
            if version not in self._folders:
                continue
            if version == root.body.get("head") and self._is_copy(version, root):
                copy: _Known | None = root
            else:
                copy = yield from self._load(f"{version}/")
            yield from self._check_version_names(version, root, copy or root)
            if copy is None:
                continue
            own = SPECIFICATIONS.get(str(copy.body.get("type")), "")
            if own < specification:
                yield self._problem("E103", f"{version}/{INVENTORY}", f"OCFL {own} after {specification}")
            specification = own or specification
            if copy is not root:
                yield from self._check_copy(version, root, copy, set(numbers))
                self._owe(copy, "E092")

    def _is_copy(self, version: str, root: _Known) -> bool:
        """Tell whether the head's copy and its sidecar are the root's own bytes."""
        names = [INVENTORY, f"{INVENTORY}.{root.algorithm}"]
        try:
            copy, line = [self._store.read(f"{self._prefix}{version}/{name}") for name in names]
        except LongevaError:
            return False
        stated = _SIDECAR.match(line)
        same = stated is not None and stated[1].decode("ascii", "replace").lower()
        return copy == root.data and same == _digest_of(root.algorithm, copy)

    def _check_version_names(self, version: str, root: _Known, copy: _Known) -> Iterator[Problem]:
        content = root.body.get("contentDirectory", "content")
        others = set()
        for name in self._names:
            parts = name.split("/")
            if parts[0] != version or len(parts) < 2:
                continue
            if len(parts) == 2 and parts[1] not in {INVENTORY, f"{INVENTORY}.{copy.algorithm}"}:
                yield self._problem("E015", name, "an unexpected file in a version folder")
            elif len(parts) > 2 and parts[1] != content:
                others.add(f"{version}/{parts[1]}")
        for folder in sorted(others):
            yield self._problem("W002", folder, "a folder besides the content folder")

    def _check_copy(self, version: str, root: _Known, copy: _Known, names: set[str]) -> Iterator[Problem]:
        """Compare the inventory of a version with the root's: same object, same history so far."""
        name = f"{version}/{INVENTORY}"
        if version == root.body.get("head"):
            yield self._problem("E064", name, "not the same as the inventory of the object")
        if copy.body.get("head") != version:
            yield self._problem("E040", name, f"its head is {copy.body.get('head')!r}")
        if copy.body.get("id") != root.body.get("id"):
            yield self._problem("E037", name, f"its id is {copy.body.get('id')!r}")
        if copy.body.get("contentDirectory", "content") != root.body.get("contentDirectory", "content"):
            yield self._problem("E019", name, "another content folder")
        for older in sorted(copy.states):
            yield from self._check_history(name, older, root, copy)
        numbers = version_numbers(dict.fromkeys(names))
        upto = {own for own in names if numbers[own][0] <= numbers[version][0]}
        for content in self._names:
            parts = content.split("/")
            if parts[0] in upto and self._is_content(parts, root) and content not in copy.manifest:
                yield self._problem("E023", content, f"{name} does not mention it")

    def _check_history(self, name: str, older: str, root: _Known, copy: _Known) -> Iterator[Problem]:
        here, there = copy.states[older], root.states.get(older)
        if there is None:
            yield self._problem("E066", name, f"the object's inventory has no {older}")
        elif copy.algorithm == root.algorithm:
            if here != there:
                yield self._problem("E066", name, f"{older} has another state")
        elif _by_content(here, copy.manifest).keys() != there.keys() or any(
            not paths <= _by_content(there, root.manifest)[path]
            for path, paths in _by_content(here, copy.manifest).items()
        ):
            yield self._problem("E066", name, f"{older} has another state")
        for key in ("created", "message", "user"):
            if there is not None and _block(copy, older).get(key) != _block(root, older).get(key):
                yield self._problem("W011", name, f"{older} has another {key}")

    def _check_content(self, root: _Known) -> Iterator[Problem]:
        """Check section 3.5.2: no file without entry, no entry without file, and every digest."""
        self._owe(root, "E092")
        fixity = root.body.get("fixity")
        for algorithm, block in (fixity if isinstance(fixity, dict) else {}).items():
            if algorithm in DIGEST_LENGTH and isinstance(block, dict):
                for path, digest in _flat(block).items():
                    self._owed.setdefault(path, _Owed()).digests.setdefault((algorithm, digest), "E093")
        for name in self._names:
            if self._is_content(name.split("/"), root) and name not in root.manifest:
                yield self._problem("E023", name, "the inventory does not mention it")
        for path in sorted(self._owed):
            if path in self._present:
                yield from self._check_file(path, self._owed[path])
            else:
                yield self._problem("E092", path, "the file is missing", "STORE-CONTENT-MISSING")

    def _check_file(self, path: str, owed: _Owed) -> Iterator[Problem]:
        hashes = {algorithm: _new(algorithm) for algorithm, _ in owed.digests}
        try:
            with self._store.open(self._prefix + path) as stream:
                for chunk in read_chunks(stream):
                    for running in hashes.values():
                        running.update(chunk)
        except LongevaError as cause:
            yield self._unreadable(path, cause)
            return
        for (algorithm, digest), code in owed.digests.items():
            found = hashes[algorithm].hexdigest()
            if found != digest:
                yield self._problem(code, path, f"{algorithm} is {found}, recorded {digest}")

    def _is_content(self, parts: list[str], root: _Known) -> bool:
        content = root.body.get("contentDirectory", "content")
        return len(parts) > 2 and parts[1] == content and parts[0] in root.states

    def _owe(self, known: _Known, code: str) -> None:
        if known.algorithm in DIGEST_LENGTH:
            for path, digest in known.manifest.items():
                self._owed.setdefault(path, _Owed()).digests.setdefault((known.algorithm, digest), code)

    def _read(self, name: str) -> Generator[Problem, None, bytes | None]:
        try:
            return self._store.read(self._prefix + name)
        except LongevaError as cause:
            yield self._unreadable(name, cause)
            return None

    def _unreadable(self, name: str, cause: LongevaError) -> Problem:
        kind = "STORE-LINK" if isinstance(cause, IntegrityError) else "STORE-UNREADABLE"
        if isinstance(cause, NotFound):
            kind = "STORE-CONTENT-MISSING"
        return Problem(kind, self.object_id, name, str(cause), self._prefix + name)


def _digests(body: dict[str, Any]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    manifest, versions = body.get("manifest"), body.get("versions")
    states = {}
    for name, version in (versions if isinstance(versions, dict) else {}).items():
        state = version.get("state") if isinstance(version, dict) else None
        states[name] = _flat(state if isinstance(state, dict) else {})
    return _flat(manifest if isinstance(manifest, dict) else {}), states


def _flat(block: dict[str, Any]) -> dict[str, str]:
    return {
        path: digest.lower()
        for digest, paths in block.items()
        if isinstance(paths, list)
        for path in paths
        if isinstance(path, str)
    }


def _by_content(state: dict[str, str], manifest: dict[str, str]) -> dict[str, set[str]]:
    """Return each logical path with the content paths of its digest: comparable across algorithms."""
    found: dict[str, set[str]] = {}
    for path, digest in manifest.items():
        found.setdefault(digest, set()).add(path)
    return {path: found.get(digest, set()) for path, digest in state.items()}


def _block(known: _Known, version: str) -> dict[str, Any]:
    block = known.body["versions"][version]
    return block if isinstance(block, dict) else {}


def _new(algorithm: str) -> Any:
    return hashlib.blake2b() if algorithm == "blake2b-512" else hashlib.new(algorithm)


def _digest_of(algorithm: str, data: bytes) -> str:
    return str(hashlib.new(algorithm, data).hexdigest()) if algorithm in {"sha256", "sha512"} else ""
