# SPDX-License-Identifier: EUPL-1.2
"""Detached contents that a caller supplies, by name; nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from preservation.signatures.content import Content, Resolver, StreamContent


@dataclass(frozen=True, slots=True)
class Supplied:
    """One content with the name under which a reference may ask for it."""

    name: str
    content: Content


def from_path(path: Path) -> Supplied:
    """Offer a file under its own name."""
    return Supplied(path.name, StreamContent(lambda: path.open("rb")))


def resolver_over(supplied: Sequence[Supplied]) -> Resolver:
    """Return a resolver over what was supplied.

    A URI finds the content whose name is the URI or its last step, percent-encoding undone. The only content
    supplied answers to every name: people rename files, and a wrong one fails its digest.
    """

    def resolve(uri: str) -> Content | None:
        asked = unquote(uri)
        last = asked.rpartition("/")[2]
        for each in supplied:
            if each.name and each.name in {asked, last}:
                return each.content
        return supplied[0].content if len(supplied) == 1 else None

    return resolve
