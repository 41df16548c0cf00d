# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib
import io
import zipfile

import pytest

from preservation import der
from preservation.indications import Outcome
from preservation.signatures.asic.archiving import archive_manifest
from preservation.signatures.asic.read import read_asic
from preservation.signatures.sign import sign_cms


def _zip(entries) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        for name, content in entries.items():
            container.writestr(name, content)
    return out.getvalue()


def _listed(files, digest="sha256") -> bytes:
    return archive_manifest(files, "META-INF/timestamp.tst", digest)


def test_a_time_stamp_over_files_alone_stands_for_itself(world):
    """A time assertion: the token is over the manifest, and the manifest's files are its references."""
    files = {"a.txt": b"1"}
    manifest = _listed(files)
    token = world.stamper().stamp(hashlib.sha256(manifest).digest(), "sha256")
    meta = {"META-INF/ASiCManifest.xml": manifest, "META-INF/timestamp.tst": token}
    (facts,) = read_asic(_zip({**files, **meta}))
    assert facts.format == "RFC3161"
    assert facts.intact
    answer = der.sequence(der.sequence(der.integer(0)), token)
    (whole,) = read_asic(_zip({**files, **meta, "META-INF/timestamp.tst": answer}))
    assert whole.intact
    (broken,) = read_asic(_zip({"a.txt": b"2", **meta}))
    assert not broken.intact


@pytest.mark.parametrize("broken", [False, True])
def test_an_archive_manifest_that_does_not_list_the_signature_proves_nothing_of_it(world, broken):
    """A stamp that names another signature, or this one with another digest, stays by itself."""
    signature = sign_cms(b"acta", world.seal, detached=True, signing_time=world.signed_at)
    other = {"META-INF/signature.p7s": b"otra"} if broken else {"META-INF/signature002.p7s": signature}
    manifest = _listed({"acta.txt": b"acta", **other})
    token = world.stamper().stamp(hashlib.sha256(manifest).digest(), "sha256")
    found = read_asic(
        _zip(
            {
                "acta.txt": b"acta",
                "META-INF/signature.p7s": signature,
                "META-INF/ASiCArchiveManifest.xml": manifest,
                "META-INF/timestamp.tst": token,
            }
        )
    )
    own = next(each for each in found if each.format == "CAdES")
    assert own.stamps == ()
    assert next(each for each in found if each.format == "RFC3161").intact is False


def test_a_manifest_that_lists_anything_changed_proves_nothing(world):
    """One file that is not as listed makes the whole archive stamp fail."""
    signature = sign_cms(b"acta", world.seal, detached=True, signing_time=world.signed_at)
    files = {"acta.txt": b"acta", "META-INF/signature.p7s": signature}
    manifest = _listed({**files, "otro.txt": b"1"})
    token = world.stamper().stamp(hashlib.sha256(manifest).digest(), "sha256")
    meta = {"META-INF/ASiCArchiveManifest.xml": manifest, "META-INF/timestamp.tst": token}
    found = read_asic(_zip({**files, **meta}))
    stamps = [stamp for each in found for stamp in each.stamps]
    assert [each.imprint.outcome for each in stamps] == [Outcome.FAILED]
    assert stamps[0].covered == frozenset()


def test_archive_manifest_lists_digests_in_base64():
    """The manifest is the one of EN 319 162-1 A.4, with names percent-encoded."""
    made = _listed({"año.txt": b"1", "mimetype": b"x"}, "sha512")
    assert base64.b64encode(hashlib.sha512(b"1").digest()) in made
    assert b'URI="a%C3%B1o.txt"' in made
    assert b"mimetype" not in made
