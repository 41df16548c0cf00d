# SPDX-License-Identifier: EUPL-1.2
"""Packages made to cost the archive far more than they cost their sender."""

from __future__ import annotations

import hashlib
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.eni.document import DocumentMetadata, Huella
from archive.eni.namespaces import V2
from archive.eni.write import ExternalReference, document_xml
from demo.hostile.sample import copied, document_names, index_name
from demo.loads import plain_package
from ingest.contents import Received
from ingest.examination import Examination, examine
from ingest.packages import open_package
from preservation.trust.store import TrustStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """A plain expediente of three documents."""
    return plain_package(tmp_path_factory.mktemp("plain") / "p", 3, 3_000, seed=1).folder


def checked(path: Path, work: Path) -> Examination:
    with open_package(path, work) as package:
        return examine(package, trust=TrustStore(), at=NOW)[0]


def test_each_file_is_read_once_however_many_documents_may_mean_it(tmp_path, monkeypatch):
    """Thirty references that name no file, each with a SHA-1, do not read each of thirty files thirty times."""
    reads: list[str] = []
    chunks = Received.chunks
    monkeypatch.setattr(Received, "chunks", lambda self: (reads.append(self.name), chunks(self))[1])
    folder = tmp_path / "p"
    folder.mkdir()
    for number in range(30):
        (folder / f"file-{number}.bin").write_bytes(b"%d" % number * 100)
        huella = Huella(hashlib.sha1(b"x%d" % number, usedforsecurity=False).hexdigest(), "SHA-1")
        metadata = DocumentMetadata(
            f"ES_L01990019_2025_DOC{number:027d}", ("L01990019",), "2025-03-03T10:20:30+01:00", True, "EE01", "TD01",
            version_nti="http://administracionelectronica.gob.es/ENI/XSD/v2.0/documento-e",
        )  # fmt: skip
        content = ExternalReference(f"urn:uuid:{number}", huella, "BIN")
        (folder / f"document-{number}.xml").write_bytes(document_xml(metadata, content, version=V2))
    found = checked(folder, tmp_path)
    assert sum(each.code == "PKG-EXTERNAL-MISSING" for each in found.findings) == 30
    assert len(reads) == 30


def test_a_document_that_is_indexed_again_and_again_is_hashed_once(tmp_path):
    """Three hundred entries for one document of 2 MB, each with another SHA-1, cost one reading."""
    made = plain_package(tmp_path / "q", 1, 2_000_000, seed=2).folder
    index = made / index_name(made)
    xml = index.read_bytes()
    entry = re.search(rb"<(\w+:)DocumentoIndizado>.*?</\1DocumentoIndizado>", xml, re.DOTALL)
    huella = re.search(rb"ValorHuella>([^<]*)<", entry[0])[1]
    function = re.search(rb"FuncionResumen>([^<]*)<", entry[0])[1]
    other = entry[0].replace(function, b"SHA-1")
    more = b"".join(other.replace(huella, b"%040x" % (number + 16**39)) for number in range(300))
    index.write_bytes(xml[: entry.end()] + more + xml[entry.end() :])
    start = time.monotonic()
    found = checked(made, tmp_path)
    assert time.monotonic() - start < 4
    assert sum(each.code == "PKG-HUELLA-MISMATCH" for each in found.findings) == 300


def test_an_index_of_many_absent_documents_is_judged_in_seconds(sample, tmp_path):
    """Ten thousand entries for documents that did not come are ten thousand findings, soon."""
    folder = copied(sample, tmp_path, "p")
    index = folder / index_name(folder)
    entry = re.search(rb"<(\w+:)DocumentoIndizado>.*?</\1DocumentoIndizado>", index.read_bytes(), re.DOTALL)
    name = document_names(sample)[0].removesuffix(".xml").encode()
    more = b"".join(entry[0].replace(name, b"ES_L01990019_2025_%030d" % number) for number in range(10_000))
    xml = index.read_bytes()
    index.write_bytes(xml[: entry.end()] + more + xml[entry.end() :])
    start = time.monotonic()
    found = checked(folder, tmp_path)
    assert time.monotonic() - start < 20
    assert sum(each.code == "PKG-DOCUMENT-MISSING" for each in found.findings) >= 10_000


def test_many_signatures_and_deep_folders_are_judged_in_seconds(sample, tmp_path):
    """Two thousand firmas in a document and two hundred folders in each other neither hang nor overflow."""
    folder = copied(sample, tmp_path, "p")
    document = folder / document_names(folder)[0]
    xml = document.read_bytes()
    firma = re.search(rb"<(\w+:)firma\b.*?</\1firma>", xml, re.DOTALL)
    document.write_bytes(xml[: firma.end()] + firma[0] * 2_000 + xml[firma.end() :])
    index = folder / index_name(folder)
    xml = index.read_bytes()
    entry = re.search(rb"<(\w+:)DocumentoIndizado>.*?</\1DocumentoIndizado>", xml, re.DOTALL)
    opening = b"<%sCarpetaIndizada><%sIdentificadorCarpeta>c</%sIdentificadorCarpeta>" % ((entry[1],) * 3)
    nested = opening * 200 + entry[0] + b"</%sCarpetaIndizada>" % entry[1] * 200
    index.write_bytes(xml[: entry.end()] + nested + xml[entry.end() :])
    start = time.monotonic()
    found = checked(folder, tmp_path)
    assert time.monotonic() - start < 20
    assert found.findings
