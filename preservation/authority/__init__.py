# SPDX-License-Identifier: EUPL-1.2
"""A development authority (CA, OCSP, CRL, RFC 3161) WITHOUT LEGAL VALUE, for trying and testing."""

from preservation.authority.development import BASE_URL, DevelopmentAuthority, SigningIdentity

__all__ = ["BASE_URL", "DevelopmentAuthority", "SigningIdentity"]
