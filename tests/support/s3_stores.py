# SPDX-License-Identifier: EUPL-1.2
"""S3 stores for tests, on the mock moto and on a real service, and their requests counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ceph import Ceph
from moto import mock_aws

from archive.lock import WriterLock
from archive.settings import LockSettings, S3Settings
from archive.store.s3.store import S3Store


@contextmanager
def mocked_store(folder: Path) -> Iterator[S3Store]:
    """Give a store on moto, which says nothing of how a real service behaves."""
    with mock_aws():
        settings = S3Settings(
            kind="s3", bucket="mock", prefix="archive/", access_key="mock", secret_key="mock"
        )
        store = made(settings, folder)
        store._bucket.client.create_bucket(Bucket="mock")
        yield store


def real_store(
    ceph: Ceph, folder: Path, mode: str = "", *, tls: bool = False, lock: LockSettings | None = None
) -> S3Store:
    """Return a store in a new bucket of a real service, with a default lock of a day if a mode is given."""
    return made(ceph.settings(ceph.bucket(mode), tls=tls, lock=lock), folder)


def made(settings: S3Settings, folder: Path) -> S3Store:
    """Return a store of its own, as another process on this machine would open it."""
    return S3Store(settings, WriterLock(folder / "lock.store"), folder / "spool")


@contextmanager
def counted(store: S3Store) -> Iterator[Counter[str]]:
    """Count the requests that the stores of the same settings send meanwhile, retries too, by operation."""
    seen: Counter[str] = Counter()

    def note(request: Any, event_name: str, **_: Any) -> None:
        seen[event_name.rpartition(".")[2]] += 1

    events = store._bucket.client.meta.events
    events.register_first("before-send.s3", note)
    try:
        yield seen
    finally:
        events.unregister("before-send.s3", note)


@contextmanager
def asked(store: S3Store) -> Iterator[Counter[str]]:
    """Count how often each key is read meanwhile."""
    seen: Counter[str] = Counter()

    def note(request: Any, event_name: str, **_: Any) -> None:
        if event_name.endswith(".GetObject"):
            seen[unquote(urlsplit(request.url).path).rpartition("/archive/")[2]] += 1

    events = store._bucket.client.meta.events
    events.register_first("before-send.s3", note)
    try:
        yield seen
    finally:
        events.unregister("before-send.s3", note)
