# SPDX-License-Identifier: EUPL-1.2
"""A development authority (CA, OCSP, CRL, RFC 3161) WITHOUT LEGAL VALUE, for trying and testing."""
