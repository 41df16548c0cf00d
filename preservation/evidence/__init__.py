# SPDX-License-Identifier: EUPL-1.2
"""Evidence records (RFC 4998) sealed, assembled and judged; `preservation.renewal` renews them."""
