# SPDX-License-Identifier: EUPL-1.2
"""From the services of a list to anchors with dates (ETSI TS 119 615 4.3; TS 119 612 5.5.4 and annex D).

A service is an anchor while its status approved it, for what its type says: CA/QC for signing, TSA/QTST for
time stamping. What a list says of its past counts: an authority withdrawn today was good in its day.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Final

from preservation.trust.dated import Anchor, Period, Purpose
from preservation.trusted_lists.parse import Service, Status, TrustedList

APPROVED: Final = frozenset(
    {"granted", "undersupervision", "supervisionincessation", "accredited", "setbynationallaw"}
)
"""Statuses of qualified services: of Regulation 910/2014 and, before July 2016, of Directive 1999/93."""
RECOGNISED: Final = APPROVED | {"recognisedatnationallevel"}
"""Those of services that a state lists without their being qualified."""
QUALIFIED: Final = {"CA/QC": Purpose.SIGNING, "TSA/QTST": Purpose.TIME_STAMPING}
NATIONAL: Final = {
    "CA/PKC": Purpose.SIGNING,
    "TSA": Purpose.TIME_STAMPING,
    "TSA/TSS-QC": Purpose.TIME_STAMPING,
    "TSA/TSS-AdESQCandQES": Purpose.TIME_STAMPING,
}
"""Services that are not qualified; anchors only where the archive decides so."""
_FOR_DOCUMENTS: Final = frozenset({"ForeSignatures", "ForeSeals"})
_USES: Final = _FOR_DOCUMENTS | {"ForWebSiteAuthentication"}


def anchors_of(found: TrustedList, *, national: bool = False) -> tuple[Anchor, ...]:
    """Return the anchors that a list gives.

    Args:
        found: The list, its signature verified before.
        national: Take the services that are not qualified too.
    """
    source = (
        f"trusted list of {found.territory or found.operator}, number {found.sequence}, "
        f"issued {found.issued:%Y-%m-%d}, sha256 {found.digest[:16]}"
    )
    anchors = (anchor for each in found.services for anchor in _anchors(each, source, national=national))
    return tuple(replace(anchor, snapshot=found.digest) for anchor in anchors)


def _anchors(service: Service, source: str, *, national: bool) -> list[Anchor]:
    present = service.history[-1]
    purpose = _purposes(national).get(present.type)
    if purpose is None:
        return []
    remembers = [each.remembers_since for each in service.history if each.remembers_since is not None]
    anchor = Anchor(
        b"",
        frozenset({purpose}),
        _periods(service.history, purpose, national=national),
        source,
        f"{service.provider}: {service.name}",
        present.type,
        min(remembers, default=None),
    )
    return [replace(anchor, certificate=der) for der in service.certificates]


def _purposes(national: bool) -> dict[str, Purpose]:
    return {**QUALIFIED, **NATIONAL} if national else QUALIFIED


def _periods(history: tuple[Status, ...], purpose: Purpose, *, national: bool) -> tuple[Period, ...]:
    ends = [later.since for _, later in pairwise(history)]
    return tuple(
        Period(each.since, until, each.status, trusted=_approved(each, purpose, national=national))
        for each, until in zip(history, [*ends, None], strict=True)
    )


def _approved(status: Status, purpose: Purpose, *, national: bool) -> bool:
    if _purposes(national).get(status.type) != purpose or not status.understood:
        return False
    if status.uses & _USES and not status.uses & _FOR_DOCUMENTS:
        return False  # an authority of web sites alone (5.5.9.4)
    return status.status in (APPROVED if status.type in QUALIFIED else RECOGNISED)
