# SPDX-License-Identifier: EUPL-1.2
"""Is an evidence batch in the store what the catalogue says, and does its tree lead to its token?

Each of its three files is held against the catalogue on its own, so that the one that was touched is named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import zip_longest
from typing import Final

from archive.batches import BATCH, LEAVES, STAMP, load_batch, load_stamp, read_leaves, stamp_name
from archive.catalog.rows import BatchRecord, LeafRecord, Stamp
from archive.errors import IntegrityError, NotFound, StorageUnavailable
from archive.layout import INVENTORY
from archive.objects import Objects
from archive.problems import Problem
from preservation.evidence.batch import load_tree
from preservation.merkle import Tree
from preservation.tokens import TokenVerdict

DAMAGED: Final = "EVIDENCE-BATCH-DAMAGED"
_UNREADABLE: Final = (IntegrityError, NotFound, StorageUnavailable)
_OTHER: Final = "the catalogue says other than the store"


def check_batch(
    objects: Objects, batch: BatchRecord, told: Collection[str] = ()
) -> tuple[list[Problem], Tree | None]:
    """Hold a stored batch against the catalogue's record of it.

    Args:
        objects: The evidence root.
        batch: What the catalogue says.
        told: Files of the batch whose damage is told already; they are not read.

    Returns:
        What is wrong, naming the file of the batch; and its tree where one grows that leads to the
        catalogue's token, which is all that records need.
    """
    problems: list[Problem] = []
    try:
        objects.inventory(batch.object_key)
    except _UNREADABLE as cause:
        return [_problem(batch, INVENTORY, str(cause))], None
    checks: tuple[tuple[str, Callable[[], bool]], ...] = (
        (BATCH, lambda: load_batch(objects, batch.object_key) == batch),
        *(
            (stamp_name(number), lambda number=number, stamp=stamp: _has_token(objects, batch, number, stamp))
            for number, stamp in enumerate(batch.stamps)
        ),
    )
    for path, holds in checks:
        if path not in told:
            try:
                detail = "" if holds() else _OTHER
            except _UNREADABLE as cause:
                detail = str(cause)
            if detail:
                problems.append(_problem(batch, path, detail))
    if LEAVES in told:
        return problems, None
    try:
        return problems, load_tree(objects, batch)
    except _UNREADABLE as cause:
        # Another token in the catalogue than in the store: the leaves are not to blame.
        blamed = all(problem.detail != _OTHER for problem in problems)
        return problems + ([_problem(batch, LEAVES, str(cause))] if blamed else []), None


def check_leaves(objects: Objects, batch: BatchRecord, known: Iterable[LeafRecord]) -> Iterator[Problem]:
    """Yield a problem where `leaves.tsv` and the catalogue name other objects: the first line that does."""
    try:
        for number, (stored, row) in enumerate(zip_longest(read_leaves(objects, batch), known), start=1):
            if stored != row:
                yield _problem(batch, LEAVES, f"line {number}: {_OTHER}")
                return
    except _UNREADABLE as cause:
        yield _problem(batch, LEAVES, str(cause))


def token_problem(batch: BatchRecord, verdict: TokenVerdict) -> Problem:
    """Say why the token of a batch does not hold, though its tree leads to it."""
    kind, why = "EVIDENCE-TOKEN-BROKEN", verdict.problem
    if why is None:
        return Problem(kind, batch.object_key, STAMP, str(verdict.indication), batch.object_key)
    if why.code == "TOKEN-EXPIRED":
        kind = "EVIDENCE-TOKEN-EXPIRED"
    english, spanish = (f"{why.code}: {why.message(language)}" for language in ("en", "es"))
    return Problem(kind, batch.object_key, STAMP, english, batch.object_key, detail_es=spanish)


def _has_token(objects: Objects, batch: BatchRecord, number: int, stamp: Stamp) -> bool:
    return load_stamp(objects, batch.object_key, number) == stamp.token


def _problem(batch: BatchRecord, path: str, detail: str) -> Problem:
    return Problem(DAMAGED, batch.object_key, path, detail, batch.object_key)
