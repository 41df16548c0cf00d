# SPDX-License-Identifier: EUPL-1.2
"""Proofs of the ledgers up to their time stamps: made for whoever asks, and judged without an archive."""
