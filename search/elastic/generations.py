# SPDX-License-Identifier: EUPL-1.2
"""Which index of a cluster counts: generations behind an alias, and how a new one takes over atomically.

    NAME            alias: what is searched and written
    NAME-000001     a generation
    NAME-next       alias of the generation that a rebuild is filling, if any

An alias is moved, and what it led to deleted, by one change of the cluster's state. Writing goes through an
alias always, so that a bulk to an index that was deleted meanwhile fails, instead of making another.
"""

from __future__ import annotations

import re
from typing import Any, Final

from elasticsearch import Elasticsearch, NotFoundError

from archive.errors import IndexBusy, IndexUnavailable
from archive.settings import ElasticsearchSettings
from search.elastic.client import mended
from search.elastic.layout import MARK_ID, definition, mark_body
from search.index import Mark

_NUMBER: Final = re.compile(r"-(\d{6,12})")
_EXISTS: Final = "resource_already_exists_exception"


class Generations:
    """Generations of one index. All methods raise what `search.elastic.client.mended` says."""

    def __init__(self, client: Elasticsearch, settings: ElasticsearchSettings, rules: str) -> None:
        self._client = client
        self._settings = settings
        self._rules = rules
        self._name = settings.name

    @property
    def next(self) -> str:
        """Alias of the generation that is being filled."""
        return f"{self._name}-next"

    def exists(self) -> bool:
        """Tell whether there is an index.

        Raises:
            IndexUnavailable: Something of that name is there that is not ours to touch: an index without
                alias, or generations whose alias somebody took away.
        """
        with mended(self._name):
            found = self._found()
            if any(self._name in body["aliases"] for body in found.values()):
                return True
            taken = bool(self._client.indices.exists(index=self._name))
        if taken:
            raise IndexUnavailable(
                f"The cluster has an index called {self._name}, which is not ours: set another [index] name"
            )
        if any(self.next not in body["aliases"] for body in found.values()):
            raise IndexUnavailable(
                f"The alias {self._name} was taken away from {', '.join(sorted(found))}: give it back, or "
                "run `longeva rebuild`"
            )
        return False

    def new(self) -> None:
        """Make an empty generation, to be written through `next`; leftovers go. Needs the writers' guard.

        Raises:
            IndexBusy: Another one made it at this moment.
        """
        with mended(self._name):
            found = self._found()
            self._sweep(found)
            number = max((int(_number(name)) for name in found), default=0) + 1
            index = f"{self._name}-{number:06d}"
            made = self._client.options(ignore_status=400).indices.create(
                index=index, aliases={self.next: {"is_write_index": True}}, **definition(self._settings)
            )
            if "error" in made.body:
                raise self._not_made(index, made.body)
            if not made["shards_acknowledged"]:
                raise IndexUnavailable(
                    f"The cluster made {index} and cannot start its shards: see its health"
                )
            body = mark_body(Mark(), self._rules)
            self._client.index(
                index=self.next, id=MARK_ID, routing=MARK_ID, document=body, require_alias=True, refresh=True
            )

    def use(self) -> None:
        """Take the generation behind `next` into use; all others go, in the same moment."""
        with mended(self._name):
            found = self._found()
            (fresh,) = [name for name, body in found.items() if self.next in body["aliases"]]
            actions: list[dict[str, Any]] = [
                {"remove": {"index": fresh, "alias": self.next}},
                {"add": {"index": fresh, "alias": self._name, "is_write_index": True}},
                *({"remove_index": {"index": name}} for name in found if name != fresh),
            ]
            self._client.indices.update_aliases(actions=actions)

    def sweep(self) -> None:
        """Delete what rebuilds that died left. Needs the writers' guard."""
        with mended(self._name):
            self._sweep(self._found())

    def _sweep(self, found: dict[str, Any]) -> None:
        for name, body in found.items():
            if self.next in body["aliases"]:
                self._client.indices.delete(index=name, ignore_unavailable=True)

    def _found(self) -> dict[str, Any]:
        """Return our generations with their aliases."""
        try:
            said = self._client.indices.get_alias(index=f"{self._name}-*")
        except NotFoundError:
            return {}
        return {name: body for name, body in said.body.items() if _number(name, self._name)}

    def _not_made(self, index: str, body: dict[str, Any]) -> IndexUnavailable:
        error = body.get("error", {})
        if error.get("type") == _EXISTS:
            return IndexBusy(f"Another process is making {index}; try again in a while")
        return IndexUnavailable(f"The cluster does not make {index}: {error.get('reason', error)}")


def _number(index: str, name: str = "") -> str:
    found = _NUMBER.fullmatch(index, len(name)) if name else _NUMBER.search(index)
    return found[1] if found else ""
