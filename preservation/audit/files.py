# SPDX-License-Identifier: EUPL-1.2
"""Read one file again for an audit: its only copy, or every copy, each challenged with a fresh nonce.

Of several copies each must have the recorded sha256, and the same HMAC under a nonce that nobody knew before:
a store that answers from memory has no such thing ready. One bad copy among good ones is told with the name
of its store, and mended from a good one where that was asked for; the file itself is not lost.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, runtime_checkable

from archive.digests import read_chunks
from archive.errors import LongevaError, NotFound
from archive.healing import heal_key
from archive.home import EVIDENCE_ROOT, Home
from archive.inventory import Inventory, sidecar
from archive.layout import INVENTORY, SIDECAR, content_path, object_root
from archive.material import check_material, check_piece, material_digests, material_key
from archive.model import ObjectRecord, StoredFile
from archive.objects import Objects
from archive.problems import Problem, kind_of_failure
from archive.store import Answer, ObjectStore, retention_of
from archive.store.replicated import ReplicatedStore
from preservation.audit.locks import lock_fault

BAD_COPY: Final = "AUDIT-COPY"
HEALED_COPY: Final = "AUDIT-COPY-HEALED"
AWAY_COPY: Final = "AUDIT-COPY-AWAY"
MAPS: Final = frozenset({INVENTORY, SIDECAR})
"""Files of an object that are no content of it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file that is to be read."""

    tenant_id: str
    object_id: str
    path: str
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What reading a file gave."""

    size: int
    """Bytes read, of all copies together."""
    digest: str
    """Its sha256, where a copy has it as recorded; else empty."""
    problems: tuple[Problem, ...] = ()
    bad: tuple[str, ...] = ()
    """Stores whose copy is not as recorded while another's is."""


@runtime_checkable
class _Placed(Protocol):
    """A store that knows where its keys lie."""

    def position(self, key: str) -> int:
        """Return a number; reading in its order is reading in storage order."""
        ...


class FileReader:
    """Reads the files of one home. `check` may run in several threads, `settled` in one."""

    def __init__(self, home: Home, *, repair: bool = False, agent: str = "cli") -> None:
        """Read, and where `repair` says so mend a bad copy from a good one."""
        self._home = home
        self._repair = repair
        self._agent = agent
        store = home.store
        self.copies: Sequence[tuple[str, ObjectStore]] = ()
        """The stores themselves, where there are several: how one is now counts, not how it was."""
        self._draining: frozenset[str] = frozenset()
        if isinstance(store, ReplicatedStore):
            self.copies = tuple((member.name, member.bare) for member in store.members)
            self._draining = frozenset(store.company.draining)
        self._away: set[str] = set()

    def check(self, target: Target) -> Seen:
        """Read one file; it is never an error, only seen."""
        if not self.copies:
            return _check_only(self._home.store, target)
        nonce = secrets.token_bytes(32)
        answers: dict[str, Answer] = {}
        faults: dict[str, tuple[str, str]] = {}
        for name, store in self.copies:
            try:
                answers[name] = store.challenge(target.key, nonce)
            except LongevaError as cause:
                if not (isinstance(cause, NotFound) and name in self._draining):
                    faults[name] = _failure(cause)
        return self._judged(target, answers, faults)

    def settled(self, target: Target, seen: Seen) -> list[Problem]:
        """Return what is to be told of a file, after mending what can be mended."""
        told: list[Problem] = []
        for problem in seen.problems:
            if problem.kind == AWAY_COPY:
                name = problem.detail.split(":", 1)[0]
                if name in self._away:
                    continue  # said once: a store that is away is so for every file
                self._away.add(name)
            told.append(problem)
        if not self._repair:
            return told
        mended = {name for name in seen.bad if self.mended(name, target)}
        return [
            replace(each, kind=HEALED_COPY)
            if each.kind == BAD_COPY and each.detail.split(":", 1)[0] in mended
            else each
            for each in told
        ]

    def position(self, target: Target) -> int:
        """Return where a file roughly lies in the first store that can tell; 0 where none can."""
        store = self.copies[0][1] if self.copies else self._home.store
        try:
            return store.position(target.key) if isinstance(store, _Placed) else 0
        except LongevaError:
            return 0  # what cannot be found is told when it is read

    def targets(self, tenant_id: str, objects: Objects, inventory: Inventory) -> list[Target]:
        """Return every content file of an object; where there are several copies, also its inventory."""
        content = objects.content_keys(inventory)
        found = [Target(tenant_id, inventory.object_id, path, *where) for path, where in content.items()]
        if self.copies:
            root = f"tenants/{tenant_id}/ocfl/" if tenant_id else EVIDENCE_ROOT
            prefix, data = f"{root}{object_root(inventory.object_id)}/", inventory.to_bytes()
            for name, there in ((INVENTORY, data), (SIDECAR, sidecar(data))):
                digest = hashlib.sha256(there).hexdigest()
                found.append(Target(tenant_id, inventory.object_id, name, prefix + name, digest))
        return found

    def targets_of_rows(self, record: ObjectRecord, files: Sequence[StoredFile]) -> list[Target]:
        """Return the files of an object without a sound inventory, as far as the catalogue can place them.

        That is so for first versions; an object that is not there at all gives none.
        """
        prefix = f"tenants/{record.tenant_id}/ocfl/{object_root(record.object_id)}/"
        if record.version != 1 or not self._home.store.exists(prefix + INVENTORY):
            return []
        placed = ((file, prefix + content_path(1, file.path)) for file in files)
        return [
            Target(record.tenant_id, record.object_id, file.path, key, file.digests.sha256)
            for file, key in placed
        ]

    def pieces(self, digests: Collection[str] | None) -> Iterator[tuple[str, list[Problem]]]:
        """Read validation material: these pieces, or all. Yields the digest of each with what is wrong."""
        store = self._home.store
        if not self.copies:
            found = (
                check_material(store)
                if digests is None
                else ((digest, check_piece(store, digest)) for digest in sorted(digests))
            )
            yield from ((digest, [problem] if problem else []) for digest, problem in found)
            return
        for digest in sorted(material_digests(store) if digests is None else digests):
            key = material_key(digest)
            target = Target("", "", key, key, digest)
            yield digest, self.settled(target, self.check(target))

    def mended(self, name: str, target: Target) -> bool:
        """Mend the copy of one store from a good one, where that is asked for; tell whether it is sound."""
        return self._repair and heal_key(self._home, name, target.key, target.sha256, agent=self._agent)

    def _judged(self, target: Target, answers: dict[str, Answer], faults: dict[str, tuple[str, str]]) -> Seen:
        right = [answer.mac for answer in answers.values() if answer.sha256 == target.sha256]
        mac = Counter(right).most_common(1)[0][0] if right else ""
        for name, answer in answers.items():
            if answer.sha256 != target.sha256:
                detail = f"E092: sha256 is {answer.sha256}, recorded {target.sha256}"
                faults[name] = ("STORE-CONTENT-DIGEST", detail)
            elif answer.mac != mac:
                faults[name] = ("STORE-CONTENT-DIGEST", "its answer to a challenge is not that of the others")
        size = sum(answer.size for answer in answers.values())
        if not right:
            kind, detail = next(iter(faults.values()), ("STORE-CONTENT-MISSING", "E092: the file is missing"))
            return Seen(size, "", (_problem(kind, target, detail),))
        problems = [
            _problem(AWAY_COPY if kind == "STORE-UNREADABLE" else BAD_COPY, target, f"{name}: {detail}")
            for name, (kind, detail) in faults.items()
        ]
        for name, store in self.copies:
            fault = lock_fault(store, answers[name].retention) if name in answers else ""
            if fault:
                problems.append(_problem("STORE-LOCK", target, f"{name}: {fault}"))
        bad = tuple(name for name, (kind, _) in faults.items() if kind != "STORE-UNREADABLE")
        return Seen(size, target.sha256, tuple(problems), bad)


def _check_only(store: ObjectStore, target: Target) -> Seen:
    """Read the one copy that there is."""
    size, digest = 0, hashlib.sha256()
    try:
        with store.open(target.key) as stream:
            unlocked = lock_fault(store, retention_of(stream))
            for chunk in read_chunks(stream):
                size += len(chunk)
                digest.update(chunk)
    except LongevaError as cause:
        kind, detail = _failure(cause)
    else:
        if digest.hexdigest() == target.sha256:
            found = (_problem("STORE-LOCK", target, unlocked),) if unlocked else ()
            return Seen(size, target.sha256, found)
        detail = f"E092: sha256 is {digest.hexdigest()}, recorded {target.sha256}"
        kind = "STORE-CONTENT-DIGEST"
    return Seen(size, "", (_problem(kind, target, detail),))


def _failure(cause: LongevaError) -> tuple[str, str]:
    """Return the finding code and the words for a file that could not be read."""
    detail = "E092: the file is missing" if isinstance(cause, NotFound) else str(cause)
    return kind_of_failure(cause), detail


def _problem(kind: str, target: Target, detail: str) -> Problem:
    return Problem(kind, target.object_id, target.path, detail, target.key, target.tenant_id)
