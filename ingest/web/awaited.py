# SPDX-License-Identifier: EUPL-1.2
"""What awaits whom about deposits: decisions, failures, and one's own that came to nothing."""

from __future__ import annotations

from collections.abc import Sequence

from archive.catalog.deposit_lists import DepositFilter
from archive.home import Home
from archive.identity import Principal, Right
from archive.web.awaiting import Line
from archive.web.i18n import ngettext


def deposits_awaiting(home: Home, principal: Principal, tenant_id: str) -> Sequence[Line]:
    """Say what awaits a principal among the deposits of a municipality."""
    if not principal.may(Right.DEPOSIT, tenant_id):
        return []
    decides = principal.may(Right.DECIDE, tenant_id)
    with home.catalog.reading(tenant_id) as tx:
        states = tx.deposit_states(DepositFilter(tenant_id, agent="" if decides else principal.agent))
    waiting, failed = states.get("WAITING", 0), states.get("ERROR", 0)
    under_way = states.get("QUEUED", 0) + states.get("CHECKING", 0)
    here = f"/archivo/{tenant_id}/depositos"
    if decides:
        words = ngettext("depósito espera su decisión", "depósitos esperan su decisión", waiting)
    else:
        words = ngettext(
            "depósito suyo espera la decisión del archivo",
            "depósitos suyos esperan la decisión del archivo",
            waiting,
        )
    return [
        Line(words, waiting, f"{here}?estado=WAITING"),
        Line(
            ngettext("depósito no avanza por un fallo", "depósitos no avanzan por un fallo", failed),
            failed, f"{here}?estado=ERROR", "bad",
        ),
        Line(
            ngettext("depósito en cola", "depósitos en cola", under_way),
            under_way, f"{here}?estado=QUEUED", "quiet",
        ),
    ]  # fmt: skip
