# SPDX-License-Identifier: EUPL-1.2
"""The process that draws pages: `python -m search.redaction_worker`, spoken to by `search.redaction`.

One JSON task on standard input, the PDF or PNG on standard output, exit 0; anything else is a failure. The
kernel ends it when it takes too long or wants too much memory, and it can write no file.
"""

from __future__ import annotations

import io
import json
import math
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, Final

import pikepdf
import pypdfium2
from PIL import Image, ImageDraw, ImageFont

QUALITY: Final = 82
MARGIN: Final = 34
"""Pixels of the scale's band around a picture."""
MAX_SIDE: Final = 12_000
"""Pixels: a plan is drawn coarser rather than not at all."""


def main() -> None:
    """Do the one task."""
    task = json.loads(sys.stdin.buffer.read())
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not be taken for the answer
    resource.setrlimit(resource.RLIMIT_AS, (task["memory"], task["memory"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(task["seconds"])
    document = pypdfium2.PdfDocument(Path(task["path"]).read_bytes())
    document.init_forms()  # else the values of form fields would not be drawn
    result = _redacted(document, task) if task["do"] == "redact" else _picture(document, task)
    with os.fdopen(answers, "wb") as stream:
        stream.write(result)


def _redacted(document: Any, task: dict[str, Any]) -> bytes:
    removed = set(task["removed"])
    out = pikepdf.new()
    for number in range(1, len(document) + 1):
        page = document[number - 1]
        width, height = page.get_size()
        if number in removed:
            _add_removed(out, width, height, number)
            continue
        scale = min(task["dpi"] / 72, MAX_SIDE / max(width, height))
        image = page.render(scale=scale).to_pil().convert("RGB")
        for zone in task["zones"].get(str(number), ()):
            ImageDraw.Draw(image).rectangle(_box(zone, image), fill="black")
        _add_image(out, image, width, height)
        page.close()
    buffer = io.BytesIO()
    out.save(buffer, deterministic_id=True)
    return buffer.getvalue()


def _box(zone: str, image: Image.Image) -> tuple[int, int, int, int]:
    """Return a zone in pixels, rounded outwards: half a pixel of a letter is still a trace."""
    left, top, width, height = (float(number) for number in zone.split())
    return (
        math.floor(left / 100 * image.width) - 1,
        math.floor(top / 100 * image.height) - 1,
        math.ceil((left + width) / 100 * image.width) + 1,
        math.ceil((top + height) / 100 * image.height) + 1,
    )


def _add_image(out: pikepdf.Pdf, image: Image.Image, width: float, height: float) -> None:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=QUALITY, optimize=True)
    stream = pikepdf.Stream(
        out, data.getvalue(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=image.width,
        Height=image.height, ColorSpace=pikepdf.Name.DeviceRGB, BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )  # fmt: skip
    resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Page=stream))
    _add_page(out, width, height, resources, f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Page Do Q")


def _add_removed(out: pikepdf.Pdf, width: float, height: float, number: int) -> None:
    """Say that there was a page: the copy must not look whole (NTI de copiado auténtico VI)."""
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )  # fmt: skip
    words = f"Página {number} del original: no se incluye en esta copia parcial"
    size = min(14.0, width / 36)
    hexadecimal = words.encode("cp1252").hex()
    content = (
        f"0.93 g 0 0 {width:.3f} {height:.3f} re f 0.2 g BT /F {size:.2f} Tf "
        f"{width * 0.12:.2f} {height / 2:.2f} Td <{hexadecimal}> Tj ET"
    )
    _add_page(out, width, height, pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font)), content)


def _add_page(
    out: pikepdf.Pdf, width: float, height: float, resources: pikepdf.Dictionary, content: str
) -> None:
    page = pikepdf.Dictionary(
        Type=pikepdf.Name.Page,
        MediaBox=pikepdf.Array([0, 0, round(width, 3), round(height, 3)]),
        Resources=resources,
        Contents=pikepdf.Stream(out, content.encode("ascii")),
    )
    out.pages.append(pikepdf.Page(out.make_indirect(page)))


def _picture(document: Any, task: dict[str, Any]) -> bytes:
    page = document[task["page"] - 1]
    width, _ = page.get_size()
    image = page.render(scale=task["width"] / width).to_pil().convert("RGB")
    for zone in task["zones"]:
        ImageDraw.Draw(image).rectangle(_box(zone, image), fill="black")
    framed = Image.new("RGB", (image.width + 2 * MARGIN, image.height + 2 * MARGIN), "#eef1f4")
    framed.paste(image, (MARGIN, MARGIN))
    _scale(framed, image.width, image.height)
    buffer = io.BytesIO()
    framed.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _scale(framed: Image.Image, width: int, height: int) -> None:
    """Write 0 to 100 along the four edges, and a pale line at every ten."""
    draw = ImageDraw.Draw(framed, "RGBA")
    font = ImageFont.load_default(13)
    for percent in range(0, 101, 10):
        x, y = MARGIN + width * percent // 100, MARGIN + height * percent // 100
        draw.line([(x, MARGIN), (x, MARGIN + height)], fill=(29, 63, 102, 60))
        draw.line([(MARGIN, y), (MARGIN + width, y)], fill=(29, 63, 102, 60))
        for place in ((x, MARGIN // 2), (x, height + MARGIN + MARGIN // 2)):
            draw.text(place, str(percent), fill="#1d3f66", font=font, anchor="mm")
        for place in ((MARGIN // 2, y), (width + MARGIN + MARGIN // 2, y)):
            draw.text(place, str(percent), fill="#1d3f66", font=font, anchor="mm")


if __name__ == "__main__":
    main()
