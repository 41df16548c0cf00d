# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
import zipfile

import pytest

from archive.formats import FormatInspector, agrees, claimed_media_type, identify, inspect_bytes


def zipped(*names):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        for name in names:
            made.writestr(name, "application/vnd.oasis.opendocument.text" if name == "mimetype" else "x")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"", "application/x-empty"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"junk\n%PDF-1.4", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"II*\x00", "image/tiff"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"ID3\x04", "audio/mpeg"),
        (b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (b'<?xml version="1.0"?><a/>', "application/xml"),
        (b"\xef\xbb\xbf<a:b x='1'/>", "application/xml"),
        (b"<!DOCTYPE html><html>", "text/html"),
        ("año;1".encode("latin-1"), "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"\x30\x82\x01\x02\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "application/pkcs7-mime"),
    ],
)
def test_bytes_say_what_they_are(data, media_type):
    """The first bytes give the media type."""
    assert identify(data) == media_type


def test_office_files_are_told_from_other_archives():
    """ODF and OOXML are more than a ZIP."""
    assert identify(zipped("mimetype", "content.xml")).endswith("opendocument.text")
    assert identify(zipped("[Content_Types].xml", "word/document.xml")).endswith("wordprocessingml.document")
    assert identify(zipped("a.txt")) == "application/zip"


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_an_encrypted_pdf_is_noticed_however_it_arrives(size):
    """The encryption entry is found whatever the pieces are."""
    data = b"%PDF-1.7\n" + b"x" * 5000 + b"\ntrailer <</Root 1 0 R /Encrypt 12 0 R>>\n%%EOF\n"
    inspector = FormatInspector()
    for at in range(0, len(data), size):
        inspector.update(data[at : at + size])
    assert inspector.result().encrypted
    assert inspector.result().complete
    assert inspector.result().size == len(data)


def test_a_pdf_without_end_is_incomplete():
    """A PDF that was cut short says so; one that only speaks of encryption is not encrypted."""
    seen = inspect_bytes(b"%PDF-1.7\n/Encrypted text" + b"x" * 5000)
    assert not seen.complete
    assert not seen.encrypted


@pytest.mark.parametrize(
    ("claim", "media_type"),
    [("pdf", "application/pdf"), ("PDF/A", "application/pdf"), ("PDF/A-2b", "application/pdf"), (".Docx", None),
     ("application/pdf", "application/pdf"), ("text/xml", "application/xml"), ("BIN", ""), ("fmt/95", "")],
)  # fmt: skip
def test_claims_are_read_as_people_write_them(claim, media_type):
    """Extensions, media types and PDF/A are understood; the rest claims nothing."""
    seen = claimed_media_type(claim)
    assert seen == media_type if media_type is not None else seen.endswith("wordprocessingml.document")


def test_claims_are_compared_with_the_bytes():
    """A wrong claim disagrees, an unknown one never does, and text may be XML."""
    assert agrees("PDF", "application/pdf")
    assert not agrees("PDF", "application/zip")
    assert agrees("BIN", "application/zip")
    assert agrees("TXT", "application/xml")
