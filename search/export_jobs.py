# SPDX-License-Identifier: EUPL-1.2
"""Exports that are asked for now and fetched later: what is asked survives, what is made can be made again.

    waiting    in the register `exports`, durable before anybody is told
    done       a file in HOME/exports, with its digest in the register
    failed     with the reason

A thread of the web server makes it, one at a time on a machine: also what a server that died left waiting.
The file is derived: where it is gone, or was made on another machine, it is made again. After a
week all of it goes.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from archive.areas import lock_file
from archive.catalog import RegisterEntry
from archive.clock import format_instant, parse_instant
from archive.digests import digest_stream
from archive.errors import ConflictError, InvalidRequest, LongevaError, NotFound, StorageUnavailable
from archive.home import Home
from archive.identifiers import uuid7
from archive.registers import Register
from preservation.installation import trust_store
from search.exports import export_eni
from search.kit import export_kit

REGISTER: Final = "exports"
FOLDER: Final = "exports"
WAITING, DONE, FAILED = "waiting", "done", "failed"
KEPT: Final = timedelta(days=7)
"""How long an export can be fetched."""
AGAIN: Final = timedelta(minutes=1)
"""Pause after a service failed."""
TRIES: Final = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One export, as the register has it."""

    job_id: str
    tenant_id: str
    form: str
    """`eni`, `kit`, or a form of a search's result."""
    agent: str
    """Who asked; nobody else may fetch it."""
    state: str
    asked_at: datetime
    ends_at: datetime
    """When it goes."""
    object_id: str = ""
    question: dict[str, Any] | None = None
    """Of a search's result: what was asked, as the one who makes it reads it."""
    suffix: str = ".zip"
    size: int = 0
    sha256: str = ""
    problem: dict[str, Any] | None = None
    """Why it failed (RFC 9457)."""
    tries: int = 0
    version: int = 1

    @property
    def name(self) -> str:
        """Of the file, as it is saved."""
        about = self.object_id.rsplit(":", 1)[-1] or self.job_id
        return f"{about}-{self.form}{self.suffix}"


Maker = Callable[[Home, ExportJob, Path], object]
"""Writes the file, whole or not at all."""


def make_eni(home: Home, job: ExportJob, out: Path) -> None:
    """Write the ENI package of an object; see `search.exports.export_eni`."""
    export_eni(home, job.object_id, out, agent=job.agent)


def make_kit(home: Home, job: ExportJob, out: Path) -> None:
    """Write the evidence kit of an object with the roots that its time stamps lead to."""
    trust = trust_store(home, home.clock.now())
    export_kit(home, job.object_id, out, trust=trust, agent=job.agent)


OBJECT_FORMS: Final[Mapping[str, Maker]] = {"eni": make_eni, "kit": make_kit}
"""Forms in which one object is exported."""


class Exports:
    """The exports of one home. Threads may share it."""

    def __init__(self, home: Home, makers: Mapping[str, Maker] = OBJECT_FORMS) -> None:
        """Know how the forms are made: those of an object by default."""
        self._home = home
        self._makers = dict(makers)
        self._register = Register(home, REGISTER)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._more = False

    @property
    def forms(self) -> tuple[str, ...]:
        """What can be asked for."""
        return tuple(self._makers)

    def ask(
        self,
        tenant_id: str,
        form: str,
        *,
        agent: str,
        object_id: str = "",
        question: dict[str, Any] | None = None,
        suffix: str = ".zip",
    ) -> ExportJob:
        """Take an export on; durable on return. That who asks may have it, was decided before.

        Raises:
            InvalidRequest: No such form.
            StorageUnavailable: It was not taken on.
        """
        if form not in self._makers:
            raise InvalidRequest(f"there is no export {form!r}; there are: {', '.join(sorted(self._makers))}")
        now = self._home.clock.now()
        job = ExportJob(
            uuid7(now), tenant_id, form, agent, WAITING, now, now + KEPT, object_id, question, suffix
        )
        self._put(job, now, "export.asked", version=1)
        return job

    def get(self, tenant_id: str, job_id: str, agent: str) -> ExportJob:
        """Return an export of who asked for it. Raises NotFound, for all others too."""
        try:
            job = read_job(self._register.get(tenant_id, job_id))
        except (NotFound, InvalidRequest):
            raise NotFound("there is nothing here") from None
        if job.agent != agent:
            raise NotFound("there is nothing here")
        return job

    def file(self, job: ExportJob) -> Path | None:
        """Return the file of an export that is done; where it is not here it is asked for again."""
        path = self._path(job)
        if job.state == DONE and path.is_file() and path.stat().st_size == job.size:
            return path
        if job.state == DONE:
            with suppress(ConflictError):  # somebody else asked for it too
                self._change(job, WAITING, self._home.clock.now(), "export.asked")
        return None

    def wake(self) -> None:
        """Let a thread of this process make what waits."""
        with self._lock:
            self._more = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._drain, name="exports", daemon=True)
                self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for that thread."""
        thread = self._thread
        if thread:
            thread.join(seconds)

    def work(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Make what waits and remove what is over; returns how many were made."""
        made = 0
        for entry in self._register.due(self._home.clock.now()):
            if stop():
                break
            job = read_job(entry)
            with self._alone(job) as alone:
                if not alone:
                    continue
                if job.ends_at <= self._home.clock.now():
                    self._remove(job)
                elif job.state == WAITING:
                    made += self._make(job)
        return made

    def _drain(self) -> None:
        while True:
            with self._lock:
                if not self._more:
                    self._thread = None
                    return
                self._more = False
            try:
                self.work()
            except LongevaError:  # it stays waiting: the next to wake, or a worker, makes it
                _log.warning("exports.failed", exc_info=True)

    def _make(self, job: ExportJob) -> bool:
        path = self._path(job)
        try:
            self._makers[job.form](self._home, job, path)
            with path.open("rb") as stream:
                digests = digest_stream(stream)
        except (LongevaError, OSError, KeyError) as cause:
            self._failed(job, cause)
            return False
        with suppress(ConflictError):
            self._change(job, DONE, job.ends_at, "export.made", size=digests.size, sha256=digests.sha256)
        return True

    def _failed(self, job: ExportJob, cause: Exception) -> None:
        known = cause if isinstance(cause, LongevaError) else StorageUnavailable(type(cause).__name__)
        _log.warning("export.failed", extra={"export": job.job_id}, exc_info=cause)
        tries = job.tries + 1
        with suppress(ConflictError):
            if known.retryable and tries < TRIES:
                due = self._home.clock.now() + AGAIN * tries
                self._change(job, WAITING, due, "export.delayed", tries=tries)
            else:
                told = {name: value for name, value in known.problem().items() if name != "instance"}
                self._change(job, FAILED, job.ends_at, "export.failed", problem=told, tries=tries)

    def _remove(self, job: ExportJob) -> None:
        self._path(job).unlink(missing_ok=True)
        with suppress(ConflictError, NotFound):
            self._register.erase(job.tenant_id, job.job_id, kind="export.ended", agent="worker")

    def _change(self, job: ExportJob, state: str, due: datetime, kind: str, **changed: Any) -> None:
        told: dict[str, Any] = {name: getattr(job, name) for name in ExportJob.__dataclass_fields__}
        self._put(ExportJob(**{**told, "state": state, **changed}), due, kind, version=job.version + 1)

    def _put(self, job: ExportJob, due: datetime, kind: str, *, version: int) -> None:
        about = {"form": job.form} | ({"object": job.object_id} if job.object_id else {})
        self._register.put(
            job.tenant_id, job.job_id, _body(job), kind=kind, agent=job.agent, version=version,
            state=job.state, due_at=due, detail=about,
        )  # fmt: skip

    def _path(self, job: ExportJob) -> Path:
        return self._home.path / FOLDER / f"{job.job_id}{job.suffix}"

    @contextmanager
    def _alone(self, job: ExportJob) -> Iterator[bool]:
        """Tell whether nobody else on this machine is at an export; then nobody is until the block ends."""
        folder = self._home.path / FOLDER
        lock = folder / f".{job.job_id}.lock"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            held = lock_file(str(lock), wait=False)
        except BlockingIOError:
            yield False
            return
        except OSError as cause:
            raise StorageUnavailable(f"{folder} cannot be written: {cause.strerror}") from cause
        try:
            yield True
        finally:
            lock.unlink(missing_ok=True)
            os.close(held)


def read_job(entry: RegisterEntry) -> ExportJob:
    """Read an export from its entry. Raises NotFound where it was erased."""
    body = entry.body
    if "form" not in body:
        raise NotFound("there is nothing here")
    return ExportJob(
        entry.entry_id, entry.tenant_id, body["form"], body["agent"], entry.state,
        parse_instant(body["asked_at"]), parse_instant(body["ends_at"]), body["object"], body["question"],
        body["suffix"], body["size"], body["sha256"], body["problem"], body["tries"], entry.version,
    )  # fmt: skip


def _body(job: ExportJob) -> dict[str, Any]:
    return {
        "form": job.form,
        "agent": job.agent,
        "asked_at": format_instant(job.asked_at),
        "ends_at": format_instant(job.ends_at),
        "object": job.object_id,
        "question": job.question,
        "suffix": job.suffix,
        "size": job.size,
        "sha256": job.sha256,
        "problem": job.problem,
        "tries": job.tries,
    }
