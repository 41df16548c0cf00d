# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib
import io
import zipfile

import pytest
from evidence_to_order import record_over

from preservation.signatures.asic.records import evidence_in_asic
from preservation.signatures.records import embedded_word
from preservation.signatures.sign import sign_cms

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
NAME = "META-INF/evidencerecord001.ers"
FILES = {"acta.txt": b"acta", "plano.bin": b"plano"}
EXTENDED = {"mimetype": b"application/vnd.etsi.asic-e+zip"}
SIMPLE = {"mimetype": b"application/vnd.etsi.asic-s+zip"}


def _zip(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        for name, content in entries.items():
            container.writestr(name, content)
    return out.getvalue()


def _manifest(files, record=NAME, algorithm=SHA256):
    listed = "".join(
        f'<DataObjectReference URI="{name}"><DigestMethod xmlns="http://www.w3.org/2000/09/xmldsig#" '
        f'Algorithm="{algorithm}"/><DigestValue xmlns="http://www.w3.org/2000/09/xmldsig#">'
        f"{base64.b64encode(hashlib.new('sha256' if algorithm == SHA256 else 'sha512', data).digest()).decode()}"
        "</DigestValue></DataObjectReference>"
        for name, data in files.items()
    )
    text = (
        f'<ASiCManifest xmlns="http://uri.etsi.org/02918/v1.2.1#"><SigReference URI="{record}"/>'
        f"{listed}</ASiCManifest>"
    )
    return {"META-INF/ASiCEvidenceRecordManifest001.xml": text.encode()}


@pytest.fixture
def record(world):
    """A record over both files."""
    return {NAME: record_over(world, [hashlib.sha256(data).digest() for data in FILES.values()])}


def _words(world, *parts):
    entries = {name: data for part in parts for name, data in part.items()}
    return [embedded_word(each, world.at) for each in evidence_in_asic(_zip(entries))]


def test_an_extended_container_is_judged_by_its_manifest(world, record):
    """Everything that the manifest lists must be there, as listed, and under the record."""
    assert _words(world, EXTENDED, FILES, record, _manifest(FILES)) == ["valid"]
    assert _words(world, EXTENDED, FILES, record, _manifest({"acta.txt": b"acta"})) == ["valid"]
    altered = {**FILES, "acta.txt": b"Acta"}
    assert _words(world, EXTENDED, altered, record, _manifest(FILES)) == ["hash_failure"]
    assert _words(world, EXTENDED, altered, record, _manifest(altered)) == ["hash_failure"]
    less = {"acta.txt": b"acta"}
    assert _words(world, EXTENDED, less, record, _manifest(FILES)) == ["data_not_found"]


def test_a_manifest_in_another_algorithm_than_the_record_is_none_of_its(world, record):
    """The manifest must have the digests of the hash tree."""
    assert _words(world, EXTENDED, FILES, record, _manifest(FILES, algorithm=SHA512)) == ["hash_failure"]


@pytest.mark.parametrize("kind", [EXTENDED, {}])
def test_without_a_manifest_nobody_can_tell_what_the_record_is_about(world, record, kind):
    """A record that holds in itself and is named by no manifest finds no data."""
    assert _words(world, kind, FILES, record) == ["data_not_found"]
    other = _manifest(FILES, "META-INF/evidencerecord009.ers")
    assert _words(world, kind, FILES, record, other) == ["data_not_found"]


def test_a_simple_container_is_about_its_one_file(world):
    """The one file must be under the record, manifest or not; two files are one too many."""
    one = {"acta.txt": b"acta"}
    record = {NAME: record_over(world, [hashlib.sha256(b"acta").digest()])}
    assert _words(world, SIMPLE, one, record) == ["valid"]
    assert _words(world, SIMPLE, {"acta.txt": b"otra"}, record) == ["hash_failure"]
    assert _words(world, SIMPLE, FILES, record) == ["data_not_found"]


def test_what_is_no_record_or_no_container_does_no_harm(world, record):
    """Garbage in the place of a record is told as such; a broken ZIP has no records."""
    assert _words(world, EXTENDED, FILES, {NAME: b"0\x03no"}, _manifest(FILES)) == ["hash_failure"]
    assert _words(world, EXTENDED, FILES, {"META-INF/evidencerecord.xml": b"<a/>"}) == ["hash_failure"]
    broken = {"META-INF/ASiCEvidenceRecordManifest001.xml": b"<roto"}
    assert _words(world, EXTENDED, FILES, record, broken) == ["data_not_found"]
    assert evidence_in_asic(b"PK\x03\x04roto") == []


def test_a_record_over_a_signature_of_the_container_proves_what_the_signature_holds(world):
    """The certificate inside a covered signature is known to exist; that of one that is not covered is not."""
    signed = sign_cms(b"acta", world.seal, detached=True, signing_time=world.signed_at)
    files = {"acta.txt": b"acta", "META-INF/signature.p7s": signed}
    record = {NAME: record_over(world, [hashlib.sha256(data).digest() for data in files.values()])}
    own = hashlib.sha256(world.seal.certificate).digest()
    (over,) = evidence_in_asic(_zip(EXTENDED | files | record | _manifest(files)))
    assert embedded_word(over, world.at) == "valid"
    assert own in over.covered
    (beside,) = evidence_in_asic(_zip(EXTENDED | files | record | _manifest({"acta.txt": b"acta"})))
    assert own not in beside.covered
