# SPDX-License-Identifier: EUPL-1.2
"""Where uploads lie: `HOME/uploads`. What was told to be here is on the medium, whatever is killed when.

    TENANT/UPLOAD/session.json    what it is; written once
    TENANT/UPLOAD/data            its bytes; behind the offset there may be some that nobody was told of
    TENANT/UPLOAD/offset.json     how many of them count; written after they are durable, then replaced

A part is appended and synced, then the offset, then it is told. A part that breaks off counts as far as it
came; one with a wrong checksum not at all. Names come from us (UUID), never from who sends.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final, cast
from uuid import UUID

from archive.clock import format_instant, parse_instant
from archive.errors import (
    ChecksumMismatch,
    ConflictError,
    IntegrityError,
    InvalidInput,
    LimitExceeded,
    LongevaError,
    NotFound,
    StorageUnavailable,
    TooManyRequests,
)
from archive.home import Home
from archive.identifiers import uuid7
from archive.store.durable import storage_error, sync_path
from ingest.uploads.session import UploadSession, upload_name

MOST: Final = 1000
"""Uploads that one sender may have under way."""
_CHUNK: Final = 1 << 20
_SESSION, _DATA, _OFFSET = "session.json", "data", "offset.json"


class Uploads:
    """The uploads of a home. Several processes of one machine may share it."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._work = home.engines.settings.work
        self._root = home.path / "uploads"

    def begin(self, tenant_id: str, name: str, length: int, agent: str) -> UploadSession:
        """Begin an upload; durable on return.

        Args:
            tenant_id: Whose; it must exist.
            name: What the file is called: see `upload_name`.
            length: Bytes that it will have; 0 is finished at once.
            agent: Who sends it.

        Raises:
            InvalidInput: The name, or a negative length.
            LimitExceeded: More than `work.upload_limit` or `work.package_limit` bytes.
            TooManyRequests: He has a thousand under way.
            StorageUnavailable: The medium failed, or would keep less than `work.reserve` bytes free once all
                uploads are whole.
        """
        limit = min(self._work.upload_limit, self._work.package_limit)
        if length > limit:
            raise LimitExceeded(f"a file of {length} bytes; at most {limit} are taken")
        if length < 0:
            raise InvalidInput("a file has no fewer than 0 bytes")
        now = self._home.clock.now()
        session = UploadSession(uuid7(now), tenant_id, agent, upload_name(name), length, now)
        self._home.work_folder()  # raises where the home cannot be written
        under_way = list(self.sessions())
        if sum(each.agent == agent for each in under_way) >= MOST:
            raise TooManyRequests(f"{MOST} uploads are under way: finish or delete some of them")
        with self._told("an upload cannot begin"):
            self._root.mkdir(exist_ok=True)
            self._require_room(length + sum(each.length - each.offset for each in under_way))
            self._make(session)
        return session

    def get(self, tenant_id: str, upload_id: str, agent: str) -> UploadSession:
        """Return an upload. Raises NotFound, also for somebody else's and for one that ran out."""
        session = self._read(tenant_id, upload_id)
        if session is None or session.agent != agent or self.ends_at(session) <= self._home.clock.now():
            raise NotFound("there is no such upload")
        return session

    def ends_at(self, session: UploadSession) -> datetime:
        """Return when an upload is forgotten unless another part comes."""
        return (session.changed_at or session.begun_at) + timedelta(days=self._work.upload_days)

    def append(
        self, session: UploadSession, offset: int, stream: BinaryIO, *, sha256: bytes | None = None
    ) -> UploadSession:
        """Append what a stream gives; what the value returned tells is durable.

        Args:
            session: As `get` gave it.
            offset: Where the sender believes it to be.
            stream: The part; read to its end, a piece in memory at a time.
            sha256: What the part must have; then all of it counts, or nothing.

        Raises:
            ConflictError: The upload is elsewhere, or another part is just coming.
            LimitExceeded: More than the length said; nothing of the part counts.
            ChecksumMismatch: Nothing of it counts.
            InvalidInput: It broke off; what came counts, unless it had a checksum.
            StorageUnavailable: The medium failed; nothing of it counts.
        """
        with self._told("an upload cannot be written"), self._held(session) as data:
            session = self._read(session.tenant_id, session.upload_id) or session
            if session.offset != offset:
                raise ConflictError(f"the upload has {session.offset} bytes, not {offset}")
            data.truncate(offset)
            data.seek(offset)
            room = session.length - offset
            came, digest, broken = _copy(stream, data, room)
            if came > room:
                data.truncate(offset)
                raise LimitExceeded(f"the file has {session.length} bytes as announced, and more came")
            if sha256 is not None and (broken or digest != sha256):
                data.truncate(offset)
                raise ChecksumMismatch
            os.fsync(data.fileno())
            session = session.at(offset + came, self._home.clock.now())
            self._write_offset(session)
        if broken:
            raise InvalidInput("the connection broke: ask for the offset, and go on from there")
        return session

    def drop(self, session: UploadSession) -> None:
        """Forget an upload with its bytes. Absent is fine."""
        with self._told("an upload cannot be removed"):
            folder = self._folder(session.tenant_id, session.upload_id)
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)

    @contextmanager
    def package(self, sessions: Sequence[UploadSession], name: str = "") -> Iterator[Path]:
        """Give finished uploads as what can be submitted: the one file, or a folder of them.

        Raises:
            InvalidInput: None, one that is not finished, or two that cannot lie beside each other.
        """
        if not sessions:
            raise InvalidInput("a package has at least one file")
        if waiting := [each.upload_id for each in sessions if not each.finished]:
            raise InvalidInput(f"uploads that are not finished: {', '.join(waiting[:10])}")
        folder = self._home.work_folder()
        with TemporaryDirectory(prefix="sent-", dir=folder, ignore_cleanup_errors=True) as made:
            if len(sessions) == 1:
                path = Path(made) / (upload_name(name) if name else sessions[0].name).rpartition("/")[2]
                self._link(sessions[0], path)
            else:
                path = Path(made) / (upload_name(name).rpartition("/")[2] if name else "carpeta")
                for each in sessions:
                    self._link(each, path / each.name)
            yield path

    def sessions(self) -> Iterator[UploadSession]:
        """Yield every upload that is under way, of all tenants."""
        for folder in self._root.glob("*/*"):
            session = None
            with suppress(LongevaError):  # a damaged one holds up no other
                session = self._read(folder.parent.name, folder.name)
            if session is not None:
                yield session

    def sweep(self) -> int:
        """Remove what ran out and halves of beginnings; returns how many."""
        now, gone = self._home.clock.now(), 0
        for folder in list(self._root.glob("*/*")):
            try:
                session = self._read(folder.parent.name, folder.name)
                last = self.ends_at(session) if session else _changed(folder) + timedelta(days=1)
            except IntegrityError:
                last = _changed(folder) + timedelta(days=self._work.upload_days)
            if last <= now:
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
        return gone

    def _make(self, session: UploadSession) -> None:
        folder = self._folder(session.tenant_id, session.upload_id)
        folder.mkdir(parents=True)
        (folder / _DATA).touch()
        _write(folder / _SESSION, session.to_json())
        for each in (folder / _DATA, folder, folder.parent, self._root, self._root.parent):
            sync_path(str(each))

    def _read(self, tenant_id: str, upload_id: str) -> UploadSession | None:
        try:
            folder = self._folder(tenant_id, str(UUID(upload_id)))
            session = UploadSession.from_json(json.loads((folder / _SESSION).read_bytes()))
            with suppress(FileNotFoundError):
                told = json.loads((folder / _OFFSET).read_bytes())
                session = session.at(int(told["offset"]), parse_instant(told["at"]))
        except FileNotFoundError:
            return None
        except OSError as cause:
            raise storage_error(cause, "an upload cannot be read") from cause
        except (KeyError, TypeError, ValueError) as cause:
            if not _is_uuid(upload_id):
                return None
            raise IntegrityError("an upload's files are damaged: begin it anew") from cause
        return session if session.tenant_id == tenant_id else None

    def _write_offset(self, session: UploadSession) -> None:
        folder = self._folder(session.tenant_id, session.upload_id)
        told = {"offset": session.offset, "at": format_instant(session.changed_at or session.begun_at)}
        _write(folder / f".{_OFFSET}", told)
        os.replace(folder / f".{_OFFSET}", folder / _OFFSET)
        sync_path(str(folder))

    @contextmanager
    def _held(self, session: UploadSession) -> Iterator[BinaryIO]:
        """Hold an upload's bytes: two parts at once would be no file at all."""
        path = self._folder(session.tenant_id, session.upload_id) / _DATA
        try:
            data = path.open("r+b", buffering=0)
        except FileNotFoundError as cause:
            raise NotFound("there is no such upload") from cause
        with data:
            try:
                fcntl.flock(data, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as cause:
                raise ConflictError("another part of this upload is just coming") from cause
            yield cast("BinaryIO", data)

    def _link(self, session: UploadSession, path: Path) -> None:
        """Let a path be the bytes of an upload, without copying them where the file system can."""
        source = self._folder(session.tenant_id, session.upload_id) / _DATA
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                raise InvalidInput(f"two files are called {session.name}")
            try:
                os.link(source, path)
            except FileNotFoundError:
                raise
            except OSError:
                shutil.copyfile(source, path)
        except FileNotFoundError as cause:
            raise NotFound("there is no such upload") from cause
        except (FileExistsError, NotADirectoryError) as cause:
            raise InvalidInput(f"{session.name} cannot lie beside the other files") from cause
        except OSError as cause:
            raise storage_error(cause, "a package cannot be put together") from cause

    def _require_room(self, wanted: int) -> None:
        free = shutil.disk_usage(self._root).free
        if free - wanted < self._work.reserve:
            raise StorageUnavailable(
                f"{free} bytes are free, {wanted} announced, {self._work.reserve} must stay (work.reserve)"
            )

    def _folder(self, tenant_id: str, upload_id: str) -> Path:
        if "/" in tenant_id or tenant_id in {"", ".", ".."}:
            raise NotFound("there is no such upload")
        return self._root / tenant_id / upload_id

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as cause:
            raise storage_error(cause, what) from cause


def _copy(stream: BinaryIO, data: BinaryIO, room: int) -> tuple[int, bytes, bool]:
    """Copy until the end, or a byte more than there is room; returns size, SHA-256, whether it broke off."""
    digest, came, broken = hashlib.sha256(), 0, False
    while came <= room:
        try:
            piece = stream.read(_CHUNK)
        except Exception:  # noqa: BLE001 - a line breaks in as many ways as there are servers
            broken = True
            break
        if not piece:
            break
        came += len(piece)
        digest.update(piece)
        view = memoryview(piece)
        while view and came <= room:
            view = view[data.write(view) :]
    return came, digest.digest(), broken


def _write(path: Path, body: dict[str, Any]) -> None:
    with path.open("wb") as out:
        out.write(json.dumps(body, sort_keys=True).encode("ascii") + b"\n")
        out.flush()
        os.fsync(out.fileno())


def _changed(folder: Path) -> datetime:
    try:
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC) - timedelta(days=3650)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
