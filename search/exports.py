# SPDX-License-Identifier: EUPL-1.2
"""Gives an expediente away so that another system can take it in: exactly what was received, byte for byte.

The ENI exchange is the expediente XML and one XML for each document (NTI Expediente electrónico V.1), in
practice a ZIP of them. Nothing is written anew: a re-serialised XML would break the signatures in it.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from archive.catalog import INSTALLATION
from archive.errors import StorageUnavailable
from archive.home import Home
from archive.model import RECEIVED

LATER: Final = ("bagit", "eark", "court")
"""Forms of export that are known and not made yet."""
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o100644 << 16


def export_eni(home: Home, object_id: str, out: Path, *, agent: str = "cli") -> Path:
    """Write the received files of an object as an ENI ZIP; it is there whole, or not at all.

    Deposited again, here or elsewhere, it gives the same package: same names, same bytes. The ZIP itself is
    deterministic.

    Args:
        home: The archive.
        object_id: Object to export.
        out: File to write; replaced if there.
        agent: For the ledger.

    Returns:
        `out`.

    Raises:
        NotFound: No such object.
        IntegrityError: Stored bytes are not those that were received.
        StorageUnavailable: `out` cannot be written.
    """
    with home.catalog.reading(INSTALLATION) as tx:
        record = tx.object(object_id)
    objects = home.objects(record.tenant_id)
    received = [path for path in objects.inventory(object_id).version().state if path.startswith(RECEIVED)]
    with drafted_zip(out) as archive:
        for path in sorted(received):
            info = zipfile.ZipInfo(path.removeprefix(RECEIVED), _WHEN)
            info.create_system, info.external_attr = 3, _MODE
            with archive.open(info, "w", force_zip64=True) as member:
                for chunk in objects.read_verified(object_id, path):
                    member.write(chunk)
    note_export(home, record.tenant_id, object_id, "eni", agent)
    return out


@contextmanager
def drafted_zip(out: Path) -> Iterator[zipfile.ZipFile]:
    """Write a ZIP beside `out`; it takes that name when it is whole, and leaves nothing where it is not.

    Raises:
        StorageUnavailable: It cannot be written.
    """
    draft = out.with_name(f".{out.name}.part")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            yield archive
        os.replace(draft, out)
    except OSError as cause:
        raise StorageUnavailable(f"{out} cannot be written: {cause.strerror}") from cause
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def note_export(home: Home, tenant_id: str, object_id: str, form: str, agent: str) -> None:
    """Record that something was given away; a home that cannot be written gives without a record."""
    if home.read_only:
        return
    with home.catalog.transaction(tenant_id) as tx:
        home.ledger.append(tx, tenant_id, "object.exported", object_id, agent, {"form": form})
    home.carry(tenant_id)
