# SPDX-License-Identifier: EUPL-1.2
"""The seal of this installation as something that issues copies: what requests are resolved with."""

from __future__ import annotations

from collections.abc import Callable

from archive.errors import InvalidRequest
from archive.home import Home
from preservation.installation import (
    SEAL_ROLE,
    development_authority,
    time_stamping,
    validation_material,
)
from search.certify import certify
from search.copy_archive import IssuedCopy
from search.copy_pdf import examine
from search.copy_sheet import Act
from search.rendering import image_page
from search.source import Kind, open_source

Issuer = Callable[[str, str | None, Act, str], IssuedCopy]
"""Object, path (None: the resolution), act and agent in; the copy, durable, out. Raises as `certify`."""


def issuer(home: Home, base_url: str) -> Issuer:
    """Return what issues copies under the seal of this installation.

    Args:
        home: The archive.
        base_url: Public address of the verification page, without `/verificar`.
    """

    def issue(object_id: str, path: str | None, act: Act, agent: str) -> IssuedCopy:
        return certify(
            home, object_id, path, identity=development_authority(home).identity(SEAL_ROLE),
            authority=time_stamping(home), material=validation_material(home), base_url=base_url, agent=agent,
            act=act,
        )  # fmt: skip

    return issue


def pages_of(home: Home, object_id: str, path: str | None) -> tuple[bytes, int]:
    """Return the PDF that a copy of a document would show, and how many pages it has.

    Raises:
        InvalidRequest: It has no pages (XML, text), or cannot be read; for the rest see `open_source`.
    """
    source = open_source(home, object_id, path)
    if source.kind is Kind.IMAGE:
        return image_page(source.content, int(source.record.created_at.timestamp())), 1
    if source.kind is not Kind.PDF:
        raise InvalidRequest("the document has no pages", place="no-pages")
    return source.content, examine(source.content).pages
