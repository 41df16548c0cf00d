# SPDX-License-Identifier: EUPL-1.2
"""Evidence records of objects, assembled from batches when asked for, renewals included.

A record is some kilobytes of hashes that the batches hold already, so it is never stored. The first archive
time stamp carries the object's file digests as its first list and then the siblings up to the root of the
batch; each time-stamp renewal adds one that covers the tokens before it, and each hash-tree renewal begins a
chain whose first list has, for every file, H'(H'(file) | H'(all chains before)) in this order (RFC 4998 5.2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import zip_longest
from typing import BinaryIO, Final

from archive.batches import own_leaf
from archive.catalog import INSTALLATION, Transaction
from archive.catalog.rows import BatchRecord, LeafRecord, Link
from archive.digests import read_chunks
from archive.errors import IntegrityError, NotFound
from archive.home import Home
from archive.material import open_material
from preservation.evidence.choosing import Choice, Choose, SoundTokens, choices, first_tokens
from preservation.evidence.groups import DocumentChanged, Group, VersionGroup, renewed_group
from preservation.evidence.lineage import chains_of, token_group
from preservation.evidence.record import encode_chain, encode_record, encode_stamp
from preservation.evidence.trees import Trees
from preservation.evidence.verdict import EvidenceVerdict
from preservation.evidence.verification import verify_record
from preservation.indications import Indication
from preservation.merkle import Tree, combine
from preservation.strength import STRENGTH, Strength
from preservation.trust.store import TrustStore

KEPT_TAILS: Final = 4096
"""Lines whose renewals are held ready, encoded."""


class EvidenceRepository:
    """Assembles records, one after the other, holding the last trees ready.

    One thread, one task: renewals made after the first record of a seal are not noticed.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._trees = Trees(home)
        self._chains: dict[str, list[Link]] = {}
        self._picked: dict[tuple[str, str], Choice] = {}
        self._tails: dict[tuple[str, str, Choice], list[bytes]] = {}

    def record_for(
        self,
        object_id: str,
        version: int | None = None,
        choose: Choose = first_tokens,
        *,
        as_far: bool = False,
    ) -> bytes:
        """Return the DER EvidenceRecord of an object version, the head by default.

        Args:
            object_id: The object.
            version: Which one.
            choose: Picks one token of each batch; see `assemble`.
            as_far: Of an object whose bytes have changed return the chains that need no byte of it. They
                fail by what has changed, which is a verdict; no record at all would be none.

        Raises:
            NotFound: No such object, or its version is not sealed yet.
            IntegrityError: A batch is damaged, or the object is not what was sealed.

        Source:
            RFC 4998 3.1, 4.1, 5.1.
        """
        with self._home.catalog.reading(INSTALLATION) as tx:
            record = tx.object(object_id)
            wanted = record.version if version is None else version
            sealed = [leaf for leaf in tx.seals_of(object_id) if leaf.version == wanted]
            if not sealed:
                raise NotFound(
                    "the object has no evidence yet: `longeva evidence seal` brings it", place=object_id
                )
            links = self.line(tx, sealed[0])
        objects = self._home.objects(record.tenant_id)
        group = VersionGroup.of(self._home.store, objects, object_id, wanted)
        return self.assemble(_hashable(links, group) if as_far else links, group, choose)

    def record_for_own(self, batch_key: str, name: str, choose: Choose = first_tokens) -> bytes:
        """Return the DER EvidenceRecord of a file that a batch itself proves, renewals included.

        Args:
            batch_key: Object key of the batch.
            name: Of its file, such as `heads.json`.
            choose: Picks one token of each batch; see `assemble`.

        Raises:
            NotFound: No such batch, or it proves no such file.
            IntegrityError: The batch or the file is damaged.
        """
        with self._home.catalog.reading(INSTALLATION) as tx:
            links = self.line(tx, tx.own_seal(own_leaf(batch_key, name)))
        data = b"".join(self._home.evidence_objects().read_verified(batch_key, name))
        return self.assemble(links, lambda algorithm: [hashlib.new(algorithm, data).digest()], choose)

    def line(self, tx: Transaction, sealed: LeafRecord) -> list[Link]:
        """Return what stands behind a leaf of a seal: its batch, and every renewal since."""
        return tx.line_of(sealed, partial(self._chain, tx))

    def assemble(self, links: Sequence[Link], group: Group, choose: Choose = first_tokens) -> bytes:
        """Return the DER EvidenceRecord of a data object group along its line of batches.

        Args:
            links: As `line` gives them.
            group: Gives the digests of the group under an algorithm.
            choose: Says of the newest chain which token of each batch counts. Those of the chains before it
                were chosen when a hash-tree renewal covered them, and its leaf says how.

        Raises:
            NotFound: A batch is gone from the store.
            IntegrityError: A batch is damaged, or the group is not what was sealed.
        """
        algorithms = dict.fromkeys(link.batch.algorithm for link in links)
        return encode_record(list(algorithms), self.chains(links, group, choose))

    def chains(self, links: Sequence[Link], group: Group, choose: Choose = first_tokens) -> list[bytes]:
        """Return the DER archive time stamp chains of a record, oldest first; see `assemble`."""
        encoded: list[bytes] = []
        chains = chains_of(links)
        for chain, following in zip_longest(chains, chains[1:]):
            algorithm = chain[0].batch.algorithm
            first = renewed_group(group(algorithm), encoded, algorithm)
            if combine(first, algorithm).hex() != chain[0].leaf.digest:
                what = chain[0].leaf.object_id
                raise IntegrityError("the object's inventory is not what was sealed", place=what)
            if following is None:
                choice = choose(chain)
            else:
                choice = self._picked_by(following[0], group, encoded, chain, first)
            encoded.append(self._chain_bytes(chain, first, choice))
        return encoded

    def siblings(self, batch: BatchRecord, index: int) -> list[bytes]:
        """Return the siblings of a leaf up to the root that the batch's tokens cover.

        Raises:
            NotFound: The batch is gone from the store.
            IntegrityError: It is damaged, or has no such leaf.
        """
        return self._trees.siblings(batch, index)

    def tail(self, chain: Sequence[Link], choice: Choice) -> list[bytes]:
        """Return the DER archive time stamps of a chain but the first: the same for everything in a line.

        Args:
            chain: Its links, oldest first.
            choice: The token of each.

        Raises:
            NotFound: A batch is gone from the store.
            IntegrityError: A batch is damaged.
        """
        key = chain[0].batch.batch_id, chain[-1].batch.batch_id, choice
        if key not in self._tails:
            if len(self._tails) >= KEPT_TAILS:
                self._tails.clear()
            stamps = []
            for place, link in enumerate(chain[1:], start=1):
                group = token_group((each.batch for each in chain[:place]), link.batch.algorithm)
                stamps.append(self._stamp(link, group, choice[place]))
            self._tails[key] = stamps
        return self._tails[key]

    def _picked_by(
        self,
        renewal: Link,
        group: Group,
        before: Sequence[bytes],
        chain: Sequence[Link],
        first: Sequence[bytes],
    ) -> Choice:
        """Return the choice of tokens that a hash-tree renewal covered: the one that gives its leaf."""
        key = chain[0].batch.batch_id, renewal.batch.batch_id
        if key not in self._picked and any(link.batch.others for link in chain):
            algorithm = renewal.batch.algorithm
            digests = group(algorithm)
            for choice in choices(chain):
                values = renewed_group(digests, [*before, self._chain_bytes(chain, first, choice)], algorithm)
                if combine(values, algorithm).hex() == renewal.leaf.digest:
                    self._picked[key] = choice
                    break
        return self._picked.get(key, first_tokens(chain))

    def _chain_bytes(self, chain: Sequence[Link], first: Sequence[bytes], choice: Choice) -> bytes:
        return encode_chain([self._stamp(chain[0], first, choice[0]), *self.tail(chain, choice)])

    def _stamp(self, link: Link, group: Sequence[bytes], number: int) -> bytes:
        siblings = self._trees.siblings(link.batch, link.leaf.index)
        # A tree of one hash is no tree: the token covers the hash itself (RFC 4998 4.1).
        lists = [group] if siblings or len(group) > 1 else []
        token = link.batch.stamps[number].token if number else link.batch.token
        return encode_stamp(link.batch.algorithm, lists, token, siblings)

    def _chain(self, tx: Transaction, batch_id: str) -> list[Link]:
        # The same for every object of a seal, and searched among all lines of each renewal.
        if batch_id not in self._chains:
            self._chains[batch_id] = tx.chain_of(batch_id)
        return self._chains[batch_id]

    def hold(self, batch: BatchRecord, tree: Tree) -> None:
        """Keep a tree ready that was grown and checked elsewhere (`load_tree`)."""
        self._trees.hold(batch, tree)


def _hashable(links: Sequence[Link], group: Group) -> list[Link]:
    """Return the links of the chains whose group can be hashed."""
    found: list[Link] = []
    for chain in chains_of(links):
        try:
            group(chain[0].batch.algorithm)
        except DocumentChanged:
            break
        found += chain
    return found


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
    strength: Strength = STRENGTH,
) -> EvidenceVerdict:
    """Read every file of an object and its validation material again and judge its evidence over the bytes.

    Args:
        home: The archive.
        object_id: Its head version is judged.
        at: Instant of judgement, aware.
        trust: Anchors for time stamping, certificates that may help, revocation data to look into.
        repository: For many objects: keeps trees ready between calls.
        strength: Until when each algorithm proves something.

    Returns:
        The verdict, with the whole group demanded: nothing missing, nothing foreign, nothing changed. Where
        the first token of a batch does not hold, its others are tried.

    Raises:
        NotFound: No such object, or not sealed yet.
        IntegrityError: The evidence itself is damaged in the store.
    """
    repository = repository or EvidenceRepository(home)
    documents = list(documents_of(home, object_id))
    judge = partial(verify_record, documents=documents, at=at, trust=trust, group=True, strength=strength)
    try:
        record = repository.record_for(object_id)
    except DocumentChanged:
        return judge(repository.record_for(object_id, as_far=True))
    verdict = judge(record)
    if verdict.indication is Indication.TOTAL_PASSED:
        return verdict
    other = repository.record_for(object_id, choose=SoundTokens(trust, at, strength))
    return verdict if other == record else judge(other)


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
