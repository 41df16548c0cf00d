# SPDX-License-Identifier: EUPL-1.2
"""Makes contents without pages readable: XML as a list of its own words, text as it is, images as a page.

Nothing is interpreted: the names are the document's own, in its order, all of its text and attributes.
Source: NTI de Procedimientos de copiado auténtico VIII.2.b (content, context and structure are kept).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import typst
from lxml import etree

from archive.errors import InvalidRequest, LimitExceeded
from archive.xml import parse_xml
from search.copy_pdf import Line, Rendering

MAX_LINES: Final = 20_000
_WORDS: Final = re.compile(r"(?<=[a-záéíóúñ])(?=[A-ZÁÉÍÓÚÑ])|[_-]+")
_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"


def render_xml(data: bytes, title: str = "") -> Rendering:
    """Return the readable form of an XML document; electronic signatures in it are named, not spelled out.

    Raises:
        InvalidRequest: It cannot be parsed safely.
        LimitExceeded: More than `MAX_LINES` lines.
    """
    root = parse_xml(data).getroot()
    lines = _limited(_lines(root, 0))
    note = (
        "El documento original es un fichero XML sin páginas. A continuación se muestran íntegramente sus "
        "datos, en su orden y con los nombres de sus campos."
    )
    return Rendering(title or _spaced(etree.QName(root).localname), note, lines)


def render_text(data: bytes, title: str = "") -> Rendering:
    """Return the readable form of a text in UTF-8. Raises LimitExceeded."""
    text = data.decode("utf-8-sig", "replace")
    lines = _limited(Line(0, "", line.expandtabs(4)) for line in text.splitlines() if line.strip())
    note = "El documento original es un fichero de texto sin páginas. Se muestra íntegramente."
    return Rendering(title or "Texto del documento", note, lines)


def image_page(data: bytes, at: int) -> bytes:
    """Return a one-page PDF that holds an image as it is, A4 standing or lying.

    Args:
        data: PNG or JPEG.
        at: Unix time for the file's own dates, so that the same image gives the same bytes.

    Raises:
        InvalidRequest: The image cannot be read.
    """
    form = "png" if data.startswith(b"\x89PNG") else "jpg"
    if form == "png":
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        flipped = width > height
    else:
        flipped = False
    source = (
        f'#set page(paper: "a4", margin: 10mm, flipped: {str(flipped).lower()})\n'
        f'#align(center + horizon, image("original.{form}", width: 100%, height: 100%, fit: "contain"))'
    )
    with TemporaryDirectory() as folder:
        (Path(folder) / f"original.{form}").write_bytes(data)
        main = Path(folder) / "main.typ"
        main.write_text(source, "utf-8")
        try:
            made = typst.compile(
                main, root=Path(folder), format="pdf", ignore_system_fonts=True, timestamp=at
            )
        except typst.TypstError as cause:
            raise InvalidRequest("the image cannot be read: no copy can show it") from cause
    assert isinstance(made, bytes)
    return made


def _lines(element: Any, depth: int) -> Iterator[Line]:
    if not isinstance(element.tag, str):
        return
    name = _spaced(etree.QName(element).localname)
    if element.tag == _SIGNATURE:
        yield Line(depth, name, "(firma electrónica: véase la diligencia)")
        return
    text = " ".join((element.text or "").split())
    children = [child for child in element if isinstance(child.tag, str)]
    if children or element.attrib:
        yield Line(depth, name, "")
        for key, value in element.attrib.items():
            yield Line(depth + 1, f"@{etree.QName(key).localname}", str(value))
        if text:
            yield Line(depth + 1, "", text)
        for child in element:
            yield from _lines(child, depth + 1)
            tail = " ".join((child.tail or "").split())
            if tail:
                yield Line(depth + 1, "", tail)
    else:
        yield Line(depth, name, text or "—")


def _limited(lines: Iterator[Line]) -> tuple[Line, ...]:
    found: list[Line] = []
    for line in lines:
        if len(found) >= MAX_LINES:
            raise LimitExceeded(f"the document has more than {MAX_LINES} lines: too long for a copy on paper")
        found.append(line)
    return tuple(found)


def _spaced(name: str) -> str:
    """Write `FechaInicioObra` as `Fecha Inicio Obra`: the name's own words, only apart."""
    return _WORDS.sub(" ", name).strip() or name
