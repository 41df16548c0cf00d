# SPDX-License-Identifier: EUPL-1.2
"""Renew evidence before its digest algorithm falls: hash-tree renewal (RFC 4998 5.2), one new tree for all.

Everything that the lines of a retiring algorithm prove becomes leaves of one tree under a new algorithm
(`rehashing`), stamped once, or once by each of two authorities. A thing that cannot be hashed again is
reported and left out: the batch that proves it stays live, and the next renewal tries again.

The work goes to a spool (`spool`), so that whoever is killed goes on where the last checkpoint was and never
pays for a token twice. Order of writing: leaves, verification data of the old tokens, token, batch, rows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from archive.catalog import INSTALLATION
from archive.catalog.rows import TREE_RENEWAL, BatchRecord, LeafRecord, Link, Stamp, read_stamp, stamp_body
from archive.errors import IntegrityError, TrustError
from archive.findings import Finding
from archive.home import Home
from archive.model import SYSTEM_TENANT
from archive.problems import Problem
from preservation.evidence.batch import own_leaves, store_batch
from preservation.evidence.choosing import Choice, SoundTokens
from preservation.evidence.lineage import Line, Lines
from preservation.evidence.recording import adopt, record_batch, told_of
from preservation.merkle import Tree
from preservation.renewal.covering import Context, batch_of, judge, require_in_time, require_still_live
from preservation.renewal.material import MATERIAL, verification_data
from preservation.renewal.rehashing import Rehashed, Rehashing
from preservation.renewal.report import RenewalReport
from preservation.renewal.spool import Progress, Spool, held
from preservation.stamping import TimestampAuthorities
from preservation.timestamps import TimestampAuthority
from preservation.tokens import parse_token

CHECKPOINT: Final = 50_000
"""Leaves after which the work so far is made durable; of documents that are read, those of one page."""
TOLD: Final = 1000
"""How many things that could not be covered are named; the rest are counted by the audit."""
STAMPS: Final = "stamps.json"

Watch = Callable[[int, int], None]
"""Told how many leaves are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one hash-tree renewal is to do."""

    algorithm: str
    read: bool
    lines: tuple[Line, ...]
    choices: tuple[Choice, ...]
    """Of each line the tokens that its records are to show for ever."""

    @property
    def batches(self) -> tuple[BatchRecord, ...]:
        """The live batches that it covers."""
        return tuple({line.newest.batch_id: line.newest for line in self.lines}.values())

    @property
    def total(self) -> int:
        """How many leaves there may be."""
        return sum(line.first.count for line in self.lines)

    def octets(self) -> bytes:
        """Return the same octets for the same work."""
        lines = [
            [line.name, [batch.batch_id for batch in line.batches], choice]
            for line, choice in zip(self.lines, self.choices, strict=True)
        ]
        body = {"format": 1, "algorithm": self.algorithm, "read": self.read, "lines": lines}
        return json.dumps(body, sort_keys=True).encode()


def renew_trees(
    home: Home,
    authority: TimestampAuthority,
    context: Context,
    batches: Sequence[BatchRecord],
    algorithm: str,
    *,
    read: bool = False,
    watch: Watch | None = None,
) -> RenewalReport:
    """Carry on everything that live batches prove under a new digest algorithm, with one new tree.

    Args:
        home: The archive.
        authority: Gives the new token, or tokens; its clock and the context's must agree.
        context: What the old tokens are judged with, and when.
        batches: Live ones; whatever the algorithm of their trees.
        algorithm: Of the new tree: `sha512`, `sha3_512`.
        read: Read every document again though its digest is at hand; what has changed is left out.
        watch: Told now and then how far it is.

    Returns:
        The new batch, what it covers, and what it could not cover. Whoever is killed repeats it.

    Raises:
        TimestampUnavailable: No token; the work so far is kept.
        TrustError: The new token lies outside the life of an old one (the clocks disagree).
        ConflictError: Another renewal was faster or is at work; repeat.
        StorageUnavailable: The store or the home cannot be written; repeat.

    Source:
        RFC 4998 5.2 (hash-tree renewal), 5.3 (3), 4.2.
    """
    adopt(home, agent=context.agent)
    require_still_live(home, batches)
    sound, findings = judge(home, batches, context)
    if not sound:
        return RenewalReport(findings=tuple(findings))
    work = plan(home, sound, algorithm, context, read=read)
    with held(home, work.octets()) as spool:
        _spool_leaves(home, work, spool, watch)
        findings += [_left(each) for each in spool.progress.left]
        if not spool.progress.leaves:
            spool.remove()
            return RenewalReport(findings=tuple(findings))
        batch = _written(home, authority, context, work, spool)
        spool.remove()
    return RenewalReport((batch,), tuple(each.batch_id for each in work.batches), tuple(findings))


def plan(
    home: Home, batches: Sequence[BatchRecord], algorithm: str, context: Context, *, read: bool = False
) -> Work:
    """Say what is to be done: the lines that sound live batches end, and the tokens that count."""
    choose = SoundTokens(context.trust, context.at, context.strength)
    with home.catalog.reading(INSTALLATION) as tx:
        lines = Lines(tx)
        ending = tuple(line for batch in batches for line in lines.ending_in(batch))
    nowhere = LeafRecord("", 0, "", "", 0, "")
    choices = tuple(choose([Link(batch, nowhere) for batch in line.batches]) for line in ending)
    return Work(algorithm, read, ending, choices)


def _spool_leaves(home: Home, work: Work, spool: Spool, watch: Watch | None) -> None:
    """Write the leaves that are not written yet."""
    rehashing = Rehashing(home, work.algorithm, work.read)
    since = spool.progress.leaves
    while spool.progress.step < len(work.lines):
        progress = spool.progress
        line = work.lines[progress.step]
        for page in rehashing.pages(line, work.choices[progress.step], progress.place):
            progress = _appended(spool, progress, line, page)
            if work.read or progress.leaves - since >= CHECKPOINT:
                spool.checkpoint(progress)
                since = progress.leaves
            if watch is not None:
                watch(progress.leaves, work.total)
        progress = replace(progress, step=progress.step + 1, place=0)
        spool.checkpoint(progress)


def _appended(spool: Spool, progress: Progress, line: Line, page: Sequence[Rehashed]) -> Progress:
    lines, leaves, left = [], progress.leaves, list(progress.left)
    partly = set(progress.partly)
    follows = line.newest.batch_id
    for each in page:
        if each.value:
            fields = (str(leaves), each.value.hex(), each.object_id, str(each.version), follows)
            lines.append("\t".join(fields) + "\n")
            leaves += 1
        elif each.problem:
            partly.add(follows)
            if len(left) < TOLD:
                left.append((each.object_id, str(each.version), each.problem, line.newest.object_key))
    spool.append("".join(lines).encode())
    return replace(
        progress,
        place=progress.place + len(page),
        leaves=leaves,
        left=tuple(left),
        partly=tuple(sorted(partly)),
    )


def _written(
    home: Home, authority: TimestampAuthority, context: Context, work: Work, spool: Spool
) -> BatchRecord:
    """Have the tree stamped, unless it was, and write the batch."""
    own = {MATERIAL: _kept_material(home, context, work, spool)}
    count = spool.progress.leaves + len(own)
    extra = [bytes.fromhex(leaf.digest) for leaf in own_leaves("", own, work.algorithm, 0)]
    tree = Tree.grown(_digests(spool, extra), work.algorithm, home.work_folder())
    stamps = _stamped(authority, context, work, spool, tree.root)
    require_in_time(work.batches, stamps)
    batch = batch_of(home, TREE_RENEWAL, work.algorithm, count, stamps, spool.progress.partly)
    leaves = partial(_leaves, batch, spool, own)
    with home.writing():
        require_still_live(home, work.batches)
        store_batch(home, batch, leaves(), own)
        tenants = Counter({SYSTEM_TENANT: spool.progress.leaves})
        record_batch(home, batch, leaves(), tenants, context.agent, told_of(batch, context.tokens))
    return batch


def _kept_material(home: Home, context: Context, work: Work, spool: Spool) -> bytes:
    kept = spool.kept(MATERIAL)
    if kept is None:
        tokens = [stamp.token for batch in work.batches for stamp in batch.stamps]
        kept = verification_data(home.store, tokens, context.trust, context.at)
        home.store.sync()
        spool.keep(MATERIAL, kept)
    return kept


def _stamped(
    authority: TimestampAuthority, context: Context, work: Work, spool: Spool, root: bytes
) -> tuple[Stamp, ...]:
    """Return the tokens over a root: those that were paid for before if they still hold, or new ones."""
    kept = spool.kept(STAMPS)
    if kept is not None:
        stamps = tuple(map(read_stamp, json.loads(kept)))
        if all(parse_token(stamp.token).imprint == root for stamp in stamps) and _hold(stamps, context, work):
            return stamps
    asked = TimestampAuthorities.of(authority).stamps(root, work.algorithm, count=context.tokens)
    spool.keep(STAMPS, json.dumps([stamp_body(stamp) for stamp in asked.stamps]).encode())
    return asked.stamps


def _hold(stamps: Sequence[Stamp], context: Context, work: Work) -> bool:
    """Tell whether tokens of a run before, which may be years ago, still prove what they cover."""
    sound = SoundTokens(context.trust, context.at, context.strength)
    try:
        require_in_time(work.batches, stamps)
    except TrustError:
        return False
    return any(sound.holds(stamp, context.at) for stamp in stamps)


def _digests(spool: Spool, extra: Sequence[bytes]) -> Iterator[bytes]:
    for line in spool.lines():
        yield bytes.fromhex(line.split(b"\t", 2)[1].decode())
    yield from extra


def _leaves(batch: BatchRecord, spool: Spool, own: dict[str, bytes]) -> Iterator[LeafRecord]:
    number = 0
    for number, line in enumerate(spool.lines(), start=1):
        index, digest, object_id, version, renews = line.decode().split("\t")
        if int(index) != number - 1:
            raise IntegrityError("the leaves of a renewal are out of order")
        yield LeafRecord(batch.batch_id, number - 1, digest, object_id, int(version), renews)
    yield from own_leaves(batch.batch_id, own, batch.algorithm, number)


def _left(told: tuple[str, str, str, str]) -> Finding:
    object_id, version, detail, key = told
    return Problem("EVIDENCE-NOT-CARRIED", object_id, f"v{version}", detail, key).finding()
