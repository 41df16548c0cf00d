# SPDX-License-Identifier: EUPL-1.2
"""Certificate chains of signers and stamping units: found among loose certificates, up to a trusted anchor.

Small on purpose: names, signatures, basic constraints, key usage, name constraints, critical extensions and
validity (RFC 5280 6.1). Policies are not processed: an authority that requires them (critical
policyConstraints) is refused, as is every other critical extension that is not understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count
from typing import Final

from asn1crypto import x509 as asn1_x509

from preservation.algorithms import DIGESTS, digest_of, key_algorithm
from preservation.strength import STRENGTH, Algorithm, Strength, weaknesses
from preservation.trust.constraints import Pieces, forbidden
from preservation.trust.links import Link, issued, link_of, subject_of

MAX_DEPTH: Final = 6
MAX_LOOSE: Final = 1_000
MAX_STEPS: Final = 256
"""A token's certificates come from strangers: crossed authorities must not keep us busy."""
MAX_CHAINS: Final = 8
NO_PATH: Final = "no path to a trusted anchor"


@dataclass(frozen=True, slots=True)
class Chain:
    """A path from a certificate up to an anchor, or why there is none."""

    certificates: tuple[asn1_x509.Certificate, ...] = ()
    """Leaf first; the anchor last. Empty where none was found."""
    problem: str = ""

    def outside(self, at: datetime) -> asn1_x509.Certificate | None:
        """Return the first certificate below the anchor that is not valid at `at`.

        The anchor's own validity does not count: it is trusted by decision (RFC 5280 6.1.1 d).
        """
        for certificate in self.certificates[:-1] or self.certificates:
            if not certificate.not_valid_before <= at <= certificate.not_valid_after:
                return certificate
        return None


def is_for_time_stamping(certificate: asn1_x509.Certificate) -> bool:
    """Tell whether a certificate is for time stamping alone, and marked critical so (RFC 3161 2.3)."""
    usage = certificate.extended_key_usage_value
    purposes = [] if usage is None else usage.native
    return purposes == ["time_stamping"] and "extended_key_usage" in certificate.critical_extensions


def find_chain(leaf: asn1_x509.Certificate, loose: Sequence[bytes], anchors: Sequence[bytes]) -> Chain:
    """Return the best path of `find_chains`, or a chain without certificates that says why there is none."""
    problems: list[str] = []
    for found in _search(leaf.dump(), loose, tuple(anchors), problems):
        return found
    return Chain(problem=problems[0] if problems else NO_PATH)


def find_chains(
    leaf: asn1_x509.Certificate,
    loose: Sequence[bytes],
    anchors: Sequence[bytes],
    *,
    limit: int = MAX_CHAINS,
) -> Iterator[Chain]:
    """Find the paths from `leaf` to `anchors`: crossed authorities, renewed ones of the same key.

    Args:
        leaf: Certificate to start from.
        loose: DER certificates that may help; hostile ones do no harm. Those of strangers first, the
            archive's own last: of very many, the first and the last are looked at.
        anchors: DER certificates trusted by decision; the same tuple each time is the fastest.
        limit: Chains to give at most.

    Yields:
        Paths whose signatures hold, whose authorities may issue and vouch for those names; shortest first,
        among equals those whose key identifiers agree (RFC 4158 3.5). Validity, revocation and strength are
        not looked at.

    Limits:
        At most `MAX_DEPTH` authorities, `MAX_LOOSE` loose certificates, `MAX_STEPS` steps.
    """
    for number, found in enumerate(_search(leaf.dump(), loose, tuple(anchors), [])):
        if number == limit:
            return
        yield found


def _algorithms_of(certificates: Sequence[asn1_x509.Certificate]) -> list[Algorithm]:
    """Return what a chain stands on: every key, and the digest of every signature below the anchor."""
    keys = [key_algorithm(each.public_key.dump()) for each in certificates]
    return keys + [Algorithm(digest_of(each["signature_algorithm"], "none")) for each in certificates[:-1]]


def weakness(chain: Chain, digests: Sequence[str], at: datetime, table: Strength = STRENGTH) -> str:
    """Say which algorithm among `digests` and in the chain proves nothing at `at`; empty if none."""
    for name in digests:
        if name not in DIGESTS:
            return f"the digest algorithm {name} proves nothing here"
    used = [*map(Algorithm, digests), *_algorithms_of(chain.certificates)]
    return next(iter(weaknesses(used, at, table)), "")


@dataclass(order=True, slots=True)
class _Path:
    """A path being tried; the smaller the better."""

    cost: int
    order: int
    nodes: tuple[Link, ...] = field(compare=False)
    complete: bool = field(compare=False)


def _search(
    leaf: bytes, loose: Sequence[bytes], anchors: tuple[bytes, ...], problems: list[str]
) -> Iterator[Chain]:
    start = link_of(leaf)
    if start is None:
        problems.append("the certificate cannot be read")
        return
    (known, trusted), helping = _by_subject(anchors), _group(_bounded(loose))
    order = count()
    pending = [_Path(0, next(order), (start,), complete=False)]
    if leaf in known:
        pending.insert(0, _Path(-1, next(order), (start,), complete=True))
    steps = 0
    while pending:
        path = heappop(pending)
        if path.complete:
            problem = forbidden([each.certificate for each in path.nodes])
            if problem:
                problems.append(problem)
            else:
                yield Chain(tuple(each.certificate for each in path.nodes))
            continue
        name = path.nodes[-1].issuer
        above = [(der, True) for der in trusted.get(name, ())]
        if len(path.nodes) <= MAX_DEPTH:
            above += [(der, der in known) for der in helping.get(name, ())]
        for der, complete in dict(above).items():
            if steps >= MAX_STEPS:
                break
            steps += 1
            longer = _extended(path, der, next(order), complete=complete)
            if longer is not None:
                heappush(pending, longer)
                if complete and len(path.nodes) <= MAX_DEPTH:  # an anchor may stand below another
                    heappush(pending, _Path(longer.cost + 1, next(order), longer.nodes, complete=False))


def _extended(path: _Path, der: bytes, order: int, *, complete: bool) -> _Path | None:
    """Put an authority on top of a path, if it issued what is there and is not there already."""
    top, issuer = path.nodes[-1], link_of(der)
    if issuer is None or any((each.subject, each.key) == (issuer.subject, issuer.key) for each in path.nodes):
        return None
    below = sum(not each.self_issued for each in path.nodes[1:])  # RFC 5280 6.1.4 (l)
    if not issued(top, issuer, below, anchor=complete):
        return None
    agree = top.named_key is None or issuer.own_key is None or top.named_key == issuer.own_key
    return _Path(path.cost + (2 if agree else 3), order, (*path.nodes, issuer), complete)


def _bounded(loose: Sequence[bytes]) -> Sequence[bytes]:
    if len(loose) <= MAX_LOOSE:
        return loose
    half = MAX_LOOSE // 2
    return (*loose[:half], *loose[-half:])


@lru_cache(maxsize=16)
def _by_subject(anchors: tuple[bytes, ...]) -> tuple[frozenset[bytes], dict[Pieces, list[bytes]]]:
    return frozenset(anchors), _group(anchors)


def _group(certificates: Sequence[bytes]) -> dict[Pieces, list[bytes]]:
    found: dict[Pieces, list[bytes]] = {}
    for der in dict.fromkeys(certificates):
        subject = subject_of(der)
        if subject is not None:
            found.setdefault(subject, []).append(der)
    return found
