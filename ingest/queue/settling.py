# SPDX-License-Identifier: EUPL-1.2
"""A worker's part: what it has claimed goes the way of every deposit, and leaves the inbox last.

    claim    row        the deposits of one tenant and submitter that are due, a group at a time
    fetch    inbox      checked against the digest of when they came in
    deposit  archive    ingest.intake, ingest.deposit.record: bytes, rows, journal, under the identifier given
    leave    inbox      header, bytes, then the row

Dying anywhere, or doing it twice, gives one object, one event, one receipt: what is settled is looked for
first, and again in the transaction that would settle it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from archive.catalog import INSTALLATION, QueuedDeposit
from archive.errors import IntegrityError, LongevaError, NotFound, ServiceError
from archive.home import Home
from ingest.deposit import record
from ingest.intake import Ticket
from ingest.queue.claims import TOGETHER, Claims
from ingest.queue.inbox import Inbox
from ingest.queue.submission import entry_of, write_rows
from ingest.receipt import Seal
from ingest.workers import make_intake
from preservation.installation import archive_seal, trust_store

_log = logging.getLogger(__name__)


class Bench:
    """Where one worker settles deposits. Not for several threads at a time."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.claims = Claims(home)
        self._inbox = Inbox(home.engines.open_inbox())

    def settle_next(self, limit: int = TOGETHER) -> int:
        """Claim what is due next and settle it.

        Returns:
            How many deposits were claimed; 0 where nothing is due. Those that failed are noted with their
            reason and due again later.

        Raises:
            ServiceError: A service failed for all of them alike: pause before the next.
            ConfigurationError: The operator must mend something first.
        """
        with self.claims.next(limit) as entries:
            if entries:
                self._settle(entries)
            return len(entries)

    def _settle(self, entries: Sequence[QueuedDeposit]) -> None:
        try:
            self._deposit(entries)
        except Exception as cause:  # one package must not stop the others: whatever failed is told
            if isinstance(cause, ServiceError) or len(entries) == 1:
                for entry in entries:
                    self.claims.fail(entry, cause)
                level = logging.WARNING if isinstance(cause, LongevaError) else logging.ERROR
                _log.log(level, "queue.failed", exc_info=cause, extra={"deposits": len(entries)})
                if isinstance(cause, ServiceError):
                    raise
                return
            _log.info("queue.one_by_one", exc_info=cause, extra={"deposits": len(entries)})
            for entry in entries:
                self._settle([entry])

    def _deposit(self, entries: Sequence[QueuedDeposit]) -> None:
        tenant_id, agent = entries[0].tenant_id, entries[0].agent
        with self.home.catalog.reading(tenant_id) as tx:
            settled = tx.deposits_by_id(entry.deposit_id for entry in entries)
        left = [entry for entry in entries if entry.deposit_id not in settled]
        if left:
            self._take_in(tenant_id, left, agent)
        if settled:
            # Whoever settled them may have died, or failed, before the journal knew of it; and of a database
            # that tells another story than the journal nothing is believed: the package stays.
            self.home.ledger.flush(tenant_id)
        self._inbox.discard((tenant_id, entry.deposit_id) for entry in entries)
        with self.home.catalog.transaction(tenant_id) as tx:
            tx.leave_queue(entry.deposit_id for entry in entries)

    def _take_in(self, tenant_id: str, entries: Sequence[QueuedDeposit], agent: str) -> None:
        home = self.home
        with TemporaryDirectory(
            prefix="queue-", dir=home.work_folder(), ignore_cleanup_errors=True
        ) as folder:
            tickets = dict(self._fetch(tenant_id, entry, Path(folder)) for entry in entries)
            intake = make_intake(home, tenant_id, trust_store(home, home.clock.now()))
            intake.tickets = tickets
            group = intake.take(list(tickets))
            record(home, tenant_id, group, self._seal(), agent, list(tickets.values()))

    def _fetch(self, tenant_id: str, entry: QueuedDeposit, folder: Path) -> tuple[Path, Ticket]:
        try:
            header = self._inbox.header(tenant_id, entry.deposit_id)
            path = self._inbox.fetch(header, folder / entry.deposit_id)
        except NotFound as cause:
            raise NotFound("the package is not in the inbox any more", place=entry.deposit_id) from cause
        return path, Ticket(entry.deposit_id, header.received_at)

    def _seal(self) -> Seal:
        return archive_seal(self.home)


def reconcile(home: Home) -> int:
    """Bring the queue in step with the inbox, whatever was lost between them; harmless at any time.

    A header without row gets one: the catalogue was rebuilt, or a submitter died. A header of a deposit that
    is settled goes, with its bytes, once the journal knows of it. Halves of uploads are swept. A header that
    cannot be read holds up no other: it stays where it is.

    Returns:
        How many things were put right.

    Raises:
        IntegrityError: Headers cannot be read; everything else was done.
    """
    inbox = Inbox(home.engines.open_inbox())
    waiting = list(inbox.waiting())
    with home.catalog.reading(INSTALLATION) as tx:
        known = tx.queued(deposit_id for _, deposit_id in waiting)
        unknown = [each for each in waiting if each[1] not in known]
        settled = tx.deposits_by_id(deposit_id for _, deposit_id in unknown)
        tenants = {tenant.tenant_id for tenant in tx.tenants()}
    entries, unreadable = [], []
    for tenant_id, deposit_id in unknown:
        if deposit_id in settled or tenant_id not in tenants:
            continue
        try:
            entries.append(entry_of(inbox.header(tenant_id, deposit_id)))
        except NotFound:
            continue  # it was settled since we looked
        except IntegrityError:
            unreadable.append(f"{tenant_id}/{deposit_id}")
    done = write_rows(home, entries) if entries else 0
    over = [each for each in unknown if each[1] in settled and settled[each[1]].tenant_id == each[0]]
    if over:
        with home.writing():
            home.ledger.flush()
        inbox.discard(over)
    done += len(over) + inbox.sweep(home.clock.now())
    if unreadable:
        raise IntegrityError(f"headers of the inbox that cannot be read: {', '.join(unreadable[:10])}")
    return done
