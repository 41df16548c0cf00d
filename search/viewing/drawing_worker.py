# SPDX-License-Identifier: EUPL-1.2
"""The process that draws pages of hostile files: `python -m search.viewing.drawing_worker`.

Spoken to by `search.viewing.drawing`, confined as `search.extraction_worker` is: the kernel ends it when it
takes too long or wants too much memory, and it can write no file. One JSON request a line on standard input
(`path`, `page` from 0 or -1 to count, `width`); the answer is trouble, pages and PNG, length-prefixed.
"""

from __future__ import annotations

import io
import json
import math
import os
import resource
import signal
import struct
import sys
import warnings
from typing import Any, Final

import pypdfium2
from PIL import Image, ImageOps

from search.viewing.picture import DrawingLimits, Drawn, Trouble

HEADER: Final = struct.Struct(">16sII")
"""Trouble in ASCII, pages, bytes of the PNG that follows."""
_PASSWORD: Final = {4, 5}
"""FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY."""


def main() -> None:
    """Answer until standard input ends."""
    limits = DrawingLimits(**json.loads(sys.stdin.buffer.readline()))
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = limits.source_pixels
    warnings.simplefilter("ignore")
    for line in sys.stdin.buffer:
        signal.alarm(limits.seconds)
        drawn = _answer(json.loads(line), limits)
        signal.alarm(0)
        head = HEADER.pack(drawn.trouble.encode(), drawn.pages, len(drawn.png))
        _write(answers, head + drawn.png)
        if drawn.trouble is Trouble.MEMORY:
            return


def _answer(asked: dict[str, Any], limits: DrawingLimits) -> Drawn:
    try:
        draw = draw_page if asked["kind"] == "pdf" else draw_image
        return draw(str(asked["path"]), int(asked["page"]), int(asked["width"]), limits)
    except MemoryError:
        return Drawn(Trouble.MEMORY)
    except Exception:  # noqa: BLE001 (the border to hostile files: any failure is an answer, never silence)
        return Drawn(Trouble.MALFORMED)


def draw_page(path: str, page: int, width: int, limits: DrawingLimits) -> Drawn:
    """Draw a page of a PDF, or count its pages.

    Args:
        path: The file.
        page: From 0; -1 counts only.
        width: Pixels across.
        limits: What it may cost.
    """
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as cause:
        locked = getattr(cause, "err_code", 0) in _PASSWORD or "assword" in str(cause)
        return Drawn(Trouble.ENCRYPTED if locked else Trouble.MALFORMED)
    pages = len(document)
    if page < 0:
        return Drawn(pages=pages)
    if page >= pages:
        return Drawn(Trouble.NO_PAGE, pages)
    document.init_forms()  # what was filled in is drawn too
    drawn = document[page]
    across, down = drawn.get_size()
    scale = min(width / max(across, 1.0), math.sqrt(limits.pixels / max(across * down, 1.0)))
    # Drawn on white: a PDF has no paper of its own.
    image = drawn.render(scale=scale, draw_annots=True, may_draw_forms=True).to_pil()
    return Drawn(pages=pages, png=_png(image))


def draw_image(path: str, page: int, width: int, limits: DrawingLimits) -> Drawn:
    """Draw an image, or one of the pages of a TIFF; see `draw_page`."""
    with Image.open(path) as image:
        pages = int(getattr(image, "n_frames", 1))
        if page < 0:
            return Drawn(pages=pages)
        if page >= pages:
            return Drawn(Trouble.NO_PAGE, pages)
        image.seek(page)
        if image.width * image.height > limits.source_pixels:
            return Drawn(Trouble.MEMORY, pages)
        image.draft("RGB", (width * 2, width * 2))  # a JPEG is read at the size that is needed
        turned = ImageOps.exif_transpose(image)
        alpha = "A" in turned.getbands() or "transparency" in turned.info
        flat = turned.convert("RGBA" if alpha else "RGB")
        height = min(round(flat.height * width / flat.width), limits.pixels // width)
        flat.thumbnail((width, max(height, 1)))
        return Drawn(pages=pages, png=_png(flat))


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    # Level 4: a page at a screen's size in some 30 ms; level 9 takes ten times as long for a tenth less.
    image.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    main()
