# SPDX-License-Identifier: EUPL-1.2
"""Names and algorithm URIs of XML Signature and XAdES, in one place.

Source: XML Signature 1.1 section 6; RFC 9231 (additional URIs); ETSI EN 319 132-1 annex; TS 101 903.
"""

from __future__ import annotations

from typing import Final

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EC: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
SIGNATURE: Final = f"{{{DS}}}Signature"
INCLUSIVE_NAMESPACES: Final = f"{{{EC}}}InclusiveNamespaces"
FILTER2: Final = "http://www.w3.org/2002/06/xmldsig-filter2"
XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
ENVELOPED: Final = f"{DS}enveloped-signature"
BASE64: Final = f"{DS}base64"
COUNTERSIGNED: Final = "http://uri.etsi.org/01903#CountersignedSignature"
MANIFEST: Final = f"{DS}Manifest"
XML: Final = "http://www.w3.org/XML/1998/namespace"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

XADES_132: Final = "http://uri.etsi.org/01903/v1.3.2#"
XADES_141: Final = "http://uri.etsi.org/01903/v1.4.1#"
XADES_VERSIONS: Final = {
    "http://uri.etsi.org/01903/v1.1.1#": "1.1.1",
    "http://uri.etsi.org/01903/v1.2.2#": "1.2.2",
    XADES_132: "1.3.2",
    XADES_141: "1.4.1",
}
ID_ATTRIBUTES: Final = ("Id", "ID", "id", f"{{{XML}}}id", f"{{{WSU}}}Id")
"""Attributes taken as identifiers without a schema; TS 101 903 and every ENI producer use the first."""

SHA256_URI: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE2007: Final = "http://www.w3.org/2007/05/xmldsig-more#"
DIGESTS: Final = {
    f"{DS}sha1": "sha1",
    f"{_MORE}md5": "md5",
    f"{_MORE}sha224": "sha224",
    SHA256_URI: "sha256",
    f"{_MORE}sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    "http://www.w3.org/2001/04/xmlenc#ripemd160": "ripemd160",
    **{f"{_MORE2007}sha3-{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)},
}
"""Digest URI to hashlib's name."""

_HASHES: Final = {
    "md5": "md5",
    "sha1": "sha1",
    "sha224": "sha224",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
    "sha3-224": "sha3_224",
    "sha3-256": "sha3_256",
    "sha3-384": "sha3_384",
    "sha3-512": "sha3_512",
}
SIGNATURES: Final[dict[str, tuple[str, str]]] = {
    f"{DS}rsa-sha1": ("rsa", "sha1"),
    f"{DS}dsa-sha1": ("dsa", "sha1"),
    "http://www.w3.org/2009/xmldsig11#dsa-sha256": ("dsa", "sha256"),
    f"{_MORE}rsa-ripemd160": ("rsa", "ripemd160"),
    "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519": ("ed25519", "sha512"),
    "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448": ("ed448", "shake256"),
    **{f"{_MORE}rsa-{name}": ("rsa", digest) for name, digest in _HASHES.items()},
    **{f"{_MORE}ecdsa-{name}": ("ecdsa-plain", digest) for name, digest in _HASHES.items()},
    **{f"{_MORE2007}{name}-rsa-MGF1": ("pss", digest) for name, digest in _HASHES.items()},
    **{
        f"http://www.w3.org/2021/04/xmldsig-more#ecdsa-{name}": ("ecdsa-plain", _HASHES[name])
        for name in _HASHES
    },
}
"""Signature URI to mechanism and digest. RSASSA-PSS with parameters in the URI's element is read apart."""
PSS_WITH_PARAMETERS: Final = f"{_MORE2007}rsa-pss"
