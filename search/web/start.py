# SPDX-License-Identifier: EUPL-1.2
"""The first page: what this is, the box for codes, and the way in for whoever works with the archive."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template

blueprint: Final = Blueprint("start", __name__, template_folder="templates")


@blueprint.get("/")
def start() -> str:
    """Say what this is, to whom it serves, and where to go."""
    return render_template("start/start.html")
