# SPDX-License-Identifier: EUPL-1.2
"""Check a storage root from its bytes alone: no database, no index, nothing of the code that wrote it.

What a stranger could do by hand with docs/format.md, done for every object: structure, sidecars, inventories
and their history, sha256 and sha512 of every content file, files that nobody mentions, files that are gone.
One object's names are in memory at a time, and one chunk of one file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import groupby
from typing import Final

from archive.errors import LongevaError
from archive.inventory_rules import SPECIFICATIONS
from archive.layout import EXTENSION, LAYOUT_FILE, OBJECT_ROOT, TUPLES, object_root, root_files
from archive.object_check import ObjectCheck
from archive.problems import Problem
from archive.store import ObjectStore

__all__ = ["Problem", "check_object", "check_root", "check_root_files"]

_DECLARATIONS: Final = {f"0=ocfl_{number}" for number in SPECIFICATIONS.values()}


def check_root(store: ObjectStore, root: str, *, advice: bool = False) -> Iterator[Problem]:
    """Yield everything that is wrong under a storage root laid out as `archive.layout` says.

    Never raises for what it finds; a medium that cannot be listed is the one thing that stops it.

    Args:
        store: Where to read.
        root: Key prefix that ends in `/`.
        advice: Also yield what OCFL only advises (W codes). This archive departs knowingly from one piece
            of advice, sha256 instead of sha512 as first digest (W004), so it would say so for each object.

    Raises:
        StorageUnavailable: The keys cannot be listed.

    Source:
        OCFL 1.1 sections 3 and 4 and its table of validation codes.
    """
    yield from check_root_files(store, root)
    for folder, group in groupby(store.keys(root), lambda key: _folder_of(key[len(root) :])):
        if folder:
            for problem in check_object(store, f"{root}{folder}/", group, folder=folder, exact=True):
                if advice or problem.kind != "STORE-ADVICE":
                    yield problem
            continue
        for key in group:
            name = key[len(root) :]
            if "/" in name and not name.startswith("extensions/"):
                yield Problem("STORE-STRAY-FILE", "", name, "E072: not part of an object", key)


def check_object(
    store: ObjectStore,
    prefix: str,
    keys: Iterable[str] | None = None,
    *,
    folder: str = "",
    exact: bool = False,
    content: bool = True,
    trusted: Callable[[bytes], bool] = lambda _: False,
) -> Iterator[Problem]:
    """Yield everything that is wrong with one object of any OCFL writer, advice included.

    Args:
        store: Where to read.
        prefix: The object's folder, ending in `/`; empty where the store is the object.
        keys: All its keys, where the caller has them already.
        folder: Where it lies under its root; if given, that must be where its id belongs.
        exact: See `ObjectCheck`: for objects that this archive wrote.
        content: Read the content files too.
        trusted: Tells whether an inventory is right from what the caller knows: where no two files agree.
    """
    check = ObjectCheck(store, prefix, keys, exact=exact, content=content, trusted=trusted)
    yield from check.problems()
    if folder and check.object_id:
        belongs = object_root(check.object_id)
        if belongs != folder:
            detail = f"E083: it belongs to {belongs}"
            yield Problem("STORE-MISPLACED", check.object_id, "", detail, prefix)


def check_root_files(store: ObjectStore, root: str) -> Iterator[Problem]:
    """Check sections 4.1 and 4.2: the root says what it is and how it is laid out, as we write it."""
    told = set()
    for problem in _check_declaration(store, root):
        told.add(problem.key)
        yield problem
    for name, data in root_files().items():
        with suppress(LongevaError):  # what cannot be read was told
            if root + name not in told and store.exists(root + name) and store.read(root + name) != data:
                yield Problem("STORE-ROOT", "", name, "not as this archive writes it", root + name)


def _check_declaration(store: ObjectStore, root: str) -> Iterator[Problem]:
    found = [name for name in sorted(_DECLARATIONS) if store.exists(root + name)]
    if len(found) != 1:
        detail = "E069: no declaration" if not found else "E076: more than one declaration"
        yield Problem("STORE-ROOT", "", "", detail, root)
    try:
        for name in found:
            if store.read(root + name) != name[2:].encode() + b"\n":
                yield Problem("STORE-ROOT", "", name, "E080: not the declared version", root + name)
        layout = json.loads(store.read(root + LAYOUT_FILE)) if store.exists(root + LAYOUT_FILE) else {}
    except (LongevaError, ValueError) as cause:
        yield Problem("STORE-ROOT", "", LAYOUT_FILE, f"E070: {cause}", root + LAYOUT_FILE)
        return
    if layout and (not isinstance(layout, dict) or layout.get("extension") != EXTENSION):
        yield Problem("STORE-ROOT", "", LAYOUT_FILE, "E071: another layout", root + LAYOUT_FILE)


def _folder_of(name: str) -> str:
    folder = "/".join(name.split("/", TUPLES + 1)[: TUPLES + 1])
    return folder if OBJECT_ROOT.match(folder) and len(name) > len(folder) else ""
