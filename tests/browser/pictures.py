# SPDX-License-Identifier: EUPL-1.2
"""Makes the pictures of the manual again: `python -m tests.browser.pictures`, into docs/manual/img.

They show the furnished archive of the tests, served and looked at in Chromium. Each is cut where a screen ends
and kept in a palette of 128 colours, which is enough for pages and a third of the size.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "support"))

from browsing import Reader, reading  # noqa: E402
from furnished import TENANT, Furnished, furnish  # noqa: E402
from served import serve  # noqa: E402

from search.viewing.address import short_id  # noqa: E402

FOLDER = PROJECT / "docs" / "manual" / "img"
MOST = 150_000
"""Bytes of a picture."""


def pictures(furnished: Furnished) -> list[tuple[str, str, str, int, int]]:
    """Return for each picture its name, who looks, at which address, how wide and how high."""
    archive = f"/archivo/{TENANT}"
    record = f"{archive}/expediente/{short_id(furnished.expediente)}"
    return [
        ("verificar.png", "nadie", f"/verificar?csv={furnished.copy_csv}", 1100, 900),
        ("buscar.png", "archivera", f"{archive}/buscar?q=licencia", 1100, 900),
        ("expediente.png", "archivera", record, 1100, 1000),
        ("documento.png", "archivera", f"{record}/documento/1", 1100, 1000),
        ("depositos.png", "archivera", f"{archive}/depositos", 1100, 760),
        ("telefono.png", "nadie", "/", 390, 844),
    ]


def keep(window: Reader, name: str) -> int:
    """Keep what the window shows; return its bytes."""
    shown = Image.open(BytesIO(window.page.screenshot())).convert("RGB")
    path = FOLDER / name
    shown.quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
    return path.stat().st_size


def make(browser: object, folder: Path) -> None:
    """Make every picture."""
    furnished = furnish(folder)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with serve(furnished, folder / "served") as served:
        for name, reader, address, width, height in pictures(furnished):
            with reading(browser, served, reader) as window:
                window.resize(width, height)
                status = window.open(address)
                size = keep(window, name)
                if status != 200 or size > MOST:
                    sys.exit(f"{name}: {address} answered {status}, {size} bytes")


if __name__ == "__main__":
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        driver = stack.enter_context(sync_playwright())
        chromium = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        make(chromium, scratch)
        chromium.close()
