# SPDX-License-Identifier: EUPL-1.2
"""Validate one OCFL object, version 1.0 or 1.1, whoever wrote it: structure, inventories, every byte.

Reads through the store alone and trusts nothing of `archive.objects`. Every content file is read once,
whatever the number of digests that are owed for it. Limits: a store shows no empty folders, so E024 and E073
cannot be seen; fixity algorithms beyond those of OCFL's own table are ignored, as it demands (E028).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Final

from archive.errors import IntegrityError, LongevaError
from archive.inventory import decode_json
from archive.inventory_claims import (
    Known,
    contradictions,
    digest_of,
    digests,
    sidecar_line,
    stated_digest,
)
from archive.inventory_rules import SPECIFICATIONS, check_inventory, version_numbers
from archive.inventory_votes import Maps, blame
from archive.layout import INVENTORY
from archive.owed_digests import OwedDigests
from archive.problems import Problem, kind_of, kind_of_failure
from archive.store import ObjectStore

_DECLARATIONS: Final = {f"0=ocfl_object_{number}": number for number in SPECIFICATIONS.values()}
_REGISTERED: Final = re.compile(r"\d{4}-[a-z0-9-]+\Z")


class ObjectCheck:
    """One object under `prefix` (ending in `/`), with all its keys.

    Args of the constructor:
        exact: Whether sidecars must be, byte for byte, what this archive writes: then no flipped bit passes
            for other white space or a capital letter.
        content: Whether the digests of content files are owed too; False for who reads those anyway.
        trusted: See `archive.inventory_votes.blame`.
    """

    def __init__(
        self,
        store: ObjectStore,
        prefix: str,
        keys: Iterable[str] | None = None,
        *,
        exact: bool = False,
        content: bool = True,
        trusted: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        self._exact = exact
        self._trusted = trusted
        self._with_content = content
        self._store = store
        self._prefix = prefix
        self._names = sorted(key[len(prefix) :] for key in (store.keys(prefix) if keys is None else keys))
        self._present = frozenset(self._names)
        self._folders = frozenset(name.split("/", 1)[0] for name in self._names if "/" in name)
        self._owed = OwedDigests()
        self._read_once: dict[str, bytes] = {}
        """Inventories and sidecars: where each read is a request, none is read again."""
        self.object_id = ""
        """Known after the inventory was read."""

    def problems(self) -> Iterator[Problem]:
        """Yield everything that is wrong, errors and advice, in the order of OCFL 1.1 section 3."""
        declared = yield from self._check_declaration()
        root = yield from self._load_root()
        if root is None:
            return
        if declared and SPECIFICATIONS.get(str(root.body.get("type"))) not in {declared, None}:
            yield self._problem("E038", INVENTORY, "the type is not the declared version")
        yield from self._check_root_names(root)
        yield from self._check_versions(root)
        if self._with_content:
            yield from self._check_content(root)
        else:
            yield from self._check_mentioned(root)

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

    def _load_root(self) -> Generator[Problem, None, Known | None]:
        """Read the object's inventory; where it is damaged and its copy in the head is not, read that.

        So a flipped bit is told once, in the file where it is, and the rest is judged all the same.
        """
        folder, algorithm = self._last_folder(), self._algorithm()
        names = [f"{place}{INVENTORY}{end}" for place in ("", folder) for end in ("", f".{algorithm}")]
        read = [self._try(name) for name in names]
        if not folder or not algorithm or None in read:
            return (yield from self._load(""))
        maps = Maps(*(data or b"" for data in read))
        found = blame(maps, algorithm, exact=self._exact, trusted=self._trusted)
        if found is None:
            return (yield from self._load(""))
        copy = self._known(found.sound, names[2]) if found.sound else None
        self.object_id = str(copy.body.get("id", "")) if copy else ""
        yield self._problem("E060", names[0], f"not the same as its copy in {folder[:-1]}")
        if found.root_sidecar:
            yield self._problem("E060", names[1], "not the digest of the inventory")
        if found.copy and copy is None:
            yield self._problem("E060", names[2], "not the same as the inventory of the object")
        return copy

    def _last_folder(self) -> str:
        numbers = version_numbers(dict.fromkeys(self._folders))
        return f"{max(numbers, key=lambda name: numbers[name])}/" if numbers else ""

    def _algorithm(self) -> str:
        found = [name for name in ("sha256", "sha512") if f"{INVENTORY}.{name}" in self._present]
        return found[0] if len(found) == 1 else ""

    def _known(self, data: bytes, name: str) -> Known | None:
        try:
            body = decode_json(data, name)
        except IntegrityError:
            return None
        if not isinstance(body, dict) or any(flaw.code.startswith("E") for flaw in check_inventory(body)):
            return None
        return Known(data, body, str(body.get("digestAlgorithm")), *digests(body))

    def _try(self, name: str) -> bytes | None:
        if name not in self._present:
            return None
        try:
            return self._bytes(name)
        except LongevaError:
            return None

    def _load(self, folder: str) -> Generator[Problem, None, Known | None]:
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
        known = Known(data, body, str(body.get("digestAlgorithm")), *digests(body))
        yield from self._check_sidecar(folder, known)
        return known

    def _check_sidecar(self, folder: str, known: Known) -> Iterator[Problem]:
        name = f"{folder}{INVENTORY}.{known.algorithm}"
        if name not in self._present:
            yield self._problem("E058", name, "the inventory has no sidecar")
            return
        line = yield from self._read(name)
        digest, stated = digest_of(known.algorithm, known.data), stated_digest(line or b"")
        if not stated:
            yield self._problem("E061", name, "not a digest and `inventory.json`")
        elif stated != digest:
            if not folder and self._is_interrupted(known, stated):
                yield self._problem("E060", name, "older than the inventory", "STORE-INTERRUPTED")
            else:
                yield self._problem("E060", name, "not the digest of the inventory")
        elif self._exact and line != sidecar_line(digest):
            yield self._problem("E061", name, "not as this archive writes it")

    def _is_interrupted(self, known: Known, stated: str) -> bool:
        """Tell whether the inventory was replaced and its sidecar not: it speaks of the version before.

        Where nobody kept the inventory of that one (a first version in a lean store), a sidecar that is in
        order otherwise is given the benefit of the doubt.
        """
        numbers = version_numbers(known.states)
        head = str(known.body.get("head"))
        if head not in numbers or not self._is_copy(head, known):
            return False
        before = [name for name in numbers if numbers[name] < numbers[head]]
        if not before:
            return False
        data = self._try(f"{max(before, key=lambda name: numbers[name])}/{INVENTORY}")
        return data is None or stated == digest_of(known.algorithm, data)

    def _check_root_names(self, root: Known) -> Iterator[Problem]:
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

    def _check_versions(self, root: Known) -> Iterator[Problem]:
        """Check sections 3.3.1 and 3.5.4: each version folder and its copy of the inventory."""
        numbers = version_numbers(root.states)
        specification = ""
        for version in sorted(numbers, key=lambda name: numbers[name]):
            if version not in self._folders:
                continue
            if version == root.body.get("head"):
                copy = yield from self._load_head_copy(version, root)
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
                self._owed.of_manifest(copy)

    def _load_head_copy(self, version: str, root: Known) -> Generator[Problem, None, Known | None]:
        """Read the head's copy of the inventory: the root's own bytes, or one of its two files is damaged."""
        name, sidecar = f"{version}/{INVENTORY}", f"{version}/{INVENTORY}.{root.algorithm}"
        data, line = self._try(name), self._try(sidecar)
        digest = digest_of(root.algorithm, root.data)
        own = digest_of(root.algorithm, data or b"")
        if data is None or line is None or (own != digest and stated_digest(line) == own):
            return (yield from self._load(f"{version}/"))
        if data != root.data:
            yield self._problem("E060", name, "not the same as the inventory of the object")
        if stated_digest(line) != digest or (self._exact and line != sidecar_line(digest)):
            yield self._problem("E060", sidecar, "not the digest of the inventory")
        return root

    def _is_copy(self, version: str, root: Known) -> bool:
        """Tell whether the head's copy and its sidecar are the root's own bytes."""
        line = self._try(f"{version}/{INVENTORY}.{root.algorithm}") or b""
        same = self._try(f"{version}/{INVENTORY}") == root.data
        return same and stated_digest(line) == digest_of(root.algorithm, root.data)

    def _check_version_names(self, version: str, root: Known, copy: Known) -> Iterator[Problem]:
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

    def _check_copy(self, version: str, root: Known, copy: Known, names: set[str]) -> Iterator[Problem]:
        """Compare the inventory of a version with the root's: same object, same history so far."""
        name = f"{version}/{INVENTORY}"
        if version == root.body.get("head"):
            yield self._problem("E064", name, "not the same as the inventory of the object")
        for flaw in contradictions(version, root, copy):
            yield self._problem(flaw.code, name, flaw.detail)
        numbers = version_numbers(dict.fromkeys(names))
        upto = {own for own in names if numbers[own][0] <= numbers[version][0]}
        for content in self._names:
            parts = content.split("/")
            if parts[0] in upto and self._is_content(parts, root) and content not in copy.manifest:
                yield self._problem("E023", content, f"{name} does not mention it")

    def _check_content(self, root: Known) -> Iterator[Problem]:
        """Check section 3.5.2: no file without entry, no entry without file, and every digest."""
        self._owed.of_manifest(root)
        self._owed.of_fixity(root)
        yield from self._check_mentioned(root)
        for path in self._owed.paths():
            if path in self._present:
                yield from self._check_file(path)
            else:
                yield self._problem("E092", path, "the file is missing", "STORE-CONTENT-MISSING")

    def _check_mentioned(self, root: Known) -> Iterator[Problem]:
        for name in self._names:
            if self._is_content(name.split("/"), root) and name not in root.manifest:
                yield self._problem("E023", name, "the inventory does not mention it")

    def _check_file(self, path: str) -> Iterator[Problem]:
        try:
            with self._store.open(self._prefix + path) as stream:
                flaws = self._owed.compare(path, stream)
        except LongevaError as cause:
            yield self._unreadable(path, cause)
            return
        for flaw in flaws:
            yield self._problem(flaw.code, path, flaw.detail)

    def _is_content(self, parts: list[str], root: Known) -> bool:
        content = root.body.get("contentDirectory", "content")
        return len(parts) > 2 and parts[1] == content and parts[0] in root.states

    def _read(self, name: str) -> Generator[Problem, None, bytes | None]:
        try:
            return self._bytes(name)
        except LongevaError as cause:
            yield self._unreadable(name, cause)
            return None

    def _bytes(self, name: str) -> bytes:
        if name not in self._read_once:
            self._read_once[name] = self._store.read(self._prefix + name)
        return self._read_once[name]

    def _unreadable(self, name: str, cause: LongevaError) -> Problem:
        return Problem(kind_of_failure(cause), self.object_id, name, str(cause), self._prefix + name)
