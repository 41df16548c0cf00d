# SPDX-License-Identifier: EUPL-1.2
"""How our documents and questions are said to tantivy; only this and `search.tantivy_index` know it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import tantivy
from tantivy import Occur, Query

from archive.errors import IndexUnavailable
from search.fields import KEYWORDS, MAX_VALUE
from search.index import IndexedDocument, Mark, Request
from search.prepared import Prepared
from search.query import (
    All,
    Dates,
    Either,
    Identifier,
    Node,
    Not,
    OneOf,
    Person,
    Phrase,
    Prefix,
    Title,
    TitlePhrase,
    Word,
)
from search.sight import Compartment, Sight, compartments

VERSION: Final = 3
"""Raised when fields change, or what is reserved; an index of another version is rebuilt."""

NEWEST: Final = "newest"
BY_TITLE: Final = "by_title"
PLACE: Final = "place"
_MARK: Final = "longeva"
_END: Final = (1 << 64) - 1
_STORED: Final = ("eni_id", "title", "text", "date", "extraction_reason", "object_title")
"""Stored beside the keyword fields, which are stored too."""


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("mark", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("position", stored=True)
    builder.add_text_field("_digest", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("compartment", tokenizer_name="raw", index_option="basic")
    for name in ("stems", "titles", "names"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in ("exact", "known", "people"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("suggested", tokenizer_name="raw", index_option="basic")
    builder.add_text_field(BY_TITLE, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("day", NEWEST, PLACE):
        builder.add_unsigned_field(name, fast=True, indexed=True)
    for known in KEYWORDS:
        builder.add_text_field(
            known.name, stored=True, fast=known.countable, tokenizer_name="raw", index_option="basic"
        )
    for name in _STORED:
        builder.add_text_field(f"_{name}", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


SCHEMA: Final = _schema()


@contextmanager
def panics_mended() -> Iterator[None]:
    """Turn whatever tantivy throws, Rust panics included, into IndexUnavailable."""
    try:
        yield
    except (ValueError, OSError, RuntimeError) as cause:
        raise _unusable(cause) from cause
    except BaseException as cause:
        if type(cause).__name__ != "PanicException":  # pyo3 gives no name to import
            raise
        raise _unusable(cause) from cause


def document_of(prepared: Prepared) -> tantivy.Document:
    """Return what tantivy is given for a document."""
    document, where = prepared.document, prepared.compartment
    fields: dict[str, Any] = {
        "compartment": where.name,
        **{name: _marked(where.mark, tokens) for name, tokens in _tokens(prepared)},
        "suggested": [where.mark + word for word in prepared.suggested],
        NEWEST: prepared.newest,
        BY_TITLE: prepared.by_title,
        PLACE: prepared.place,
        "day": prepared.day,
        **{name: list(values) for name, values in prepared.keywords.items()},
    }
    fields |= {f"_{name}": getattr(document, name) for name in _STORED}
    return tantivy.Document.from_dict(fields, SCHEMA)


def stored_document(found: tantivy.Document) -> IndexedDocument:
    """Return what is needed to show a document."""

    def first(name: str) -> str:
        return str(found.get_first(name) or "")

    return IndexedDocument(
        tenant_id=first("municipio"),
        object_id=first("objeto"),
        path=first("ruta"),
        kind=first("clase"),
        eni_id=first("_eni_id"),
        title=first("_title"),
        text=first("_text"),
        extraction=first("texto"),
        extraction_reason=first("_extraction_reason"),
        tipo_documental=first("tipo"),
        date=first("_date"),
        media_type=first("formato"),
        verdict=first("firma"),
        object_title=first("_object_title"),
        acceso=first("acceso"),
        serie=first("serie"),
    )


def mark_document(mark: Mark) -> tantivy.Document:
    """Return the document that carries the ledger position; it has no tenant and no words."""
    fields = {"mark": _MARK, "position": mark.position, "_digest": mark.digest}
    return tantivy.Document.from_dict(fields, SCHEMA)


def stored_mark(found: tantivy.Document) -> Mark:
    """Read back what `mark_document` wrote."""
    return Mark(int(found["position"][0]), str(found.get_first("_digest") or ""))


def mark_query() -> Query:
    """Return the query that finds `mark_document`."""
    return Query.term_query(SCHEMA, "mark", _MARK, "basic")


def everything_query() -> Query:
    """Return the query that finds every document of every tenant, for comparing indexes."""
    return _both(Query.all_query(), [(Occur.MustNot, mark_query())])


def query_of(request: Request, *, having: Node | None = None, lacking: Node | None = None) -> Query:
    """Return the query of a request: where it may look first, always.

    Args:
        request: What was asked.
        having: What hits must have besides.
        lacking: What they must not have.
    """
    parts = [_within(request, having, lacking, where, sight) for where, sight in compartments(request.sights)]
    question = parts[0] if len(parts) == 1 else _either(parts)
    held = [(Occur.Must, _any_term(known.name, values)) for known, values in request.filters]
    return _both(question, held) if held else question


def after_query(query: Query, place: int) -> Query:
    """Return the hits of a query whose place comes after one."""
    kind = tantivy.FieldType.Unsigned
    later = Query.range_query(SCHEMA, PLACE, kind, place, _END, include_lower=False)
    return _both(query, [(Occur.Must, later)])


def suggestions_of(start: str, request: Request) -> list[str]:
    """Return with what the tokens begin that are words to suggest."""
    return [where.mark + start for where, _ in compartments(request.sights)]


def _within(
    request: Request, having: Node | None, lacking: Node | None, where: Compartment, sight: Sight
) -> Query:
    own = _term("compartment", where.name)
    parts = [(Occur.Must, _said(request.question, where.mark, own, sight))]
    if having is not None:
        parts.append((Occur.Must, _said(having, where.mark, own, sight)))
    if lacking is not None:
        parts.append((Occur.MustNot, _said(lacking, where.mark, own, sight)))
    return _both(own, parts)


def _said(node: Node, mark: str, own: Query, sight: Sight) -> Query:  # noqa: PLR0911, PLR0912 (one line a kind)
    match node:
        case Word(stem):
            return _either([_word(field, mark + stem) for field in sight.word_fields])
        case Title(stem):
            return _word("titles", mark + stem)
        case Phrase(stems):
            return _either([_phrase(field, mark, stems) for field in sight.word_fields])
        case TitlePhrase(stems):
            return _phrase("titles", mark, stems)
        case Prefix(start):
            begun = _beginning(mark + start)
            return _either([Query.regex_query(SCHEMA, field, begun) for field in sight.exact_fields])
        case Identifier(key):
            return _either([_term(field, mark + key) for field in sight.exact_fields])
        case Person(key):
            return _term("people", mark + key) if sight.people else Query.empty_query()
        case Dates(first, last):
            return Query.range_query(SCHEMA, "day", tantivy.FieldType.Unsigned, max(first, 1), last)
        case OneOf(field, values, prefix):
            if prefix:
                return Query.regex_query(SCHEMA, field, _beginning(values[0]))
            return _any_term(field, values)
        case Not(part):
            return _both(own, [(Occur.MustNot, _said(part, mark, own, sight))])
        case All(parts):
            return _both(own, [(Occur.Must, _said(part, mark, own, sight)) for part in parts])
        case Either(parts):
            return _either([_said(part, mark, own, sight) for part in parts])


def _phrase(field: str, mark: str, stems: Sequence[str]) -> Query:
    return Query.phrase_query(SCHEMA, field, [mark + stem for stem in stems])


def _tokens(prepared: Prepared) -> list[tuple[str, list[str]]]:
    return [
        ("stems", prepared.stems),
        ("titles", prepared.title),
        ("names", prepared.names),
        ("exact", prepared.exact),
        ("known", prepared.known),
        ("people", prepared.people),
    ]


def _both(first: Query, others: Sequence[tuple[Occur, Query]]) -> Query:
    return Query.boolean_query([(Occur.Must, first), *others])


def _either(parts: Sequence[Query]) -> Query:
    if len(parts) == 1:
        return parts[0]
    return Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else Query.empty_query()


def _word(field: str, token: str) -> Query:
    return Query.term_query(SCHEMA, field, token, "freq")


def _term(field: str, token: str) -> Query:
    return Query.term_query(SCHEMA, field, token, "basic")


def _any_term(field: str, values: Sequence[str]) -> Query:
    if len(values) == 1:
        return _term(field, values[0])
    return Query.term_set_query(SCHEMA, field, list(values))


def _beginning(start: str) -> str:
    return re.sub(r"([^\w~\x80-\U0010ffff])", r"\\\1", start[: MAX_VALUE * 2]) + ".*"


def _marked(mark: str, tokens: Sequence[str]) -> str:
    return mark + f" {mark}".join(tokens) if tokens else ""


def _unusable(cause: BaseException) -> IndexUnavailable:
    return IndexUnavailable(
        f"The search index cannot be used ({cause}). Nothing kept is lost: run `longeva rebuild`"
    )
