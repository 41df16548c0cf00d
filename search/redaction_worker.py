# SPDX-License-Identifier: EUPL-1.2
"""The process that makes pages pictures: `python -m search.redaction_worker`, used by `search.redaction`.

One JSON task on standard input, the PDF on standard output, exit 0; anything else is a failure. The
kernel ends it when it takes too long or wants too much memory, and it can write no file.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, Final

import pikepdf
import pypdfium2
from PIL import Image, ImageDraw

from search.redaction import pixels

QUALITY: Final = 82
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
    with os.fdopen(answers, "wb") as stream:
        stream.write(_redacted(document, task))


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
            ImageDraw.Draw(image).rectangle(pixels(zone, image.width, image.height), fill="black")
        _add_image(out, image, width, height)
        page.close()
    buffer = io.BytesIO()
    out.save(buffer, deterministic_id=True)
    return buffer.getvalue()


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


if __name__ == "__main__":
    main()
