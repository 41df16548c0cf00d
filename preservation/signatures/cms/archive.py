# SPDX-License-Identifier: EUPL-1.2
"""What a CAdES archive-time-stamp-v3 stamps, and whose existence it proves.

It stamps a list of digests. Exactly what the list names is proven to have existed: a certificate or
revocation list that somebody put beside it later is not.

Source: ETSI EN 319 122-1 sections 5.5.2 (ats-hash-index-v3) and 5.5.3 (archive-time-stamp-v3); TS 101 733
V2.2.1 section 6.4.2 (ats-hash-index, the first version).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from preservation import der
from preservation.algorithms import DIGEST_NAMES, new_digest
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms import ber
from preservation.signatures.cms.ber import element
from preservation.signatures.cms.envelope import Attribute, Envelope, Memory, Signer
from preservation.signatures.content import Content
from preservation.strength import Algorithm

HASH_INDEX_V3: Final = "0.4.0.19122.1.5"
HASH_INDEX_V2: Final = "0.4.0.19122.1.4"
HASH_INDEX_V1: Final = "0.4.0.1733.2.5"
_BY_ATTRIBUTE: Final = HASH_INDEX_V1
"""The first version hashes whole attributes, the later ones each value with its type."""


@dataclass(frozen=True, slots=True)
class HashIndex:
    """An ats-hash-index of a token, read."""

    version: str
    """Dotted name of its attribute."""
    encoded: bytes
    """As stored: part of the imprint."""
    algorithm: str
    certificates: frozenset[bytes]
    crls: frozenset[bytes]
    attributes: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a stamp covers beside the content and the signature."""

    certificates: tuple[bytes, ...] = ()
    """Members of SignedData.certificates."""
    revocations: tuple[bytes, ...] = ()
    """Members of SignedData.crls."""
    attributes: tuple[Attribute, ...] = ()
    """Unsigned attributes, with those of their values that are covered."""


def index_of(token: Signer) -> HashIndex | None:
    """Read the index that an archive time stamp carries beside its signature.

    Returns:
        None where there is none or more than one.

    Raises:
        ValueError: It cannot be read.
    """
    versions = (HASH_INDEX_V3, HASH_INDEX_V2, HASH_INDEX_V1)
    found = [
        (each.name, value)
        for each in token.unsigned_attributes
        if each.name in versions
        for value in each.values
    ]
    if len(found) != 1:
        return None
    version, encoded = found[0]
    fields = list(element(encoded))
    name = "sha256"  # DEFAULT of the first version
    if len(fields) == 4:
        name = attrs.digest_name(fields.pop(0).encoded)
    if len(fields) != 3:
        raise ValueError("not an ats-hash-index")
    listed = [frozenset(ber.octets(each) for each in part) for part in fields]
    return HashIndex(version, encoded, name, *listed)


def index_for(envelope: Envelope, signer: Signer, digest: str) -> bytes:
    """Return the DER of an ats-hash-index-v3 over everything that a signature has now."""
    return der.sequence(
        der.sequence(der.oid(_oid_of(digest))),
        _listed(digest, envelope.certificate_choices),
        _listed(digest, envelope.revocation_choices),
        _listed(
            digest, tuple(each for one in signer.unsigned_attributes for each in _named(one, HASH_INDEX_V3))
        ),
    )


def _oid_of(digest: str) -> str:
    return next(dotted for dotted, name in DIGEST_NAMES.items() if name == digest)


def _listed(digest: str, items: tuple[bytes, ...]) -> bytes:
    return der.sequence(*(der.octets(_hash(digest, each)) for each in items))


def imprint_v3(name: str, envelope: Envelope, signer: Signer, index: bytes, digest: bytes) -> bytes:
    """Return the imprint: content type, digest of the content, the signer's fields, the index."""
    made = new_digest(name)
    made.update(next(iter(envelope.encapsulated)).encoded)
    made.update(digest)
    made.update(signer.core)
    made.update(index)
    return bytes(made.digest())


def archive_imprint(
    envelope: Envelope, signer: Signer, index: HashIndex, content: Content | None, name: str
) -> bytes | None:
    """Return the imprint that a token with this index should have; None where the content is missing."""
    digest = None if content is None else content.digest(name)
    return None if digest is None else imprint_v3(name, envelope, signer, index.encoded, digest)


def missing_from(index: HashIndex, envelope: Envelope, signer: Signer) -> str:
    """Say what the index names and is not there any more, or was changed; empty where everything is."""
    present = {
        "a certificate": (index.certificates, _certificates(index, envelope)),
        "a revocation list": (index.crls, _revocations(index, envelope)),
        "an attribute": (index.attributes, _attributes(index, signer)),
    }
    lost = [what for what, (listed, there) in present.items() if not listed <= there.keys()]
    return f"it covers {lost[0]} that is not there any more" if lost else ""


def indexed(index: HashIndex, envelope: Envelope, signer: Signer) -> Kept:
    """Return what the index names."""
    certificates, revocations = _certificates(index, envelope), _revocations(index, envelope)
    named = {item for digest, item in _attributes(index, signer).items() if digest in index.attributes}
    return Kept(
        tuple(item for digest, item in certificates.items() if digest in index.certificates),
        tuple(item for digest, item in revocations.items() if digest in index.crls),
        tuple(part for each in signer.unsigned_attributes for part in _parts(each, index.version, named)),
    )


def _parts(attribute: Attribute, version: str, named: set[bytes]) -> Iterator[Attribute]:
    """Yield what the index names of an attribute, which may be some of its values only."""
    if version == _BY_ATTRIBUTE:
        if attribute.encoded in named:
            yield attribute
        return
    values = tuple(each for each in attribute.values if attribute.kind + each in named)
    if values:
        yield Attribute(attribute.name, attribute.kind, values, b"")


def _certificates(index: HashIndex, envelope: Envelope) -> dict[bytes, bytes]:
    key = ("certificates", index.algorithm)
    return _hashes(envelope.memory, key, index.algorithm, envelope.certificate_choices)


def _revocations(index: HashIndex, envelope: Envelope) -> dict[bytes, bytes]:
    key = ("revocations", index.algorithm)
    return _hashes(envelope.memory, key, index.algorithm, envelope.revocation_choices)


def _attributes(index: HashIndex, signer: Signer) -> dict[bytes, bytes]:
    items = (item for each in signer.unsigned_attributes for item in _named(each, index.version))
    return _hashes(signer.memory, ("attributes", index.version, index.algorithm), index.algorithm, items)


def _hashes(memory: Memory, key: tuple[str, ...], name: str, items: Iterable[bytes]) -> dict[bytes, bytes]:
    """Return items by their digest, computed once."""
    if key not in memory:
        memory[key] = {_hash(name, item): item for item in items}
    found: dict[bytes, bytes] = memory[key]
    return found


def _named(attribute: Attribute, version: str) -> list[bytes]:
    if version == _BY_ATTRIBUTE:
        return [attribute.encoded]
    return [attribute.kind + value for value in attribute.values]


def _hash(name: str, item: bytes) -> bytes:
    made = new_digest(name)
    made.update(item)
    return bytes(made.digest())


def algorithm_of(index: HashIndex) -> Algorithm:
    """Return the algorithm of the index: the stamp proves no more than it does."""
    return Algorithm(index.algorithm)
