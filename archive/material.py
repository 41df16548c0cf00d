# SPDX-License-Identifier: EUPL-1.2
"""Validation material: certificates, revocation lists and answers that verdicts stand on, each kept once.

A file of the store under its own SHA-256, `material/ab/abcd…`, shared by the objects of every municipality:
a revocation list of seven megabytes serves thousands of expedientes. An object names what its verdicts used
in `metadata/material.json`, which is one of its files; objects judged with the same material have the same
one. The digests named there count among the object's own when it is sealed (preservation.evidence.sealing).

Source: docs/adr/0011-validation-material.md; ETSI EN 319 102-1 5.6.1 (validation data of the past).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO, Final

from archive.canonical_json import canonical
from archive.digests import read_chunks
from archive.errors import ConflictError, IntegrityError, LongevaError, NotFound
from archive.problems import Problem, kind_of_failure
from archive.store import ObjectStore

MATERIAL_PATH: Final = "metadata/material.json"
"""Logical path of the list in an object; absent where no verdict used anything from outside its file."""
FOLDER: Final = "material/"
FORMAT: Final = 1
_KEY: Final = re.compile(r"material/([0-9a-f]{2})/(\1[0-9a-f]{62})\Z")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True, order=True)
class Material:
    """One piece, by name."""

    sha256: str
    """Hexadecimal, of its bytes."""
    kind: str
    """What it was used for: `anchor`, `certificate`, `crl`, `ocsp`, `trusted list`, `policy`."""
    size: int


def material_key(sha256: str) -> str:
    """Return where a piece lies in the store."""
    return f"{FOLDER}{sha256[:2]}/{sha256}"


def material_bytes(pieces: Iterable[Material]) -> bytes:
    """Return the list of an object: canonical JSON (RFC 8785), by digest, and a newline."""
    listed = [{"kind": each.kind, "sha256": each.sha256, "size": each.size} for each in sorted(set(pieces))]
    return canonical({"format": FORMAT, "material": listed}) + b"\n"


@lru_cache(maxsize=256)
def read_material(data: bytes) -> tuple[Material, ...]:
    """Read what `material_bytes` wrote.

    Raises:
        IntegrityError: It is no such list, or one of a newer format.
    """
    try:
        body = json.loads(data)
        if body["format"] != FORMAT:
            raise IntegrityError(f"a material list of format {body['format']!r}; this program reads {FORMAT}")
        pieces = tuple(_piece(each) for each in body["material"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as cause:
        raise IntegrityError(f"a material list cannot be read: {cause!r}") from cause
    return pieces


def keep(store: ObjectStore, der: bytes, sha256: str) -> None:
    """Put a piece into the store, durable with its next `sync`. Bytes that rotted there are mended.

    Raises:
        StorageUnavailable: The medium failed.
    """
    key = material_key(sha256)
    try:
        store.put(key, (der,))
    except ConflictError:  # what lies there is not what its name says, and the right bytes are at hand
        store.replace(key, der)


def load(store: ObjectStore, sha256: str) -> bytes:
    """Return a piece, checked.

    Raises:
        IntegrityError: It is not there, or not what its name says.
    """
    with open_material(store, sha256) as stream:
        data = stream.read()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise IntegrityError("validation material has changed", place=material_key(sha256))
    return data


def open_material(store: ObjectStore, sha256: str) -> BinaryIO:
    """Open a piece for reading, unchecked. Raises IntegrityError where it is gone."""
    try:
        return store.open(material_key(sha256))
    except NotFound as cause:
        raise IntegrityError("validation material is gone", place=material_key(sha256)) from cause


def material_digests(store: ObjectStore) -> Iterator[str]:
    """Yield the digests that the names of the pieces in a store say, in their order; nothing is read."""
    for key in store.keys(FOLDER):
        if named := _KEY.match(key):
            yield named[2]


def check_material(store: ObjectStore) -> Iterator[tuple[str, Problem | None]]:
    """Read every piece of the store once.

    Yields:
        The digest that its name says, with what is wrong; a stray file has an empty digest.
    """
    for key in store.keys(FOLDER):
        named = _KEY.match(key)
        if named is None:
            yield "", Problem("STORE-STRAY-FILE", "", key, "not a piece of validation material", key)
        else:
            yield named[2], check_piece(store, named[2])


def check_piece(store: ObjectStore, sha256: str) -> Problem | None:
    """Read one piece and return what is wrong with it."""
    key = material_key(sha256)
    digest, kind, detail = hashlib.sha256(), "", ""
    try:
        with store.open(key) as stream:
            for chunk in read_chunks(stream):
                digest.update(chunk)
    except LongevaError as cause:
        kind = kind_of_failure(cause)
        detail = "the file is missing" if isinstance(cause, NotFound) else str(cause)
    else:
        if digest.hexdigest() != sha256:
            kind, detail = "STORE-CONTENT-DIGEST", f"sha256 is {digest.hexdigest()}, named {sha256}"
    return Problem(kind, "", key, detail, key) if kind else None


def missing_material(listed: Iterable[Material], sound: Iterable[str], object_id: str) -> Iterator[Problem]:
    """Yield a problem for each piece that an object names and that is not there, or not sound."""
    there = sound if isinstance(sound, set | frozenset) else set(sound)
    for piece in listed:
        if piece.sha256 not in there:
            key = material_key(piece.sha256)
            detail = f"{piece.kind} {piece.sha256}: validation material that its verdicts used"
            yield Problem("STORE-MATERIAL-MISSING", object_id, MATERIAL_PATH, detail, key)


def _piece(body: Any) -> Material:
    piece = Material(body["sha256"], body["kind"], body["size"])
    if not _DIGEST.match(piece.sha256) or not isinstance(piece.size, int):
        raise ValueError(piece.sha256)
    return piece
