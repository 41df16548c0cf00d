# SPDX-License-Identifier: EUPL-1.2
"""The sections of the Spanish report of one signature, one function each. Pure.

A section that has nothing to say is None. Values that a file chose pass through `shown` before they are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from preservation.indications import Indication, Outcome
from preservation.signatures.policies import examine
from preservation.signatures.report import SignatureReport, TimestampReport
from preservation.signatures.reports.spanish import (
    algorithm_words,
    date,
    moment,
    phrase,
    reason_words,
    why,
    word,
)
from preservation.trust import nif
from preservation.trust.names import shown
from preservation.trust.signer import Signer

MAX_ROWS: Final = 200
"""Rows of one table; what is left over is said."""


@dataclass(frozen=True, slots=True)
class Block:
    """One section: a note, a list of terms, bullets or a table."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    note: str = ""
    items: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


def sections_of(report: SignatureReport) -> tuple[Block, ...]:
    """Return the sections that have something to say, in the reader's order."""
    found = (
        _who(report),
        _when(report),
        _covered(report),
        _changes(report),
        _stamps(report),
        _chain(report),
        _revocation(report),
        _weak(report),
        _policy(report),
        _claims(report),
        _reasons(report),
    )
    return tuple(each for each in found if each is not None)


def identifier_words(identifier: str) -> tuple[str, str]:
    """Return the label and the text of an identifier: a NIF is called so only if it has its form."""
    if not nif.has_form(identifier):
        return "Identificador", identifier
    wrong = "" if nif.is_valid(identifier) else " (su carácter de control no es correcto)"
    return "NIF", identifier + wrong


def name_of(signer: Signer | None) -> str:
    """Return how a signer is called."""
    if signer is None:
        return "Firmante desconocido"
    return signer.name or signer.pseudonym or "Sin nombre"


def _who(report: SignatureReport) -> Block:
    signer = report.signer
    if signer is None:
        return Block("Quién firma", note="No se ha encontrado el certificado del firmante.")
    rows = [("Nombre", name_of(signer))]
    if signer.identifier:
        rows.append(identifier_words(signer.identifier))
    rows.append(("En calidad de", word("kinds", signer.kind)))
    entity = [signer.organisation]
    if signer.organisation_identifier and signer.organisation_identifier != signer.identifier:
        label, text = identifier_words(signer.organisation_identifier)
        entity.append(f"{label} {text}")
    told = ", ".join(each for each in entity if each)
    if told and told != signer.name:
        rows.append(("Representa a" if signer.represents else "Organización", told))
    rows += [
        ("Cargo y unidad", signer.position),
        ("Seudónimo", signer.pseudonym),
        ("Responsable", signer.custodian),
        ("Certificado", _certificate(signer)),
        ("Vigencia", f"del {date(signer.not_before)} al {date(signer.not_after)}"),
    ]
    return Block("Quién firma", rows=tuple((term, text) for term, text in rows if text))


def _certificate(signer: Signer) -> str:
    qualities = ", ".join(word("qualities", each) for each in signer.qualities)
    names = [signer.profile, f"emitido por {signer.issuer}" if signer.issuer else "", qualities]
    if signer.profile == signer.organisation or signer.profile in signer.issuer:
        del names[0]
    told = "; ".join(each for each in names if each)
    return told[:1].upper() + told[1:]


def _when(report: SignatureReport) -> Block:
    rows = [("Fecha declarada por el firmante", moment(report.signing_time))]
    if report.proven_by:
        proof = f"{word('proofs', report.proven_by)}"
        rows += [("Fecha probada", moment(report.best_signature_time)), ("La prueba", proof)]
    else:
        rows.append(("Fecha probada", "Ninguna: se ha juzgado a la fecha de la validación"))
    note = "" if report.proven_by else "La fecha que declara el firmante es solo indicativa."
    return Block("Cuándo", rows=tuple(rows), note=note)


def _covered(report: SignatureReport) -> Block | None:
    wrong = [each for each in report.references if each.outcome is not Outcome.OK]
    items = [shown(phrase("covers", each)) for each in report.covers]
    items += [f"{shown(phrase('names', each.name))}: {word('outcomes', str(each.outcome))}" for each in wrong]
    if report.counter_of:
        items.append(f"Es una contrafirma: firma la firma {report.counter_of}, no el documento.")
    return Block("Qué cubre la firma", items=_limited(items)) if items else None


def is_unknown_change(what: str) -> bool:
    """Say whether what follows a signature was not understood, so that nobody knows what changed."""
    return what.startswith("what follows cannot be analysed")


def _changes(report: SignatureReport) -> Block | None:
    if not report.changes:
        return None
    table = [
        (_where(each.where), shown(phrase("changes", each.what)), "Sí" if each.allowed else "No")
        for each in report.changes[:MAX_ROWS]
    ]
    if not report.intact:
        note = "Además de no coincidir lo firmado, después de la firma se añadió o cambió esto."
    elif any(is_unknown_change(each.what) for each in report.changes):
        note = "No se ha podido saber qué cambió: puede haber cambios que la firma no permite."
    elif any(not each.allowed for each in report.changes):
        note = "Hay cambios que la firma no permite."
    else:
        note = "Todos los cambios están permitidos."
    columns = ("Dónde", "Qué", "Permitido")
    return Block("Cambios posteriores a la firma", note=note, columns=columns, table=tuple(table))


def _stamps(report: SignatureReport) -> Block | None:
    if not report.timestamps:
        return None
    return Block(
        "Sellos de tiempo",
        columns=("Tipo", "Fecha", "Autoridad", "Vence", "Resultado"),
        table=tuple(_stamp(each) for each in report.timestamps[:MAX_ROWS]),
    )


def _stamp(stamp: TimestampReport) -> tuple[str, ...]:
    if stamp.indication is Indication.TOTAL_PASSED:
        result = "Válido"
    else:
        state = "Íntegro, pero no se puede afirmar que sea válido" if stamp.intact else "No se corresponde"
        result = f"{state}: {why(stamp.sub_indication) or stamp.sub_indication}"
    until = date(stamp.valid_until) if stamp.valid_until else ""
    kind = word("stamps", stamp.type)
    return f"Sello {kind}", moment(stamp.time), stamp.authority or "No consta", until, result


def _chain(report: SignatureReport) -> Block | None:
    if not report.certificates:
        return None
    table = tuple(
        (each.name, each.issuer, f"del {date(each.not_before)} al {date(each.not_after)}")
        for each in report.certificates
    )
    return Block("Certificados comprobados", columns=("Titular", "Emisor", "Vigencia"), table=table)


def _revocation(report: SignatureReport) -> Block | None:
    if not report.revocations:
        return None
    table = []
    for each in report.revocations[:MAX_ROWS]:
        state = "No consta revocado" if each.revoked_at is None else f"Revocado el {moment(each.revoked_at)}"
        kind = "Lista (CRL)" if each.kind == "crl" else "Consulta (OCSP)"
        until = "" if each.next_update is None else f" al {date(each.next_update)}"
        table.append((each.about, kind, f"del {date(each.this_update)}{until}", state))
    columns = ("Certificado", "Información", "Vale para", "Estado")
    return Block("Revocación", columns=columns, table=tuple(table))


def _weak(report: SignatureReport) -> Block | None:
    if not report.weaknesses:
        return None
    table = []
    for each in report.weaknesses[:MAX_ROWS]:
        since = "siempre" if each.since is None else f"desde el {date(each.since)}"
        state = "Sí" if each.protected else "No"
        table.append((algorithm_words(each.algorithm), _where(each.where), since, state))
    columns = ("Algoritmo", "Dónde", "Débil", "Cubierto por una prueba anterior")
    return Block("Algoritmos débiles", columns=columns, table=tuple(table))


def _where(text: str) -> str:
    return shown(phrase("where", text))


def _policy(report: SignatureReport) -> Block | None:
    facts = report.policy_facts
    if facts is None:
        return Block("Política de firma", rows=(("Identificador", report.policy),)) if report.policy else None
    found = examine(facts, form=report.format, signing_time=report.signing_time, claims=report.claims)
    name = "No es una de las conocidas" if found.policy is None else found.policy.name
    rows = [
        ("Política", name),
        ("Identificador", shown(facts.identifier)),
        ("Huella", word("digests", str(found.digest)).capitalize()),
    ]
    items = [word("breaches", each) for each in found.breaches]
    return Block("Política de firma", rows=tuple(rows), items=_limited(items))


def _claims(report: SignatureReport) -> Block | None:
    if not report.claims:
        return None
    rows = [
        (word("claims", kind), shown(phrase("commitments", text) if kind == "commitment" else text))
        for kind, text in report.claims[:MAX_ROWS]
    ]
    return Block("Lo que declara el firmante", rows=tuple(rows))


def _reasons(report: SignatureReport) -> Block | None:
    told = [reason_words(each) or each for each in report.reasons]
    return Block("Motivos y observaciones", items=_limited([shown(each) for each in told])) if told else None


def _limited(items: list[str]) -> tuple[str, ...]:
    if len(items) <= MAX_ROWS:
        return tuple(items)
    return (*items[:MAX_ROWS], f"… y {len(items) - MAX_ROWS} más")
