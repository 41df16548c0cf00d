# SPDX-License-Identifier: EUPL-1.2
"""Who looked at what, told to the ledger before the answer leaves: cheap enough to do at every page.

    home.reads.note("villa", "object.viewed", record.object_id, principal.agent)
    home.reads.note("villa", "search.made", "villa", principal.agent, {"hits": 12})

Whoever comes while somebody is writing waits, and the next to write takes along all that wait: many events,
one transaction, one fsync. The event is durable when `note` returns; an answer that cannot be told is not
given (the error is raised in everybody whose event it was).

Never words that were searched, names or identifiers of people: an event stays for ever (RGPD art. 17).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from archive.catalog import INSTALLATION
from archive.ledger import EventDraft
from archive.model import SYSTEM_TENANT

if TYPE_CHECKING:
    from archive.home import Home

TOGETHER: Final = 500
"""Events of one transaction."""


@dataclass(slots=True)
class _Waiting:
    tenant_id: str
    draft: EventDraft
    done: bool = False
    error: BaseException | None = field(default=None)


class Reads:
    """Writes events in groups; threads share it."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._waiting: list[_Waiting] = []
        self._list = threading.Lock()
        self._turn = threading.Lock()

    def note(
        self, tenant_id: str, kind: str, subject: str, agent: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Tell of one access; durable on return.

        Args:
            tenant_id: In whose ledger.
            kind: Dotted verb, such as `object.viewed`.
            subject: Id of what was looked at; the tenant's where it is no single thing.
            agent: `Principal.agent`.
            detail: JSON without personal data.

        Raises:
            InvalidRequest: `detail` has no canonical JSON form.
            StorageUnavailable, CatalogUnavailable: It could not be told: do not answer.
        """
        mine = _Waiting(tenant_id, EventDraft(kind, subject, agent, detail or {}))
        with self._list:
            self._waiting.append(mine)
        while not mine.done:
            with self._turn:
                if not mine.done:
                    self._write_group()
        if mine.error is not None:
            raise mine.error

    def _write_group(self) -> None:
        with self._list:
            group, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
        by_tenant: dict[str, list[_Waiting]] = {}
        for each in group:
            by_tenant.setdefault(each.tenant_id, []).append(each)
        for tenant_id, waiting in by_tenant.items():
            error: BaseException | None = None
            try:
                self._write(tenant_id, [each.draft for each in waiting])
            except BaseException as cause:  # noqa: BLE001 - raised again in each of those who wait
                error = cause
            for each in waiting:
                each.error, each.done = error, True

    def _write(self, tenant_id: str, drafts: list[EventDraft]) -> None:
        scope = INSTALLATION if tenant_id == SYSTEM_TENANT else tenant_id
        with self._home.catalog.transaction(scope) as tx:
            self._home.ledger.append_all(tx, tenant_id, drafts)
        self._home.carry(tenant_id)
