# SPDX-License-Identifier: EUPL-1.2
"""What stands between a request and its copy: found at entry, and again when somebody resolves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archive.catalog import INSTALLATION
from archive.errors import InvalidRequest, NotFound
from archive.home import Home
from archive.identifiers import normalise_csv
from archive.model import DocumentRecord, ObjectKind, ObjectRecord, SignatureRecord
from archive.regime import Access, AccessRegime
from search.admitted import is_admitted
from search.certify import NOT_COPIED
from search.holds import holds_on
from search.regimes import NOT_ADMITTED, regime_of
from search.source import choose

DISPOSED = "object.disposed"


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference means."""

    record: ObjectRecord
    path: str
    """Logical path of a document; empty for the resolution of an expediente."""


def find_targets(home: Home, tenant_id: str, reference: str) -> list[Target]:
    """Return what somebody may have meant: an ENI identifier, an object's id, a CSV. Empty if nothing fits.

    Never told to who asks: whether something is there is for the archivist to see (RD 1708/2011 art. 29.3).
    """
    text = "".join(reference.split())
    if not text:
        return []
    with home.catalog.reading(INSTALLATION) as tx:
        found = [Target(one, "") for one in tx.find_objects(tenant_id, text)]
        found += [Target(one, document.path) for one, document in tx.document_by_eni_id(tenant_id, text)]
        try:
            copy = tx.copy_by_csv(normalise_csv(text))
        except InvalidRequest:
            copy = None
        if copy is not None and copy.tenant_id == tenant_id:
            found.append(Target(tx.object(copy.source_object_id), copy.source_path))
        if len(text) >= 10:
            kept = [*tx.documents_by_csv(text), *tx.documents_by_csv(text.upper())]
            found += [Target(one, document.path) for one, document in kept if one.tenant_id == tenant_id]
    whole = [one for one in found if one.record.kind is not ObjectKind.COPY]
    unique = {(one.record.object_id, one.path): one for one in whole}
    # A loose document is found as an object and as a document of it: they are the same.
    pathed = {ident for ident, path in unique if path}
    meant = [one for (ident, path), one in unique.items() if path or ident not in pathed]
    with home.catalog.reading(tenant_id) as tx:
        # Whoever deposits something else under the same identifier must not make what is kept unreachable.
        admitted = [one for one in meant if is_admitted(tx, one.record)]
    return admitted or meant


def hurdles_of(
    home: Home, tenant_id: str, targets: list[Target]
) -> tuple[AccessRegime | None, tuple[str, ...]]:
    """Return the access regime of what is asked for (None if it is not known) and what stands in the way."""
    if not targets:
        return None, ("not-found",)
    if len(targets) > 1:
        return None, ("several",)
    target = targets[0]
    with home.catalog.reading(tenant_id) as tx:
        documents = tx.documents(target.record.object_id)
        signatures = tx.signatures(target.record.object_id)
        admitted = is_admitted(tx, target.record)
        events = [event.kind for event in tx.events_about(target.record.object_id)]
    regime = regime_of(home, target.record, documents)
    found = [] if admitted else ["not-admitted"]
    if DISPOSED in events and "object.stored" not in events[events.index(DISPOSED) :]:
        found.append("destroyed")
    held = holds_on(home, target.record)
    if held:
        found.append("hold-no-copies" if any(one.no_copies for one in held) else "hold")
    if regime.access is not Access.OPEN and regime != NOT_ADMITTED:  # said above
        found.append("limited" if regime.access is Access.LIMITED else "reserved")
    found += _of_document(documents, signatures, target)
    return regime, tuple(found)


def _of_document(
    documents: list[DocumentRecord], signatures: list[SignatureRecord], target: Target
) -> Iterator[str]:
    try:
        document = choose(documents, target.path or None)
    except (NotFound, InvalidRequest):
        yield "several"
        return
    if document.estado_elaboracion == NOT_COPIED:
        yield "not-original"
    if any(one.indication == "TOTAL_FAILED" for one in signatures if one.path == document.path):
        yield "signature-failed"
    if document.origin_is_administration is False:
        yield "private"
