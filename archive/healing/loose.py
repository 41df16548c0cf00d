# SPDX-License-Identifier: EUPL-1.2
"""What lies beside the objects, and which bytes of it are right.

ledger segments      what the catalogue's events give; where it has none, what a store has that can be read
ledger head          the furthest that the catalogue has the event of
openings of heads    what leads to the root that was stamped (archive.ledger_openings)
registers            what has the digest that the ledger tells
deposits, tenants    `archive.store.replicated.present`
material             what has the digest that its name says
storage roots        what OCFL says
anything else        what all stores say that have it; where they differ nobody knows
"""

from __future__ import annotations

import json
import re
from typing import Final

from archive.catalog import INSTALLATION
from archive.chain import event_line
from archive.errors import IntegrityError, NotFound
from archive.healing.carrying import digest_in
from archive.healing.objects import right_of
from archive.healing.places import Place
from archive.healing.round import Right, Round
from archive.layout import BATCH_PREFIX, root_files
from archive.ledger_openings import HEADS, read_heads, read_opening
from archive.registers import key_of
from archive.store.replicated.present import is_rewritten, present

_SEGMENT: Final = re.compile(r"tenants/([^/]+)/ledger/(\d{12})-(\d{12})\.jsonl\Z")
_HEAD: Final = re.compile(r"tenants/([^/]+)/ledger/head\.json\Z")
_OPENING: Final = re.compile(r"tenants/([^/]+)/ledger/heads/([0-9a-f-]{36})\.json\Z")
_REGISTER: Final = re.compile(r"tenants/([^/]+)/registers/[^/]+/([^/]+)/\d{6}-[0-9a-f]{8}\.json\Z")
_MATERIAL: Final = re.compile(r"material/[0-9a-f]{2}/([0-9a-f]{64})\Z")
_ROOT: Final = re.compile(r"(?:tenants/[^/]+|evidence)/ocfl/(.+)\Z")


def loose_rights(round_: Round, place: Place) -> dict[str, Right]:
    """Return what each key of a place must hold, as far as anybody knows.

    Keys that every store has and that are never rewritten are passed over, unless the round is thorough.
    """
    rights: dict[str, Right] = {}
    every = [place.listed[name] for name in place.listed]
    shared = frozenset.intersection(*every) if every else frozenset()
    for key in sorted(frozenset[str]().union(*every)):
        if key in shared and not round_.thorough and not is_rewritten(key):
            continue
        right = _right(round_, place, key)
        if right is not None:
            rights[key] = right
    return rights


def _right(round_: Round, place: Place, key: str) -> Right | None:
    root, segment, head = _ROOT.match(key), _SEGMENT.match(key), _HEAD.match(key)
    right: Right | None = None
    if named := _MATERIAL.match(key):
        right = Right(named[1])
    elif root and root[1] in root_files():
        right = right_of(root_files()[root[1]])
    elif entry := _REGISTER.match(key):
        right = _told(round_, entry[1], entry[2], key)
    elif opening := _OPENING.match(key):
        right = _opening(round_, place, key, opening[1], opening[2])
    elif is_rewritten(key):
        answers = _answers(round_, place, key)
        known = {name: data for name, data in answers.items() if head and _is_known(round_, head[1], data)}
        right = right_of(present(key, known or answers), late=True, always=True) if answers else None
    elif segment and (data := _segment(round_, segment[1], int(segment[2]), int(segment[3]))):
        right = right_of(data)
    return right or agreed(round_, place, key)


def agreed(round_: Round, place: Place, key: str) -> Right | None:
    """Return what all stores say that have a key of which nothing else tells; None where they differ."""
    digests: dict[str, str] = {}
    for name, store in round_.answering():
        if key in place.listed.get(name, ()):
            digests[name] = round_.ask(name, lambda store=store: digest_in(store, key), "")  # type: ignore[misc]
    told = set(digests.values()) - {""}
    if len(told) > 1:
        round_.cannot(key, "the stores have different bytes and nothing says which are right", digests)
    return Right(told.pop()) if len(told) == 1 else None


def _answers(round_: Round, place: Place, key: str) -> dict[str, bytes]:
    """Return what each store has that lists a key; all of these are small."""
    found: dict[str, bytes] = {}
    for name, store in round_.answering():
        if key in place.listed.get(name, ()):
            try:
                data = round_.ask(name, lambda store=store: store.read(key), None)  # type: ignore[misc]
            except (NotFound, IntegrityError):
                continue
            if data is not None:
                found[name] = data
    return found


def _segment(round_: Round, tenant_id: str, first: int, last: int) -> bytes | None:
    with round_.home.catalog.reading(INSTALLATION) as tx:
        events = tx.tenant_events(tenant_id, first - 1, last - first + 1)
    if [event.sequence for event in events] != list(range(first, last + 1)):
        return None
    return b"".join(event_line(event) for event in events)


def _told(round_: Round, tenant_id: str, entry_id: str, key: str) -> Right | None:
    """Return what the ledger says of a version of a register entry; None for one that nobody was told of."""
    with round_.home.catalog.reading(INSTALLATION) as tx:
        events = tx.events_about(entry_id)
    for event in events:
        if event.tenant_id == tenant_id and key_of(event) == key:
            return Right(str(event.detail["sha256"]))
    return None


def _opening(round_: Round, place: Place, key: str, tenant_id: str, batch_id: str) -> Right | None:
    """Return which bytes open a stamped head; None where no store has them, or the seal never was."""
    try:
        objects = round_.home.evidence_objects()
        stamped = read_heads(b"".join(objects.read_verified(BATCH_PREFIX + batch_id, HEADS)))
    except (IntegrityError, NotFound):
        return None
    for data in _answers(round_, place, key).values():
        try:
            opening = read_opening(data)
        except IntegrityError:
            continue
        exact = opening.to_bytes() == data
        if (
            exact
            and (opening.tenant_id, opening.batch_id) == (tenant_id, batch_id)
            and opening.leads(stamped)
        ):
            return right_of(data)
    return None


def _is_known(round_: Round, tenant_id: str, data: bytes) -> bool:
    """Tell whether the catalogue has the event that a ledger's head speaks of."""
    try:
        body = json.loads(data)
        sequence, digest = int(body["sequence"]), str(body["digest"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return False
    with round_.home.catalog.reading(INSTALLATION) as tx:
        events = tx.tenant_events(tenant_id, sequence - 1, 1)
    return bool(events) and (events[0].sequence, events[0].digest) == (sequence, digest)
