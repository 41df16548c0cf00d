# SPDX-License-Identifier: EUPL-1.2
"""Evidence records made for a test: over any digests, at any instant, and put inside a CMS."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import cms, core
from signing import World

from preservation import der
from preservation.evidence.record import encode_chain, encode_record, encode_stamp
from preservation.merkle import combine

STRANGER = hashlib.sha256(b"of somebody else").digest()


def record_over(world: World, digests: Sequence[bytes], at: datetime | None = None) -> bytes:
    """Return a record whose first list has these SHA-256 digests and a stranger's."""
    listed = [*digests, STRANGER]
    token = world.stamper(at).stamp(combine(listed, "sha256"), "sha256")
    return encode_record(["sha256"], [encode_chain([encode_stamp("sha256", [listed], token)])])


def with_attribute(signed: bytes, name: str, record: bytes) -> bytes:
    """Return a CMS with one more unsigned attribute of its first signer."""
    info = cms.ContentInfo.load(signed)
    signer = info["content"]["signer_infos"][0]
    present = signer["unsigned_attrs"]
    inner = b"" if isinstance(present, core.Void) else present.contents
    attribute = der.sequence(der.oid(name), der.tagged(der.SET, record))
    signer["unsigned_attrs"] = cms.CMSAttributes.load(der.tagged(der.SET, inner + attribute))
    return info.dump()
