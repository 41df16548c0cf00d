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
    "account.changed": _("Cuenta cambiada"),
    "account.closed": _("Cuenta cerrada"),
    "account.erased": _("Datos de una cuenta borrados"),
    "account.locked": _("Cuenta en espera por contraseñas erróneas"),
    "account.made": _("Cuenta creada"),
    "account.password": _("Contraseña cambiada"),
    "account.proofs": _("Acreditación de una persona cambiada"),
    "account.roles": _("Funciones de una persona cambiadas"),
    "account.sessions-ended": _("Sesiones de una persona cerradas"),
    "account.telephone": _("Teléfono de una persona cambiado"),
    "audit.completed": _("Auditoría terminada"),
    "audit.problem": _("Auditoría: algo no es lo que se guardó"),
    "audit.progressed": _("Auditoría: una parte más"),
    "audit.sampled": _("Auditoría por muestreo"),
    "authority.made": _("Autoridad de pruebas creada"),
    "catalog.rebuilt": _("Catálogo rehecho"),
    "certification.approved": _("Certificación con visto bueno"),
    "certification.delivered": _("Certificación entregada"),
    "certification.discarded": _("Certificación descartada"),
    "certification.drafted": _("Certificación redactada"),
    "certification.issued": _("Certificación expedida"),
    "certification.numbered": _("Certificación numerada"),
    "certification.returned": _("Certificación devuelta"),
    "classification.imported": _("Cuadro de clasificación importado"),
    "consent.asked": _("Acceso de la provincia pedido"),
    "consent.ended": _("Acceso de la provincia terminado"),
    "consent.granted": _("Acceso de la provincia consentido"),
    "consent.refused": _("Acceso de la provincia denegado"),
    "copies.healed": _("Copias reparadas"),
    "copy.assigned": _("Solicitud de copia asignada"),
    "copy.expired": _("Solicitud de copia caducada"),
    "copy.issued": _("Copia auténtica expedida"),
    "copy.notified": _("Solicitud de copia notificada"),
    "copy.numbered": _("Solicitud de copia numerada"),
    "copy.released": _("Solicitud de copia sin asignar"),
    "copy.repaired": _("Copia de un fichero reparada"),
    "copy.requested": _("Copia solicitada"),
    "copy.resolved": _("Solicitud de copia resuelta"),
    "copy.resolving": _("Solicitud de copia en resolución"),
    "copy.resumed": _("Plazo de una solicitud reanudado"),
    "copy.revoked": _("Copia auténtica revocada"),
    "copy.suspended": _("Plazo de una solicitud suspendido"),
    "copy.withdrawn": _("Solicitud de copia retirada"),
    "csv.imported": _("Códigos de otra sede importados"),
    "csv.verified": _("Código de verificación consultado"),
    "deposit.accepted": _("Depósito admitido"),
    "deposit.admitted": _("Depósito admitido por decisión"),
    "deposit.dropped": _("Depósito abandonado por decisión"),
    "deposit.refused": _("Depósito rechazado por decisión"),
    "deposit.rejected": _("Depósito rechazado"),
    "deposit.repeated": _("Depósito repetido"),
    "deposit.waiting": _("Depósito en espera de decisión"),
    "evidence.exported": _("Registro de cobertura exportado"),
    "evidence.renewed": _("Prueba renovada"),
    "evidence.sealed": _("Prueba sellada"),
    "evidence.viewed": _("Registro de cobertura consultado"),
    "export.asked": _("Exportación pedida"),
    "export.delayed": _("Exportación aplazada"),
    "export.ended": _("Exportación borrada"),
    "export.failed": _("Exportación fallida"),
    "export.made": _("Exportación hecha"),
    "habilitado.added": _("Habilitación añadida"),
    "habilitado.ended": _("Habilitación terminada"),
    "hold.added": _("Retención puesta"),
    "hold.ended": _("Retención levantada"),
    "holidays.recorded": _("Días inhábiles anotados"),
    "home.created": _("Archivo creado"),
    "key.made": _("Clave creada"),
    "key.revoked": _("Clave revocada"),
    "ledger.exported": _("Registro de hechos exportado"),
    "ledger.lost": _("Parte del registro de hechos perdida"),
    "ledger.viewed": _("Registro de hechos consultado"),
    "object.deletion-refused": _("Eliminación denegada"),
    "object.disposed": _("Objeto eliminado"),
    "object.exported": _("Objeto exportado"),
    "object.read": _("Contenido leído"),
    "object.revalidated": _("Firmas validadas de nuevo"),
    "object.stored": _("Objeto guardado"),
    "object.supplemented": _("Objeto completado"),
    "object.updated": _("Objeto actualizado"),
    "object.versioned": _("Versión nueva de un objeto"),
    "object.viewed": _("Ficha consultada"),
    "regime.changed": _("Régimen de acceso cambiado"),
    "regime.ended": _("Régimen de acceso terminado"),
    "resolution.added": _("Resolución añadida"),
    "resolution.ended": _("Resolución terminada"),
    "sealing.changed": _("Política de sellado cambiada"),
    "search.browsed": _("Listado recorrido"),
    "search.exported": _("Resultados de búsqueda exportados"),
    "search.forgotten": _("Búsqueda guardada borrada"),
    "search.kept": _("Búsqueda guardada"),
    "search.made": _("Búsqueda hecha"),
    "sede.kept": _("Datos de la sede cambiados"),
    "session.entered": _("Entrada de una persona"),
    "session.left": _("Salida de una persona"),
    "tenant.added": _("Municipio dado de alta"),
    "verification.answered": _("Comprobación respondida"),
    "verification.asked": _("Comprobación pedida"),
    "webhook.ended": _("Aviso a otra máquina terminado"),
    "webhook.made": _("Aviso a otra máquina creado"),
    "webhook.told": _("Aviso a otra máquina enviado"),
}
"""What each kind of event is. A test looks for every kind that code writes."""


def role_words(role: Role) -> str:
    """Return a role's name in the language of the page."""
    return gettext(ROLES[role][0])


def right_words(right: Right) -> str:
    """Return what a right allows, in the language of the page."""
    return gettext(RIGHTS[right])


def event_words(kind: str) -> str:
    """Return what a kind of event is; the kind itself where there are no words for it."""
    return gettext(EVENTS[kind]) if kind in EVENTS else kind
