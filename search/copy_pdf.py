# SPDX-License-Identifier: EUPL-1.2
"""The pages of a copia auténtica: a typeset sheet, with the original's pages drawn inside its frames.

The sheet is typst's (`copy_template.typ`); the pages of the original are put in by pikepdf as Form XObjects,
so that what is shown is the original's own page content, neither rasterised nor interpreted again. What is
not page content (scripts, links, embedded files, form actions) stays behind; the appearance of form fields
and of visible signatures is drawn, because a reader of the original sees it.

Pure but for the fonts and template inside the packages: the same `CopySheet` gives the same bytes.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import pikepdf
import segno
import typst

from archive.errors import InvalidRequest, LimitExceeded

if TYPE_CHECKING:
    from typst import PDFStandard

MILLIMETRE: Final = 72 / 25.4
A4: Final = (595.276, 841.89)
STRIP: Final = 21 * MILLIMETRE
"""Above the frame: the issuer's name and the word copia."""
BAND: Final = 37 * MILLIMETRE
"""Below the frame: CSV, verification address, QR, organ, date."""
SIDE: Final = 17 * MILLIMETRE
PLAN: Final = 1.5
"""A page longer than this many times an A4 is a plan: it keeps its scale and gets a larger sheet."""
MAX_PAGES: Final = 5000


@dataclass(frozen=True, slots=True)
class Row:
    """A term and its value on the diligencia."""

    term: str
    text: str
    code: bool = False
    """Digests and identifiers are set in the typewriter face."""
    note: str = ""
    other: str = ""
    """Second value, where the section has two columns."""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the diligencia."""

    title: str
    rows: tuple[Row, ...] = ()
    heads: tuple[str, ...] = ()
    """Two column heads where its rows have two values; else empty."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the readable rendering: a heading (no value), a text (no name) or both."""

    depth: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Rendering:
    """What stands for the pages of a document that has none."""

    title: str
    note: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues the copy."""

    name: str
    dir3: str


@dataclass(frozen=True, slots=True)
class CopySheet:
    """Everything that is written on a copy."""

    title: str
    issuer: Issuer
    csv: str
    eni_id: str
    verify_text: str
    """Where to type the CSV, as printed."""
    verify_link: str
    """The same with the CSV in it: what the QR holds."""
    issued: str
    """Date and hour in words, with their zone."""
    issued_at: datetime
    condition: str
    norm: str
    rehearsal: bool
    """Issued by the development authority: every page says that it has no legal value."""
    statement: tuple[str, ...]
    sections: tuple[Section, ...] = field(default=())
    rendering: Rendering | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A sheet and the rectangle in it for a page of the original. Points; y from the top."""

    width: float
    height: float
    x: float
    y: float
    w: float
    h: float


def qr_svg(link: str) -> str:
    """Return the QR of a verification address as SVG, error correction M (ISO/IEC 18004)."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False, boost_error=False).save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode("ascii")


def frame_for(width: float, height: float) -> Frame:
    """Return the sheet for a page of the original: A4 lying or standing, or larger for a plan.

    A page is only made smaller, never larger, and keeps its proportions.
    """
    short, tall = A4
    if max(width, height) > PLAN * tall:
        return Frame(width + 2 * SIDE, height + STRIP + BAND, SIDE, STRIP, width, height)
    sheet_width, sheet_height = (tall, short) if width > height else (short, tall)
    room_width, room_height = sheet_width - 2 * SIDE, sheet_height - STRIP - BAND
    scale = min(room_width / width, room_height / height, 1.0)
    w, h = width * scale, height * scale
    return Frame(sheet_width, sheet_height, (sheet_width - w) / 2, STRIP, w, h)


@dataclass(frozen=True, slots=True)
class Original:
    """What a copy has to know of a PDF: what it shows, and what it cannot show."""

    pages: int
    attachments: int = 0
    """Embedded files: content that no page shows."""
    active: bool = False
    """Scripts or actions at opening."""


def examine(original: bytes) -> Original:
    """Look at a PDF before it is copied. Raises as `render_copy`."""
    with _opened(original) as source:
        names = source.Root.get("/Names", pikepdf.Dictionary())
        active = "/OpenAction" in source.Root or "/AA" in source.Root or "/JavaScript" in names
        return Original(len(source.pages), len(source.attachments), active)


def render_copy(sheet: CopySheet, original: bytes | None = None) -> bytes:
    """Return the copy as PDF, ready to be sealed.

    Args:
        sheet: What is written on it.
        original: The PDF whose pages are copied; None where `sheet.rendering` stands for them. Without
            foreign pages the result is PDF/A-3a and PDF/UA-1; with them no such claim is made, because it
            would speak for pages that are not ours.

    Raises:
        InvalidRequest: The original cannot be opened as PDF, is encrypted with a password, has no pages, or
            its rendering needs letters that the typeface lacks.
        LimitExceeded: It has more than `MAX_PAGES` pages.
    """
    if original is None:
        return _typeset(sheet, [], ["a-3a", "ua-1"])
    with _opened(original) as source:
        frames = [frame_for(*_prepare(page)) for page in source.pages]
        with pikepdf.open(io.BytesIO(_typeset(sheet, frames, ["1.7"]))) as target:
            for number, frame in enumerate(frames):
                _draw(target, number, source.pages[number], frame)
            return _saved(target)


def _typeset(sheet: CopySheet, frames: list[Frame], standards: list[PDFStandard]) -> bytes:
    values: dict[str, Any] = asdict(sheet)
    values.pop("issued_at")
    values["qr"] = qr_svg(sheet.verify_link)
    values["pages"] = [asdict(frame) for frame in frames]
    try:
        made = typst.compile(
            _template(),
            format="pdf",
            ignore_system_fonts=True,
            sys_inputs={"copy": json.dumps(values, ensure_ascii=False)},
            pdf_standards=standards,
            timestamp=sheet.issued_at,
        )
    except typst.TypstError as cause:
        if "could not be displayed" in str(cause):  # a missing letter would be a lost one
            raise InvalidRequest(
                "the document has letters that the copy's typeface lacks: give the copia idéntica instead "
                f"(longeva get): {cause}"
            ) from cause
        raise InvalidRequest(f"the copy could not be typeset: {cause}") from cause
    assert isinstance(made, bytes)
    return made


@cache
def _template() -> bytes:
    return resources.files("search").joinpath("copy_template.typ").read_bytes()


def _opened(original: bytes) -> pikepdf.Pdf:
    try:
        source = pikepdf.open(io.BytesIO(original))
        count = len(source.pages)
        if 0 < count <= MAX_PAGES:
            source.generate_appearance_streams()
            source.flatten_annotations("screen")
    except pikepdf.PasswordError as cause:
        raise InvalidRequest(
            "the document is a PDF encrypted with a password: no copy can show it"
        ) from cause
    except (pikepdf.PdfError, RuntimeError, ValueError) as cause:
        raise InvalidRequest("the document cannot be opened as PDF: no copy can show it") from cause
    if count == 0:
        raise InvalidRequest("the document is a PDF without pages")
    if count > MAX_PAGES:
        raise LimitExceeded(f"the document has {count} pages; a copy shows at most {MAX_PAGES}")
    return source


def _prepare(page: pikepdf.Page) -> tuple[float, float]:
    """Let the visible box be the crop box, as viewers do, and return its size as shown (rotation applied)."""
    box = [float(edge) for edge in page.cropbox]
    page.trimbox = pikepdf.Array([pikepdf.Object.parse(f"{edge:.4f}".encode()) for edge in box])
    width, height = abs(box[2] - box[0]), abs(box[3] - box[1])
    if width < 1 or height < 1:
        raise InvalidRequest("the document has a page without area")
    rotation = int(page.obj.get("/Rotate", 0)) % 180
    return (height, width) if rotation else (width, height)


def _draw(target: pikepdf.Pdf, number: int, original: pikepdf.Page, frame: Frame) -> None:
    """Draw `original` inside `frame`, under a name of our own: pikepdf's overlay would make a random one."""
    page = target.pages[number]
    name = pikepdf.Name(f"/Original{number + 1}")
    xobject = target.copy_foreign(original.as_form_xobject())
    if "/XObject" not in page.resources:
        page.resources.XObject = pikepdf.Dictionary()
    page.resources.XObject[name] = xobject
    bottom = frame.height - frame.y - frame.h
    place = pikepdf.Rectangle(frame.x, bottom, frame.x + frame.w, bottom + frame.h)
    drawing = page.calc_form_xobject_placement(
        xobject, name, place, invert_transformations=True, allow_shrink=True, allow_expand=False
    )
    page.contents_add(drawing, prepend=True)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
