# SPDX-License-Identifier: EUPL-1.2
"""A sheet of paper that went through a scanner: an image of 200 ppp, a little turned and grainy.

Source: NTI Digitalización de documentos: 200 ppp at least, faithful geometry, nothing added to the image.
"""

from __future__ import annotations

import hashlib
import io
from typing import Final

import pikepdf
import pypdfium2
from PIL import Image

DOTS_PER_INCH: Final = 200
_POINTS_PER_INCH: Final = 72
_TURN_DEGREES: Final = 0.55
_GRAIN: Final = 0.07
_PAPER: Final = (247, 245, 238)


def scanned(pdf: bytes, seed: bytes) -> bytes:
    """Return a PDF that holds the first page of `pdf` as one photograph; the same bytes for the same seed."""
    sheet = (
        pypdfium2.PdfDocument(pdf)[0].render(scale=DOTS_PER_INCH / _POINTS_PER_INCH).to_pil().convert("RGB")
    )
    tinted = Image.composite(sheet, Image.new("RGB", sheet.size, _PAPER), _ink_of(sheet))
    turned = tinted.rotate(_TURN_DEGREES, Image.Resampling.BICUBIC, fillcolor=_PAPER)
    grain = Image.frombytes(
        "L", turned.size, hashlib.shake_128(seed).digest(turned.width * turned.height)
    ).convert("RGB")
    photographed = io.BytesIO()
    Image.blend(turned, grain, _GRAIN).save(
        photographed, "JPEG", quality=62, dpi=(DOTS_PER_INCH, DOTS_PER_INCH)
    )
    return _page_of(photographed.getvalue(), turned.size)


def _ink_of(sheet: Image.Image) -> Image.Image:
    return sheet.convert("L").point(lambda light: 255 - light if light > 200 else 255)


def _page_of(jpeg: bytes, size: tuple[int, int]) -> bytes:
    width, height = (pixels * _POINTS_PER_INCH / DOTS_PER_INCH for pixels in size)
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(width, height))
    page = pdf.pages[0]
    image = pikepdf.Stream(pdf, jpeg)
    image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    image.Width, image.Height, image.BitsPerComponent = size[0], size[1], 8
    image.ColorSpace, image.Filter = pikepdf.Name.DeviceRGB, pikepdf.Name.DCTDecode
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=pdf.make_indirect(image)))
    page.Contents = pdf.make_stream(f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /Scan Do Q".encode())
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()
