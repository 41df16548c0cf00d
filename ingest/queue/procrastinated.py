# SPDX-License-Identifier: EUPL-1.2
"""Workers on many machines, woken by procrastinate over the PostgreSQL of the catalogue.

A job of procrastinate is a wake-up and holds nothing: the worker that gets it takes what is due by the rows
of the queue. So its tables may be dropped at any time, and a job that dies with its worker ("doing" for ever)
is given again after `work.stalled_after`, when its lease has run out too. Jobs are deferred after the
row is durable, not in its transaction: the connection of the catalogue stays the catalogue's, and `offer`
makes up for what was lost in between.

Its tables live in a schema of their own, made when first needed; the role of `catalog.url` must own the
database's schema or `catalog.owner_url` must name who does.

Source: procrastinate documentation, "Retry stalled jobs", "Worker", "Migrations".
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector, exceptions
from procrastinate.connector import BaseConnector
from procrastinate.schema import SchemaManager

from archive.catalog import INSTALLATION
from archive.catalog.engine import server_words
from archive.errors import CatalogUnavailable
from archive.home import Home
from ingest.queue.claims import worker_name
from ingest.queue.runner import POLL_SECONDS, Pause, Take, drain

SCHEMA: Final = "longeva_work"
"""Schema of procrastinate's tables."""
QUEUE: Final = "deposits"
TASK: Final = "longeva.settle"
MOST: Final = 1000
"""Wake-ups that wait at a time; more would only wake the same workers."""
RESTART_SECONDS: Final = 5.0

_LOCK: Final = 0x6C6F6E6765766171
"""Advisory lock under which the schema is made."""

_log = logging.getLogger(__name__)


class ProcrastinateRunner:
    """Wakes the workers of all machines that share a PostgreSQL."""

    def __init__(self, home: Home) -> None:
        """Connect, and make or renew procrastinate's schema where needed.

        Raises:
            CatalogUnavailable: The database cannot be reached, or the schema cannot be made by this role.
        """
        settings = home.engines.settings
        self._home = home
        self._url = settings.catalog.url.get_secret_value()
        self._owner_url = settings.catalog.owner_url.get_secret_value() or self._url
        self._stalled_after = settings.work.stalled_after
        self._sync = SyncPsycopgConnector(**_pool(self._url))
        self._app, self._settle = _app(self._sync, lambda: 0)
        _open(self._sync)
        try:
            with _border():
                self._prepare()
        except BaseException:
            self.close()
            raise

    def offer(self) -> int:
        """See `Runner.offer`."""
        with self._home.catalog.reading(INSTALLATION) as tx:
            due = len(tx.due_in_queue(self._home.clock.now(), MOST))
        with _border():
            waiting = sum(int(queue["todo"]) for queue in self._app.job_manager.list_queues(queue=QUEUE))
            lacking = due - waiting
            if lacking > 0:
                self._settle.batch_defer(*({} for _ in range(lacking)))
        return max(lacking, 0)

    def run(self, take: Take, stop: threading.Event) -> None:
        """See `Runner.run`."""
        pause = Pause(stop)
        while not stop.is_set():
            try:
                asyncio.run(self._work(lambda: pause.spent(take), stop))
            except Exception:  # noqa: BLE001 - the database went away, whatever way it shows: again
                _log.warning("queue.unwoken", exc_info=True, extra={"seconds": RESTART_SECONDS})
                stop.wait(RESTART_SECONDS)

    def drain(self, take: Take, stop: threading.Event) -> int:
        """See `Runner.drain`. Wake-ups for what was taken meanwhile are left: they wake for nothing."""
        return drain(take, stop)

    def close(self) -> None:
        """See `Runner.close`."""
        with suppress(exceptions.ConnectorException):
            self._sync.close()

    async def _work(self, take: Take, stop: threading.Event) -> None:
        app, _ = _app(PsycopgConnector(**_pool(self._url)), take)
        async with app.open_async():
            working = asyncio.create_task(
                app.run_worker_async(
                    queues=[QUEUE],
                    name=worker_name(),
                    concurrency=1,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    stalled_worker_timeout=float(self._stalled_after),
                    update_heartbeat_interval=self._stalled_after / 3,
                )
            )
            reviving = asyncio.create_task(self._revive(app))
            try:
                while not (stop.is_set() or working.done() or reviving.done()):  # noqa: ASYNC110 - a thread's event
                    await asyncio.sleep(POLL_SECONDS / 5)
            finally:
                reviving.cancel()
                working.cancel()  # it finishes the job that it is at
                for task in (reviving, working):
                    with suppress(asyncio.CancelledError):
                        await task

    async def _revive(self, app: App) -> None:
        """Give again, for as long as this worker lives, the jobs of workers that fell silent."""
        while True:
            silent = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self._stalled_after)
            for job in silent:
                with suppress(exceptions.ConnectorException):  # another worker was first
                    await app.job_manager.retry_job(job)
            await asyncio.sleep(self._stalled_after / 3)

    def _prepare(self) -> None:
        if _made(self._sync) >= _newest():
            return
        connector = SyncPsycopgConnector(**_pool(self._owner_url))
        _open(connector)
        try:
            connector.execute_query(self._making(drop=bool(_made(connector))))
        except exceptions.ConnectorException:
            if _made(connector) < _newest():  # otherwise another machine was first
                raise
        finally:
            connector.close()

    def _making(self, *, drop: bool) -> Any:
        """Return the statements that make the schema, as one transaction."""
        role = unquote(urlsplit(self._url).username or "").replace('"', '""')
        to = f'"{role}"' if role else "CURRENT_USER"
        made = SchemaManager.get_schema().replace("%", "%%")
        return f"""
            SELECT pg_advisory_xact_lock({_LOCK});
            {f"DROP SCHEMA {SCHEMA} CASCADE;" if drop else ""}
            CREATE SCHEMA {SCHEMA};
            {made};
            COMMENT ON SCHEMA {SCHEMA} IS '{_newest()}';
            GRANT USAGE ON SCHEMA {SCHEMA} TO {to};
            GRANT ALL ON ALL TABLES IN SCHEMA {SCHEMA} TO {to};
            GRANT ALL ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {to};
        """


def _app(connector: Any, take: Take) -> tuple[App, Any]:
    app = App(connector=connector)

    def settle() -> int:
        return take()

    return app, app.task(name=TASK, queue=QUEUE)(settle)


def _pool(url: str) -> dict[str, Any]:
    return {
        "kwargs": {**server_words(url), "options": f"-c search_path={SCHEMA}"},
        "min_size": 1,
        "max_size": 4,
        "timeout": 10.0,
    }


def _newest() -> str:
    """Return the newest step of procrastinate's schema, which names its version."""
    return max(path.stem for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _made(connector: BaseConnector) -> str:
    """Return the version of the schema that is there; empty where there is none."""
    asked = f"SELECT obj_description(to_regnamespace('{SCHEMA}'), 'pg_namespace') AS made"
    row = connector.execute_query_one(asked)
    return str(row["made"] or "")


def _open(connector: SyncPsycopgConnector) -> None:
    try:
        connector.open()
    except Exception as cause:  # the driver's own, which is not ours to name here; its words went to the log
        raise CatalogUnavailable(
            f"the database that wakes the workers cannot be reached ({type(cause).__name__})"
        ) from cause


@contextmanager
def _border() -> Iterator[None]:
    try:
        yield
    except exceptions.ConnectorException as cause:
        detail = cause.__cause__ or cause
        raise CatalogUnavailable(f"the database that wakes the workers cannot be used: {detail}") from cause
