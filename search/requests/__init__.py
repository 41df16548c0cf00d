# SPDX-License-Identifier: EUPL-1.2
"""Requests for certified copies: who asks for what, until when, and what was resolved (docs/copies.md)."""
