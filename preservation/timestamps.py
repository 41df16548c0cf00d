# SPDX-License-Identifier: EUPL-1.2
"""RFC 3161 time stamps: the authority protocol, the client and its checks."""

from __future__ import annotations

from typing import Protocol


class TimestampAuthority(Protocol):
    """Somebody who says that a digest existed at an instant.

    Implementations pass one conformance suite: the development authority in process, and any RFC 3161
    service over HTTP.
    """

    name: str
    """For records and accounting; shown to people."""

    def stamp(self, imprint: bytes, algorithm: str) -> bytes:
        """Return the DER TimeStampToken (a CMS ContentInfo) over `imprint`, fully checked.

        Args:
            imprint: Digest value, as long as the algorithm gives.
            algorithm: `sha256`, `sha512`, …

        Raises:
            TimestampUnavailable: No answer, a rejection, or an answer that fails any check (status,
                imprint, nonce, policy, genTime window, certificate, EKU, signature).
        """
        ...
