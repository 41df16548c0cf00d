# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io

import pytest
from archived import decree
from PIL import Image

from archive.errors import InvalidRequest
from search.redaction import Zone
from search.redaction_picture import picture
from search.viewing.drawing import Painter


@pytest.fixture(scope="module")
def painter():
    """Draws."""
    painter = Painter(processes=1)
    yield painter
    painter.close()


def test_picture_has_a_scale_to_read_zones_from(painter):
    """A PNG somewhat larger than the page, with the chosen zone hidden already."""
    made = Image.open(io.BytesIO(picture(painter, decree(), 1, zones=(Zone(0, 0, 100, 50),))))
    assert made.format == "PNG"
    assert made.width == 1068
    assert made.convert("L").getpixel((534, 400)) < 60
    assert made.convert("L").getpixel((540, 1400)) > 200


@pytest.mark.parametrize(("data", "page"), [(decree(), 3), (b"%PDF-1.7 nothing", 1)])
def test_page_that_cannot_be_drawn_is_refused(painter, data, page):
    """None there, or no PDF: told, and the process draws on."""
    with pytest.raises(InvalidRequest):
        picture(painter, data, page)
    assert picture(painter, decree(), 1)
