# SPDX-License-Identifier: EUPL-1.2
"""The data object group that a seal stands for: the files of an object's version and its material.

Every file counts, `metadata/deposit.json` included, and so does every piece of material that the version
names: what proves the verdicts is proven with them. Under SHA-256 and SHA-512 the digests are those that were
taken at ingest; under another algorithm the bytes are read, and must still be what was received.

Source: RFC 4998 4.2 step 2, 5.2 step 3; docs/adr/0025-hash-tree-renewal.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import BinaryIO, Final

from archive.digests import read_chunks
from archive.errors import IntegrityError
from archive.inventory import ALGORITHM, FIXITY, Inventory
from archive.material import Material, material_key, open_material
from archive.objects import Objects
from archive.store import ObjectStore
from preservation.evidence.record import encode_sequence

Group = Callable[[str], Sequence[bytes]]
"""From the name of a digest algorithm to the digests of a group under it, ascending, each once."""

KEPT_PIECES: Final = 4096
_PIECES: Final[dict[tuple[str, str], bytes]] = {}
"""Digests of pieces of material by their SHA-256 and the algorithm: a fact, whatever store they lie in."""


class DocumentChanged(IntegrityError):
    """Bytes that had to be hashed again are not those that were received."""


@dataclass(frozen=True)
class VersionGroup:
    """The group of one version of an object, whose inventory and material were read already."""

    store: ObjectStore
    objects: Objects
    inventory: Inventory
    version: int
    material: Sequence[Material]
    read: bool = False
    """Read the bytes for every algorithm but SHA-256, whatever digests are at hand."""

    @staticmethod
    def of(store: ObjectStore, objects: Objects, object_id: str, version: int) -> VersionGroup:
        """Read inventory and list of material.

        Raises:
            NotFound: No such object or version.
            IntegrityError: The inventory disagrees with its sidecar, or the list of material has changed.
        """
        inventory = objects.inventory(object_id)
        return VersionGroup(store, objects, inventory, version, objects.material(inventory, version))

    @cached_property
    def documents(self) -> Mapping[str, Callable[[str], bytes]]:
        """What it consists of: by logical path, or store key, what gives the digest under an algorithm.

        Each remembers what it gave. They raise NotFound where a file is gone, and IntegrityError where bytes
        that had to be read are not those that were received.
        """
        state = self.inventory.version(self.version).state
        files = {path: cache(partial(self._file, path, digest)) for path, digest in state.items()}
        for piece in self.material:
            files[material_key(piece.sha256)] = cache(partial(_piece, self.store, piece.sha256))
        return files

    def __call__(self, algorithm: str) -> list[bytes]:
        """Return the digests; raises what `documents` raise."""
        return sorted({document(algorithm) for document in self.documents.values()})

    def _file(self, path: str, sha256: str, algorithm: str) -> bytes:
        if algorithm == ALGORITHM:
            return bytes.fromhex(sha256)
        known = self.inventory.fixity.get(self.inventory.content_path(path, self.version), "")
        if algorithm == FIXITY and known and not self.read:
            return bytes.fromhex(known)
        opener = partial(self.objects.open, self.inventory.object_id, path, self.version)
        return digest_checked(opener, sha256, algorithm, f"{self.inventory.object_id}#{path}", known)


def _piece(store: ObjectStore, sha256: str, algorithm: str) -> bytes:
    if algorithm == ALGORITHM:
        return bytes.fromhex(sha256)
    return piece_digest(store, sha256, algorithm)


def piece_digest(store: ObjectStore, sha256: str, algorithm: str) -> bytes:
    """Return the digest of a piece of validation material, which is read once: many objects share it.

    Raises:
        IntegrityError: It is gone, or not what its name says.
    """
    known = _PIECES.get((sha256, algorithm))
    if known is None:
        opener = partial(open_material, store, sha256)
        known = digest_checked(opener, sha256, algorithm, material_key(sha256))
        if len(_PIECES) >= KEPT_PIECES:
            _PIECES.clear()
        _PIECES[sha256, algorithm] = known
    return known


def digest_checked(
    opener: Callable[[], BinaryIO], sha256: str, algorithm: str, place: str, sha512: str = ""
) -> bytes:
    """Read bytes once and return their digest under an algorithm, if they are still what was received.

    Raises:
        DocumentChanged: Their SHA-256 is not the recorded one; nor may their SHA-512 be another, where it was
            recorded: the one holds when the other is broken.
    """
    running = {name: hashlib.new(name) for name in (ALGORITHM, FIXITY, algorithm)}
    with opener() as stream:
        for chunk in read_chunks(stream):
            for each in running.values():
                each.update(chunk)
    found = running[ALGORITHM].hexdigest(), running[FIXITY].hexdigest()
    if found != (sha256, sha512 or found[1]):
        raise DocumentChanged("the bytes are not those that were received", place=place)
    return running[algorithm].digest()


def renewed_group(digests: Sequence[bytes], chains: Sequence[bytes], algorithm: str) -> list[bytes]:
    """Return what the first list of a chain holds for a group, ascending, each once.

    Args:
        digests: Of the group, under the algorithm of the chain.
        chains: DER of all chains before it, oldest first; none, and the digests stand for themselves.
        algorithm: Of the chain.

    Source:
        RFC 4998 5.2 (hash-tree renewal) steps 2 to 4: ha(i) = H(SEQUENCE of chains), h(i)' = H(h(i) | ha(i)),
        concatenated in this order, not sorted.
    """
    if not chains:
        return list(digests)
    before = hashlib.new(algorithm, encode_sequence(chains)).digest()
    return sorted({hashlib.new(algorithm, digest + before).digest() for digest in digests})
