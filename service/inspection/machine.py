# SPDX-License-Identifier: EUPL-1.2
"""What of an installation depends on this machine: room on its disks, and who may read its secrets."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from archive.settings import FolderSettings, Settings
from service.inspection.found import Found, State

SCARCE: Final = 10 << 30
"""Bytes free, below which somebody should make room: a large deposit is staged before it is kept."""
TOO_LITTLE: Final = 512 << 20
"""Bytes free, below which deposits will soon be refused."""


def secrecy(file: Path, secrets: Sequence[str]) -> Iterator[Found]:
    """Say whether others may read secrets that stand in the settings file."""
    if not secrets or not file.is_file():
        return
    mode = stat.S_IMODE(os.stat(file).st_mode)
    names = ", ".join(secrets)
    if mode & 0o077:
        yield Found(
            "secrets",
            State.FAILED,
            f"{file} holds {names} and others may read it (mode {mode:04o})",
            f"chmod 600 {file}, or move them to credentials: docs/configuration.md",
        )
    else:
        yield Found("secrets", State.OK, f"{names} in {file}, which nobody else may read")


def disks(home: Path, settings: Settings) -> Iterator[Found]:
    """Say how much room there is where the home and its folders are; one line for each disk."""
    folders = {"home": home, "inbox": home / "inbox"}
    for name, store in {**settings.stores, "inbox": settings.inbox}.items():
        if isinstance(store, FolderSettings):
            folders[name] = home / store.path
    seen: set[int] = set()
    for name, folder in folders.items():
        place = _existing(folder)
        device = os.stat(place).st_dev
        if device not in seen:
            seen.add(device)
            yield _room(f"disk of {name}", place)


def _room(subject: str, place: Path) -> Found:
    free = shutil.disk_usage(place).free
    words = f"{free / (1 << 30):.1f} GiB free at {place}"
    if free < TOO_LITTLE:
        return Found(subject, State.FAILED, words, "make room: deposits will be refused")
    if free < SCARCE:
        return Found(subject, State.WARNING, words, "make room before large deposits come")
    return Found(subject, State.OK, words)


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())
