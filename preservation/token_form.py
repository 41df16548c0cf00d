# SPDX-License-Identifier: EUPL-1.2
"""How the CMS around a time-stamp token departs from its form, where no signature would tell.

Nothing that is looked at here is signed, so a token proves what it proves all the same; but what others
refuse to read is no evidence to leave behind for decades.
"""

from __future__ import annotations

from typing import Final

from asn1crypto import cms

from preservation import der

_INDEFINITE: Final = 0x80
_VERSIONS: Final = frozenset({"v1", "v3", "v4", "v5"})
"""RFC 3161 asks for 3; some authorities write 1."""
_SIGNER_VERSIONS: Final = frozenset({"v1", "v3"})
_NONE: Final = frozenset({b"", b"\x05\x00"})
"""Parameters that are none."""
_WITH_PARAMETERS: Final = frozenset({"rsassa_pss"})


def departure(token: bytes) -> str:
    """Say how a token with one signer departs from its form; empty where it does not.

    Args:
        token: DER ContentInfo that can be read as one; of BER, with an indefinite length, less is asked.

    Raises:
        ValueError, TypeError, KeyError: A part cannot be read (see `certificates.UNREADABLE`).

    Source:
        RFC 5652 5.1 (version, digestAlgorithms), 5.3; RFC 5754 2, 3 (parameters).
    """
    if token[1] != _INDEFINITE:
        try:
            der.require_whole(token)
        except der.MalformedDer as problem:
            return str(problem)
    signed = cms.ContentInfo.load(token)["content"]
    (signer,) = signed["signer_infos"]
    # a version that is not known stays a number
    if signed["version"].native not in _VERSIONS or signer["version"].native not in _SIGNER_VERSIONS:
        return "a version of SignedData that is not known"
    listed = list(signed["digest_algorithms"])
    digest, signature = signer["digest_algorithm"], signer["signature_algorithm"]
    if digest["algorithm"].native not in [each["algorithm"].native for each in listed]:
        return "its digest algorithm is not among those that it lists"
    plain = [*listed, digest, *(() if signature["algorithm"].native in _WITH_PARAMETERS else (signature,))]
    if any(each["parameters"].dump() not in _NONE for each in plain):
        return "an algorithm with parameters that it does not have"
    return ""
