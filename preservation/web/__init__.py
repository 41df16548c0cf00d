# SPDX-License-Identifier: EUPL-1.2
"""Pages for those who answer for the proofs: what stands, what falls due, what covered what."""

from preservation.web.evidence import blueprint as evidence_pages

BLUEPRINTS = (evidence_pages,)

__all__ = ["BLUEPRINTS"]
