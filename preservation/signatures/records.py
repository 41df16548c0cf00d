# SPDX-License-Identifier: EUPL-1.2
"""Evidence records in a batch: one word for each, over the file and the contents beside it.

`valid` proves at least one of the documents, `data_not_found` holds in itself and proves none of them,
`hash_failure` does not hold. Of trust in its authorities it says nothing: that is the full report's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime

from preservation.evidence.verification import verify_record
from preservation.signatures.content import Content

_RECORD: bytes = b"\x02\x01\x01"
"""EvidenceRecord begins with its version (RFC 4998 section 3.1)."""


def as_record(data: bytes) -> bytes | None:
    """Return the DER of an evidence record, from itself or base64; None where it is none."""
    encoded = data
    if data[:1] != b"\x30":
        try:
            encoded = base64.b64decode(b"".join(data.split()), validate=True)
        except binascii.Error:
            return None
    return encoded if encoded[:1] == b"\x30" and _RECORD in encoded[:8] else None


def record_word(record: bytes, documents: Sequence[Content], at: datetime) -> str:
    """Say how a record stands over some documents."""
    if any(verify_record(record, [_asked(each)], at=at, anchors=[]).intact for each in documents):
        return "valid"
    alone = verify_record(record, [], at=at, anchors=[])
    return "data_not_found" if alone.intact else "hash_failure"


def _asked(content: Content) -> Callable[[str], bytes]:
    def digest(algorithm: str) -> bytes:
        found = content.digest(algorithm)
        if found is None:
            raise KeyError(algorithm)
        return found

    return digest
