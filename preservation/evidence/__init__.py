# SPDX-License-Identifier: EUPL-1.2
"""Evidence records (RFC 4998): sealing, verification and renewal."""
