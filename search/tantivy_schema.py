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
from search.prepared import Prepared, tenant_mark
from search.query import All, Either, Identifier, Node, Not, OneOf, Person, Phrase, Prefix, Title, Word

VERSION: Final = 1
"""Raised when fields change; an index of another version is rebuilt."""

TITLE_BOOST: Final = 2.0
_MARK: Final = "longeva"
_STORED: Final = ("eni_id", "title", "text", "date", "extraction_reason", "object_title")
"""Stored beside the keyword fields, which are stored too."""


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("mark", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("position", stored=True)
    builder.add_text_field("_digest", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("tenant", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("stems", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("titles", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("exact", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("people", tokenizer_name="whitespace", index_option="basic")
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
    document = prepared.document
    mark = tenant_mark(document.tenant_id)
    fields: dict[str, Any] = {
        "tenant": document.tenant_id,
        "stems": _marked(mark, prepared.stems),
        "titles": _marked(mark, prepared.title),
        "exact": _marked(mark, prepared.exact),
        "people": _marked(mark, prepared.people),
        **{name: list(values) for name, values in prepared.keywords.items()},
    }
    fields |= {f"_{name}": getattr(document, name) for name in _STORED}
    return tantivy.Document(**fields)


def stored_document(found: tantivy.Document) -> IndexedDocument:
    """Return what is needed to show a document."""

    def first(name: str) -> str:
        return str(found.get_first(name) or "")

    return IndexedDocument(
        tenant_id=first("tenant"),
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
    )


def mark_document(mark: Mark) -> tantivy.Document:
    """Return the document that carries the ledger position; it has no tenant and no words."""
    return tantivy.Document(mark=_MARK, position=mark.position, _digest=mark.digest)


def stored_mark(found: tantivy.Document) -> Mark:
    """Read back what `mark_document` wrote."""
    return Mark(int(found["position"][0]), str(found.get_first("_digest") or ""))


def mark_query() -> Query:
    """Return the query that finds `mark_document`."""
    return Query.term_query(SCHEMA, "mark", _MARK, "basic")


def everything_query() -> Query:
    """Return the query that finds every document of every tenant, for comparing indexes."""
    return _both(Query.all_query(), [(Occur.MustNot, mark_query())])


def query_of(request: Request) -> Query:
    """Return the query of a request: its tenant first, always."""
    tenant = Query.const_score_query(_term("tenant", request.tenant_id), 0.0)
    held = [Query.const_score_query(_any_term(known.name, values), 0.0) for known, values in request.filters]
    question = _said(request.question, tenant_mark(request.tenant_id), tenant)
    return _both(tenant, [(Occur.Must, query) for query in (*held, question)])


def _said(node: Node, mark: str, tenant: Query) -> Query:  # noqa: PLR0911 (one line a kind of node)
    match node:
        case Word(stem):
            return _either(
                [_word("stems", mark + stem), Query.boost_query(_word("titles", mark + stem), TITLE_BOOST)]
            )
        case Title(stem):
            return _word("titles", mark + stem)
        case Phrase(stems):
            return Query.phrase_query(SCHEMA, "stems", [mark + stem for stem in stems])
        case Prefix(start):
            return Query.regex_query(SCHEMA, "exact", _beginning(mark + start))
        case Identifier(key):
            return _term("exact", mark + key)
        case Person(key):
            return _term("people", mark + key)
        case OneOf(field, values, prefix):
            wanted = (
                Query.regex_query(SCHEMA, field, _beginning(values[0]))
                if prefix
                else _any_term(field, values)
            )
            return Query.const_score_query(wanted, 1.0)
        case Not(part):
            return _both(tenant, [(Occur.MustNot, _said(part, mark, tenant))])
        case All(parts):
            return _both(tenant, [(Occur.Must, _said(part, mark, tenant)) for part in parts])
        case Either(parts):
            return _either([_said(part, mark, tenant) for part in parts])


def _both(first: Query, others: Sequence[tuple[Occur, Query]]) -> Query:
    return Query.boolean_query([(Occur.Must, first), *others])


def _either(parts: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else Query.empty_query()


def _word(field: str, token: str) -> Query:
    return Query.term_query(SCHEMA, field, token, "freq")


def _term(field: str, token: str) -> Query:
    return Query.term_query(SCHEMA, field, token, "basic")


def _any_term(field: str, values: Sequence[str]) -> Query:
    return Query.term_set_query(SCHEMA, field, list(values))


def _beginning(start: str) -> str:
    return re.sub(r"([^\w~])", r"\\\1", start[: MAX_VALUE * 2]) + ".*"


def _marked(mark: str, tokens: Sequence[str]) -> str:
    return mark + f" {mark}".join(tokens) if tokens else ""


def _unusable(cause: BaseException) -> IndexUnavailable:
    return IndexUnavailable(
        f"The search index cannot be used ({cause}). Nothing kept is lost: run `longeva rebuild`"
    )
