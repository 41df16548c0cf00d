# SPDX-License-Identifier: EUPL-1.2
"""What a code leads to: a copy issued here, or documents that other platforms gave the code to.

Every text takes the same look-ups, in the same order, whether it is a code, was one, or never will be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from archive.catalog import Transaction
from archive.catalog.rows import CopyRecord
from archive.errors import InvalidRequest, NotFound
from archive.identifiers import normalise_csv, plain_csv
from archive.model import DocumentRecord, ObjectKind, ObjectRecord
from search.admitted import is_admitted
from search.aliases import Alias, Sede, aliases_for, is_long_enough
from search.csv_typing import variants

_UUID_LENGTH: Final = 32
"""Hexadecimal digits of the codes that are UUIDs."""
_NOBODY: Final = "0000-0000-0000-0000-0000-0000-0000"


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that a code of another platform stands for."""

    record: ObjectRecord
    document: DocumentRecord
    csv: str
    """As the platform wrote it."""
    sede: Sede | None = None
    """Where the code was imported from; None where the document itself carries it."""


def issued_copy(tx: Transaction, typed: str) -> CopyRecord | None:
    """Return the copy of ours with a code as typed, or the only one that looks alike in one sign."""
    try:
        code = normalise_csv(typed)
    except InvalidRequest:
        code = _NOBODY
    copy = tx.copy_by_csv(code)
    alike = [found for other in variants(typed) if (found := tx.copy_by_csv(other)) is not None]
    if copy is None and len(alike) == 1:
        return alike[0]
    return copy


def kept_documents(tx: Transaction, typed: str) -> list[Kept]:
    """Return the admitted documents that other platforms' codes stand for, each content once.

    A code that could be guessed is no key, and leads to nothing.
    """
    carried = [Kept(*hit, code) for code in _written(typed) for hit in tx.documents_by_csv(code)]
    named = [
        Kept(*hit, alias.csv, sede)
        for sede, alias in aliases_for(tx, typed)
        for hit in _documents(tx, sede, alias)
    ]
    known: dict[tuple[str, str], Kept] = {}
    for one in [*named, *carried]:
        if one.record.kind is not ObjectKind.COPY and is_admitted(tx, one.record):
            content = one.document.content
            same = content.sha256 if content else f"{one.record.object_id} {one.document.path}"
            known.setdefault((one.record.tenant_id, same), one)
    return sorted(known.values(), key=_order)


def _written(typed: str) -> tuple[str, ...]:
    """Return the forms under which another platform may have written the code; none where it is guessable."""
    if not is_long_enough(typed):
        return ()
    joined, plain = "".join(typed.split()), plain_csv(typed)
    grouped = re.sub(r"[\u2010-\u2015]", "-", joined)
    forms = [typed, joined, grouped, plain]
    if len(plain) == _UUID_LENGTH:
        forms.append("-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:])))
    return tuple(dict.fromkeys(form for one in forms for form in (one, one.upper(), one.lower())))


def _documents(tx: Transaction, sede: Sede, alias: Alias) -> list[tuple[ObjectRecord, DocumentRecord]]:
    if alias.eni_id:
        found = tx.document_by_eni_id(sede.tenant_id, alias.eni_id)
    elif alias.object_id:
        try:
            record = tx.object(alias.object_id)
        except NotFound:
            return []
        found = [(record, document) for document in tx.documents(alias.object_id)]
    else:
        return []
    return [hit for hit in found if _fits(alias, hit[1])]


def _fits(alias: Alias, document: DocumentRecord) -> bool:
    sha256 = document.content.sha256 if document.content else ""
    name = alias.path.rsplit("/", 1)[-1]
    return alias.sha256 in {"", sha256} and name in {"", document.path.rsplit("/", 1)[-1]}


def _order(kept: Kept) -> tuple[str, int, str, str]:
    number = kept.sede.number if kept.sede else 0
    return kept.record.tenant_id, number, kept.document.captured_at, kept.record.object_id
