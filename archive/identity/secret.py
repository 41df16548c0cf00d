# SPDX-License-Identifier: EUPL-1.2
"""The installation's own secret: signs sessions and seals what must not be readable in a copy of the store.

From the settings (`web.secret`, the same on every machine of one archive), else from `HOME/secret`, which is
made at the first need and readable by its owner alone. Without it sessions end and telephones must be
enrolled anew; nothing that is archived depends on it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from archive.errors import ConfigurationError, StorageUnavailable

FILE: Final = "secret"
"""Beside the catalogue, never in the store."""
LEAST: Final = 32
"""Characters of a secret."""


def installation_secret(home: Path, given: str = "") -> bytes:
    """Return the secret of an installation.

    Args:
        home: Folder of the home.
        given: What the settings say; empty for the file's.

    Raises:
        ConfigurationError: It is too short, or others may read its file.
        StorageUnavailable: The file cannot be read or made.
    """
    text = given or _from_file(home / FILE)
    if len(text) < LEAST:
        raise ConfigurationError(f"web.secret, or {home / FILE}, has less than {LEAST} characters")
    return text.encode()


def derived(secret: bytes, purpose: str) -> bytes:
    """Return 32 bytes of the secret for one purpose (RFC 5869)."""
    return HKDF(SHA256(), 32, None, f"longeva {purpose}".encode()).derive(secret)


def _from_file(file: Path) -> str:
    try:
        if not file.exists():
            _make(file)
        if file.stat().st_mode & 0o077:
            raise ConfigurationError(f"{file} may be read by others: chmod 600 it, or make it anew")
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as cause:
        raise StorageUnavailable(f"{file} cannot be used: {cause}") from cause


def _make(file: Path) -> None:
    """Write a new secret whole or not at all; of two who make one at once the first wins."""
    draft = file.with_name(f".{FILE}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(32) + "\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)
