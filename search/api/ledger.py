# SPDX-License-Identifier: EUPL-1.2
"""Heads and proofs of a ledger: for who inspects, and for anybody who holds a receipt.

Anybody may ask from a head that he knows: its root is 256 bits that only its holder and the archive have, and
what he gets is hashes. What is no head of this ledger, or no ledger at all, is answered in the same words.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from archive.clock import format_instant
from archive.errors import IntegrityError, NotFound
from archive.identity import Right
from archive.ledger_proofs import Kept, LedgerProof
from archive.ledger_tree import TreeHead
from archive.web.access import require
from archive.web.api import MOST, PUBLIC, Model
from archive.web.context import current_home
from archive.web.limits import spend
from preservation.ledger.proving import newest_head, prove, stamped_openings
from search.api.door import blueprint

UNKNOWN: Final = "no such head"
ASKED: Final = ("20/minute", "200/hour")
"""For each address: a proof reads some pages of the catalogue and one batch of evidence."""
_HEX: Final = r"^[0-9a-f]{64}$"
Hash = Annotated[str, Field(pattern=_HEX, description="SHA-256 in lower-case hexadecimal")]
Size = Annotated[int, Field(ge=1, le=2**53)]


class Head(Model):
    """A Merkle tree head of a ledger (RFC 6962 2.1)."""

    size: int = Field(description="Events that it stands for")
    root: Hash


class StampedHead(Head):
    """A head that was time-stamped."""

    at: str = Field(description="When it was taken")
    batch: str = Field(description="The seal that proves it")


class Heads(Model):
    """The heads of a ledger."""

    tenant: str
    head: Head
    stamped: list[StampedHead] = Field(description="Newest first")


class HeadsQuery(Model):
    """How many."""

    limit: Annotated[int, Field(ge=1, le=MOST)] = 20


class ProofQuery(Model):
    """What is to be proven: an event, an older head, or both."""

    event: Annotated[int, Field(ge=0, le=2**53, description="Sequence; 0 for none")] = 0
    size: Annotated[int, Field(ge=0, le=2**53, description="Of an older head; 0 for none")] = 0
    root: Annotated[str, Field(max_length=64, description="Of the older head")] = ""


class KeptHead(Model):
    """What a receipt says of the ledger, or any head that somebody wrote down."""

    tenant: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    size: Size
    root: Hash
    sequence: Annotated[int, Field(ge=0, le=2**53, description="Of the receipt's event; 0 for none")] = 0
    digest: Annotated[str, Field(max_length=64, description="Of the receipt's event")] = ""


class Proof(Model):
    """A proof file: `longeva ledger verify --proof` judges it, docs/ledger.md says how anybody can."""

    format: str
    tenant: str
    head: Head
    events: list[dict[str, Any]]
    older: list[dict[str, Any]] = Field(serialization_alias="from", validation_alias="from")
    opening: dict[str, Any] | None = Field(description="Null where no head was time-stamped yet")
    heads: str = Field(description="Base64 of what was stamped")
    record: str = Field(description="Base64 of its RFC 4998 evidence record, DER")


@blueprint.get("/tenants/<tenant_id>/ledger/heads")
@blueprint.input(HeadsQuery, location="query")
@blueprint.output(Heads)
def heads(tenant_id: str, query_data: HeadsQuery) -> Heads:
    """List the newest head of a ledger, and those that were time-stamped."""
    require(Right.INSPECT, tenant_id)
    home = current_home()
    newest = newest_head(home, tenant_id)
    return Heads(
        tenant=tenant_id,
        head=_head(newest),
        stamped=[
            StampedHead(
                size=one.head.size, root=one.head.root.hex(), at=format_instant(one.at), batch=one.batch_id
            )
            for one in stamped_openings(home, tenant_id, query_data.limit)
        ],
    )


@blueprint.get("/tenants/<tenant_id>/ledger/proofs")
@blueprint.input(ProofQuery, location="query")
@blueprint.output(Proof)
def proofs(tenant_id: str, query_data: ProofQuery) -> Proof:
    """Prove an event and an older head in the newest stamped head; 404 for what this ledger never had."""
    require(Right.INSPECT, tenant_id)
    kept = [Kept(tenant_id, _known(query_data.size, query_data.root))] if query_data.size else []
    events = [query_data.event] if query_data.event else []
    return _proof(prove(current_home(), tenant_id, kept, events))


@blueprint.post("/ledger/proofs")
@blueprint.input(KeptHead, location="json")
@blueprint.output(Proof)
@blueprint.doc(extensions=PUBLIC)
def prove_kept(json_data: KeptHead) -> Proof:
    """Prove to whoever holds a receipt or a head that the ledger continues it; 404 for anything else."""
    for rate in ASKED:
        spend(f"ledger {rate}", rate)
    try:
        head = _known(json_data.size, json_data.root)
        digest = bytes.fromhex(json_data.digest) if json_data.sequence else b""
        kept = Kept(json_data.tenant, head, json_data.sequence, digest)
        return _proof(prove(current_home(), json_data.tenant, [kept]))
    except (NotFound, IntegrityError, ValueError):
        raise NotFound(UNKNOWN) from None


def _known(size: int, root: str) -> TreeHead:
    try:
        return TreeHead(size, bytes.fromhex(root))
    except ValueError:
        raise NotFound(UNKNOWN) from None


def _head(head: TreeHead) -> Head:
    return Head(size=head.size, root=head.root.hex())


def _proof(proof: LedgerProof) -> Proof:
    return Proof.model_validate(proof.to_json())
