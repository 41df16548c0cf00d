# SPDX-License-Identifier: EUPL-1.2
"""Whom we trust and what is known of certificates: anchors, chains, revocation."""
