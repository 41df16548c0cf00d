# SPDX-License-Identifier: EUPL-1.2
"""The preservation profiles of this installation: one for each municipality.

Source: ETSI TS 119 512 V1.2.1, 5.4.7 and annex F.1.
"""

from __future__ import annotations

from typing import Final

from flask import current_app

from archive.identity import Principal, Right
from archive.model import Tenant
from archive.web.access import tenants_of
from archive.web.app import WebSettings
from search.api.preservation import messages as wire
from search.api.preservation.results import PARAMETER, Refusal

SCHEME: Final = "http://uri.etsi.org/19512/scheme/pds+pgd+aug+wst+ers"
GOALS: Final = tuple(f"http://uri.etsi.org/19512/goal/{goal}" for goal in ("pds", "pgd", "aug"))
OPERATIONS: Final = (
    "RetrieveInfo", "PreservePO", "RetrievePO", "DeletePO", "UpdatePOC", "RetrieveTrace", "ValidateEvidence",
    "Search",
)  # fmt: skip
_POLICY: Final = "http://uri.etsi.org/19512/policy/"


def profile_id(tenant_id: str) -> str:
    """Return the identifier of a municipality's profile."""
    settings: WebSettings = current_app.extensions["longeva"]["settings"]
    return f"{settings.base_url}/preservacion/v1/perfiles/{tenant_id}"


def profiles_of(principal: Principal) -> list[wire.Profile]:
    """Return the profiles of the municipalities where somebody is anything."""
    return [_profile(tenant) for tenant in tenants_of(principal)]


def tenant_of_profile(pid: str, principal: Principal, right: Right) -> str:
    """Return the municipality of a profile where somebody has a right.

    Raises:
        Refusal: There is no such profile, or not for him: the words are the same.
    """
    for tenant_id in principal.tenants(right):
        if profile_id(tenant_id) == pid:
            return tenant_id
    raise Refusal(PARAMETER, "No hay tal perfil: RetrieveInfo los enumera.")


def _profile(tenant: Tenant) -> wire.Profile:
    pid = profile_id(tenant.tenant_id)
    return wire.Profile(
        pid=pid,
        op=[wire.Operation(name=name) for name in OPERATIONS],
        pol=[
            wire.Policy(type=f"{_POLICY}preservation-evidence", uri=f"{pid}#evidencias"),
            wire.Policy(type=f"{_POLICY}signature-validation", uri=f"{pid}#firmas"),
        ],
        pvp=wire.Period(vfrom=int(tenant.created_at.timestamp() * 1000)),
        psm="WithStorage",
        pg=list(GOALS),
        ef=[wire.Format(formatId=wire.ERS)],
        spec=["https://www.etsi.org/deliver/etsi_ts/119500_119599/119512/01.02.01_60/"],
        desc=[wire.Words(value=f"Archivo electrónico único: {tenant.name}", lang="es")],
        sid=SCHEME,
    )
