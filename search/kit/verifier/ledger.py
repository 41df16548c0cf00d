# SPDX-License-Identifier: EUPL-1.2
"""The ledger: each event whole in itself, its place in the tree of its municipality, the stamped head."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Dict, List, Sequence, Tuple

from search.kit.verifier.contents import canonical
from search.kit.verifier.reading import Broken, Kit

EVENTS, PROOFS, OPENING = "ledger/events.jsonl", "ledger/proofs.json", "ledger/opening.json"
HEADS, HEADS_RECORD = "ledger/heads.json", "ledger/heads.ers"


def events_of(kit: Kit) -> List[Dict[str, Any]]:
    """The events about the object, each held against its own digest."""
    found = []
    if not kit.read(EVENTS).endswith(b"\n"):
        raise Broken("el registro de eventos está cortado", "the ledger's events are cut off")
    for line in kit.read(EVENTS).split(b"\n")[:-1]:
        event = json.loads(line)
        covered = {name: value for name, value in event.items() if name not in ("digest", "position")}
        if hashlib.sha256(canonical(covered)).hexdigest() != event["digest"] or canonical(event) != line:
            es = f"el asiento {event.get('sequence')} del registro ha cambiado"
            raise Broken(es, f"event {event.get('sequence')} of the ledger has changed")
        found.append(event)
    return found


def root_from(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Root to which an inclusion proof leads (RFC 9162 2.1.3.2)."""
    node, last = hashlib.sha256(b"\x00" + leaf).digest(), size - 1
    if not 0 <= index < size:
        raise Broken("un asiento fuera del árbol", "an event outside the tree")
    for sibling in path:
        if last == 0:
            raise Broken("sobra camino en una prueba", "a proof is too long")
        if index & 1 or index == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    if last:
        raise Broken("falta camino en una prueba", "a proof is too short")
    return node


def check_events(kit: Kit) -> Tuple[str, str]:
    """Step 7: the events, their places in the ledger's tree, and the way from its head to the roll-up."""
    events = events_of(kit)
    if PROOFS not in kit.names():
        es = f"{len(events)} asiento(s) del registro de eventos, cada uno íntegro; sin prueba de su lugar"
        return es, f"{len(events)} ledger event(s), each whole; no proof of their place"
    told = json.loads(kit.read(PROOFS))
    size, within = told["size"], [event for event in events if event["sequence"] <= told["size"]]
    if any(event["tenant_id"] != told["tenant"] for event in events):
        raise Broken("un asiento es de otro registro", "an event is of another ledger")
    if set(told["paths"]) != {str(event["sequence"]) for event in within}:
        raise Broken("las pruebas son de otros asientos", "the proofs are of other events")
    for event in within:
        number, path = event["sequence"], told["paths"][str(event["sequence"])]
        if root_from(bytes.fromhex(event["digest"]), number - 1, size, unhex(path)).hex() != told["root"]:
            raise Broken(f"el asiento {number} no está en el árbol", f"event {number} is not in the tree")
    check_opening(kit, told)
    es = f"{len(events)} asiento(s) del registro de eventos; {len(within)}, en su cabecera sellada"
    return (
        f"{es} de {size} asientos",
        f"{len(events)} ledger event(s); {len(within)} in its stamped head of {size}",
    )


def unhex(values: Sequence[str]) -> List[bytes]:
    """Hashes that were written in hexadecimal."""
    return [bytes.fromhex(each) for each in values]


def check_opening(kit: Kit, told: Dict[str, Any]) -> None:
    """The head of the proofs is a leaf of the roll-up of all heads, which heads.ers proves."""
    opening, heads = json.loads(kit.read(OPENING)), json.loads(kit.read(HEADS))
    head = opening["head"]
    if [head["tenant"], head["size"], head["root"]] != [told["tenant"], told["size"], told["root"]]:
        raise Broken("la cabecera del registro es otra", "the head of the ledger is another one")
    if head["at"] != heads["at"]:
        raise Broken("las cabeceras son de otro instante", "the heads are of another instant")
    leaf = hashlib.sha256(bytes.fromhex(opening["nonce"]) + canonical(head)).digest()
    if root_from(leaf, opening["index"], heads["leaves"], unhex(opening["path"])).hex() != heads["root"]:
        raise Broken("la cabecera no lleva a las selladas", "the head does not lead to the stamped ones")
