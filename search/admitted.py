# SPDX-License-Identifier: EUPL-1.2
"""Was an object admitted? What waits for an archivist or was refused is kept, and vouched for by nobody."""

from __future__ import annotations

from typing import Final

from archive.catalog import Transaction
from archive.model import DepositState, ObjectRecord

_OUTSIDE: Final = frozenset({DepositState.WAITING, DepositState.REJECTED})


def is_admitted(tx: Transaction, record: ObjectRecord) -> bool:
    """Tell whether the deposit of an object was accepted, by the checks or by an archivist.

    Source: NTI Política de gestión de documentos electrónicos VI.1 (captura); Ley 39/2015 art. 27.2.
    """
    kept = tx.deposit_in_brief(record.tenant_id, record.package_digest)
    return kept is not None and kept.state is DepositState.ACCEPTED


def state_outside(tx: Transaction, record: ObjectRecord) -> DepositState | None:
    """Return WAITING or REJECTED of what no archivist admitted; None of everything else.

    None also where no deposit is known (a copy of ours): `is_admitted` is the question of who vouches.
    """
    kept = tx.deposit_in_brief(record.tenant_id, record.package_digest)
    return kept.state if kept is not None and kept.state in _OUTSIDE else None
