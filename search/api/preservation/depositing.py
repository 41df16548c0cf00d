# SPDX-License-Identifier: EUPL-1.2
"""Objects that come in by the protocol: a package for the queue, whoever it is that takes packages in."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from archive.errors import InvalidInput, NotAvailable
from archive.home import Home
from archive.web.context import service
from search.api.preservation.messages import Preserved, bytes_of
from search.api.preservation.results import UNKNOWN_PO_FORMAT, Refusal

DEPOSITOR: Final = "depositor"
"""Name of the service that takes packages in; `service.serving` gives it."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ZIP: Final = b"PK\x03\x04"


class Depositor(Protocol):
    """Takes a package in for later."""

    def __call__(self, home: Home, tenant_id: str, package: Path, agent: str) -> str:
        """Return the id of the deposit, which is durable then. Raises as `ingest.queue.submission.submit`."""
        ...


def take_in(home: Home, tenant_id: str, objects: Sequence[Preserved], agent: str) -> str:
    """Put objects into the queue as one package and return the id of the deposit.

    One object is the package itself: a ZIP or an ENI XML. Several are files of one package, named by `id`.

    Raises:
        NotAvailable: This installation takes nothing in here.
        InvalidInput: No object, or one that cannot be read.
        Refusal: An object is neither a ZIP nor XML.
        ServiceError: The queue cannot be written.
    """
    given = service(DEPOSITOR)
    if given is None:
        raise NotAvailable("this installation takes no deposits at this address")
    if not objects:
        raise InvalidInput("a deposit has at least one object: empty containers are not made")
    depositor: Depositor = given
    with tempfile.TemporaryDirectory(prefix="po-", dir=home.work_folder()) as folder:
        return depositor(home, tenant_id, _package(Path(folder), objects), agent)


def _package(folder: Path, objects: Sequence[Preserved]) -> Path:
    contents = [bytes_of(one) for one in objects]
    if len(contents) == 1:
        return _alone(folder, contents[0], objects[0].id or "")
    out, names = folder / "paquete.zip", set()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for number, (one, data) in enumerate(zip(objects, contents, strict=True), 1):
            name = one.id if one.id and _NAME.fullmatch(one.id) else f"documento-{number}.xml"
            if name in names:
                raise InvalidInput(f"two objects are called {name}")
            names.add(name)
            packed.writestr(name, data)
    return out


def _alone(folder: Path, data: bytes, name: str) -> Path:
    if data.startswith(_ZIP):
        suffix = ".zip"
    elif data.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith((b"<", b"\x00<")):
        suffix = ".xml"
    else:
        raise Refusal(UNKNOWN_PO_FORMAT, "Se admite un ZIP del expediente o un XML ENI.")
    stem = Path(name).stem if _NAME.fullmatch(name) else "paquete"
    out = folder / f"{stem}{suffix}"
    out.write_bytes(data)
    return out
