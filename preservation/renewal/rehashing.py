# SPDX-License-Identifier: EUPL-1.2
"""The leaves of a hash-tree renewal: what a line proves, hashed again together with its proof.

For each document d of a group h' = H'(H'(d) | H'(atsc)), atsc being the DER of all archive time stamp chains
of its record so far; the leaf is the hash of the sorted group (RFC 4998 5.2, 4.2). No document is read where
its digest under H' was taken at ingest and stands in the catalogue; a million leaves then cost as much as
assembling a million records and hashing them.

The digests are believed where the old ones beside them give the sealed leaf. Otherwise, and for versions
that are no longer the newest, the inventory is asked; and the bytes are read where it has none, or where the
policy wants it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha512

from archive.batches import own_leaf
from archive.catalog import INSTALLATION, Transaction
from archive.catalog.rows import RENEWAL, SEAL, BatchRecord, LeafRecord, Link
from archive.catalog.sealed import PAGE, SealedLeaf
from archive.errors import IntegrityError, NotFound, StorageUnavailable
from archive.home import Home
from archive.inventory import ALGORITHM, FIXITY
from archive.material import MATERIAL_PATH, Material
from preservation.evidence.choosing import Choice
from preservation.evidence.groups import Group, VersionGroup, piece_digest, renewed_group
from preservation.evidence.lineage import Line, chains_of
from preservation.evidence.record import encode_chain, encode_sequence, encode_stamp
from preservation.evidence.repository import EvidenceRepository
from preservation.merkle import combine

KEPT_LISTS = 1024


@dataclass(slots=True)
class Rehashed:
    """One thing that a line proves."""

    object_id: str
    version: int
    value: bytes
    """Its new leaf; empty where it has none."""
    problem: str = ""
    """Why it has none; empty too where it needs none: it is carried on already, or gone for good."""


@dataclass(slots=True)
class Rehashing:
    """Hashes what lines prove under one new algorithm. One thread, one task."""

    home: Home
    algorithm: str
    """Of the new tree."""
    read: bool = False
    """Read every document again, whatever digests are at hand."""
    _repository: EvidenceRepository = field(init=False)
    _material: dict[bytes, tuple[Material, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open a repository of its own."""
        self._repository = EvidenceRepository(self.home)

    def pages(self, line: Line, choice: Choice, first: int) -> Iterator[list[Rehashed]]:
        """Yield what a line proves, in the order of the tree that it began with, some thousand at a time.

        Each page is read in a transaction of its own. Nothing is raised for one thing alone.

        Args:
            line: Ends in a live batch.
            choice: The token of each of its batches.
            first: Index of the first leaf wanted.

        Raises:
            NotFound, IntegrityError, StorageUnavailable: A batch of the line cannot be read.
        """
        batch = line.first
        with self.home.catalog.reading(INSTALLATION) as tx:
            chain = [Link(batch, LeafRecord(batch.batch_id, 0, "", "", 0, "")), *tx.chain_of(batch.batch_id)]
            in_part = tx.is_carried_in_part([each.batch_id for each in line.batches])
        at_hand = (batch.kind, batch.algorithm, self.algorithm) == (SEAL, ALGORITHM, FIXITY)
        quick = None
        if at_hand and not self.read and not in_part:
            token = batch.stamps[choice[0]].token
            quick = partial(self._quick, batch, token, self._repository.tail(chain, choice))
        for start in range(first, batch.count, PAGE):
            with self.home.catalog.reading(INSTALLATION) as tx:
                page = [
                    (quick(leaf) if quick else None) or self._slow(tx, line, leaf, choice)
                    for leaf in tx.sealed_leaves(batch.batch_id, start, PAGE)
                ]
            yield page

    def _quick(
        self, batch: BatchRecord, token: bytes, tail: Sequence[bytes], leaf: SealedLeaf
    ) -> Rehashed | None:
        """Hash an object version by the digests of the catalogue; None where these do not give its leaf."""
        if not leaf.files or leaf.version != leaf.head:
            return None
        old = {sha256 for _, sha256, _ in leaf.files}
        new = {sha512 for _, _, sha512 in leaf.files}
        listed = next((sha256 for path, sha256, _ in leaf.files if path == MATERIAL_PATH), None)
        if listed is not None:
            try:
                pieces = self._pieces(leaf, listed)
                new |= {piece_digest(self.home.store, each.sha256, FIXITY) for each in pieces}
            except (IntegrityError, NotFound):
                return None  # the slow way says what is wrong
            old |= {bytes.fromhex(each.sha256) for each in pieces}
        if combine(old, ALGORITHM) != leaf.digest:
            return None
        siblings = self._repository.siblings(batch, leaf.index)
        lists = [old] if siblings or len(old) > 1 else []
        stamp = encode_stamp(ALGORITHM, lists, token, siblings)
        before = sha512(encode_sequence([encode_chain([stamp, *tail])])).digest()
        value = combine([sha512(each + before).digest() for each in new], FIXITY)
        return Rehashed(leaf.object_id, leaf.version, value)

    def _pieces(self, leaf: SealedLeaf, sha256: bytes) -> tuple[Material, ...]:
        """Return the material that a list names; objects judged alike share one list."""
        if sha256 not in self._material:
            if len(self._material) >= KEPT_LISTS:
                self._material.clear()
            objects = self.home.objects(leaf.tenant_id)
            inventory = objects.inventory(leaf.object_id)
            self._material[sha256] = objects.material(inventory, leaf.version)
        return self._material[sha256]

    def _slow(self, tx: Transaction, line: Line, leaf: SealedLeaf, choice: Choice) -> Rehashed:
        """Hash anything along the whole of its line, reading where no digest is at hand."""
        nothing = Rehashed(leaf.object_id, leaf.version, b"")
        if leaf.version and not leaf.tenant_id:  # disposed of: there is nothing left to prove
            return nothing
        if line.first.kind == RENEWAL and not leaf.object_id.startswith(own_leaf(line.name, "")):
            return nothing  # it stands for another line
        try:
            links = self._repository.line(tx, self._sealed(tx, leaf))
            if (
                links[-1].batch.batch_id != line.newest.batch_id
                or chains_of(links)[-1][0].batch != line.first
            ):
                return nothing  # carried on already
            group = self._group(leaf)
            chains = self._repository.chains(links, group, lambda _: choice)
            values = renewed_group(group(self.algorithm), chains, self.algorithm)
        except (IntegrityError, NotFound, StorageUnavailable) as cause:
            return Rehashed(leaf.object_id, leaf.version, b"", str(cause) or type(cause).__name__)
        return Rehashed(leaf.object_id, leaf.version, combine(values, self.algorithm))

    def _sealed(self, tx: Transaction, leaf: SealedLeaf) -> LeafRecord:
        if not leaf.version:
            return tx.own_seal(leaf.object_id)
        seals = [each for each in tx.seals_of(leaf.object_id) if each.version == leaf.version]
        if not seals:
            raise NotFound("its seal is not there", place=leaf.object_id)
        return seals[0]

    def _group(self, leaf: SealedLeaf) -> Group:
        if leaf.version:
            objects = self.home.objects(leaf.tenant_id)
            inventory = objects.inventory(leaf.object_id)
            material = objects.material(inventory, leaf.version)
            return VersionGroup(self.home.store, objects, inventory, leaf.version, material, self.read)
        key, _, name = leaf.object_id.rpartition("#")
        data = b"".join(self.home.evidence_objects().read_verified(key, name))
        return lambda algorithm: [hashlib.new(algorithm, data).digest()]
