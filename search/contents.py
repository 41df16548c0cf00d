# SPDX-License-Identifier: EUPL-1.2
"""The content of an ENI document as bytes, wherever it stands, its digest checked, in constant memory.

It stands as base64 in the ENI XML, as elements in it, inside one of its signatures (TF05), or in a file of
its own (`content_path`). Nothing here records an access: `search.retrieval` does, the index has none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import chain

from archive.digests import Digests, read_chunks
from archive.eni.read import EniFile, read_eni
from archive.errors import IntegrityError, NotFound
from archive.home import Home
from archive.model import DocumentRecord, ObjectRecord
from preservation.signatures.eni.enclosed import MAX_ENCLOSING, content_within, enclosed_content


def content_chunks(home: Home, record: ObjectRecord, document: DocumentRecord) -> Iterator[bytes]:
    """Yield the decoded content of a document.

    Raises:
        NotFound: The content is not in the archive: it stands in its signature or elsewhere.
        XmlRefused: The ENI XML, or its base64, cannot be read.
        IntegrityError: After the last byte, if what was given is not what was recorded.
        StorageUnavailable: The store cannot be read.
    """
    place = f"{record.object_id} {document.path}"
    yield from checked(_chunks(home, record, document), document.content, place)


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


def _chunks(home: Home, record: ObjectRecord, document: DocumentRecord) -> Iterator[bytes]:
    objects = home.objects(record.tenant_id)
    if document.content_path or not document.eni_id:
        with objects.open(record.object_id, document.content_path or document.path) as stream:
            yield from read_chunks(stream)
        return
    with objects.open(record.object_id, document.path) as stream:
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
