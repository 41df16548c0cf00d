# SPDX-License-Identifier: EUPL-1.2
"""What lies around the content: inventories, sidecars, declarations, journals, records. Every copy by itself.

Content has a digest in its inventory and is read by `preservation.audit.files`. The rest is judged by its own
rules, in each store, and where one store has it right and another has not, the other is mended from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from archive.errors import IntegrityError, LongevaError, NotFound
from archive.fsck import check_object, check_root_files
from archive.heads_check import stamped_heads
from archive.home import EVIDENCE_ROOT, Home
from archive.inventory import Inventory, parse_inventory, sidecar
from archive.layout import INVENTORY, SIDECAR, object_root, version_name
from archive.model import SYSTEM_TENANT, StoredFile
from archive.problems import Problem
from archive.store import ObjectStore
from preservation.audit.catalogue import (
    compare_heads,
    compare_ledgers,
    compare_records,
    lost_reports,
    tenants_of,
)
from preservation.audit.files import BAD_COPY, HEALED_COPY, FileReader, Target

Check = Callable[[ObjectStore], Iterable[Problem]]


def object_structure(
    reader: FileReader,
    store: ObjectStore,
    tenant_id: str,
    object_id: str,
    rows: Sequence[StoredFile] = (),
    inventory: Inventory | None = None,
) -> list[Problem]:
    """Return what is wrong around the content of an object.

    Args:
        reader: Knows the copies, and mends them.
        store: The one copy, where there is one.
        tenant_id: Whose; empty for an evidence batch.
        object_id: Which; where a store has nothing of it, that is left to who reads its content.
        rows: What the catalogue knows of its files; it has the last word where three of four maps rotted.
        inventory: The one that counts, where one does: with several copies each is held against it, for in
            one that lost its root inventory the rest cannot be judged by itself.
    """
    root = f"tenants/{tenant_id}/ocfl/" if tenant_id else EVIDENCE_ROOT
    folder = object_root(object_id)
    prefix = f"{root}{folder}/"
    # Of several copies these two are challenged like content, where an inventory counts.
    known = {prefix + INVENTORY, prefix + SIDECAR} if reader.copies and inventory else set()
    maps = _head_maps(inventory, prefix) if reader.copies and inventory else {}

    expected = {file.path: (file.digests.sha256, file.digests.sha512) for file in rows}

    def trusted(data: bytes) -> bool:
        with suppress(IntegrityError):
            inventory = parse_inventory(data, prefix)
            told = {
                path: (digest, inventory.fixity.get(inventory.content_path(path), ""))
                for path, digest in inventory.version().state.items()
            }
            return told == expected and inventory.to_bytes() == data
        return False

    def check(copy: ObjectStore) -> Iterator[Problem]:
        keys = list(copy.keys(prefix))
        if not keys:
            return
        yield from _compare_maps(copy, keys, maps, Problem("", object_id, "", "", "", tenant_id))
        for problem in check_object(
            copy, prefix, keys, folder=folder, exact=True, content=False, trusted=trusted
        ):
            if problem.kind != "STORE-ADVICE" and problem.key not in known | maps.keys():
                yield replace(problem, tenant_id=tenant_id, object_id=object_id)

    return of_all_copies(reader, store, check)


def _head_maps(inventory: Inventory, prefix: str) -> dict[str, bytes]:
    """Return what the copies of an inventory in its head version must hold, where a store has them."""
    folder, data = f"{prefix}{version_name(inventory.head)}/", inventory.to_bytes()
    return {folder + INVENTORY: data, folder + SIDECAR: sidecar(data)}


def _compare_maps(
    copy: ObjectStore, keys: Collection[str], maps: Mapping[str, bytes], of: Problem
) -> Iterator[Problem]:
    """Hold those maps against what one store has; a lean one may have written neither of the two."""
    if not maps.keys() & set(keys):
        return
    for key, data in maps.items():
        detail = ""
        try:
            if copy.read(key) != data:
                detail = "E060: not the inventory of the object"
        except NotFound:
            detail = "E060: the file is missing"
        except IntegrityError as cause:
            detail = str(cause)
        if detail:
            yield replace(
                of, kind="STORE-INVENTORY-DIGEST", path="/".join(key.split("/")[-2:]), detail=detail, key=key
            )


def other_files(home: Home, reader: FileReader) -> Iterator[Problem]:
    """Yield what is wrong with everything that is no object: roots, journals, municipalities, reports."""
    stamped = stamped_heads(home.store)
    for tenant_id in tenants_of(home):
        root = EVIDENCE_ROOT if tenant_id == SYSTEM_TENANT else f"tenants/{tenant_id}/ocfl/"

        def roots(copy: ObjectStore, root: str = root, tenant_id: str = tenant_id) -> Iterator[Problem]:
            for problem in check_root_files(copy, root):
                yield replace(problem, tenant_id=tenant_id)

        def ledger(copy: ObjectStore, tenant_id: str = tenant_id) -> Iterator[Problem]:
            told = list(compare_ledgers(home, copy, tenant_id))
            yield from told
            yield from compare_heads(copy, tenant_id, stamped, journal=not told)

        def records(copy: ObjectStore, tenant_id: str = tenant_id) -> Iterator[Problem]:
            return compare_records(home, copy, tenant_id)

        for check in (roots, ledger, records):
            yield from of_all_copies(reader, home.store, check)
        yield from lost_reports(home, tenant_id)


def of_all_copies(reader: FileReader, store: ObjectStore, check: Check) -> list[Problem]:
    """Judge every copy; what is wrong in one and right in another is that one's, and mended where asked.

    A copy that does not answer is not judged: reading its content tells that it is away.
    """
    if not reader.copies:
        return list(check(store))
    found: dict[str, list[Problem]] = {}
    for name, copy in reader.copies:
        try:
            found[name] = list(check(copy))
        except LongevaError:
            continue
    wrong = {name: {problem.key for problem in problems} for name, problems in found.items()}
    told: dict[tuple[str, str], Problem] = {}
    for name, problems in found.items():
        for problem in problems:
            right = [other for other in found if problem.key not in wrong[other]]
            if not right:
                told.setdefault((problem.kind, problem.key), problem)
            elif (name, problem.key) not in told:
                told[name, problem.key] = _of_one(reader, name, problem, right)
    return list(told.values())


def _of_one(reader: FileReader, name: str, problem: Problem, right: list[str]) -> Problem:
    """Tell of a copy that is bad while others are right, after mending it where that is asked for."""
    problem = replace(problem, kind=BAD_COPY, detail=f"{name}: {problem.detail}")
    stores = dict(reader.copies)
    for other in right:
        try:
            digest = hashlib.sha256(stores[other].read(problem.key)).hexdigest()
        except LongevaError:
            continue
        target = Target(problem.tenant_id, problem.object_id, problem.path, problem.key, digest)
        if reader.mended(name, target):
            return replace(problem, kind=HEALED_COPY)
        break
    return problem
