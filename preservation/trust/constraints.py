# SPDX-License-Identifier: EUPL-1.2
"""Name constraints: which names an authority may vouch for (RFC 5280 4.2.1.10, 6.1.3 b and c, 6.1.4 g).

Directory, DNS and e-mail names are understood. A constraint on another form of name forbids every
certificate below that has such a name: what is not understood is not believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from asn1crypto import x509

from preservation.trust.certificates import UNREADABLE

DIRECTORY: Final = "directory_name"
DNS: Final = "dns_name"
MAIL: Final = "rfc822_name"
MAX_COMPARISONS: Final = 20_000
"""Names times subtrees of one path; more is hostile."""

Pieces = tuple[str, ...]
"""A directory name as its prepared relative names, or another name as one text."""


@dataclass(frozen=True, slots=True)
class _Subtree:
    form: str
    base: Pieces
    bounded: bool
    """It has a minimum or a maximum, which RFC 5280 does not use and nobody understands."""


@dataclass(slots=True)
class _State:
    """What the authorities seen so far allow, from the anchor down."""

    permitted: list[tuple[_Subtree, ...]] = field(default_factory=list)
    """One set an authority; a name must lie in all of them (intersection)."""
    excluded: list[_Subtree] = field(default_factory=list)


def forbidden(path: Sequence[x509.Certificate]) -> str:
    """Say which certificate of a path has a name that an authority above it may not vouch for.

    Args:
        path: Leaf first, anchor last. The anchor's own constraints count too (RFC 5937 allows it, and a
            constraint that its holder wrote into it was meant).

    Returns:
        The reason, in words; empty where nothing is forbidden.
    """
    state, left = _State(), MAX_COMPARISONS
    try:
        for number in range(len(path) - 1, -1, -1):
            certificate = path[number]
            exempt = number and certificate.subject.dump() == certificate.issuer.dump()
            if number < len(path) - 1 and not exempt and (state.permitted or state.excluded):
                names = list(_names(certificate))
                left -= len(names) * (len(state.excluded) + sum(map(len, state.permitted)))
                if left < 0:
                    return "the name constraints of the chain are too many to compare"
                if any(not _allowed(form, name, state) for form, name in names):
                    return "a name constraint of an authority forbids a name below it"
            _tighten(state, certificate)
    except UNREADABLE:
        return "the name constraints of an authority cannot be read"
    return ""


@lru_cache(maxsize=4096)
def prepared(name: bytes) -> Pieces:
    """Return a DER name as texts that are equal where RFC 5280 7.1 calls the names equal.

    A name with octets that its string type forbids is compared as it stands.
    """
    try:
        return tuple(relative.hashable for relative in x509.Name.load(name).chosen)
    except UNREADABLE:
        return (name.hex(),)


def _tighten(state: _State, certificate: x509.Certificate) -> None:
    constraints = certificate.name_constraints_value
    if constraints is None:
        return
    permitted = tuple(_subtrees(constraints["permitted_subtrees"]))
    if permitted:
        state.permitted.append(permitted)
    state.excluded += _subtrees(constraints["excluded_subtrees"])


def _subtrees(listed: Any) -> Iterator[_Subtree]:
    for each in listed if listed.contents is not None else ():
        bounded = each["minimum"].native != 0 or each["maximum"].native is not None
        yield _Subtree(*_general(each["base"]), bounded)


def _general(name: Any) -> tuple[str, Pieces]:
    if name.name == DIRECTORY:
        return DIRECTORY, tuple(relative.hashable for relative in name.chosen.chosen)
    if name.name in {DNS, MAIL}:
        return name.name, (name.chosen.contents.decode("latin-1"),)
    return name.name, ()


def _names(certificate: x509.Certificate) -> Iterator[tuple[str, Pieces]]:
    subject = certificate.subject
    if len(subject.chosen):
        yield DIRECTORY, prepared(subject.dump())
    alternatives = certificate.subject_alt_name_value
    if alternatives is not None:
        yield from map(_general, alternatives)
        return
    for relative in subject.chosen:  # RFC 5280 4.2.1.10: without alternative names, the attribute counts
        for attribute in relative:
            if attribute["type"].native == "email_address":
                yield MAIL, (attribute["value"].contents.decode("latin-1"),)


def _allowed(form: str, name: Pieces, state: _State) -> bool:
    for each in state.excluded:
        if each.form == form and (each.bounded or _unknown(form) or _within(form, name, each.base)):
            return False
    for listed in state.permitted:
        mine = [each for each in listed if each.form == form]
        if mine and not any(
            not each.bounded and not _unknown(form) and _within(form, name, each.base) for each in mine
        ):
            return False
    return True


def _unknown(form: str) -> bool:
    return form not in {DIRECTORY, DNS, MAIL}


def _within(form: str, name: Pieces, base: Pieces) -> bool:
    if form == DIRECTORY:
        return name[: len(base)] == base
    return _host_within(name[0], base[0]) if form == DNS else _mailbox_within(name[0], base[0])


def _host_within(host: str, base: str) -> bool:
    host, base = host.lower().rstrip("."), base.lower().rstrip(".")
    if not base or host == base:
        return True
    return host.endswith(base if base.startswith(".") else f".{base}")


def _mailbox_within(mailbox: str, base: str) -> bool:
    local, _, host = mailbox.rpartition("@")
    host = host.lower()
    if "@" in base:  # one mailbox
        wanted, _, where = base.rpartition("@")
        return local == wanted and host == where.lower()
    if base.startswith("."):
        return host.endswith(base.lower())
    return not base or host == base.lower()
