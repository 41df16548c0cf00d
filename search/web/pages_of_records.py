# SPDX-License-Identifier: EUPL-1.2
"""Every address of the record page, joined: the object, its documents, what is given away."""

from __future__ import annotations

from search.web import downloads, viewer
from search.web.record import blueprint

__all__ = ["blueprint", "downloads", "viewer"]
