# SPDX-License-Identifier: EUPL-1.2
"""Objects by their POID, and what is given of them.

A POID is the URN of an object, or of the deposit that it came with (`urn:uuid:…`): a deposit has one before
it was checked, and it leads to the object afterwards.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from archive.catalog import INSTALLATION
from archive.errors import LimitExceeded, NotFound
from archive.home import Home
from archive.identity import Principal, Right
from preservation.evidence.repository import record_for
from search.api.preservation.messages import ENI_ZIP, ERS, KIT, Preserved, RetrievePO, preserved
from search.api.preservation.results import (
    PARAMETER,
    PARTLY,
    UNKNOWN_EVIDENCE_FORMAT,
    UNKNOWN_PO_FORMAT,
    UNKNOWN_VERSION,
    Refusal,
)
from search.export_jobs import ExportJob, make_eni, make_kit
from search.retrieval import record_access
from search.seeing import NOTHING, Seen, see
from search.viewing.address import short_id

MAX_GIVEN: Final = 32 << 20
"""Bytes of one answer; a larger object is fetched by an export (`/api/v1`)."""
EVIDENCE, EMBEDDED, DETACHED, PLAIN = "Evidence", "POwithEmbeddedEvidence", "POwithDetachedEvidence", "PO"
SUBJECTS: Final = (EVIDENCE, EMBEDDED, DETACHED, PLAIN)
_DEPOSIT: Final = "urn:uuid:"
_OBJECT: Final = re.compile(r"urn:longeva:([a-z0-9][a-z0-9-]{1,39}):.+:[0-9a-f]{32}", re.DOTALL)


def poid_of_deposit(deposit_id: str) -> str:
    """Return the POID of what was just deposited."""
    return f"{_DEPOSIT}{deposit_id}"


def object_of(home: Home, principal: Principal, poid: str, right: Right) -> Seen:
    """Return the object that a POID means, for who has a right where it is.

    Raises:
        NotFound: No such object, none for him, or its deposit is not settled yet.
    """
    wanted = _object_of_deposit(home, poid.removeprefix(_DEPOSIT)) if poid.startswith(_DEPOSIT) else poid
    found = _OBJECT.fullmatch(wanted)
    if found is None or not principal.may(right, found[1]):
        raise NotFound(NOTHING)
    seen = see(home, principal, found[1], short_id(wanted))
    if seen.record.object_id != wanted:
        raise NotFound(NOTHING)
    return seen


def retrieve(home: Home, asked: RetrievePO, seen: Seen, agent: str) -> tuple[list[Preserved], str | None]:
    """Return what was asked of an object, and a warning where it is not all.

    Raises:
        Refusal: A version, format or subject that there is not.
        LimitExceeded: Too large for an answer.
    """
    subject = asked.sor or EMBEDDED
    _require_known(asked, subject, seen.record.version)
    record, poid = seen.record, seen.record.object_id
    sealed = _is_sealed(home, poid)
    given: list[Preserved] = []
    if subject == EMBEDDED and sealed:
        given.append(preserved(_made(home, seen, "kit", agent), KIT, "application/zip", "po"))
    elif subject != EVIDENCE:
        given.append(preserved(_made(home, seen, "eni", agent), ENI_ZIP, "application/zip", "po"))
    if subject in {EVIDENCE, DETACHED} and sealed:
        record_access(home, record, agent, {"what": "evidence"})
        about = "po" if subject == DETACHED else ""
        evidence = record_for(home, poid)
        given.append(preserved(evidence, ERS, "application/octet-stream", "ev", about))
    return given, None if sealed or subject == PLAIN else PARTLY


def _require_known(asked: RetrievePO, subject: str, version: int) -> None:
    if subject not in SUBJECTS:
        raise Refusal(PARAMETER, f"SubjectOfRetrieval es uno de: {', '.join(SUBJECTS)}")
    if set(asked.versionId or ()) - {"all", f"v{version}"}:
        raise Refusal(UNKNOWN_VERSION, f"Se facilita la última versión, v{version}.")
    form = KIT if subject == EMBEDDED else ENI_ZIP
    if asked.poFormat not in {None, form}:
        raise Refusal(UNKNOWN_PO_FORMAT, f"Se facilita en el formato {form}.")
    if asked.evFormat not in {None, ERS}:
        raise Refusal(UNKNOWN_EVIDENCE_FORMAT, f"Las evidencias se facilitan en el formato {ERS}.")


def _made(home: Home, seen: Seen, form: str, agent: str) -> bytes:
    """Make an export and return it whole."""
    record = seen.record
    with home.catalog.reading(record.tenant_id) as tx:
        size = sum(file.digests.size for file in tx.files(record.object_id))
    if size > MAX_GIVEN:
        raise LimitExceeded(f"the object has {size} bytes: ask an export of it at /api/v1")
    make: Callable[[Home, ExportJob, Path], object] = make_kit if form == "kit" else make_eni
    now: datetime = home.clock.now()
    with tempfile.TemporaryDirectory(prefix="po-", dir=home.work_folder()) as folder:
        out = Path(folder) / "po.zip"
        make(home, ExportJob("", record.tenant_id, form, agent, "", now, now, record.object_id), out)
        if out.stat().st_size > MAX_GIVEN:
            raise LimitExceeded("the object with its evidence is too large: ask an export of it at /api/v1")
        return out.read_bytes()


def _is_sealed(home: Home, object_id: str) -> bool:
    with home.catalog.reading(INSTALLATION) as tx:
        version = tx.object(object_id).version
        return any(leaf.version == version for leaf in tx.seals_of(object_id))


def _object_of_deposit(home: Home, deposit_id: str) -> str:
    with home.catalog.reading(INSTALLATION) as tx:
        deposit = tx.deposit(deposit_id)
        if deposit.object_id:
            return deposit.object_id
        first = tx.deposit_by_digest(deposit.tenant_id, deposit.package_digest)
        return first.object_id if first else ""
