# SPDX-License-Identifier: EUPL-1.2
"""Evidence records of objects, assembled from batches when asked for, renewals included.

A record is some kilobytes of hashes that the batches hold already, so it is never stored. The first archive
time stamp carries the object's file digests as its first list and then the siblings up to the root of the
batch; each renewal adds one that covers the tokens before it (RFC 4998 5.2).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import BinaryIO, Final

from archive.catalog import INSTALLATION, Transaction
from archive.catalog.rows import BatchRecord, LeafRecord
from archive.digests import read_chunks
from archive.errors import IntegrityError, NotFound
from archive.home import Home
from archive.material import open_material
from preservation.evidence.batch import load_tree
from preservation.evidence.lineage import Link, links_from, token_group
from preservation.evidence.record import encode_chain, encode_record, encode_stamp
from preservation.evidence.sealing import group_of
from preservation.evidence.verification import EvidenceVerdict, verify_record
from preservation.merkle import Tree, combine
from preservation.trust.store import TrustStore

KEPT_TREES: Final = 4
"""Trees held ready; one of a million leaves takes 64 MB."""


class EvidenceRepository:
    """Assembles records, one after the other, holding the last trees ready.

    One thread, one task: renewals made after the first record of a seal are not noticed.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._trees: OrderedDict[str, Tree] = OrderedDict()
        self._lines: dict[str, list[Link]] = {}

    def record_for(self, object_id: str, version: int | None = None) -> bytes:
        """Return the DER EvidenceRecord of an object version, the head by default.

        Raises:
            NotFound: No such object, or its version is not sealed yet.
            IntegrityError: A batch is damaged, or the object is not what was sealed.

        Source:
            RFC 4998 3.1, 4.1, 5.1.
        """
        with self._home.catalog.reading(INSTALLATION) as tx:
            record = tx.object(object_id)
            wanted = record.version if version is None else version
            sealed = [leaf for leaf in tx.leaves_of(object_id) if leaf.version == wanted]
            if not sealed:
                raise NotFound(
                    "the object has no evidence yet: `longeva evidence seal` brings it", place=object_id
                )
            links = self.line(tx, sealed[0])
        return self.assemble(links, group_of(self._home.objects(record.tenant_id), object_id, wanted))

    def line(self, tx: Transaction, sealed: LeafRecord) -> list[Link]:
        """Return what stands behind a leaf: its batch, and every renewal since."""
        # The same for every object of a seal, and searched among all lines of each renewal.
        if sealed.batch_id not in self._lines:
            self._lines[sealed.batch_id] = links_from(tx, sealed)
        first, *renewals = self._lines[sealed.batch_id]
        return [Link(first.batch, sealed), *renewals]

    def assemble(self, links: Sequence[Link], group: Sequence[bytes]) -> bytes:
        """Return the DER EvidenceRecord of a data object group along its line of batches.

        Args:
            links: As `line` gives them.
            group: Digests of the group, ascending and without repetition.

        Raises:
            NotFound: A batch is gone from the store.
            IntegrityError: A batch is damaged, or the group is not what was sealed.
        """
        algorithm, sealed = links[0].batch.algorithm, links[0].leaf
        if combine(group, algorithm).hex() != sealed.digest:
            raise IntegrityError("the object's inventory is not what was sealed", place=sealed.object_id)
        stamps = [self._stamp(links[0], group)]
        for place in range(1, len(links)):
            tokens = [link.batch.token for link in links[:place]]
            stamps.append(self._stamp(links[place], token_group(tokens, algorithm)))
        return encode_record([algorithm], [encode_chain(stamps)])

    def hold(self, batch: BatchRecord, tree: Tree) -> None:
        """Keep a tree ready that was grown and checked elsewhere (`load_tree`)."""
        self._trees[batch.batch_id] = tree
        self._trees.move_to_end(batch.batch_id)
        while len(self._trees) > KEPT_TREES:
            self._trees.popitem(last=False)

    def _stamp(self, link: Link, first: Sequence[bytes]) -> bytes:
        tree = self._tree(link.batch)
        if not 0 <= link.leaf.index < len(tree):
            words = f"the catalogue speaks of leaf {link.leaf.index} of {len(tree)}"
            raise IntegrityError(words, place=link.batch.object_key)
        siblings = tree.siblings(link.leaf.index)
        # A tree of one hash is no tree: the token covers the hash itself (RFC 4998 4.1).
        lists = [first, *([sibling] for sibling in siblings)] if siblings or len(first) > 1 else []
        return encode_stamp(link.batch.algorithm, lists, link.batch.token)

    def _tree(self, batch: BatchRecord) -> Tree:
        tree = self._trees.get(batch.batch_id) or load_tree(self._home.evidence_objects(), batch)
        self.hold(batch, tree)
        return tree


def record_for(home: Home, object_id: str, version: int | None = None) -> bytes:
    """Return the DER EvidenceRecord of one object version; see `EvidenceRepository.record_for`."""
    return EvidenceRepository(home).record_for(object_id, version)


def verify_object(
    home: Home,
    object_id: str,
    *,
    at: datetime,
    trust: TrustStore,
    repository: EvidenceRepository | None = None,
) -> EvidenceVerdict:
    """Read every file of an object and its validation material again and judge its evidence over the bytes.

    Args:
        home: The archive.
        object_id: Its head version is judged.
        at: Instant of judgement, aware.
        trust: Anchors for time stamping, certificates that may help, revocation data to look into.
        repository: For many objects: keeps trees ready between calls.

    Returns:
        The verdict, with the whole group demanded: nothing missing, nothing foreign, nothing changed.

    Raises:
        NotFound: No such object, or not sealed yet.
        IntegrityError: The evidence itself is damaged in the store.
    """
    record = (repository or EvidenceRepository(home)).record_for(object_id)
    return verify_record(
        record,
        list(documents_of(home, object_id)),
        at=at,
        trust=trust,
        group=True,
    )


def documents_of(home: Home, object_id: str) -> Iterator[Callable[[str], bytes]]:
    """Yield what the evidence of an object's head version is about, each as a function that digests it.

    Raises:
        NotFound: No such object.
        IntegrityError: Its inventory, or its list of material, is damaged.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        objects = home.objects(tx.object(object_id).tenant_id)
    inventory = objects.inventory(object_id)
    for path in inventory.version().state:
        yield _hasher(partial(objects.open, object_id, path))
    for piece in objects.material(inventory):
        yield _hasher(partial(open_material, home.store, piece.sha256))


def _hasher(opener: Callable[[], BinaryIO]) -> Callable[[str], bytes]:
    def digest(algorithm: str) -> bytes:
        hasher = hashlib.new(algorithm)
        with opener() as stream:
            for chunk in read_chunks(stream):
                hasher.update(chunk)
        return hasher.digest()

    return digest
