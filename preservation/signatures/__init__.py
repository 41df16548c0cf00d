# SPDX-License-Identifier: EUPL-1.2
"""Signatures: thin format adapters around one format-neutral judgement."""
