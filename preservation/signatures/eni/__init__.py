# SPDX-License-Identifier: EUPL-1.2
"""Signatures of ENI documents and indexes: where they lie and what they sign."""
