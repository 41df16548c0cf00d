# SPDX-License-Identifier: EUPL-1.2
"""The content of an ENI document as bytes, wherever it stands, its digest checked, in constant memory.

It stands as base64 in the ENI XML, as elements in it, inside one of its signatures (TF05), or in a file of
its own (`content_path`). Nothing here records an access: `search.retrieval` does, the index has none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import BinaryIO

from archive.digests import Digests, read_chunks
from archive.eni.read import EniFile, read_eni
from archive.errors import IntegrityError, NotFound
from archive.home import Home
from archive.model import DocumentRecord, ObjectRecord
from preservation.signatures.eni.enclosed import MAX_ENCLOSING, content_within, enclosed_content

Opener = Callable[[str], BinaryIO]
"""Opens a file of an object by its logical path."""


def content_chunks(
    home: Home, record: ObjectRecord, document: DocumentRecord, opener: Opener | None = None
) -> Iterator[bytes]:
    """Yield the decoded content of a document.

    Args:
        home: The archive.
        record: The object.
        document: One of its documents.
        opener: For who knows already where the files of the object are; else its inventory is read.

    Raises:
        NotFound: The content is not in the archive: it stands in its signature or elsewhere.
        XmlRefused: The ENI XML, or its base64, cannot be read.
        IntegrityError: After the last byte, if what was given is not what was recorded.
        StorageUnavailable: The store cannot be read.
    """
    place = f"{record.object_id} {document.path}"
    objects = home.objects(record.tenant_id)
    opened = opener or partial(objects.open, record.object_id)
    yield from checked(_chunks(opened, document), document.content, place)


def checked(chunks: Iterator[bytes], recorded: Digests | None, place: str) -> Iterator[bytes]:
    """Pass bytes on, and raise IntegrityError after the last if their digest is not the recorded one."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if recorded is not None and digest.hexdigest() != recorded.sha256:
        raise IntegrityError(
            f"The content of {place} has SHA-256 {digest.hexdigest()}, {recorded.sha256} was recorded",
            place=place,
        )


def _chunks(opened: Opener, document: DocumentRecord) -> Iterator[bytes]:
    if document.content_path or not document.eni_id:
        with opened(document.content_path or document.path) as stream:
            yield from read_chunks(stream)
        return
    with opened(document.path) as stream:
        content = _opened(read_eni(stream, place=document.path))
        if content is None:
            raise NotFound(f"The content of {document.path} did not come with it", place=document.path)
        yield from content


def _opened(eni: EniFile) -> Iterator[bytes] | None:
    content = eni.open_content()
    if content is not None:
        return content
    inside = enclosed_content(eni)
    return None if inside is None else iter([inside])


def unsigned(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what a CMS signature holds inside; whatever is no such CMS passes as it is.

    Limits:
        A CMS is held in memory, up to MAX_ENCLOSING bytes; a longer one passes as it is.
    """
    first = next(chunks, b"")
    if first[:1] != b"\x30":
        yield from chain((first,), chunks)
        return
    held = bytearray(first)
    for chunk in chunks:
        held += chunk
        if len(held) > MAX_ENCLOSING:
            yield from chain((bytes(held),), chunks)
            return
    whole = bytes(held)
    yield content_within(whole) or whole
