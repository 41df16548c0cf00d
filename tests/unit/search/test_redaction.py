# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io

import pikepdf
import pypdfium2
import pytest
from archived import decree
from pdf_contents import every_byte, texts
from PIL import Image

from archive.errors import InvalidRequest, LimitExceeded
from search.redaction import MAX_ZONES, Redaction, Zone, read_zones, redacted

FIRST_ASUNTO = Zone(10, 20, 80, 12)


def seen(pdf: bytes, page: int) -> Image.Image:
    """A page as it is seen."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[page].render(scale=1).to_pil().convert("L")
    finally:
        document.close()


def test_no_text_of_the_original_is_left_anywhere():
    """Neither by asking for text nor by reading every stream: also not of the pages that are shown."""
    made = redacted(decree(), Redaction(frozenset({2}), {1: (FIRST_ASUNTO,)}))
    assert "Asunto" in texts(decree())
    assert texts(made).strip() == "Página 2 del original: no se incluye en esta copia parcial"
    found = every_byte(made)
    for word in (b"Asunto", b"Molino", b"1234501XK", b"Condiciones", b"ToUnicode", b"StructTree"):
        assert word not in found


def test_hidden_zone_is_black_and_the_rest_is_seen():
    """In the picture itself the zone has no ink but black; outside it the page is as it was."""
    made = redacted(decree(), Redaction(zones={1: (FIRST_ASUNTO,)}))
    before, after = seen(decree(), 0), seen(made, 0)
    assert before.size == after.size
    width, height = after.size
    inside = after.crop((int(0.12 * width), int(0.21 * height), int(0.88 * width), int(0.31 * height)))
    assert max(inside.tobytes()) < 16
    below = (0, int(0.4 * height), width, int(0.9 * height))
    assert abs(sum(before.crop(below).tobytes()) - sum(after.crop(below).tobytes())) < 1.5 * width * height
    assert min(after.crop(below).tobytes()) < 120


def test_pages_keep_their_size_and_number():
    """What is left out leaves its place: nobody takes the copy for a whole one."""
    made = redacted(decree(), Redaction(frozenset({1})))
    with pikepdf.open(io.BytesIO(decree())) as old, pikepdf.open(io.BytesIO(made)) as new:
        sizes = [[tuple(map(float, page.mediabox)) for page in pdf.pages] for pdf in (old, new)]
    assert len(sizes[0]) == len(sizes[1])
    for before, after in zip(*sizes, strict=True):
        assert after == pytest.approx(before, abs=0.01)


@pytest.mark.parametrize(
    "redaction",
    [
        Redaction(),
        Redaction(frozenset({3})),
        Redaction(frozenset({0})),
        Redaction(frozenset({1, 2})),
        Redaction(zones={1: (Zone(90, 0, 20, 5),)}),
        Redaction(zones={1: (Zone(0, 0, 0, 5),)}),
    ],
)
def test_what_makes_no_sense_is_refused(redaction):
    """Nothing hidden, everything hidden, pages that are not there, zones outside or without area."""
    with pytest.raises(InvalidRequest):
        redaction.check(2)


def test_limits_are_said():
    """Too many pages or zones are refused before anything is drawn."""
    with pytest.raises(LimitExceeded):
        Redaction(frozenset({1})).check(301)
    with pytest.raises(LimitExceeded):
        Redaction(zones={1: (Zone(0, 0, 1, 1),) * (MAX_ZONES + 1)}).check(2)


def test_zones_are_read_as_people_write_them():
    """Spaces between, semicolons or lines apart, comma or point."""
    zones = read_zones("10 20 30 5; 12,5 40 20.25 3\n")
    assert zones == (Zone(10, 20, 30, 5), Zone(12.5, 40, 20.25, 3))


@pytest.mark.parametrize("text", ["10 20 30", "a b c d", "-1 2 3 4", "1000 1 1 1", "1 2 3 4 5"])
def test_zone_written_otherwise_is_refused(text):
    """Never guessed: a wrong guess would show what was to be hidden."""
    with pytest.raises(InvalidRequest):
        read_zones(text)


@pytest.mark.parametrize("data", [b"%PDF-1.7 nothing", b"", b"%PDF-" + b"\x00" * 999])
def test_what_cannot_be_drawn_is_said(data):
    """The drawing process dies of it, not ours."""
    with pytest.raises(InvalidRequest):
        redacted(data, Redaction(frozenset({1})))
