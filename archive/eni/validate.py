# SPDX-License-Identifier: EUPL-1.2
"""What the schema cannot say: identifiers, organs, dates, code lists, order, references that lead nowhere.

Every check gives findings and none of them changes or refuses anything; what follows from them is decided by
the admission policy. Content is judged by `archive.eni.content`, signatures by preservation.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime
from itertools import islice, pairwise
from typing import Final

from archive.eni.dates import check_date, is_before, read_date
from archive.eni.document import ContentKind, EniContent, EniDocument, EniSignature, SignaturePlace
from archive.eni.expediente import EniExpediente, LocatedDocument
from archive.eni.lists import entries
from archive.eni.namespaces import namespaces
from archive.eni.read import EniFile
from archive.eni.schemas import check_schema
from archive.findings import Finding, finding
from archive.identifiers import Dir3, check_eni_id, parse_eni_id

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_CLASSIFICATION: Final = re.compile(r"[0-9]{6,7}|.{9}_PRO_.{1,30}")
_COPIES: Final = frozenset({"EE02", "EE03", "EE04"})
_MOST: Final = 20
"""Findings of one kind about one file; ten thousand slips in an index are one slip."""
_PLACES: Final = {
    "TF01": (SignaturePlace.CSV,),
    "TF02": (SignaturePlace.INLINE, SignaturePlace.BASE64, SignaturePlace.REFERENCE),
    "TF03": (SignaturePlace.INLINE, SignaturePlace.BASE64, SignaturePlace.REFERENCE),
    "TF04": (SignaturePlace.BASE64, SignaturePlace.REFERENCE),
    "TF05": (SignaturePlace.BASE64, SignaturePlace.REFERENCE),
    "TF06": (SignaturePlace.REFERENCE, SignaturePlace.BASE64),
}


def check_eni(eni: EniFile, *, now: datetime, place: str = "") -> tuple[Finding, ...]:
    """Check an ENI file by schema and by sense, without decoding its content.

    Args:
        eni: What `read_eni` gave.
        now: The instant of the deposit, aware.
        place: What findings should name; that of the reading by default.

    Returns:
        The findings of the reading, of the schema and of the sense, in this order.

    Source: NTI Documento electrónico and Expediente electrónico, anexos I and II.
    """
    at = place or eni.skeleton.place
    value = eni.value
    found = list(eni.findings) + check_schema(eni, at)
    metadata = value.metadata
    found += _check_identity(
        metadata.identificador, metadata.organos, at, expediente=eni.kind == "expediente"
    )
    ns = namespaces(value.version)
    wanted = ns.enidoc if isinstance(value, EniDocument) else ns.eniexp
    if metadata.version_nti != wanted:
        found.append(finding("ENI-VERSION-NTI", at, value=metadata.version_nti, namespace=wanted))
    ids = frozenset(element.get("Id", "") for element in eni.skeleton.root.iter("*"))
    if isinstance(value, EniDocument):
        found += _check_document(value, ids, at, now)
    else:
        found += _check_expediente(value, at, now)
    told = (one for firma in value.firmas for one in _check_firma(firma, eni, ids, f"{at}#{firma.place}"))
    return (*found, *islice(told, _MOST))


def _check_identity(
    identificador: str, organos: tuple[str, ...], at: str, *, expediente: bool
) -> list[Finding]:
    found = check_eni_id(identificador, at, expediente=expediente)
    found += [
        finding("ENI-ORGANO-SHAPE", at, value=organo)
        for organo in organos[:_MOST]
        if not Dir3(organo).is_well_formed
    ]
    parsed = parse_eni_id(identificador)
    if parsed is not None and organos and parsed.organo not in organos:
        found.append(
            finding("ENI-ID-ORGANO-MISMATCH", at, value=parsed.organo, organos=", ".join(organos[:_MOST]))
        )
    return found


def _check_year(identificador: str, written: str, at: str) -> list[Finding]:
    parsed, instant = parse_eni_id(identificador), read_date(written)
    if parsed is None or instant is None or parsed.year == f"{instant.year:04d}":
        return []
    return [finding("ENI-ID-YEAR", at, value=parsed.year, date=written)]


def _check_document(document: EniDocument, ids: frozenset[str], at: str, now: datetime) -> list[Finding]:
    metadata = document.metadata
    found = check_date(metadata.fecha_captura, at, now=now)
    found += _check_year(metadata.identificador, metadata.fecha_captura, at)
    found += _check_type(metadata.tipo_documental, document.version, at)
    if metadata.estado_elaboracion not in entries("estado_elaboracion"):
        found.append(finding("ENI-EE-UNKNOWN", at, value=metadata.estado_elaboracion))
    if metadata.estado_elaboracion in _COPIES - {"EE03"} and not metadata.documento_origen:
        # EE03 comes from paper: the norm asks for the identifier only where the original has one
        found.append(finding("ENI-COPY-NO-ORIGIN", at, value=metadata.estado_elaboracion))
    if not document.firmas:
        found.append(finding("ENI-DOCUMENT-UNSIGNED", at))
    return found + _check_content(document.content, ids, at)


def _check_type(code: str, version: str, at: str) -> list[Finding]:
    entry = entries("tipo_documental").get(code)
    if entry is None:
        return [finding("ENI-TD-UNKNOWN", at, value=code)]
    if version not in entry.versions:
        return [finding("ENI-TD-DIALECT", at, value=code, name=entry.name)]
    return []


def _check_content(content: EniContent, ids: frozenset[str], at: str) -> list[Finding]:
    if content.kind is ContentKind.ABSENT:
        return [finding("ENI-CONTENT-ABSENT", at)]
    if content.kind is ContentKind.EXTERNAL:
        return [finding("ENI-CONTENT-EXTERNAL", at, value=content.reference)]
    if content.kind is not ContentKind.REFERENCE:
        return []
    if _URL.match(content.reference):
        return [finding("ENI-REFERENCE-EXTERNAL-URL", at, value=content.reference)]
    if content.is_outside:
        return [finding("ENI-CONTENT-EXTERNAL", at, value=content.reference)]
    return _check_reference(content.reference, ids, at)


def _check_reference(reference: str, ids: frozenset[str], at: str) -> list[Finding]:
    if reference.removeprefix("#") in ids:
        return []
    return [finding("ENI-REFERENCE-DANGLING", at, value=reference)]


def _check_firma(firma: EniSignature, eni: EniFile, ids: frozenset[str], at: str) -> list[Finding]:
    entry = entries("tipo_firma").get(firma.tipo)
    if entry is None or eni.located.version not in entry.versions:
        return [finding("ENI-TF-UNKNOWN", at, value=firma.tipo, version=eni.located.version)]
    if firma.where is SignaturePlace.ABSENT or (firma.where is SignaturePlace.CSV and not firma.csv):
        return [finding("ENI-FIRMA-EMPTY", at, value=firma.tipo)]
    if firma.where not in _PLACES.get(firma.tipo, (firma.where,)):
        return [finding("ENI-TF-CONTENT", at, value=firma.tipo, detail=firma.where)]
    if firma.where is SignaturePlace.REFERENCE and firma.reference.startswith("#"):
        return _check_reference(firma.reference, ids, at)
    if firma.tipo == "TF04" and isinstance(eni.value, EniDocument):
        kind = eni.value.content.kind
        if kind is not ContentKind.BINARY and not eni.value.content.is_outside:
            return [finding("ENI-TF-CONTENT", at, value=firma.tipo, detail=kind)]
    return []


def _check_expediente(expediente: EniExpediente, at: str, now: datetime) -> list[Finding]:
    metadata = expediente.metadata
    found = check_date(metadata.fecha_apertura, at, now=now)
    found += check_date(expediente.indexed_at, f"{at}#IndiceContenido", now=now)
    found += _check_year(metadata.identificador, metadata.fecha_apertura, at)
    if metadata.estado == "E01":
        found.append(finding("ENI-ESTADO-OPEN", at))
    elif metadata.estado == "E03":
        found.append(finding("ENI-ESTADO-REMISSION", at))
    elif metadata.estado not in entries("estado_expediente"):
        found.append(finding("ENI-ESTADO-UNKNOWN", at, value=metadata.estado))
    if not metadata.clasificacion:
        found.append(finding("ENI-CLASIFICACION-EMPTY", at))
    elif _CLASSIFICATION.fullmatch(metadata.clasificacion) is None:
        found.append(finding("ENI-CLASIFICACION-FORM", at, value=metadata.clasificacion))
    documents = list(expediente.documents())
    return found + _check_entries(expediente, documents, at, now) + _check_orders(documents, at)


def _check_entries(
    expediente: EniExpediente, documents: list[LocatedDocument], at: str, now: datetime
) -> list[Finding]:
    indexed_at = read_date(expediente.indexed_at)
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for located in documents:
        entry = located.document
        place = f"{at}#DocumentoIndizado[{located.position}]"
        if parse_eni_id(entry.identificador) is None:
            by_code["id"].append(finding("ENI-INDEX-FOREIGN-ID", place, value=entry.identificador))
        if not entry.incorporated_at:
            continue
        by_code["date"] += check_date(entry.incorporated_at, place, now=now)
        incorporated = read_date(entry.incorporated_at)
        if indexed_at is not None and incorporated is not None and is_before(indexed_at, incorporated):
            told = {"index": expediente.indexed_at, "value": entry.incorporated_at}
            by_code["earlier"].append(finding("ENI-INDEX-DATE-EARLIER", place, **told))
    times = Counter(located.document.identificador for located in documents)
    by_code["twice"] += [finding("ENI-INDEX-DUPLICATE", at, value=i) for i, n in times.items() if n > 1]
    return [found for some in by_code.values() for found in some[:_MOST]]


def _check_orders(documents: list[LocatedDocument], at: str) -> list[Finding]:
    """Look for repeated and missing numbers in each folder; orders such as `1.2` are not counted."""
    folders: dict[str, list[str]] = defaultdict(list)
    for located in documents:
        if located.document.order:
            folders[located.folder].append(located.document.order)
    found: list[Finding] = []
    for folder, orders in folders.items():
        place = f"{at}#{folder}" if folder else at
        times = Counter(orders)
        found += [finding("ENI-ORDER-DUPLICATE", place, value=o) for o, n in times.items() if n > 1]
        numbers = sorted({int(order) for order in orders if order.isascii() and order.isdigit()})
        found += [
            finding("ENI-ORDER-GAP", place, before=before, after=after)
            for before, after in pairwise(numbers)
            if after > before + 1
        ]
    return found[:_MOST]
