# SPDX-License-Identifier: EUPL-1.2
"""What the Spanish report says of one signature, before it is laid out. Pure.

The order is the reader's: the verdict and why; who, in which quality; when, and what proves it; what is
covered and what changed later; time stamps; certificates and revocation; weak algorithms; policy; what the
signer says of himself; reasons; and last the technical annex, where nothing is translated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from preservation.signatures.facts import Outcome
from preservation.signatures.policies import examine
from preservation.signatures.report import Indication, SignatureReport, Signer, TimestampReport
from preservation.signatures.report_words import (
    algorithm_words,
    date,
    indication_words,
    meaning,
    moment,
    phrase,
    reason_words,
    why,
    word,
)
from preservation.trust import nif
from preservation.trust.names import shown

_CHANGED: Final = "SIG_CONSTRAINTS_FAILURE"
MAX_ROWS: Final = 200
"""Rows of one table; what is left over is said."""
_TONES: Final = {
    Indication.TOTAL_PASSED: "good",
    Indication.INDETERMINATE: "doubt",
    Indication.TOTAL_FAILED: "broken",
}


@dataclass(frozen=True, slots=True)
class Block:
    """One section: a note, a list of terms, bullets or a table."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    note: str = ""
    items: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Everything that is said of one signature."""

    who: str
    verdict: str
    tone: str
    """`good`, `doubt` or `broken`."""
    summary: tuple[str, ...]
    blocks: tuple[Block, ...]
    annex: tuple[tuple[str, str], ...]


def text_of(report: SignatureReport) -> Text:
    """Say one signature."""
    blocks = (
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
    return Text(
        who=_name(report.signer),
        verdict=_verdict(report),
        tone=_TONES[report.indication],
        summary=_summary(report),
        blocks=tuple(each for each in blocks if each is not None),
        annex=_annex(report),
    )


def identifier_words(identifier: str) -> tuple[str, str]:
    """Return the label and the text of an identifier: a NIF is called so only if it has its form."""
    if not nif.has_form(identifier):
        return "Identificador", identifier
    wrong = "" if nif.is_valid(identifier) else " (su carácter de control no es correcto)"
    return "NIF", identifier + wrong


def _verdict(report: SignatureReport) -> str:
    if report.format == "RFC3161":
        told = word("stamp_verdicts", str(report.indication))
        clause = why(report.sub_indication)
        return told if not clause else f"{told}, porque {clause}"
    if report.format == "unknown":
        return "No es un fichero de firma que se pueda leer"
    if report.indication is Indication.TOTAL_FAILED and not report.intact:
        return f"La firma está rota: {why(report.sub_indication) or 'no se corresponde con lo firmado'}"
    clause = why(report.sub_indication)
    told = indication_words(report.indication)
    if _changed(report) and report.sub_indication != _CHANGED:
        clause = f"el fichero cambió después de firmarse y, además, {clause}"
    elif _changed(report):
        clause = "el fichero cambió después de firmarse"
    return told if not clause else f"{told}, porque {clause}"


def _summary(report: SignatureReport) -> tuple[str, ...]:
    """Say the verdict in a few sentences: what it means, and what can be done."""
    said: list[str] = []
    if report.indication is Indication.TOTAL_PASSED:
        said.append(f"La hizo {_name(report.signer)}{_quality(report.signer)}.")
        if report.proven_by and report.best_signature_time is not None:
            said.append(f"Está probado que existía el {moment(report.best_signature_time)}.")
        return tuple(said)
    changed = _changed(report) and report.intact
    means, then = meaning(_CHANGED if changed else report.sub_indication)
    if changed:
        said.append("La firma no permite los cambios que se hicieron después.")
    elif report.intact and report.sub_indication != "FORMAT_FAILURE":
        said.append("Lo firmado no ha cambiado: coincide con la firma.")
    first = next((reason_words(each) for each in report.reasons if not changed or _is_change(each)), None)
    if first:
        said.append(f"Motivo: {first}.")
    said += [each for each in (means, f"Qué se puede hacer: {then}" if then else "") if each]
    return tuple(said)


def _changed(report: SignatureReport) -> bool:
    told = any(map(_is_change, report.reasons))
    return told or any(not each.allowed for each in report.changes)


def _is_change(reason: str) -> bool:
    return reason.startswith("changed after signing")


def _name(signer: Signer | None) -> str:
    if signer is None:
        return "Firmante desconocido"
    return signer.name or signer.pseudonym or "Sin nombre"


def _quality(signer: Signer | None) -> str:
    if signer is None or not signer.kind:
        return ""
    told = word("kinds", signer.kind)
    entity = signer.represents or (signer.organisation if signer.organisation != signer.name else "")
    return f", {told[0].lower()}{told[1:]}" + (f" de {entity}" if entity else "")


def _who(report: SignatureReport) -> Block:
    signer = report.signer
    if signer is None:
        return Block("Quién firma", note="No se ha encontrado el certificado del firmante.")
    rows = [("Nombre", _name(signer))]
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


def _changes(report: SignatureReport) -> Block | None:
    if not report.changes:
        return None
    table = [
        (_where(each.where), shown(phrase("changes", each.what)), "Sí" if each.allowed else "No")
        for each in report.changes[:MAX_ROWS]
    ]
    if not report.intact:
        note = "Además de no coincidir lo firmado, después de la firma se añadió o cambió esto."
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


def _annex(report: SignatureReport) -> tuple[tuple[str, str], ...]:
    """Tell what an expert asks for, untranslated."""
    signer = report.signer
    rows = [
        ("Formato y nivel", f"{report.format} {report.level}".strip()),
        ("Indicación", f"{report.indication} {report.sub_indication}".strip()),
        ("Integridad", _integrity(report)),
        ("Lugar", shown(report.place)),
        ("Algoritmos", ", ".join(report.algorithms)),
        ("Certificado", "" if signer is None else f"{signer.serial} ({signer.issuer})"),
        ("Políticas de certificado", "" if signer is None else ", ".join(signer.policies)),
    ]
    rows += [("Referencia", f"{shown(each.name)}: {each.outcome}") for each in report.references[:MAX_ROWS]]
    rows += [("Revocación", f"{each.kind} {each.sha256}") for each in report.revocations if each.sha256]
    rows += [("Motivo", shown(each)) for each in report.reasons[:MAX_ROWS]]
    return tuple((term, text) for term, text in rows if text)


def _integrity(report: SignatureReport) -> str:
    """Say whether the mathematics holds; what was not supplied or computed is not said to fail."""
    checks = (*report.references, *(() if report.value is None else (report.value,)))
    if report.intact or any(each.outcome is Outcome.FAILED for each in checks):
        return "sí" if report.intact else "no"
    return "no se ha podido comprobar"


def _limited(items: list[str]) -> tuple[str, ...]:
    if len(items) <= MAX_ROWS:
        return tuple(items)
    return (*items[:MAX_ROWS], f"… y {len(items) - MAX_ROWS} más")
