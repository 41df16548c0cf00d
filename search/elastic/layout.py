# SPDX-License-Identifier: EUPL-1.2
"""How our documents are laid out in a cluster: mapping, settings of an index, the mark. Pure.

* `stems`, `titles` and `names` are text that the `whitespace` analyser only splits; `exact`, `known`,
  `people` and the fields of `search.fields` are keywords. Folding and stemming are `search.text`'s.
* Each word has a mark of its compartment before it, as in the embedded index, and each document is routed by
  its tenant: a search of one tenant is answered whole by one shard, and its counts are exact.
* What is shown lies in `shown`, which the engine keeps and does not look at; tokens are not kept at all.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from archive.settings import ElasticsearchSettings
from search.fields import KEYWORDS
from search.index import MAX_OFFSET, MAX_PAGE, IndexedDocument, Mark
from search.prepared import Prepared
from search.snippets import LOOKED_AT

VERSION: Final = 3
"""Raised when fields change, or what is reserved; an index of another version is rebuilt."""

MARK_ID: Final = "mark"
"""Identifier, and routing, of the document that carries the ledger position. It has no tenant."""

_TEXTS: Final = ("stems", "titles", "names")
_WORDS: Final = ("exact", "known", "people")
_ORDERS: Final = ("newest", "by_title", "place", "day")
_OWN: Final = ("compartment", *_TEXTS, *_WORDS, "suggested", *_ORDERS)


def definition(settings: ElasticsearchSettings) -> dict[str, Any]:
    """Return settings and mapping of a new index.

    Nothing is seen before we say so (`refresh_interval` -1), everything acknowledged is on disk
    (`translog.durability` request), and every page that may be asked for can be given.
    """
    text = {"type": "text", "analyzer": "whitespace"}
    word = {"type": "keyword", "doc_values": False}
    return {
        "settings": {
            "number_of_shards": settings.shards,
            "number_of_replicas": settings.replicas,
            "refresh_interval": "-1",
            "translog.durability": "request",
            "max_result_window": MAX_OFFSET + MAX_PAGE,
            # how long a deletion is remembered against a writer that stalled before it
            "gc_deletes": "1h",
        },
        "mappings": {
            "dynamic": "strict",
            "_routing": {"required": True},
            "_source": {"excludes": [*_OWN, *(known.name for known in KEYWORDS)]},
            "properties": {
                "compartment": word,
                **dict.fromkeys(_TEXTS, text),
                **dict.fromkeys(_WORDS, word),
                "suggested": {"type": "keyword"},
                "newest": {"type": "long"},
                "by_title": {"type": "keyword"},
                "place": {"type": "long"},
                "day": {"type": "integer"},
                **{known.name: {"type": "keyword", "doc_values": known.countable} for known in KEYWORDS},
                "shown": {"type": "object", "enabled": False},
                "mark": {"type": "object", "enabled": False},
            },
        },
    }


def identifier(object_id: str, path: str) -> str:
    """Return the identifier of a document: the same for the same thing, however often it is indexed."""
    return hashlib.sha256(f"{object_id}\0{path}".encode("utf-8", "surrogatepass")).hexdigest()


def source_of(prepared: Prepared) -> bytes:
    """Return what a document is sent as, one line of JSON."""
    mark = prepared.compartment.mark
    body = {
        "compartment": prepared.compartment.name,
        "stems": " ".join([mark + stem for stem in prepared.stems]),
        "titles": " ".join([mark + stem for stem in prepared.title]),
        "names": " ".join([mark + stem for stem in prepared.names]),
        "exact": [mark + word for word in prepared.exact],
        "known": [mark + word for word in prepared.known],
        "people": [mark + word for word in prepared.people],
        "suggested": [mark + word for word in prepared.suggested],
        "newest": prepared.newest,
        "by_title": prepared.by_title,
        "place": prepared.place,
        "day": prepared.day,
        **{name: list(values) for name, values in prepared.keywords.items() if values},
        "shown": _shown(prepared),
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def document_of(source: dict[str, Any]) -> IndexedDocument:
    """Return what is needed to show a document."""
    return IndexedDocument(**source["shown"])


def mark_body(mark: Mark, rules: str) -> dict[str, Any]:
    """Return the document of a mark, with the rules by which the index was made."""
    return {"mark": {"position": mark.position, "digest": mark.digest, "rules": rules}}


def _shown(prepared: Prepared) -> dict[str, str]:
    document = prepared.document

    def first(name: str) -> str:
        return next(iter(prepared.keywords[name]), "")

    return {
        "tenant_id": document.tenant_id,
        "object_id": document.object_id,
        "path": document.path,
        "kind": first("clase"),
        "eni_id": document.eni_id,
        "title": document.title,
        "text": document.text[:LOOKED_AT],
        "extraction": first("texto"),
        "extraction_reason": document.extraction_reason,
        "tipo_documental": first("tipo"),
        "date": document.date,
        "media_type": first("formato"),
        "verdict": first("firma"),
        "object_title": document.object_title,
        "acceso": first("acceso"),
        "serie": first("serie"),
    }
