# SPDX-License-Identifier: EUPL-1.2
"""What the tokens of a kit lead to: certificates, what was said of their revocation, their trusted lists.

    trust/anchors.pem         roots, to be compared with those that the reader trusts
    trust/intermediates.pem   certificates between those and the time-stamping units
    trust/crls/SHA256.crl     for each certificate the newest list, and any that calls it revoked
    trust/ocsp/SHA256.ors     likewise the answers
    trust/lists/SHA256.xml    the editions of the trusted lists that the roots come from

None of it is proven by a hash tree, nor need it be: each piece is signed by an authority.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from archive.errors import NotFound
from archive.home import Home
from preservation.installation import kept_list
from preservation.renewal.material import telling
from preservation.tokens import parse_token, signer_certificate
from preservation.trust.chains import find_chain
from preservation.trust.dated import Purpose
from preservation.trust.store import TrustStore

_FOLDERS = {"crl": "trust/crls/{}.crl", "ocsp": "trust/ocsp/{}.ors", "trusted list": "trust/lists/{}.xml"}


@dataclass(slots=True)
class _Behind:
    """What stands behind tokens, each piece once."""

    home: Home
    trust: TrustStore
    anchors: dict[bytes, None] = field(default_factory=dict)
    between: dict[bytes, None] = field(default_factory=dict)
    pieces: dict[str, bytes] = field(default_factory=dict)

    def learn(self, token: bytes) -> None:
        """Take in what one token leads to; nothing where it leads to no root that was ever trusted."""
        parsed = parse_token(token)
        helping = (*parsed.certificates, *self.trust.gathered, *self.trust.certificates)
        signer = signer_certificate(parsed, helping)
        ever = self.trust.anchors_ever(Purpose.TIME_STAMPING)
        chain = find_chain(signer, helping, ever).certificates if signer else ()
        self.anchors |= dict.fromkeys(each.dump() for each in chain[-1:])
        self.between |= dict.fromkeys(each.dump() for each in chain[1:-1])
        for pair in pairwise(chain):
            for said in telling(*pair, self.trust, self.home.clock.now()):
                self._keep(said.kind, said.source)
        for each in chain[-1:]:
            for digest in {said.snapshot for said in self.trust.decisions_on(each.dump()) if said.snapshot}:
                self._edition(digest)

    def take(self, kind: str, data: bytes) -> None:
        """Take in a piece that a renewal kept."""
        if kind in {"anchor", "certificate"}:
            known = self.anchors if kind == "anchor" else self.between
            if data not in self.anchors:
                known[data] = None
        else:
            self._keep(kind, data)

    def _edition(self, digest: str) -> None:
        try:
            self._keep("trusted list", kept_list(self.home, digest))
        except NotFound:  # trust given by hand names a list that this home never kept
            return

    def _keep(self, kind: str, data: bytes) -> None:
        self.pieces[_FOLDERS[kind].format(hashlib.sha256(data).hexdigest())] = data


def trust_members(
    home: Home, tokens: Sequence[bytes], trust: TrustStore, kept: Iterable[tuple[str, bytes]] = ()
) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield the trust folder of a kit.

    Args:
        home: Its clock, and the editions of trusted lists that it keeps.
        tokens: DER, those of the evidence record.
        trust: Whose roots they lead to.
        kept: Kind and bytes of what renewals kept to judge them.
    """
    behind = _Behind(home, trust)
    for token in tokens:
        behind.learn(token)
    for kind, data in kept:
        behind.take(kind, data)
    yield "trust/anchors.pem", (pem_of(behind.anchors),)
    yield "trust/intermediates.pem", (pem_of(behind.between),)
    for name in sorted(behind.pieces):
        yield name, (behind.pieces[name],)


def pem_of(certificates: Iterable[bytes]) -> bytes:
    """Return DER certificates as one PEM file."""
    return "".join(ssl.DER_cert_to_PEM_cert(der) for der in certificates).encode()
