# SPDX-License-Identifier: EUPL-1.2
"""What happened to an object, in words: the events of the ledger about it, newest first.

Words are message ids in Spanish. A kind that is not known here is told by its own name: nothing is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from archive.home import Home
from archive.model import LedgerEvent, ObjectRecord
from archive.web.i18n import gettext
from archive.web.i18n import message as _

PAGE: Final = 50
"""Events of one page."""


KINDS: Final = {
    "object.stored": _("Ingresó en el archivo"),
    "object.versioned": _("Se guardó una versión nueva"),
    "object.disposed": _("Se eliminó por resolución"),
    "object.read": _("Se consultó"),
    "object.viewed": _("Se vio"),
    "object.exported": _("Se exportó"),
    "object.revalidated": _("Se volvieron a juzgar sus firmas"),
    "copy.issued": _("Se expidió una copia auténtica"),
    "copy.revoked": _("Se revocó una copia auténtica"),
    "copy.repaired": _("Se reparó una de las copias guardadas"),
    "copies.healed": _("Se repararon copias guardadas"),
    "csv.verified": _("Se comprobó su código seguro de verificación"),
    "deposit.accepted": _("El archivo admitió el depósito"),
    "deposit.rejected": _("El archivo rechazó el depósito"),
    "deposit.repeated": _("Se volvió a depositar el mismo paquete"),
    "evidence.sealed": _("Se selló con evidencia"),
    "evidence.renewed": _("Se renovó la evidencia"),
    "audit.problem": _("Una auditoría encontró un problema"),
}
WHAT: Final = {
    "file": _("el fichero tal como llegó"),
    "content": _("el contenido de un documento"),
    "view": _("su ficha en pantalla"),
    "document": _("un documento en pantalla"),
    "eni": _("como expediente ENI"),
    "kit": _("como paquete de evidencias"),
}
AGENTS: Final = {
    "account": _("una persona con cuenta"),
    "federated": _("una persona identificada por un proveedor"),
    "certificate": _("una persona con certificado"),
    "key": _("un sistema con clave"),
    "web": _("alguien sin identificar, en la web"),
    "cli": _("la consola del servidor"),
    "worker": _("un proceso del archivo"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One event in words."""

    at: datetime
    words: str
    what: str
    """Of what, or how; empty where nothing is to be added."""
    who: str
    """Which kind of agent."""
    agent: str
    """As the ledger has it: never a name."""
    position: int
    sequence: int
    kind: str
    path: str = ""
    """Logical path of the file, where one is meant."""
    document: str = ""
    """Number of the document, where one is meant."""


@dataclass(frozen=True, slots=True)
class History:
    """A page of events."""

    events: tuple[Told, ...]
    older: int | None
    """Position to continue from; None at the beginning of the story."""


def history(home: Home, record: ObjectRecord, before: int | None = None, limit: int = PAGE) -> History:
    """Return the events about an object, newest first.

    Args:
        home: The archive.
        record: The object.
        before: Only those before this position; None begins with the newest.
        limit: At most so many.
    """
    with home.catalog.reading(record.tenant_id) as tx:
        found = tx.latest_about(record.object_id, limit + 1, before)
    own = [event for event in found if event.tenant_id == record.tenant_id]
    page = own[:limit]
    older = page[-1].position if len(found) > limit and page else None
    return History(tuple(_told(event) for event in page), older)


def _told(event: LedgerEvent) -> Told:
    known = KINDS.get(event.kind)
    what = WHAT.get(str(event.detail.get("what") or event.detail.get("form") or ""), "")
    return Told(
        at=event.at,
        words=gettext(known) if known else event.kind,
        what=gettext(what) if what else "",
        who=agent_words(event.agent),
        agent=event.agent,
        position=event.position,
        sequence=event.sequence,
        kind=event.kind,
        path=str(event.detail.get("path", "")),
        document=str(event.detail.get("document", "")),
    )


def agent_words(agent: str) -> str:
    """Say which kind of agent did something."""
    known = AGENTS.get(agent.partition(":")[0])
    return gettext(known) if known else agent
