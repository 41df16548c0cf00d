# SPDX-License-Identifier: EUPL-1.2
"""What the page of a verified code says, put together for its template. Words in the language of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from archive.catalog import INSTALLATION
from archive.home import Home
from archive.model import DocumentRecord, SignatureRecord
from archive.regime import Access
from archive.web.i18n import date
from archive.web.i18n import gettext as _
from preservation.signatures.reports.spanish import why
from search.copy_words import as_written
from search.csv import CsvAnswer, CsvStatus
from search.csv_giving import Item, Offer, Reason, offers, term_of
from search.csv_typing import Slip
from search.local_words import moment
from search.regimes import regime_of
from search.viewing.description import coded_words

_DNI: Final = re.compile(r"\b\d{3}(\d{4})\d[ -]?[A-Z]\b")
_NIE: Final = re.compile(r"\b[XYZ]\d{3}(\d{4})[ -]?[A-Z]\b")


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as people read it."""

    who: str
    when: str
    verdict: str
    tone: str


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on the page of a code that is known."""

    facts: tuple[tuple[str, str, bool], ...]
    """Term, value, whether it is code."""
    signatures: tuple[Signed, ...]
    proofs: tuple[str, ...]
    """What is proven today, a sentence each."""
    offers: tuple[tuple[Offer, str, str], ...]
    """What is given, its words, and what to know of it: or why it is not given."""
    term: str
    """What to know of the five years."""
    smaller: bool
    """Whether the paper was laid out anew, so that the original looks larger."""


def heading(answer: CsvAnswer) -> str:
    """Return the verdict in a few words."""
    return {
        CsvStatus.AUTHENTIC: _("Es una copia auténtica"),
        CsvStatus.KEPT: _("Es un documento conservado en el archivo"),
        CsvStatus.REVOKED: _("Esta copia quedó sin efecto"),
        CsvStatus.SUPERSEDED: _("Esta copia fue sustituida por otra"),
        CsvStatus.SEVERAL: _("Ese código figura en más de una plataforma"),
        CsvStatus.UNKNOWN: _("No consta ese código"),
    }[answer.status]


def hint(answer: CsvAnswer) -> str:
    """Return what may be wrong with a code that is unknown; said from the text alone."""
    if answer.typed is None:
        return ""
    length, missing = answer.typed.length, abs(answer.typed.missing)
    if answer.typed.slip is Slip.SHORT:
        return _(
            "Ha escrito %(length)s letras y cifras; los códigos de este archivo tienen 28, en siete grupos "
            "de cuatro. Parece que faltan %(missing)s.", length=length, missing=missing,
        )  # fmt: skip
    if answer.typed.slip is Slip.LONG:
        return _(
            "Ha escrito %(length)s letras y cifras; los códigos de este archivo tienen 28, en siete grupos "
            "de cuatro. Parece que sobran %(missing)s.", length=length, missing=missing,
        )  # fmt: skip
    if answer.typed.slip is Slip.OTHER:
        return _(
            "Los códigos que expide este archivo tienen 28 letras y cifras. Si el papel es de una sede "
            "electrónica anterior, escriba su código completo, con las mismas letras."
        )
    return _("Compruebe sobre todo los signos que se parecen: B y 8, S y 5, Z y 2, G y 6.")


def page_of(home: Home, answer: CsvAnswer) -> Page | None:
    """Put together what is told of a known code; None of one that stands for no single document."""
    if answer.record is None or answer.document is None or answer.tenant is None:
        return None
    with home.catalog.reading(INSTALLATION) as tx:
        signatures = tx.signatures_in(answer.record.object_id, answer.document.path)
        leaves = tx.seals_of(answer.record.object_id)
        sealed = tx.batch(leaves[0].batch_id).sealed_at if leaves else None
    told = offers(home, answer)
    reserved = answer.copy is None and _is_reserved(home, answer)
    return Page(
        _facts(answer, answer.document, reserved=reserved),
        () if reserved else tuple(_signed(one) for one in signatures if one.format != "CSV"),
        tuple(_proofs(answer, moment(sealed) if sealed else "")),
        tuple((offer, _item_words(offer.item, answer), _offer_words(offer)) for offer in told),
        _term(home, answer),
        answer.copy is not None,
    )


def _is_reserved(home: Home, answer: CsvAnswer) -> bool:
    assert answer.record is not None
    assert answer.document is not None
    return regime_of(home, answer.record, [answer.document]).access is Access.RESERVED


def _facts(
    answer: CsvAnswer, document: DocumentRecord, *, reserved: bool
) -> tuple[tuple[str, str, bool], ...]:
    assert answer.tenant is not None
    told = [(_("Código"), answer.csv, True)]
    if not reserved:
        told.append((_("Documento"), document.name or document.eni_id, False))
    told += [
        (_("Órgano"), f"{answer.tenant.name} ({answer.tenant.dir3})", False),
        (_("Tipo documental"), coded_words("tipo_documental", document.tipo_documental), False),
    ]
    if answer.copy is not None:
        told.append((_("Fecha de expedición"), moment(answer.copy.issued_at), False))
    elif document.captured_at:
        told.append((_("Fecha de captura"), as_written(document.captured_at), False))
    if answer.kept is not None and answer.kept.sede is not None:
        told.append((_("Código expedido en"), answer.kept.sede.name, False))
    if not reserved:
        told.append((_("Identificador"), document.eni_id, True))
        if document.content is not None:
            told.append((_("Huella SHA-256"), document.content.sha256, True))
    return tuple(told)


def _signed(signature: SignatureRecord) -> Signed:
    clause = why(signature.sub_indication)
    verdict, tone = {
        "TOTAL_PASSED": (_("Firma válida"), "good"),
        "TOTAL_FAILED": (_("Firma no válida"), "bad"),
    }.get(signature.indication, (_("No pudo determinarse si es válida"), "wait"))
    best = signature.report.get("best_signature_time")
    when = as_written(best) if isinstance(best, str) and best else ""
    if not when and signature.signing_time:
        when = _("%(date)s, según el firmante", date=as_written(signature.signing_time))
    who = masked(signature.signer) or _("No consta")
    return Signed(who, when or _("No consta"), f"{verdict}: {clause}" if clause else verdict, tone)


def masked(name: str) -> str:
    """Hide all but four digits of a person's NIF in a signer's name; an organ's stays.

    Source: AEPD, orientación para la aplicación de la disposición adicional séptima de la LOPDGDD.
    """
    return _NIE.sub(r"****\1*", _DNI.sub(r"***\1**", name))


def _proofs(answer: CsvAnswer, sealed: str) -> list[str]:
    told = []
    if answer.status is CsvStatus.AUTHENTIC:
        told.append(
            _("El fichero guardado se ha comprobado ahora mismo: es, byte a byte, el que se expidió.")
        )
    if answer.record is not None and answer.status is CsvStatus.KEPT:
        since = date(answer.record.created_at)
        told.append(_("El archivo lo custodia desde el %(date)s, tal como se depositó.", date=since))
    if sealed:
        told.append(
            _("Un sello de tiempo de un tercero prueba que ya existía, idéntico, el %(date)s.", date=sealed)
        )
    elif told:
        told.append(_("El sello de tiempo que lo probará ante terceros se pone en las próximas horas."))
    return told


def _item_words(item: Item, answer: CsvAnswer) -> str:
    return {
        Item.COPY: _("Copia auténtica (PDF)"),
        Item.ORIGINAL: _("Documento original, tal como se firmó")
        if answer.copy is None
        else _("Documento original del que se hizo la copia"),
        Item.REPORT: _("Informe de firma"),
        Item.KIT: _("Pruebas para comprobarlo sin este archivo (ZIP)"),
    }[item]


def _offer_words(offer: Offer) -> str:
    if offer.given:
        return {
            Item.COPY: _("Compárela con el papel: el contenido debe ser el mismo."),
            Item.ORIGINAL: _("Los mismos bytes que se firmaron o se depositaron."),
            Item.REPORT: _(
                "Quién firmó, con qué certificado y qué se ha podido comprobar hoy, en una página."
            ),
            Item.KIT: _("Documento, firmas, sellos de tiempo y un programa que los verifica sin conexión."),
        }[offer.item]
    return {
        Reason.TERM: _(
            "Han pasado más de cinco años y el documento no es de acceso libre: se entrega a solicitud."
        ),
        Reason.REGIME: _("Su acceso está limitado: se entrega a quien tenga derecho, a solicitud."),
        Reason.PARTIAL: _("La copia es parcial: el original contiene datos que no pueden entregarse."),
        Reason.FILE: _("Las pruebas abarcan el expediente completo: se entregan a solicitud."),
        Reason.UNSEALED: _("Se están preparando: vuelva a intentarlo mañana."),
        Reason.UNSIGNED: _("El documento no contiene firmas que puedan comprobarse."),
        Reason.LARGE: _("El documento es demasiado grande para comprobarlo al momento: pídalo."),
    }[offer.reason]


def _term(home: Home, answer: CsvAnswer) -> str:
    if answer.status not in {CsvStatus.AUTHENTIC, CsvStatus.KEPT}:
        return ""
    term = term_of(answer)
    if term is not None and home.clock.now() <= term:
        return _(
            "Puede verificar este documento aquí, directamente, al menos hasta el %(date)s.",
            date=date(term),
        )
    return _(
        "Han pasado más de cinco años desde su fecha. Este archivo sigue respondiendo a su código; si ha de "
        "acreditar la verificación, solicite una certificación firmada."
    )
