# SPDX-License-Identifier: EUPL-1.2
"""How a batch reaches a cluster, which has no transactions.

1. Everything is kept here until `commit`; what is not committed was never sent.
2. New documents first, then those go that their objects no longer have: at no moment is an object missing.
3. All of them are made visible, on every copy of every shard; only then
4. the mark is written, if it still is as we read it (compare and set), durable and visible.

Who dies between leaves documents of later events than the mark tells, which the next one writes again under
the same identifiers. Each carries the position of its commit as its version: a writer that stalled, lost the
guard and wakes up cannot put older documents over those of a writer that went further.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from typing import Any, Final

from elasticsearch import ConflictError, Elasticsearch
from elasticsearch.helpers import scan

from archive.errors import IndexBusy, IndexUnavailable
from search.elastic.client import mended, refusal
from search.elastic.layout import MARK_ID, identifier, mark_body, source_of
from search.index import IndexedDocument, Mark
from search.prepared import prepare
from search.text import Analysis

BULK_BYTES: Final = 4_000_000
"""Bytes of a bulk: far below the 100 MB that a server takes, and a second of its work."""
BULK_ITEMS: Final = 2_000
KEPT_IN_MEMORY: Final = 32_000_000
"""Bytes of a batch; what is more waits in a temporary file."""
WAITS: Final = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds before what an overloaded cluster refused is sent again."""

_CONFLICT: Final = 409
_TOO_MANY: Final = 429
_PAGE: Final = 1_000

Action = tuple[dict[str, Any], bytes]
"""What to do and, for a document that comes, its line."""


class ElasticWriter:
    """Writes what `search.index.Writer` promises, to the generation behind an alias."""

    def __init__(self, client: Elasticsearch, alias: str, analysis: Analysis, rules: str) -> None:
        """Begin with the mark as it is; see `search.elastic.client.mended` for what it raises."""
        self._client = client
        self._alias = alias
        self._analysis = analysis
        self._rules = rules
        self._batch = tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115 (closed by `close`)
        self._forget()
        with mended(alias):
            found = client.get(index=alias, id=MARK_ID, routing=MARK_ID)
            self._seen = {"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}
            self._refresh()  # what another one left, so that it is found where it must go

    def add(self, document: IndexedDocument) -> None:
        """Add a document."""
        line = source_of(prepare(document, self._analysis))
        key = identifier(document.object_id, document.path)
        place = self._batch.seek(0, 2)
        self._batch.write(line)
        self._coming.setdefault(document.object_id, {})[key] = (document.tenant_id, place, len(line))

    def delete_object(self, object_id: str) -> None:
        """Take away every document of an object."""
        self._coming.pop(object_id, None)
        self._going[object_id] = None

    def commit(self, position: int, digest: str = "") -> None:
        """Make everything since the last commit durable and visible, then the mark."""
        version = {"version": position, "version_type": "external_gte"}
        with mended(self._alias):
            stale = list(self._stale())
            for actions in _bulks(self._arriving(version)):
                self._send(actions)
            for actions in _bulks(({"delete": one | version}, b"") for one in stale):
                self._send(actions)
            if self._coming or stale:
                self._refresh()
            self._write_mark(Mark(position, digest))
        self._forget()

    def close(self) -> None:
        """Drop what was not committed."""
        self._batch.close()

    def _forget(self) -> None:
        self._coming: dict[str, dict[str, tuple[str, int, int]]] = {}
        self._going: dict[str, None] = {}
        self._batch.seek(0)
        self._batch.truncate()

    def _arriving(self, version: dict[str, Any]) -> Iterator[Action]:
        for documents in self._coming.values():
            for key, (tenant_id, place, length) in documents.items():
                self._batch.seek(place)
                yield {"index": {"_id": key, "routing": tenant_id} | version}, self._batch.read(length)

    def _stale(self) -> Iterator[dict[str, str]]:
        """Yield the documents that objects had and no longer have."""
        if not self._going:
            return
        asked = {"query": {"terms": {"objeto": list(self._going)}}, "_source": False, "sort": ["_doc"]}
        coming = {key for documents in self._coming.values() for key in documents}
        for hit in scan(
            self._client, index=self._alias, query=asked, size=_PAGE, allow_partial_search_results=False
        ):
            if hit["_id"] not in coming:
                yield {"_id": hit["_id"], "routing": hit["_routing"]}

    def _send(self, actions: list[Action]) -> None:
        """Send a bulk until every item of it is done; see `mended` for when that fails."""
        for wait in (*WAITS, None):
            lines: list[Any] = [line for what, body in actions for line in (_line(what), body) if line]
            said = self._client.bulk(index=self._alias, operations=lines, require_alias=True)
            if not said["errors"]:
                return
            actions = [
                action
                for action, item in zip(actions, said["items"], strict=True)
                if self._is_to_do(item, wait)
            ]
            if not actions:
                return
            time.sleep(wait or 0)

    def _is_to_do(self, item: dict[str, Any], wait: float | None) -> bool:
        """Tell whether an item must be sent again; an item that failed for good raises."""
        (said,) = item.values()
        status = said["status"]
        if "error" not in said:
            return False
        if status == _CONFLICT:
            raise IndexBusy("Another process has written the search index further; it goes on from there")
        if status == _TOO_MANY and wait is not None and "block" not in said["error"]["type"]:
            return True
        raise refusal(self._alias, status, said)

    def _refresh(self) -> None:
        said = self._client.indices.refresh(index=self._alias)
        if said["_shards"]["failed"]:
            raise IndexUnavailable(f"The cluster could not refresh {self._alias}; it is behind, repeat later")

    def _write_mark(self, mark: Mark) -> None:
        try:
            said = self._client.index(
                index=self._alias,
                id=MARK_ID,
                routing=MARK_ID,
                document=mark_body(mark, self._rules),
                require_alias=True,
                refresh=True,
                **self._seen,
            )
        except ConflictError as cause:
            raise IndexBusy(
                "Another process has written the search index meanwhile; it goes on from there"
            ) from cause
        self._seen = {"if_seq_no": said["_seq_no"], "if_primary_term": said["_primary_term"]}


def _bulks(actions: Iterator[Action]) -> Iterator[list[Action]]:
    """Cut into bulks of a bearable size."""
    gathered: list[Action] = []
    size = 0
    for action in actions:
        if gathered and (size + len(action[1]) > BULK_BYTES or len(gathered) >= BULK_ITEMS):
            yield gathered
            gathered, size = [], 0
        gathered.append(action)
        size += len(action[1])
    if gathered:
        yield gathered


def _line(what: dict[str, Any]) -> bytes:
    return json.dumps(what, ensure_ascii=False).encode()
