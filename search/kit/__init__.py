# SPDX-License-Identifier: EUPL-1.2
"""The evidence kit: what a stranger needs to prove a document without the archive, and how it is verified."""

from search.kit.kit import export_kit
from search.kit.script import verifier_page, verifier_source

__all__ = ["export_kit", "verifier_page", "verifier_source"]
