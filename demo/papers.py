# SPDX-License-Identifier: EUPL-1.2
"""The papers of the demonstration as PDF: texts in demo/texts, set by typst, the same bytes on every build.

System fonts are ignored and the creation instant is given, so the result depends on the text and on the
version of typst alone.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Final

import typst

from demo.town import facts

TEXTS: Final = resources.files("demo").joinpath("texts")


def paper(text: str, written_at: datetime, **inputs: str) -> bytes:
    """Return the PDF/A-2b of one paper.

    Args:
        text: Name of a file of demo/texts without `.typ`.
        written_at: Creation instant that the PDF declares.
        **inputs: What the text asks for beside the facts of the town, such as `csv`.

    Raises:
        typst.TypstError: The text does not compile (a programming error).
    """
    return _compiled(text, int(written_at.timestamp()), tuple(sorted(inputs.items())))


@cache
def _compiled(text: str, seconds: int, inputs: tuple[tuple[str, str], ...]) -> bytes:
    with resources.as_file(TEXTS) as folder:
        return typst.compile(
            folder / f"{text}.typ",
            root=folder,
            format="pdf",
            ignore_system_fonts=True,
            sys_inputs={"facts": json.dumps(facts(), ensure_ascii=False), **dict(inputs)},
            pdf_standards="a-2b",
            timestamp=seconds,
        )
