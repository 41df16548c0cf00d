# SPDX-License-Identifier: EUPL-1.2
"""The content of a document as something that can be looked into: decoded, its digest checked, seekable.

The first look decodes it into the derived folder and checks it; nothing of a damaged content is ever shown.
What stands outside its ENI XML (a recording) is not copied: `search.giving` gives it in parts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Final

from archive.digests import copy_digesting
from archive.errors import LimitExceeded
from archive.home import Home
from archive.model import DocumentRecord, ObjectRecord
from search.contents import content_chunks, unsigned
from search.viewing.derived import DerivedFolder
from search.viewing.opened import open_file

MAX_LOOK: Final = 1 << 30
"""Bytes of a content that is decoded to be looked at; beyond, it is downloaded."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A content that can be opened any number of times."""

    key: str
    """Of the document in this version of its object: names of derived files begin with it."""
    size: int
    head: bytes
    """Its first bytes: what it is, is told by them."""
    open: Callable[[], BinaryIO]


def look(home: Home, record: ObjectRecord, document: DocumentRecord, derived: DerivedFolder) -> LookedAt:
    """Decode the content of a document, or find it decoded.

    A CMS signature around it is taken off (TF05): what was signed is what is read.

    Raises:
        NotFound: It did not come with its document.
        XmlRefused: The ENI XML, or its base64, cannot be read.
        IntegrityError: It is not what was recorded; nothing is kept of it.
        LimitExceeded: More than `MAX_LOOK` bytes.
        StorageUnavailable: The store cannot be read, or the derived folder not written.
    """
    key = content_key(record, document)

    def make(target: BinaryIO) -> None:
        _decode(home, record, document, target)

    def opened() -> BinaryIO:
        return derived.open(key, make)

    with opened() as stream:
        head = stream.read(4096)
        size = stream.seek(0, 2)
    return LookedAt(key, size, head, opened)


def content_key(record: ObjectRecord, document: DocumentRecord) -> str:
    """Return a name for what is derived from a content: of digests, so that it tells nothing."""
    told = f"{record.object_id}\n{record.version}\n{document.path}"
    return hashlib.sha256(told.encode()).hexdigest()[:40]


def _decode(home: Home, record: ObjectRecord, document: DocumentRecord, target: BinaryIO) -> None:
    expected = document.content.size if document.content else 0
    if expected > MAX_LOOK:
        raise LimitExceeded(f"{document.path} has {expected} bytes: too many to be looked at")
    if document.content is None:
        # Without a digest of the content the file that holds it has to vouch for it.
        home.objects(record.tenant_id).verify_file(record.object_id, document.path)
    # The digest is checked around the whole, before a signature is taken off.
    copy_digesting(
        _limited(
            unsigned(content_chunks(home, record, document, partial(open_file, home, record))), document.path
        ),
        target,
    )


def _limited(chunks: Iterator[bytes], path: str) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_LOOK:
            raise LimitExceeded(f"{path} has more than {MAX_LOOK} bytes: too many to be looked at")
        yield chunk
