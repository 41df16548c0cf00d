# SPDX-License-Identifier: EUPL-1.2
"""Which level an XAdES signature has by what is there, not by whether it is right.

Source: ETSI EN 319 132-1 section 6 (baseline), EN 319 132-2 (extended), TS 101 903 section 4.4 (-BES … -A).
"""

from __future__ import annotations

from typing import Any, Final

from preservation.signatures.xml.names import XADES_141
from preservation.signatures.xml.place import inside_counter, local_name
from preservation.signatures.xml.properties import child

_CERTIFICATE_REFERENCES: Final = frozenset({"CompleteCertificateRefs", "CompleteCertificateRefsV2"})
_REFERENCE_STAMPS: Final = frozenset(
    {"SigAndRefsTimeStamp", "SigAndRefsTimeStampV2", "RefsOnlyTimeStamp", "RefsOnlyTimeStampV2"}
)


def level_of(qualifying: Any, properties: Any, *, has_certificates: bool) -> str:
    """Name the level: `B`, `T`, `LT`, `LTA` where the baseline's properties are there, else the older names.

    Args:
        qualifying: QualifyingProperties of the signature, or None.
        properties: Its SignedProperties, or None.
        has_certificates: ds:KeyInfo carries certificates.

    Returns:
        Nothing for an XML signature that is no XAdES.
    """
    if properties is None:
        return ""
    unsigned = child(child(qualifying, "UnsignedProperties"), "UnsignedSignatureProperties")
    there = [] if unsigned is None else list(unsigned.iterchildren("*"))
    names = {local_name(each) for each in there}
    references = bool(names & _CERTIFICATE_REFERENCES) and "CompleteRevocationRefs" in names
    if any(local_name(each).startswith("ArchiveTimeStamp") for each in there):
        newest = any(each.tag == f"{{{XADES_141}}}ArchiveTimeStamp" for each in there)
        return "LTA" if newest and not references else "A"
    if references:
        return _extended(names)
    if "SignatureTimeStamp" in names:
        carried = any(not inside_counter(each, qualifying) for each in _revocation(qualifying))
        return "LT" if carried else "T"
    return _basic(properties, has_certificates=has_certificates)


def _revocation(qualifying: Any) -> Any:
    return qualifying.iter("{*}EncapsulatedCRLValue", "{*}EncapsulatedOCSPValue")


def _extended(names: set[str]) -> str:
    if {"CertificateValues", "RevocationValues"} <= names:
        return "XL"
    return "X" if names & _REFERENCE_STAMPS else "C"


def _basic(properties: Any, *, has_certificates: bool) -> str:
    own = child(properties, "SignedSignatureProperties")
    named = child(own, "SigningCertificateV2") is not None or child(own, "SigningCertificate") is not None
    # required by the baseline alone (EN 319 132-1 section 6.3)
    if named and has_certificates and child(own, "SigningTime") is not None:
        return "B"
    return "EPES" if child(own, "SignaturePolicyIdentifier") is not None else "BES"
