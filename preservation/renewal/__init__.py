# SPDX-License-Identifier: EUPL-1.2
"""Evidence renewed before it ends: what is due when and why, and the doing of it (RFC 4998 5)."""
