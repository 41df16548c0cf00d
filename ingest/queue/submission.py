# SPDX-License-Identifier: EUPL-1.2
"""Takes packages in for later: durable in the inbox when it returns, checked by a worker.

1 bytes    into the inbox, synced
2 header   after them, synced: from here on it is a deposit that waits
3 row      who waits, for workers and people; derived from the headers where it is lost
4 answer   QUEUED, which is no receipt: nothing was checked
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.catalog import INSTALLATION, QueuedDeposit, QueueState
from archive.digests import read_chunks
from archive.errors import ConflictError, InvalidRequest, LimitExceeded, LongevaError, StorageUnavailable
from archive.home import Home
from archive.identifiers import uuid7
from archive.settings.model import FolderSettings
from archive.terminal import OnProgress
from ingest.packages.names import package_name
from ingest.queue.inbox import Header, Inbox
from ingest.queue.packing import packed, packed_size

GROUP = 16
"""Packages that share the waits for the medium."""


def submit(
    home: Home,
    tenant_id: str,
    paths: Sequence[Path],
    *,
    agent: str = "cli",
    on_progress: OnProgress | None = None,
) -> list[QueuedDeposit]:
    """Put packages into the inbox. Workers are not woken: see `ingest.queue.runner`.

    Args:
        home: Where to.
        tenant_id: Whose.
        paths: ZIPs, folders or single files; each is one package.
        agent: Who asks; the ledger will name it.
        on_progress: Told after each group.

    Returns:
        One entry for each path, in order: state QUEUED, under the identifier that the deposit keeps.

    Raises:
        NotFound: No such tenant.
        InvalidRequest: Nothing at a path, or nothing that can be read.
        LimitExceeded: A package is larger than `work.package_limit`.
        StorageUnavailable: The inbox failed, or would be left with less than `work.reserve` bytes. What was
            answered before waits; submit the rest again.
    """
    with home.catalog.reading(tenant_id) as tx:
        tx.tenant(tenant_id)
    sizes = [_size(path) for path in paths]
    limit = home.engines.settings.work.package_limit
    for path, size in zip(paths, sizes, strict=True):
        if size > limit:
            raise LimitExceeded(f"{path.name} has {size} bytes; the queue takes {limit}", place=str(path))
    inbox = Inbox(home.engines.open_inbox())
    done: list[QueuedDeposit] = []
    for start in range(0, len(paths), GROUP):
        _require_room(home, sum(sizes[start : start + GROUP]))
        done += _submit_group(home, inbox, tenant_id, paths[start : start + GROUP], agent)
        if on_progress:
            on_progress(len(done), len(paths))
    return done


def entry_of(header: Header) -> QueuedDeposit:
    """Return the row of a deposit that waits, from its header."""
    return QueuedDeposit(
        deposit_id=header.deposit_id,
        tenant_id=header.tenant_id,
        queued_at=header.received_at,
        package_name=header.package_name,
        size=header.size,
        agent=header.agent,
        state=QueueState.QUEUED,
        since=header.received_at,
        due_at=header.received_at,
    )


def write_rows(home: Home, entries: Sequence[QueuedDeposit]) -> int:
    """Write the rows that are not there yet; returns how many."""
    for attempt in (0, 1):
        try:
            with home.catalog.transaction(INSTALLATION) as tx:
                return tx.enqueue(entries)
        except ConflictError:  # a worker that looked into the inbox at this moment was first
            if attempt:
                raise
    raise AssertionError


def _submit_group(
    home: Home, inbox: Inbox, tenant_id: str, paths: Sequence[Path], agent: str
) -> list[QueuedDeposit]:
    headers: list[Header] = []
    try:
        for path in paths:
            headers.append(_receive(home, inbox, tenant_id, path, agent))  # noqa: PERF401 - told on failure
        inbox.complete(headers)
    except BaseException:
        with suppress(LongevaError):  # what is left is half an upload, or a deposit that nobody was told of
            inbox.discard((tenant_id, header.deposit_id) for header in headers)
        raise
    entries = [entry_of(header) for header in headers]
    write_rows(home, entries)
    return entries


def _receive(home: Home, inbox: Inbox, tenant_id: str, path: Path, agent: str) -> Header:
    at = home.clock.now()
    deposit_id = uuid7(at)
    folder = path.is_dir()
    with _file_of(path, home.work_folder()) as file:
        try:
            with file.open("rb") as stream:
                digests = inbox.receive(tenant_id, deposit_id, read_chunks(stream))
        except OSError as cause:
            raise InvalidRequest(f"it cannot be read: {cause.strerror}", place=str(path)) from cause
    return Header(
        deposit_id=deposit_id,
        tenant_id=tenant_id,
        name=os.path.basename(os.path.abspath(path)),
        package_name=package_name(path),
        folder=folder,
        sha256=digests.sha256,
        size=digests.size,
        agent=agent,
        received_at=at,
    )


@contextmanager
def _file_of(path: Path, work: Path) -> Iterator[Path]:
    if path.is_dir():
        with packed(path, work) as file:
            yield file
    else:
        yield path


def _size(path: Path) -> int:
    if path.is_dir():
        return packed_size(path)
    if not path.is_file():
        raise InvalidRequest(f"there is no file or folder at {path}", place=str(path))
    return path.stat().st_size


def _require_room(home: Home, size: int) -> None:
    """Refuse what would fill the medium of a folder inbox, which is often that of the archive."""
    settings = home.engines.settings
    if not isinstance(settings.inbox, FolderSettings):
        return
    folder = home.path / settings.inbox.path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as cause:
        raise StorageUnavailable(f"the inbox cannot be written: {cause.strerror}") from cause
    if free - size < settings.work.reserve:
        raise StorageUnavailable(
            f"the inbox has {free} bytes free and keeps {settings.work.reserve} of them (work.reserve): "
            f"{size} more do not fit"
        )
