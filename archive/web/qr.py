# SPDX-License-Identifier: EUPL-1.2
"""A text as a QR that a page can hold: SVG without styles, black on white whatever the colours around it."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr_svg(text: str, title: str) -> Markup:
    """Return the QR of a text (ISO/IEC 18004), four modules of margin.

    Args:
        text: What it says.
        title: What it is, for who does not see it.
    """
    drawn: str = segno.make(text, error="m", micro=False).svg_inline(
        scale=4,
        border=4,
        dark="#000",
        light="#fff",
        svgclass="qr",
        lineclass=None,
        title=title,
        omitsize=False,
    )
    return Markup(drawn)  # noqa: S704 - drawn by us, its title escaped by the library
