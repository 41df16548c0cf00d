# SPDX-License-Identifier: EUPL-1.2
"""Which level a CMS signature has by what is there, not by whether it is right.

Source: ETSI EN 319 122-1 section 6 (baseline), EN 319 122-2 (extended), TS 101 733 section 4.4 (-BES … -A).
"""

from __future__ import annotations

from typing import Final

from preservation import der
from preservation.signatures.cms import attributes as attrs

_DATA: Final = der.oid("1.2.840.113549.1.7.1")


def is_cades(signed: attrs.Attributes) -> bool:
    """Tell whether the signer names his certificate, signed: without it a CMS is no CAdES."""
    return attrs.SIGNING_CERTIFICATE in signed or attrs.SIGNING_CERTIFICATE_V2 in signed


def level_of(
    signed: attrs.Attributes, unsigned: attrs.Attributes, *, has_certificates: bool, has_revocation: bool
) -> str:
    """Name the level: `B`, `T`, `LT`, `LTA` where the baseline's attributes are there, else the older names.

    Args:
        signed: Signed attributes.
        unsigned: Unsigned attributes.
        has_certificates: `SignedData.certificates` carries certificates.
        has_revocation: `SignedData.crls` carries revocation data.

    Returns:
        Nothing for a CMS that is no CAdES and carries no time stamp.
    """
    references = attrs.CERTIFICATE_REFERENCES in unsigned and attrs.REVOCATION_REFERENCES in unsigned
    if unsigned.keys() & attrs.ARCHIVES or attrs.LONG_TERM_VALIDATION in unsigned:
        return "A" if references or attrs.ARCHIVE_TIME_STAMP_V3 not in unsigned else "LTA"
    if references:
        return _extended(unsigned)
    if attrs.SIGNATURE_TIME_STAMP in unsigned:
        return "LT" if has_revocation or attrs.REVOCATION_VALUES in unsigned else "T"
    return _basic(signed, has_certificates=has_certificates)


def _basic(signed: attrs.Attributes, *, has_certificates: bool) -> str:
    if not is_cades(signed):
        return ""
    # required by the baseline alone (EN 319 122-1 section 6.3)
    if attrs.SIGNING_TIME in signed and has_certificates and signed.get(attrs.CONTENT_TYPE, []) == [_DATA]:
        return "B"
    return "EPES" if attrs.POLICY in signed else "BES"


def _extended(unsigned: attrs.Attributes) -> str:
    if attrs.CERTIFICATE_VALUES in unsigned and attrs.REVOCATION_VALUES in unsigned:
        return "XL"
    stamped = attrs.CADES_C_TIME_STAMP in unsigned or attrs.REFERENCES_TIME_STAMP in unsigned
    return "X" if stamped else "C"
