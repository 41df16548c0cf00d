# SPDX-License-Identifier: EUPL-1.2
"""Is a list its operator's? Judged at the time of the list, not of today (ETSI TS 119 612 5.7).

An operator's certificate lives three years and its lists are kept for decades: asking today's date of it
would throw away every old list. What is trusted is a key that somebody named: the list of the lists for a
state's list, the Official Journal for the list of the lists, the archive's operator for what stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from archive.errors import XmlRefused
from preservation.signatures.facts import SignatureFacts
from preservation.signatures.xml.read import read_tree
from preservation.strength import weaknesses
from preservation.trust.certificates import key_info, load
from preservation.trusted_lists.parse import NotATrustedList, TrustedList, parse_list

_ROOT: Final = "/TrustServiceStatusList"
MAX_PIVOTS: Final = 50


@dataclass(frozen=True, slots=True)
class ListVerdict:
    """Whether a list may be believed."""

    found: TrustedList | None
    """What it says; None where it is no list."""
    signer: bytes
    """DER of the certificate that its signature holds with; empty where it does not hold."""
    problem: str = ""
    """Why it must not be believed; empty where it may."""

    @property
    def believed(self) -> bool:
        """Tell whether its signature holds and is of somebody who may sign it."""
        return not self.problem


def verify_list(data: bytes, operators: Sequence[bytes]) -> ListVerdict:
    """Verify a list against the certificates that may sign it.

    Args:
        data: The list, as published.
        operators: DER of the operator's certificates, as a pointer or the archive's operator names them. Any
            certificate of the same key counts: the key is what was named.

    Returns:
        The verdict; never an exception for hostile bytes.
    """
    verdict = _intact(data)
    if verdict.problem or verdict.found is None:
        return verdict
    keys = {key_info(each) for each in operators} - {None}
    if key_info(verdict.signer) not in keys:
        problem = "it is signed by somebody whom nobody named as its operator"
        return ListVerdict(verdict.found, verdict.signer, problem)
    return verdict


def verify_list_of_lists(
    data: bytes, pivots: Iterable[bytes], journal: Sequence[bytes]
) -> tuple[ListVerdict, list[ListVerdict]]:
    """Verify the list of the lists from the certificates of the Official Journal, over its pivots.

    A pivot is an older edition, signed with a key known before, that names the keys of those after it
    (Commission's information note on pivot LOTLs; TS 119 615 4.1.4).

    Args:
        data: The present edition.
        pivots: Older editions that changed the signers, in whatever order.
        journal: DER of the certificates that the Official Journal published.

    Returns:
        The verdict on the present edition, and those on the pivots, oldest first.
    """
    current = _intact(data)
    if current.problem or current.found is None:
        return current, []
    if not current.found.is_list_of_lists:
        return ListVerdict(current.found, current.signer, "it is no list of the lists"), []
    allowed, told = tuple(journal), []
    for pivot in _ordered(pivots)[:MAX_PIVOTS]:
        verdict = verify_list(pivot, allowed)
        told.append(verdict)
        if (
            verdict.believed
            and verdict.found is not None
            and verdict.found.sequence <= current.found.sequence
        ):
            allowed = _own_operators(verdict.found)
    return verify_list(data, allowed), told


def _ordered(pivots: Iterable[bytes]) -> list[bytes]:
    known = []
    for each in pivots:
        try:
            found, _ = parse_list(each)
        except (NotATrustedList, XmlRefused):
            continue
        if found.is_list_of_lists:
            known.append((found.sequence, found.issued, each))
    return [each for *_, each in sorted(known, key=lambda entry: entry[:2])]


def _own_operators(found: TrustedList) -> tuple[bytes, ...]:
    own = [each for each in found.pointers if each.type == found.type and each.is_xml]
    return tuple(der for each in own for der in each.operators)


def _intact(data: bytes) -> ListVerdict:
    """Check the mathematics: one enveloped signature over the whole list, of a key in force at its time."""
    try:
        found, tree = parse_list(data)
    except (NotATrustedList, XmlRefused) as problem:
        return ListVerdict(None, b"", str(problem))
    signatures = read_tree(tree)
    if len(signatures) != 1:
        return ListVerdict(found, b"", f"it has {len(signatures)} signatures instead of one")
    facts = signatures[0]
    reason = _signature_problem(facts) or _time_problem(facts, found)
    return ListVerdict(found, facts.signer or b"", reason)


def _signature_problem(facts: SignatureFacts) -> str:
    if facts.unreadable or not facts.intact or facts.signer is None:
        return f"its signature does not hold: {facts.unreadable or _failed(facts)}"
    if facts.doubts:
        return f"its signature is doubtful: {facts.doubts[0].reason}"
    if facts.place != f"{_ROOT}/Signature":
        return "its signature does not stand where the standard puts it"
    whole = any(each.rpartition(" ")[2] == _ROOT for each in facts.covers)
    if not whole or facts.left_out:
        return "its signature does not cover the whole list"
    return ""


def _failed(facts: SignatureFacts) -> str:
    checks: list[Any] = [facts.value, *facts.references]
    return next((f"{each.name}: {each.outcome}" for each in checks if each.outcome != "ok"), "unreadable")


def _time_problem(facts: SignatureFacts, found: TrustedList) -> str:
    certificate = load(facts.signer or b"")
    if certificate is None:
        return "its signer's certificate cannot be read"
    # A list bears the date of its publication, and is signed some hours before or after.
    times = [each for each in (found.issued, facts.claimed_time) if each is not None]
    if not any(certificate.not_valid_before <= each <= certificate.not_valid_after for each in times):
        return "its signer's certificate was not valid when the list was issued"
    weak = weaknesses(facts.algorithms, found.issued)
    return f"its signature was weak when it was issued: {weak[0]}" if weak else ""
