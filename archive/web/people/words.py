# SPDX-License-Identifier: EUPL-1.2
"""Roles, rights and events in Spanish words; message ids, translated where they are shown."""

from __future__ import annotations

from typing import Final

from archive.identity import Right, Role
from archive.web.i18n import gettext


def _(message: str) -> str:
    """Mark a message for the catalogues."""
    return message


ROLES: Final = {
    Role.ARCHIVIST: (_("Archivo"), _("Busca, lee, describe, decide depósitos y resuelve solicitudes.")),
    Role.DEPOSITOR: (_("Depósito"), _("Entrega expedientes cerrados y sigue los suyos.")),
    Role.SECRETARY: (_("Secretaría"), _("Busca, lee y expide certificaciones.")),
    Role.MAYOR: (_("Alcaldía"), _("Da el visto bueno a las certificaciones.")),
    Role.OPERATOR: (_("Operación"), _("Lleva cuentas y claves; no ve contenidos.")),
    Role.AUDITOR: (_("Auditoría"), _("Lee descripciones y el registro de hechos; no ve contenidos.")),
    Role.CITIZEN: (_("Ciudadanía"), _("Pide copias y sigue sus solicitudes.")),
}
"""Name of each role, and what it does."""

RIGHTS: Final = {
    Right.SEARCH: _("Buscar y ver descripciones"),
    Right.READ: _("Leer contenidos"),
    Right.RESERVED: _("Ver también lo reservado"),
    Right.PEOPLE: _("Ver nombres de interesados"),
    Right.DESCRIBE: _("Cambiar clasificación, régimen y retenciones"),
    Right.DEPOSIT: _("Depositar"),
    Right.DECIDE: _("Decidir depósitos que esperan"),
    Right.ASK_COPY: _("Pedir copias"),
    Right.RESOLVE_COPY: _("Resolver solicitudes de copia"),
    Right.CERTIFY: _("Certificar"),
    Right.APPROVE: _("Dar el visto bueno"),
    Right.INSPECT: _("Leer el registro y las pruebas"),
    Right.ADMINISTER: _("Administrar cuentas, claves y avisos"),
    Right.CONSENT: _("Consentir accesos de la provincia"),
}

EVENTS: Final = {
    "account.locked": _("Cuenta en espera por contraseñas erróneas"),
    "account.roles": _("Funciones de una persona cambiadas"),
    "certificate.entered": _("Entrada con certificado"),
    "consent.asked": _("Acceso de la provincia pedido"),
    "consent.ended": _("Acceso de la provincia terminado"),
    "consent.granted": _("Acceso de la provincia consentido"),
    "consent.refused": _("Acceso de la provincia denegado"),
    "copy.issued": _("Copia auténtica expedida"),
    "copy.revoked": _("Copia auténtica revocada"),
    "csv.verified": _("Código de verificación consultado"),
    "deposit.accepted": _("Depósito admitido"),
    "deposit.admitted": _("Depósito admitido por decisión"),
    "deposit.refused": _("Depósito rechazado por decisión"),
    "deposit.rejected": _("Depósito rechazado"),
    "deposit.repeated": _("Depósito repetido"),
    "deposit.waiting": _("Depósito en espera de decisión"),
    "evidence.exported": _("Registro de cobertura exportado"),
    "evidence.renewed": _("Prueba renovada"),
    "evidence.sealed": _("Prueba sellada"),
    "evidence.viewed": _("Registro de cobertura consultado"),
    "key.made": _("Clave creada"),
    "key.revoked": _("Clave revocada"),
    "ledger.exported": _("Registro de hechos exportado"),
    "ledger.viewed": _("Registro de hechos consultado"),
    "object.disposed": _("Objeto eliminado"),
    "object.exported": _("Objeto exportado"),
    "object.read": _("Contenido leído"),
    "object.stored": _("Objeto guardado"),
    "object.viewed": _("Ficha consultada"),
    "search.made": _("Búsqueda hecha"),
    "session.entered": _("Entrada de una persona"),
    "session.left": _("Salida de una persona"),
    "tenant.added": _("Municipio dado de alta"),
}
"""What each kind of event is; others are shown by their kind."""


def role_words(role: Role) -> str:
    """Return a role's name in the language of the page."""
    return gettext(ROLES[role][0])


def right_words(right: Right) -> str:
    """Return what a right allows, in the language of the page."""
    return gettext(RIGHTS[right])


def event_words(kind: str) -> str:
    """Return what a kind of event is; the kind itself where there are no words for it."""
    return gettext(EVENTS[kind]) if kind in EVENTS else kind
