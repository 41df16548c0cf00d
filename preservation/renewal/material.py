# SPDX-License-Identifier: EUPL-1.2
"""What old tokens were judged with when they were renewed: kept, and proven by the renewal itself.

A token of 2026 is judged in 2056 as of the day on which the next one covered it (RFC 4998 5.3). By then its
authority is gone, and nobody publishes the revocation lists of that day any more. So whoever renews keeps
the certificates of its chain and what was said of them, each once (`archive.material`), and names them with
both digests in `material.json`, a file of the renewal's batch and a leaf of its tree.

    {"format": 1, "judged_at": "…",
     "material": [{"kind": "crl", "sha256": "…", "sha512": "…", "size": 812}, …],
     "chains":   [{"certificates": ["SHA-256, the unit first, the anchor last"],
                   "revocation": ["SHA-256 of lists and answers"], "tokens": ["SHA-256"]}, …]}

`archive.material.read_material` reads the list of pieces.

Source: RFC 4998 4.2 ("the data necessary to verify the old archive time stamp must be preserved"), 5.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from asn1crypto import x509

from archive.canonical_json import canonical
from archive.clock import format_instant
from archive.material import FORMAT, keep
from archive.store import ObjectStore
from preservation.tokens import parse_token, signer_certificate
from preservation.trust.chains import find_chain
from preservation.trust.revocation import Statement, statements_about
from preservation.trust.store import TrustStore

MATERIAL: Final = "material.json"
"""The batch's own file."""


def verification_data(store: ObjectStore, tokens: Iterable[bytes], trust: TrustStore, at: datetime) -> bytes:
    """Keep what tokens are judged with at an instant, and return the `material.json` that names it.

    Args:
        store: Takes the pieces; they are durable with its next `sync`, which comes before the inventory of
            the batch that names them.
        tokens: DER, judged sound at `at` with this trust; each may come more than once.
        trust: What they were judged with.
        at: When, aware.

    Returns:
        Canonical JSON (RFC 8785) and a newline. Of revocation data, for each certificate of a chain the
        newest list and the newest answer by `at`, and every one that says it was revoked. A token whose
        chain is not found is named with the certificates that it carries.

    Raises:
        ValueError: One is no token.
        IntegrityError: Kept revocation data is missing.
        StorageUnavailable: The medium failed.
    """
    shelf = _Shelf(store)
    chains: dict[bytes, _Chain] = {}
    for token in dict.fromkeys(tokens):
        parsed = parse_token(token)
        helping = (*parsed.certificates, *trust.gathered, *trust.certificates)
        signer = signer_certificate(parsed, helping)
        # one unit signs thousands of tokens: its chain is looked for once
        key = signer.dump() if signer else token
        if key not in chains:
            found = find_chain(signer, helping, trust.stamping_anchors(at)).certificates if signer else ()
            chains[key] = shelf.chain(found, parsed.certificates, trust, at)
        chains[key].tokens.append(hashlib.sha256(token).hexdigest())
    body = {
        "format": FORMAT,
        "judged_at": format_instant(at),
        "material": [shelf.pieces[digest] for digest in sorted(shelf.pieces)],
        "chains": sorted((each.told() for each in chains.values()), key=lambda each: min(each["tokens"])),
    }
    return canonical(body) + b"\n"


@dataclass(slots=True)
class _Chain:
    """One unit's chain, by digests."""

    certificates: list[str]
    revocation: list[str]
    tokens: list[str] = field(default_factory=list)

    def told(self) -> dict[str, list[str]]:
        return {
            "certificates": self.certificates,
            "revocation": self.revocation,
            "tokens": sorted(self.tokens),
        }


@dataclass(slots=True)
class _Shelf:
    """Puts pieces into the store, each once."""

    store: ObjectStore
    pieces: dict[str, dict[str, Any]] = field(default_factory=dict)

    def chain(
        self, path: tuple[x509.Certificate, ...], carried: tuple[bytes, ...], trust: TrustStore, at: datetime
    ) -> _Chain:
        certificates = [self.put("certificate", each.dump()) for each in path[:-1]]
        certificates += [self.put("anchor", each.dump()) for each in path[-1:]]
        if not path:
            certificates = [self.put("certificate", each) for each in carried]
        said = (each for pair in pairwise(path) for each in telling(*pair, trust, at))
        return _Chain(certificates, sorted({self.put(each.kind, each.source) for each in said}))

    def put(self, kind: str, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self.pieces:
            keep(self.store, data, digest)
            second = hashlib.sha512(data).hexdigest()
            self.pieces[digest] = {"kind": kind, "sha256": digest, "sha512": second, "size": len(data)}
        return digest


def telling(
    certificate: x509.Certificate, issuer: x509.Certificate, trust: TrustStore, at: datetime
) -> Iterator[Statement]:
    """Yield what decides of a certificate: the newest word of each kind by `at`, and every revocation."""
    known = [
        *statements_about(certificate, issuer, trust.crls, trust.ocsps),
        *trust.kept_statements(certificate, issuer),
    ]
    past = sorted((each for each in known if each.this_update <= at), key=lambda each: each.this_update)
    yield from {each.kind: each for each in past}.values()
    yield from (each for each in known if each.revoked_at is not None)
