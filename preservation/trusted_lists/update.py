# SPDX-License-Identifier: EUPL-1.2
"""Bring lists in: by hand, or over the network where the operator allowed it.

A list is kept only if its signer was named by somebody the archive believes already:

* the list of the lists by the certificates in the folder `operators` (the Official Journal's), over pivots;
* a state's list by a list of the lists that is kept, or by the folder `operators`;
* any list by the digest of its signer's certificate, said by the operator of the archive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from preservation.trust.fetch import Answer
from preservation.trust.pem import certificates_of, items_in, read_trust_file
from preservation.trust.settings import EVERYBODY, ListSource
from preservation.trusted_lists.parse import TrustedList
from preservation.trusted_lists.shelf import OPERATORS, Shelf, Snapshot
from preservation.trusted_lists.verify import ListVerdict, verify_list, verify_list_of_lists

Fetch = Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to one list."""

    url: str
    problem: str = ""
    """Why it was not kept; empty where it is."""
    snapshot: Snapshot | None = None
    new: bool = False
    """It was not kept before."""
    signer: str = field(default="", repr=False)
    """SHA-256 of its signer's certificate, where its signature holds and nobody named it."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        told = None if self.snapshot is None else self.snapshot.to_json()
        return {"url": self.url, "problem": self.problem, "new": self.new, "snapshot": told}


def operators_in(trust_folder: Path) -> tuple[bytes, ...]:
    """Return the certificates that the archive's operator names for lists: the folder `operators`."""
    folder = trust_folder / OPERATORS
    if not folder.is_dir():
        return ()
    files = sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith("."))
    found = [der for each in files for der in certificates_of(items_in(read_trust_file(each)))]
    return tuple(dict.fromkeys(found))


def admit(
    trust_folder: Path,
    data: bytes,
    *,
    url: str,
    at: datetime,
    named: Iterable[str] = (),
    pivots: Iterable[bytes] = (),
) -> Step:
    """Verify a list and keep it if it is believed.

    Args:
        trust_folder: The archive's trust folder.
        data: The list.
        url: Where it came from.
        at: When it was obtained.
        named: SHA-256 of signers' certificates that the operator vouches for.
        pivots: Editions of the list of the lists that changed its signers.
    """
    shelf = Shelf(trust_folder)
    verdict, because = _judge(shelf, trust_folder, data, tuple(named), tuple(pivots))
    if not verdict.believed:
        sound = verify_list(data, (verdict.signer,)).believed
        signer = hashlib.sha256(verdict.signer).hexdigest() if sound else ""
        return Step(url, verdict.problem, signer=signer)
    known = {each.digest for each in shelf.snapshots()}
    snapshot = shelf.keep(data, verdict, url=url, at=at, because=because)
    return Step(url, "", snapshot, snapshot.digest not in known)


def update(trust_folder: Path, sources: Iterable[ListSource], ask: Fetch, at: datetime) -> list[Step]:
    """Ask for the lists that the settings name, and for those that a list of the lists points at.

    Args:
        trust_folder: The archive's trust folder.
        sources: Lists to follow.
        ask: The fetch door, with its policy; what it refuses is told and skipped.
        at: Now.
    """
    steps: list[Step] = []
    for source in sources:
        answer = ask(source.url)
        if answer.problem:
            steps.append(Step(source.url, answer.problem))
            continue
        verdict = verify_list(answer.data, ())
        found = verdict.found
        if found is None or not found.is_list_of_lists:
            steps.append(admit(trust_folder, answer.data, url=source.url, at=at))
            continue
        pivots, refused = _pivots(Shelf(trust_folder), found, ask)
        steps += refused
        step = admit(trust_folder, answer.data, url=source.url, at=at, pivots=pivots)
        steps.append(step)
        if step.snapshot is not None:
            steps += _pointed_at(trust_folder, found, source, ask, at)
    return steps


def _pointed_at(
    trust_folder: Path, found: TrustedList, source: ListSource, ask: Fetch, at: datetime
) -> list[Step]:
    steps = []
    for pointer in found.pointers:
        wanted = EVERYBODY in source.territories or pointer.territory in source.territories
        if not wanted or pointer.type == found.type or not pointer.is_xml:
            continue
        answer = ask(pointer.location)
        if answer.problem:
            steps.append(Step(pointer.location, answer.problem))
        else:
            steps.append(admit(trust_folder, answer.data, url=pointer.location, at=at))
    return steps


def _pivots(shelf: Shelf, found: TrustedList, ask: Fetch) -> tuple[list[bytes], list[Step]]:
    """Return the pivots that a list of the lists names: kept ones, and those that may be asked for."""
    kept = [each for each in shelf.snapshots() if each.is_list_of_lists]
    by_url = {each.url for each in kept}
    pivots: list[bytes] = [shelf.read(each) for each in kept]
    refused: list[Step] = []
    for url in found.pages:
        if not urlsplit(url).path.endswith(".xml") or url in by_url:
            continue
        answer = ask(url)
        if answer.problem:
            refused.append(Step(url, answer.problem))
        else:
            pivots.append(answer.data)
    return pivots, refused


def _judge(
    shelf: Shelf, trust_folder: Path, data: bytes, named: tuple[str, ...], pivots: tuple[bytes, ...]
) -> tuple[ListVerdict, str]:
    own = operators_in(trust_folder)
    verdict = verify_list(data, own)
    if verdict.believed:
        return verdict, f"its signer is in the folder {OPERATORS}"
    if verdict.signer and hashlib.sha256(verdict.signer).hexdigest() in _normal(named):
        vouched = verify_list(data, (verdict.signer,))
        if vouched.believed:
            return vouched, "its signer was named by the operator of the archive"
    if verdict.found is None:
        return verdict, ""
    if verdict.found.is_list_of_lists:
        # Every edition kept was believed when it came in, and so are the keys that it names.
        allowed = (*own, *shelf.operators_for_list_of_lists())
        direct = verify_list(data, allowed)
        if direct.believed:
            return direct, "its signer was named by an older edition of it"
        over, _ = verify_list_of_lists(data, pivots, allowed)
        return over, "its signer was named by a pivot of it"
    listed = verify_list(data, shelf.operators_for(verdict.found.territory))
    return listed, "its signer was named by the list of the lists"


def _normal(digests: Iterable[str]) -> set[str]:
    return {each.lower().replace(":", "").strip() for each in digests}
