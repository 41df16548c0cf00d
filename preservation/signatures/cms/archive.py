# SPDX-License-Identifier: EUPL-1.2
"""What a CAdES archive-time-stamp-v3 stamps.

Source: ETSI EN 319 122-1 sections 5.5.2 (ats-hash-index-v3) and 5.5.3 (archive-time-stamp-v3).
"""

from __future__ import annotations

from typing import Any, Final

from asn1crypto import algos, core

from preservation.algorithms import new_digest
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.read import Envelope, open_envelope
from preservation.signatures.content import Content
from preservation.trust.certificates import UNREADABLE

HASH_INDEX_V3: Final = "0.4.0.19122.1.5"
_SIGNER_FIELDS: Final = (
    "version",
    "sid",
    "digest_algorithm",
    "signed_attrs",
    "signature_algorithm",
    "signature",
)


def archive_imprint(envelope: Envelope, signer: Any, token: bytes, content: Content | None) -> Any:
    """Return a function from digest algorithm to the imprint that the token should have.

    It gives None where there is no version 3 hash index, where the index names something that is not there
    any more, or where the content is missing.
    """

    def imprint(name: str) -> bytes | None:
        try:
            index = _hash_index(token)
            if index is None or content is None or not _index_holds(index, envelope, signer):
                return None
            digest = content.digest(name)
            return None if digest is None else _imprint(name, envelope, signer, index, digest)
        except (ValueError, *UNREADABLE):
            return None

    return imprint


def _imprint(name: str, envelope: Envelope, signer: Any, index: bytes, digest: bytes) -> bytes:
    made = new_digest(name)
    made.update(envelope.signed_data["encap_content_info"]["content_type"].dump())
    made.update(digest)
    for part in _SIGNER_FIELDS:
        made.update(signer[part].dump())
    made.update(index)
    return bytes(made.digest())


def _hash_index(token: bytes) -> bytes | None:
    inner = open_envelope(token).signed_data["signer_infos"][0]
    unsigned, _ = attrs.attributes_of(inner["unsigned_attrs"])
    values = unsigned.get(HASH_INDEX_V3, [])
    return values[0] if len(values) == 1 else None


def _index_holds(index: bytes, envelope: Envelope, signer: Any) -> bool:
    """Everything that the index names must still be there, unchanged."""
    algorithm, certificates, crls, unsigned = attrs.members(index)
    name = str(algos.DigestAlgorithm.load(algorithm)["algorithm"].native)
    present = [
        _present(name, _stored(envelope.signed_data["certificates"])),
        _present(name, _stored(envelope.signed_data["crls"])),
        _present(name, _attribute_values(signer)),
    ]
    listed = (certificates, crls, unsigned)
    return all(
        {core.OctetString.load(each).native for each in attrs.members(part)} <= there
        for part, there in zip(listed, present, strict=True)
    )


def _stored(field: Any) -> list[bytes]:
    return [] if isinstance(field, core.Void) else [each.dump() for each in field]


def _attribute_values(signer: Any) -> list[bytes]:
    stored = signer["unsigned_attrs"]
    if isinstance(stored, core.Void):
        return []
    return [each["type"].dump() + value for each in stored for value in attrs.members(each["values"].dump())]


def _present(name: str, items: list[bytes]) -> set[bytes]:
    found = set()
    for item in items:
        made = new_digest(name)
        made.update(item)
        found.add(bytes(made.digest()))
    return found
