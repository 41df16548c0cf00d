# SPDX-License-Identifier: EUPL-1.2
"""The evidence in a kit: the record of the object, its tokens, and what renewals kept to judge older tokens.

    evidence/evidence.ers      the record; where a batch has several tokens, one that holds is chosen
    evidence/token-NN.tst      its tokens, oldest first
    evidence/renewal-NN.json   what a renewal of the line kept (preservation.renewal.material) …
    evidence/renewal-NN.ers    … and the record that proves since when

Source: RFC 4998 3.1, 4.2 (data necessary to verify the old archive time stamp).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from archive.batches import own_leaf
from archive.catalog import INSTALLATION
from archive.errors import NotFound
from archive.home import Home
from archive.material import load
from archive.model import ObjectRecord
from preservation.evidence.choosing import SoundTokens
from preservation.evidence.reading import parse_record
from preservation.evidence.repository import EvidenceRepository
from preservation.installation import strength
from preservation.renewal.material import MATERIAL
from preservation.trust.store import TrustStore


@dataclass(slots=True)
class KitEvidence:
    """What proves one object version, gathered before anything is written."""

    record: bytes
    """DER EvidenceRecord."""
    tokens: tuple[bytes, ...]
    """DER, oldest first."""
    kept: list[tuple[bytes, bytes]] = field(default_factory=list)
    """For each renewal that kept material: its `material.json`, and the record that proves it."""
    pieces: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """By SHA-256: kind and bytes of what was kept to judge these tokens."""

    def members(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """Yield the files of `evidence/`."""
        yield "evidence/evidence.ers", (self.record,)
        for number, token in enumerate(self.tokens, 1):
            yield f"evidence/token-{number:02d}.tst", (token,)
        for number, (material, record) in enumerate(self.kept, 1):
            yield f"evidence/renewal-{number:02d}.json", (material,)
            yield f"evidence/renewal-{number:02d}.ers", (record,)


def evidence_of(home: Home, record: ObjectRecord, trust: TrustStore) -> KitEvidence:
    """Gather the evidence of an object's newest version.

    Raises:
        NotFound: It is not sealed yet.
        IntegrityError: A batch is damaged, or the object is not what was sealed.
        ConfigurationError: `evidence.retired` names no algorithm.
    """
    repository = EvidenceRepository(home)
    choose = SoundTokens(trust, home.clock.now(), strength(home))
    der = repository.record_for(record.object_id, choose=choose)
    found = KitEvidence(der, tokens_in(der))
    with home.catalog.reading(INSTALLATION) as tx:
        sealed = next(leaf for leaf in tx.seals_of(record.object_id) if leaf.version == record.version)
        keys = [link.batch.object_key for link in repository.line(tx, sealed)]
    for key in keys:
        try:
            with home.catalog.reading(INSTALLATION) as tx:
                tx.own_seal(own_leaf(key, MATERIAL))
        except NotFound:  # a seal, or a renewal before renewals kept anything
            continue
        material = b"".join(home.evidence_objects().read_verified(key, MATERIAL))
        found.kept.append((material, repository.record_for_own(key, MATERIAL, choose)))
        _take(home, found, material)
    return found


def tokens_in(record: bytes) -> tuple[bytes, ...]:
    """Return the tokens of a DER EvidenceRecord, oldest first."""
    return tuple(stamp.token for chain in parse_record(record).chains for stamp in chain.stamps)


def _take(home: Home, found: KitEvidence, material: bytes) -> None:
    """Take the pieces by which the tokens of this record were judged; other lines' tokens had others."""
    mine = {sha256(token).hexdigest() for token in found.tokens}
    body = json.loads(material)
    kinds = {piece["sha256"]: piece["kind"] for piece in body["material"]}
    for chain in body["chains"]:
        if mine & set(chain["tokens"]):
            for digest in (*chain["certificates"], *chain["revocation"]):
                found.pieces[digest] = kinds[digest], load(home.store, digest)
