# SPDX-License-Identifier: EUPL-1.2
"""A page as a picture with a scale in percent along its edges, for who chooses what a copy leaves out."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from archive.errors import InvalidRequest
from search.redaction import Zone, pixels
from search.viewing.drawing import Painter
from search.viewing.picture import PAGE

MARGIN: Final = 34
"""Pixels of the scale's band."""


def picture(painter: Painter, pdf: bytes, page: int, *, zones: tuple[Zone, ...] = ()) -> bytes:
    """Return a page as PNG.

    Args:
        painter: Draws in a process that may die of a hostile file.
        pdf: The original.
        page: From 1.
        zones: Shown as they will be hidden.

    Raises:
        InvalidRequest: There is no such page or it cannot be drawn.
        ServiceError: No drawing process can be had.
    """
    with tempfile.NamedTemporaryFile(prefix="redact-") as file:
        file.write(pdf)
        file.flush()
        drawn = painter.draw(Path(file.name), "pdf", page - 1, PAGE)
    if not drawn.png:
        raise InvalidRequest("the page cannot be drawn", place="no-pages")
    image = Image.open(io.BytesIO(drawn.png)).convert("RGB")
    for zone in zones:
        ImageDraw.Draw(image).rectangle(pixels(str(zone), image.width, image.height), fill="black")
    framed = Image.new("RGB", (image.width + 2 * MARGIN, image.height + 2 * MARGIN), "#eef1f4")
    framed.paste(image, (MARGIN, MARGIN))
    _scale(framed, image.width, image.height)
    buffer = io.BytesIO()
    framed.save(buffer, "PNG")
    return buffer.getvalue()


def _scale(framed: Image.Image, width: int, height: int) -> None:
    """Write 0 to 100 along the four edges, and a pale line at every ten."""
    draw = ImageDraw.Draw(framed, "RGBA")
    font = ImageFont.load_default(18)
    for percent in range(0, 101, 10):
        x, y = MARGIN + width * percent // 100, MARGIN + height * percent // 100
        draw.line([(x, MARGIN), (x, MARGIN + height)], fill=(29, 63, 102, 60))
        draw.line([(MARGIN, y), (MARGIN + width, y)], fill=(29, 63, 102, 60))
        for place in ((x, MARGIN // 2), (x, height + MARGIN + MARGIN // 2)):
            draw.text(place, str(percent), fill="#1d3f66", font=font, anchor="mm")
        for place in ((MARGIN // 2, y), (width + MARGIN + MARGIN // 2, y)):
            draw.text(place, str(percent), fill="#1d3f66", font=font, anchor="mm")
