# SPDX-License-Identifier: EUPL-1.2
"""Judge the signatures of an object again, decades later, from what the archive kept and can prove.

    certificates, lists and answers   kept at the deposit (archive.material), beside today's trust
    proof that they existed then      the object's own evidence record, which covers file and material alike

Whom to trust is asked today: a kept anchor is material to build a chain with, never a reason to trust.

Source: ETSI EN 319 102-1 5.6 (validation of signatures with archival data), 5.6.2.3 (proofs of existence).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from archive.catalog import INSTALLATION
from archive.clock import format_instant
from archive.eni.read import read_eni
from archive.errors import NotFound
from archive.home import Home
from archive.material import Material, load
from archive.model import FileRole
from preservation.evidence.repository import verify_object
from preservation.evidence.verdict import EvidenceVerdict
from preservation.installation import strength
from preservation.signatures.engine.poe import NO_PROOFS, Proofs
from preservation.signatures.eni.validate import EniVerdict, validate_eni
from preservation.signatures.records import EVIDENCE
from preservation.trust.store import TrustStore

_SIGNED: Final = {FileRole.INDEX, FileRole.DOCUMENT}


@dataclass(frozen=True, slots=True)
class Revalidation:
    """Verdicts of one instant on every signature of an object."""

    object_id: str
    at: datetime
    evidence: EvidenceVerdict | None
    """None where the object is not sealed yet: nothing proves when anything existed."""
    material: tuple[Material, ...]
    verdicts: tuple[tuple[str, EniVerdict], ...]
    """Logical path and verdict, in the order of the catalogue."""

    def to_json(self) -> dict[str, Any]:
        """Return the form of the command-line contract."""
        return {
            "object": self.object_id,
            "at": format_instant(self.at),
            "evidence": None if self.evidence is None else self.evidence.to_json(),
            "material": [{"sha256": m.sha256, "kind": m.kind, "size": m.size} for m in self.material],
            "signatures": [
                {"path": path, "place": verdict.place, "eni_type": verdict.eni_type}
                | ({"csv": verdict.csv} if verdict.report is None else verdict.report.to_json())
                for path, verdict in self.verdicts
            ],
        }


def revalidate(
    home: Home, object_id: str, *, trust: TrustStore, at: datetime, only: str = ""
) -> Revalidation:
    """Judge every signature of an object's head version at one instant.

    Args:
        home: The archive.
        object_id: The object.
        trust: Whom to trust at `at`, with the material at hand then.
        at: Instant of judgement, aware.
        only: Logical path of the one file whose signatures are judged; empty judges all.

    Raises:
        NotFound: No such object.
        IntegrityError: A file or a piece of material is not what was recorded.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        record, files = tx.object(object_id), tx.files(object_id)
    objects = home.objects(record.tenant_id)
    material = objects.material(objects.inventory(object_id))
    trust = trust.joined(_kept(home, material))
    evidence = _evidence(home, object_id, trust, at)
    proofs = _proofs(evidence, material)
    verdicts = []
    for file in files:
        if file.role in _SIGNED and only in {"", file.path}:
            objects.verify_file(object_id, file.path)
            with objects.open(object_id, file.path) as stream:
                judged = validate_eni(read_eni(stream, place=file.path), trust, at, proofs=proofs)
            verdicts += [(file.path, each) for each in judged.verdicts]
    return Revalidation(object_id, at, evidence, material, tuple(verdicts))


def _kept(home: Home, material: tuple[Material, ...]) -> TrustStore:
    """Return what was kept, none of it trusted for having been kept."""
    found: dict[str, list[bytes]] = {"certificate": [], "crl": [], "ocsp": []}
    for piece in material:
        kind = "certificate" if piece.kind == "anchor" else piece.kind
        found.get(kind, []).append(load(home.store, piece.sha256))
    crls, ocsps = tuple(found["crl"]), tuple(found["ocsp"])
    return TrustStore(crls=crls, ocsps=ocsps, gathered=tuple(found["certificate"]))


def _evidence(home: Home, object_id: str, trust: TrustStore, at: datetime) -> EvidenceVerdict | None:
    try:
        return verify_object(
            home,
            object_id,
            at=at,
            trust=trust,
            strength=strength(home),
        )
    except NotFound:
        return None


def _proofs(evidence: EvidenceVerdict | None, material: tuple[Material, ...]) -> Proofs:
    """Return what the evidence record proves: the files with all that is inside, and each piece kept."""
    since = None if evidence is None else evidence.proven_since
    if since is None:
        return NO_PROOFS
    named = [bytes.fromhex(piece.sha256) for piece in material]
    return NO_PROOFS.with_everything(since, EVIDENCE).with_objects(named, since, EVIDENCE)
