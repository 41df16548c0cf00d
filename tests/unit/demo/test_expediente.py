# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import zipfile

import pytest

from archive.eni.content import read_content
from archive.eni.expediente import IndexedExpediente, IndexedFolder
from archive.eni.huella import candidates_of, match_huella
from archive.eni.read import read_eni
from archive.eni.validate import check_eni
from demo.expediente import CLOSED_AT, build_expediente
from demo.town import NESTED_ID, TITLE


@pytest.fixture(scope="module")
def index(package):
    """The expediente as read."""
    return read_eni(package.folder / package.index_name)


@pytest.fixture(scope="module")
def by_id(package):
    """The documents as read, by identifier."""
    return {document.eni_id: read_eni(package.path(document.code)) for document in package.documents}


def test_the_package_holds_what_was_promised(package):
    """Fifteen documents or more, every TipoFirma from TF01 to TF06, two signers on one PDF, an EE03."""
    assert len(package.documents) >= 15
    assert {tipo for document in package.documents for tipo in document.tipos_firma} == {
        f"TF0{number}" for number in range(1, 7)
    }
    assert package.document("CER1").signatures == 2
    assert package.document("RES1").tipos_firma == ("TF06", "TF01")
    assert package.document("RES1").csv
    with pytest.raises(KeyError):
        package.document("NADA")


def test_the_zip_holds_the_same_files_as_the_folder(package):
    """ZIP and folder are two forms of one package, the index first, and the ZIP's sums are right."""
    with zipfile.ZipFile(package.zip_path) as archive:
        names = archive.namelist()
        assert names[0] == package.index_name
        assert sorted(names) == sorted(path.name for path in package.folder.iterdir())
        assert archive.testzip() is None
        for name in names:
            assert archive.read(name) == (package.folder / name).read_bytes()


def test_nothing_is_found_to_remark_on(package, index, by_id):
    """Reading and validating the index and each document finds only that one content is outside."""
    for name, eni in {package.index_name: index, **by_id}.items():
        noticed = [*eni.findings, *check_eni(eni, now=CLOSED_AT, place=name)]
        noticed += read_content(eni, place=name).findings
        assert {found.code for found in noticed} <= {"ENI-CONTENT-EXTERNAL"}, name


def test_the_index_says_what_the_file_is(package, index):
    """Closed, with interested party, classification and title; one folder and one nested expediente."""
    expediente = index.expediente
    assert expediente.metadata.identificador == package.eni_id
    assert expediente.metadata.estado == "E02"
    assert expediente.metadata.interesados
    assert expediente.metadata.clasificacion
    assert expediente.name == TITLE
    assert [type(entry) for entry in expediente.entries[-2:]] == [IndexedFolder, IndexedExpediente]
    assert expediente.entries[-1].element_id == NESTED_ID


def test_every_document_is_indexed_with_its_huella(package, index, by_id):
    """Index and documents correspond one to one, and each huella matches in the convention meant for it."""
    indexed = list(index.expediente.documents())
    assert sorted(each.document.identificador for each in indexed) == sorted(by_id)
    conventions = set()
    for each in indexed:
        eni = by_id[each.document.identificador]
        content = eni.document.content
        external = (package.folder / content.reference).read_bytes if content.is_outside else None
        opened = None if external is None else lambda read=external: [read()]
        huella = each.document.huella
        match = match_huella(huella.value, huella.function, candidates_of(eni, external=opened))
        assert match.status == "match", each.document.name
        conventions.add((match.what, match.algorithm, match.encoding))
    assert conventions == {
        ("content", "sha512", "hex"),
        ("content", "sha256", "base64"),
        ("signature-text", "sha512", "hex"),
        ("datos-xml-child-exc-c14n", "sha512", "hex"),
    }


def test_the_recording_is_referred_to_and_lies_beside(package, by_id):
    """The recording travels as a file of its own, named in a v2.0 document with its SHA-512."""
    eni = by_id[package.document("GRA1").eni_id]
    content = eni.document.content
    assert eni.document.version == "v2.0"
    assert content.reference == package.recording_name
    data = (package.folder / content.reference).read_bytes()
    assert hashlib.sha512(data).hexdigest() == content.huella.value
    assert len(data) == 1_000_044


def test_the_index_signature_uses_exclusive_c14n(package):
    """The index carries a TF02 over IndiceContenido with exclusive canonicalisation and nothing else."""
    xml = (package.folder / package.index_name).read_bytes()
    assert xml.count(b"<enids:TipoFirma>TF02</enids:TipoFirma>") == 1
    assert b'URI="#EXP_INDICE_CONTENIDO' in xml
    assert b"http://www.w3.org/2001/10/xml-exc-c14n#" in xml
    assert b"REC-xml-c14n-20010315" not in xml


def test_two_builds_give_the_same_bytes(package, authority, tmp_path):
    """With the same authority every file and the ZIP come out the same."""
    again = build_expediente(tmp_path, authority, recording_megabytes=1)
    assert again.documents == package.documents
    for path in sorted(package.folder.iterdir()):
        assert path.read_bytes() == (again.folder / path.name).read_bytes(), path.name
    assert package.zip_path.read_bytes() == again.zip_path.read_bytes()


def test_a_build_replaces_the_one_before(authority, tmp_path):
    """Building again in the same folder leaves nothing of the former build behind."""
    first = build_expediente(tmp_path, authority, recording_megabytes=1)
    (first.folder / "resto.xml").write_text("de antes")
    second = build_expediente(tmp_path, authority, recording_megabytes=1, version="v1.0")
    assert not (second.folder / "resto.xml").exists()
    expediente = read_eni(second.folder / second.index_name).expediente
    assert (expediente.version, expediente.name) == ("v1.0", "")
