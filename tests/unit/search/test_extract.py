# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import io
import os
import signal
import threading
import zipfile

import pikepdf
import pytest

from search.extract import Extractor
from search.extraction import Extraction, Limits, Reason
from search.readers import sniff


def pdf_with(text: str, pages: int = 1, **saving: object) -> bytes:
    """Return a small PDF that says `text` on each page."""
    document = pikepdf.new()
    for _ in range(pages):
        page = document.add_blank_page()
        page.Resources = pikepdf.Dictionary(
            Font=pikepdf.Dictionary(
                F1=pikepdf.Dictionary(
                    Type=pikepdf.Name.Font,
                    Subtype=pikepdf.Name.Type1,
                    BaseFont=pikepdf.Name.Helvetica,
                    Encoding=pikepdf.Name.WinAnsiEncoding,
                )
            )
        )
        said = text.encode("cp1252").replace(b"(", b"").replace(b")", b"")
        page.Contents = document.make_stream(b"BT /F1 12 Tf 50 500 Td (" + said + b") Tj ET")
    target = io.BytesIO()
    document.save(target, **saving)
    return target.getvalue()


@pytest.fixture(scope="module")
def extractor(tmp_path_factory):
    """One reading process for all tests of this file."""
    with Extractor(tmp_path_factory.mktemp("work")) as made:
        yield made


def office(name: str, body: str) -> bytes:
    """Return a ZIP with one part."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, body)
    return target.getvalue()


WORD = "urn:w"
GOOD = {
    "pdf": pdf_with("Resolución de la señora Alcaldesa"),
    "utf-8": "Resolución de la señora Alcaldesa".encode(),
    "utf-8 with mark": "Resolución de la señora Alcaldesa".encode("utf-8-sig"),
    "windows": "Resolución de la señora Alcaldesa".encode("cp1252"),
    "utf-16": "Resolución de la señora Alcaldesa".encode("utf-16"),
    "html": "<html><head><meta charset='iso-8859-1'><style>x</style></head><body><p>Resolución de la <b>señora</b> "
    "Alcaldesa</p><script>y</script>".encode("latin-1"),
    "xml": '<?xml version="1.0" encoding="ISO-8859-1"?><a><b>Resolución de la señora</b><c> Alcaldesa</c></a>'.encode(
        "latin-1"
    ),
    "docx": office(
        "word/document.xml",
        f'<w:d xmlns:w="{WORD}"><w:p><w:r>Resolu</w:r><w:r>ción de la señora</w:r></w:p><w:p>Alcaldesa</w:p></w:d>',
    ),
}


@pytest.mark.parametrize("kind", GOOD)
def test_the_text_of_each_format_is_found(extractor, kind):
    """Whatever the format and the encoding, the words are the same."""
    found = extractor.extract([GOOD[kind]])
    assert (" ".join(found.text.split()), found.status) == ("Resolución de la señora Alcaldesa", "full")


def test_base64_in_xml_is_no_text(extractor):
    """Contents and signatures inside an ENI XML are not words."""
    noise = base64.b64encode(os.urandom(3000)).decode()
    found = extractor.extract([f"<a><v>{noise}</v><n>Padrón</n></a>".encode()])
    assert found == Extraction("Padrón", Reason.NONE)


BAD = {
    "nothing": (b"", Reason.EMPTY),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Reason.UNSUPPORTED),
    "a broken PDF": (b"%PDF-1.7\n" + b"garbage " * 100, Reason.MALFORMED),
    "a locked PDF": (
        pdf_with("secreto", encryption=pikepdf.Encryption(owner="a", user="b")),
        Reason.ENCRYPTED,
    ),
    "a page without text": (pdf_with(" "), Reason.NO_TEXT),
    "entities": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', Reason.MALFORMED),
    "deep XML": (b"<a>" * 100_000, Reason.MALFORMED),
    "a ZIP of nothing we know": (office("x.txt", "x"), Reason.UNSUPPORTED),
    "a broken ZIP": (b"PK\x03\x04garbage", Reason.MALFORMED),
}


@pytest.mark.parametrize("kind", BAD)
def test_no_text_always_has_its_reason(extractor, kind):
    """Nothing is left out in silence."""
    data, reason = BAD[kind]
    assert extractor.extract([data]) == Extraction("", reason)


def test_pages_and_characters_are_cut(tmp_path):
    """A long document is found by its beginning, and says that it is cut."""
    with Extractor(tmp_path, Limits(pages=2, characters=1000)) as small:
        pages = small.extract([pdf_with("Hola", pages=3)])
        text = small.extract([b"hola " * 1000])
    assert (pages.status, pages.reason) == ("partial", Reason.CUT)
    assert pages.text.split() == ["Hola", "Hola"]
    assert (text.reason, len(text.text)) == (Reason.CUT, 999)


def test_a_big_content_is_not_read(tmp_path):
    """The stream is left as soon as it is over the limit."""
    given: list[int] = []

    def chunks():
        for number in range(1000):
            given.append(number)
            yield b"%PDF-1.7" + b"x" * 1000

    with Extractor(tmp_path, Limits(size=5000)) as small:
        assert small.extract(chunks()).reason is Reason.TOO_LARGE
    assert len(given) < 10
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_takes_too_long_is_given_up(tmp_path):
    """The kernel ends the reading process, also inside C code, and the next file is read."""
    endless = pdf_with("Ciudadan\xeda " * 20_000, pages=400)
    with Extractor(tmp_path, Limits(seconds=1, characters=1 << 40)) as small:
        assert small.extract([endless]).reason is Reason.TIMEOUT
        assert small.extract([b"<p>sigue</p>"]).text == "sigue"


def test_a_reader_that_wants_all_memory_is_refused(tmp_path):
    """A file that would need more memory than given is recorded, and the next one is read."""
    with Extractor(tmp_path, Limits(memory=300 << 20)) as small:
        found = small.extract(["\N{MONEY BAG}".encode() + b"a " * (30 << 20)])
        assert found.reason in {Reason.MEMORY, Reason.CRASHED}
        assert small.extract([b"sigue"]).text == "sigue"


def test_a_crash_of_the_reader_is_recorded(tmp_path):
    """The process dies; we do not, and the next file is read."""
    with Extractor(tmp_path) as small:
        pid = small._running().pid
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
        assert small.extract([b"uno"]).reason is Reason.CRASHED
        assert small.extract([b"dos"]).text == "dos"


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"\n\n%PDF-1.4", "pdf"), (b"<p>x", "xml"), (b"<HTML>", "html"), (b"a\0b", ""), (b"{\\rtf1", "")],
)
def test_formats_are_known_by_their_bytes(head, kind):
    """What a file claims to be plays no part."""
    assert sniff(head) == kind
