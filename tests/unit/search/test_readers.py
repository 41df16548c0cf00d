# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import zipfile

import pytest

from search.extraction import Extraction, Limits, Reason, extraction_from_json
from search.readers import decode, read

LIMITS = Limits(markup_size=1000, characters=100)


def reading(folder, data: bytes, limits: Limits = LIMITS) -> Extraction:
    """Return what is read of a file with these bytes."""
    path = folder / "file"
    path.write_bytes(data)
    return read(path, limits)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_decoded_as_it_was_written(encoding):
    """Marks first, then UTF-8, then the Windows code page of old registers."""
    assert decode("Año de la Peña, 5 €".encode(encoding)) == "Año de la Peña, 5 €"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            b"<html><title>Uno</title><script>no</script><style>no</style><p>dos &ntilde;</p>tres",
            "Uno\ndos ñ\ntres",
        ),
        (b"<html><meta charset=klingon><p>a\xf1o", "año"),
        (b"<html><p>sin <b>fin", "sin fin"),
        (b"<!DOCTYPE html><body><td>a</td><td>b</td>", "a\nb"),
    ],
)
def test_html_gives_what_a_browser_would_show(tmp_path, html, text):
    """Scripts and styles are hidden, blocks are lines, unknown encodings are guessed."""
    assert reading(tmp_path, html) == Extraction(text)


def test_opendocument_text_is_read(tmp_path):
    """Paragraphs divide words; the spans inside one do not."""
    with zipfile.ZipFile(tmp_path / "odt", "w") as archive:
        archive.writestr(
            "content.xml",
            "<o xmlns:text='t'><text:p>Pe<text:span>ña</text:span></text:p><text:p>alta</text:p></o>",
        )
    assert read(tmp_path / "odt", LIMITS).text.split() == ["Peña", "alta"]


def test_an_office_file_that_unfolds_is_not_read(tmp_path):
    """A part that is larger than is looked at is left alone after that much."""
    with zipfile.ZipFile(tmp_path / "docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<a>" + "a" * 50_000_000 + "</a>")
    assert read(tmp_path / "docx", LIMITS) == Extraction(reason=Reason.TOO_LARGE)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a" * 1001, Reason.TOO_LARGE),
        (b"   \n ", Reason.NO_TEXT),
        (b"<a><b></a>", Reason.MALFORMED),
        (b"", Reason.EMPTY),
    ],
)
def test_limits_and_slips_have_their_reason(tmp_path, data, reason):
    """Nothing is left out in silence."""
    assert reading(tmp_path, data).reason is reason


def test_words_hyphenated_at_the_end_of_a_line_are_joined(tmp_path):
    """Soft hyphens are no letters."""
    assert reading(tmp_path, "reso\u00adlución".encode()).text == "resolución"


@pytest.mark.parametrize(
    ("extraction", "status"),
    [
        (Extraction("a"), "full"),
        (Extraction("a", Reason.CUT), "partial"),
        (Extraction("", Reason.NO_TEXT), "none"),
    ],
)
def test_an_extraction_survives_its_journey(extraction, status):
    """The two processes mean the same."""
    assert extraction_from_json(extraction.to_json()) == extraction
    assert extraction.status == status
