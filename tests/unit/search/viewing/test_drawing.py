# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
import os

import pikepdf
import pytest
from archived import decree
from PIL import Image

from search.viewing.drawing import Painter
from search.viewing.picture import DrawingLimits, Trouble


@pytest.fixture(scope="module")
def painter():
    painter = Painter(processes=1)
    yield painter
    painter.close()


def drawn(painter, folder, data, kind="pdf", page=0, width=200):
    path = folder / "file"
    path.write_bytes(data)
    return painter.draw(path, kind, page, width)


def image_bytes(form, size=(300, 200), **told):
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, form, **told)
    return out.getvalue()


def test_page_of_a_pdf_is_drawn_at_its_width(painter, tmp_path):
    """A page comes as PNG of the width that was asked for, with the number of pages, and is not empty."""
    found = drawn(painter, tmp_path, decree())
    image = Image.open(io.BytesIO(found.png))
    assert (found.pages, image.format) == (2, "PNG")
    assert abs(image.width - 200) <= 1
    assert len(image.convert("L").getcolors()) > 10


def test_pages_are_counted_without_drawing(painter, tmp_path):
    """-1 only counts."""
    found = drawn(painter, tmp_path, decree(), page=-1)
    assert (found.pages, found.png, found.trouble) == (2, b"", Trouble.NONE)


def test_page_that_is_not_there(painter, tmp_path):
    """One page too many has no picture."""
    assert drawn(painter, tmp_path, decree(), page=2).trouble is Trouble.NO_PAGE


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\xff" * 5000, decree()[:4000], b"hola"]
)
def test_broken_pdf_is_said(painter, tmp_path, data):
    """Nothing, a head alone, noise and half a file: malformed, never an exception."""
    assert drawn(painter, tmp_path, data).trouble is Trouble.MALFORMED


def test_pdf_with_a_password_is_said(painter, tmp_path):
    """A PDF that asks for a password is told apart from a broken one."""
    path = tmp_path / "locked.pdf"
    with pikepdf.open(io.BytesIO(decree())) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(user="secreto", owner="x"))
    assert painter.draw(path, "pdf", 0, 200).trouble is Trouble.ENCRYPTED


def test_plan_of_ten_metres_is_drawn_smaller(painter, tmp_path):
    """The pixels of a picture are bounded, however large the page."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(14_000, 14_000))
    out = io.BytesIO()
    pdf.save(out)
    found = drawn(painter, tmp_path, out.getvalue(), width=1800)
    image = Image.open(io.BytesIO(found.png))
    assert image.width * image.height <= 8_200_000


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"])
def test_images_are_drawn_anew(painter, tmp_path, form):
    """Every usual kind becomes a PNG of ours; nothing of the file itself is passed on."""
    found = drawn(painter, tmp_path, image_bytes(form), "image", width=150)
    image = Image.open(io.BytesIO(found.png))
    assert (image.format, image.size, found.pages) == ("PNG", (150, 100), 1)


def test_pages_of_a_tiff(painter, tmp_path):
    """A scan of several pages has several pages."""
    more = [Image.new("RGB", (30, 20), "blue")] * 2
    data = image_bytes("TIFF", (30, 20), save_all=True, append_images=more)
    assert drawn(painter, tmp_path, data, "image", page=-1).pages == 3
    assert drawn(painter, tmp_path, data, "image", page=2).png
    assert drawn(painter, tmp_path, data, "image", page=3).trouble is Trouble.NO_PAGE


def test_bomb_of_pixels_is_refused(painter, tmp_path):
    """A small file that says to be of two thousand million pixels is not unfolded."""
    data = bytearray(image_bytes("PNG", (10, 10)))
    data[16:24] = (50_000).to_bytes(4, "big") + (50_000).to_bytes(4, "big")
    assert drawn(painter, tmp_path, bytes(data), "image").trouble in {Trouble.MEMORY, Trouble.MALFORMED}


def test_one_that_wants_too_much_memory_ends_and_another_begins(tmp_path):
    """The process has its limit; the next file finds a fresh one."""
    painter = Painter(DrawingLimits(memory=600 << 20, source_pixels=1 << 40), processes=1)
    try:
        Image.MAX_IMAGE_PIXELS = None
        huge = tmp_path / "huge.png"
        Image.new("1", (30_000, 12_000)).save(huge)
        assert painter.draw(huge, "image", 0, 200).trouble in {Trouble.MEMORY, Trouble.CRASHED}
        assert drawn(painter, tmp_path, image_bytes("PNG"), "image").png
    finally:
        Image.MAX_IMAGE_PIXELS = 89_478_485
        painter.close()


def test_one_that_takes_too_long_is_ended(tmp_path):
    """A file that never ends to be read is given up after the limit, and the next one is drawn."""
    painter = Painter(DrawingLimits(seconds=1), processes=1)
    try:
        pipe = tmp_path / "endless"
        os.mkfifo(pipe)
        assert painter.draw(pipe, "image", 0, 200).trouble is Trouble.TIMEOUT
        assert drawn(painter, tmp_path, image_bytes("PNG"), "image").png
    finally:
        painter.close()


def test_process_that_was_killed_is_replaced(painter, tmp_path):
    """Whoever kills it from outside costs one picture at most."""
    assert drawn(painter, tmp_path, image_bytes("PNG"), "image").png
    painter._hands[0]._process.kill()
    painter._hands[0]._process.wait()
    assert drawn(painter, tmp_path, image_bytes("PNG"), "image").png
