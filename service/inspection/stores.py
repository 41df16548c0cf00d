# SPDX-License-Identifier: EUPL-1.2
"""Whether each store answers, takes what comes in, and locks what it should."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from archive.catalog.engine import is_writable
from archive.engines import Engines
from archive.errors import LongevaError, NotFound
from archive.home import MARKER
from archive.settings import FolderSettings, S3Settings, StoreSettings
from service.engine_states import require_ledger
from service.inspection.found import Found, State

INBOX: Final = "inbox"


def stores(engines: Engines, home: Path) -> Iterator[Found]:
    """Yield a line for each store, one for the inbox, and one for the quorum."""
    settings, standing = engines.settings, 0
    for name, store in settings.stores.items():
        found = _store(engines, home, f"store {name}", store)
        standing += found.state is not State.FAILED and not store.draining
        yield found
    yield _store(engines, home, INBOX, settings.inbox)
    active = sum(not store.draining for store in settings.stores.values())
    words = f"{standing} of {active} stores can be written, {settings.quorum} must have what is acknowledged"
    if standing < settings.quorum:
        yield Found("copies", State.FAILED, words, "deposits are refused until a store is back")
    elif standing < active:
        yield Found("copies", State.WARNING, words, "what is missing is healed when the store is back")
    else:
        yield Found("copies", State.OK, words)


def _store(engines: Engines, home: Path, subject: str, settings: StoreSettings) -> Found:
    try:
        opened = engines.open_one(settings, subject.removeprefix("store "))
        empty = not any(True for _ in opened.folders(""))
        if subject != INBOX and (home / MARKER).exists():
            require_ledger(opened)
    except NotFound as lacking:
        todo = "mount it, or fill it: `longeva store heal`"
        return Found(subject, State.FAILED, str(lacking), todo)
    except LongevaError as stopped:
        return Found(subject, State.FAILED, str(stopped), "is the service there, and are its settings right?")
    if isinstance(settings, FolderSettings):
        return _folder(home / settings.path, subject, settings)
    words = f"bucket {settings.bucket} at {settings.endpoint or 'AWS'} answers"
    if settings.draining:
        return Found(subject, State.OK, f"{words}, draining: {'nothing' if empty else 'something'} left")
    return _locked(subject, words, settings)


def _locked(subject: str, words: str, settings: S3Settings) -> Found:
    """Say whether a bucket locks as it is asked to: its rule is read, and a probe key must not go away."""
    if settings.lock.mode == "off":
        return Found(subject, State.OK, f"{words}; no lock is asked of it")
    from archive.store.s3.bucket import Bucket  # noqa: PLC0415 - boto3 only for those who use it
    from archive.store.s3.locks import prove  # noqa: PLC0415

    try:
        proven = prove(Bucket.of(settings), settings)
    except LongevaError as stopped:
        return Found(subject, State.FAILED, str(stopped), "`longeva store check` tries everything else too")
    if proven.caveats:
        todo = "mend the bucket: meanwhile what is written can be deleted"
        return Found(subject, State.WARNING, f"{words}; {'; '.join(proven.caveats)}", todo)
    return Found(subject, State.OK, f"{words}; it locks: {proven.rule.mode}, {proven.rule.days} days")


def _folder(folder: Path, subject: str, settings: FolderSettings) -> Found:
    if settings.draining:
        return Found(subject, State.OK, f"{folder} can be read; draining, it takes nothing more")
    place = next(each for each in (folder, *folder.parents) if each.exists())
    if not (place.is_dir() and is_writable(place)):
        todo = "mend its owner and permissions, or its medium"
        return Found(subject, State.FAILED, f"{folder} cannot be written", todo)
    if place != folder:
        return Found(subject, State.OK, f"{folder} will be made when first needed")
    return Found(subject, State.OK, f"{folder} can be read and written")
