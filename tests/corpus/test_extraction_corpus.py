# SPDX-License-Identifier: EUPL-1.2
"""Other people's files, whole and broken: each gives its text or the reason why not, and nothing dies."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archive.digests import read_chunks
from archive.eni.read import read_eni
from archive.errors import XmlRefused
from search.contents import unsigned
from search.extract import Extractor
from search.extraction import Extraction, Reason
from search.text import fold

pytestmark = pytest.mark.corpus

FATAL = {Reason.CRASHED, Reason.TIMEOUT, Reason.MEMORY}
EXPECTED = {".pdf": {Reason.NONE, Reason.NO_TEXT, Reason.ENCRYPTED}, ".png": {Reason.UNSUPPORTED},
".md": {Reason.NONE}}  # fmt: skip
"""What a file of that name may come to, where all of the corpus agree."""


@pytest.fixture(scope="module")
def extractor(tmp_path_factory):
    """One reading process for the whole corpus."""
    with Extractor(tmp_path_factory.mktemp("work")) as made:
        yield made


def extracted(extractor: Extractor, path: Path) -> Extraction:
    """Return what is had of a file."""
    with path.open("rb") as file:
        return extractor.extract(read_chunks(file))


def test_every_file_of_the_corpus_is_read_or_says_why(shared, extractor):
    """Signed PDFs, odd XML, binary signatures: never a crash, and text exactly where there is some."""
    files = [path for path in sorted((shared / "data").rglob("*")) if path.is_file()]
    told = {}
    for path in files:
        found = extracted(extractor, path)
        allowed = EXPECTED.get(path.suffix.lower(), set(Reason) - FATAL)
        if found.reason not in allowed or bool(found.text) != (found.status != "none"):
            told[str(path.relative_to(shared))] = found.reason
    assert len(files) > 300
    assert not told


def test_broken_pdfs_never_kill_us(shared, extractor):
    """Two hundred PDFs of the corpus with bytes changed, cut or repeated."""
    chance = random.Random(20261121)
    sources = [path for path in sorted((shared / "data").rglob("*.pdf")) if path.stat().st_size < 300_000]
    assert len(sources) > 20
    for _ in range(200):
        data = bytearray(chance.choice(sources).read_bytes())
        for _ in range(chance.randint(1, 40)):
            data[chance.randrange(8, len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(9, len(data)) :]
        found = extractor.extract([bytes(data)])
        assert found.reason not in FATAL - {Reason.CRASHED}
    assert extractor.extract([b"sigue"]).text == "sigue"


def test_the_content_of_eni_samples_is_read(shared, extractor):
    """The documents that the administration publishes as examples give their words."""
    texts = {}
    for path in sorted((shared / "data/eni/samples").rglob("*.xml")):
        try:
            eni = read_eni(path)
            content = eni.open_content() if eni.kind == "documento" else None
            if content is not None:
                texts[path.name] = extractor.extract(unsigned(content))
        except XmlRefused:
            continue
    assert len(texts) >= 5
    readable = [found for found in texts.values() if found.status == "full"]
    assert len(readable) >= len(texts) // 2
    assert any("documento" in fold(found.text) or "prueba" in fold(found.text) for found in readable)
