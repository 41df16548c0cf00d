# SPDX-License-Identifier: EUPL-1.2
"""Encrypted PDFs that open for everybody: their strings and streams through qpdf, with the empty password.

The signature itself is never encrypted (ISO 32000-1 section 7.6.1: `/Contents` of a signature), so the
mathematics need none of this; names, reasons and the security store do.
"""

from __future__ import annotations

import io
from typing import Any

import pikepdf

from preservation.signatures.pdf.syntax import Broken, Octets, Ref


class Secrets:
    """One encrypted file, opened."""

    def __init__(self, data: Octets) -> None:
        """Open it.

        Raises:
            Broken: It needs a password, or is damaged.
        """
        try:
            self._file = pikepdf.open(io.BytesIO(data), attempt_recovery=False)
        except pikepdf.PasswordError as cause:
            raise Broken("encrypted: it needs a password") from cause
        except Exception as cause:  # qpdf raises many kinds over hostile bytes
            raise Broken(f"encrypted or damaged: {cause}"[:200]) from cause

    def stream(self, reference: Ref) -> bytes:
        """Return the decrypted and decoded octets of a stream.

        Raises:
            Broken: There is none.
        """
        try:
            return bytes(self._get(reference).read_bytes())
        except Exception as cause:
            raise Broken(f"stream {reference.number} cannot be decrypted") from cause

    def string(self, reference: Ref, key: str) -> bytes | None:
        """Return a decrypted string of a dictionary; None where there is none."""
        try:
            found = self._get(reference).get(f"/{key}")
            return None if found is None else bytes(found)
        except Exception:  # noqa: BLE001 - a name for people; nothing hangs on it
            return None

    def _get(self, reference: Ref) -> Any:
        return self._file.get_object((reference.number, reference.generation))
