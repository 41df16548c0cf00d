# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from archive.errors import InvalidRequest
from preservation.indications import Outcome
from preservation.signatures.asic.augment import augment_asic
from preservation.signatures.asic.read import read_asic
from preservation.signatures.augmentation import Augmentation
from preservation.signatures.engine.judge import judge
from preservation.signatures.sign import ValidationMaterial, sign_cms, sign_detached
from preservation.trust.store import TrustStore

EXTENDED = b"application/vnd.etsi.asic-e+zip"
FILES = {"acta número 1.txt": b"acta " * 200, "anexo/plano.bin": bytes(range(256))}


def _container(entries) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        for name, content in entries.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            container.writestr(zipfile.ZipInfo(name, (2026, 11, 21, 10, 0, 0)), content, kind)
    return out.getvalue()


def _manifest() -> bytes:
    references = "".join(
        f'<a:DataObjectReference URI="{name}"><d:DigestMethod'
        ' Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><d:DigestValue>'
        f"{base64.b64encode(hashlib.sha256(data).digest()).decode()}</d:DigestValue></a:DataObjectReference>"
        for name, data in FILES.items()
    )
    return (
        '<a:ASiCManifest xmlns:a="http://uri.etsi.org/02918/v1.2.1#" xmlns:d="http://www.w3.org/2000/09/xmldsig#">'
        f'<a:SigReference URI="META-INF/signature001.p7s"/>{references}</a:ASiCManifest>'
    ).encode()


@pytest.fixture(scope="module")
def extended(world) -> bytes:
    """An ASiC-E container with one CAdES of level B over a manifest."""
    manifest = _manifest()
    signature = sign_cms(manifest, world.seal, detached=True, signing_time=world.signed_at)
    meta = {"META-INF/ASiCManifest001.xml": manifest, "META-INF/signature001.p7s": signature}
    return _container({"mimetype": EXTENDED, **FILES, **meta})


def _at(world, year) -> datetime:
    return world.signed_at if year == 2026 else datetime(year, 3, 1, tzinfo=UTC)


def _plan(world, level, year=2026, digest="sha256") -> Augmentation:
    at = _at(world, year)
    return Augmentation(level, world.stamper(at), world.material(at), digest)


def _raw(data, name) -> bytes:
    """Return the compressed octets of an entry."""
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        entry = container.getinfo(name)
    header = data[entry.header_offset : entry.header_offset + 30]
    start = (
        entry.header_offset
        + 30
        + int.from_bytes(header[26:28], "little")
        + int.from_bytes(header[28:30], "little")
    )
    return data[start : start + entry.compress_size]


def test_augment_asic_extended_to_lta_and_renewed_passes_for_decades(world, extended):
    """Archive manifests make a chain: each time stamp covers the signatures and the stamps before it."""
    bare = TrustStore(world.authority.anchors())
    made = extended
    for year, digest, count in ((2026, "sha256", 1), (2031, "sha512", 2), (2045, "sha512", 3)):
        made = augment_asic(made, _plan(world, "LTA", year, digest))
        (facts,) = read_asic(made)
        assert facts.level == "LTA"
        assert [each.type for each in facts.stamps] == ["signature", *["archive"] * count]
        assert {each.imprint.outcome for each in facts.stamps} == {Outcome.OK}
        report = judge(facts, bare, _at(world, year) + timedelta(hours=1))
        assert report.indication == "TOTAL_PASSED", report.reasons
        assert report.best_signature_time == world.signed_at
    names = zipfile.ZipFile(io.BytesIO(made)).namelist()
    assert names[:3] == ["mimetype", *FILES]
    assert {"META-INF/ASiCArchiveManifest.xml", "META-INF/ASiCArchiveManifest001.xml"} <= set(names)
    assert zipfile.ZipFile(io.BytesIO(made)).testzip() is None


def test_augment_asic_keeps_the_octets_of_everything_else(world, extended):
    """Entries that did not change keep their compressed octets, and the same input gives the same container."""
    made = augment_asic(extended, _plan(world, "T"))
    for name in ("mimetype", *FILES, "META-INF/ASiCManifest001.xml"):
        assert _raw(made, name) == _raw(extended, name)
    assert _raw(made, "META-INF/signature001.p7s") != _raw(extended, "META-INF/signature001.p7s")
    archived = augment_asic(made, _plan(world, "LTA"))
    renewed = augment_asic(archived, _plan(world, "LTA", 2031))
    kept = ("META-INF/signature001.p7s", "META-INF/ASiCManifest001.xml", *FILES)
    assert all(_raw(renewed, name) == _raw(archived, name) for name in kept)


@pytest.mark.parametrize("name", ["META-INF/signature001.p7s", "acta número 1.txt"])
def test_archive_stamp_of_a_container_fails_when_what_it_lists_changes(world, extended, name):
    """A signature or file exchanged under an archive manifest is noticed by its time stamp."""
    made = augment_asic(extended, _plan(world, "LTA"))
    with zipfile.ZipFile(io.BytesIO(made)) as container:
        entries = {each: container.read(each) for each in container.namelist()}
    other = sign_cms(_manifest(), world.mayor, detached=True, signing_time=world.signed_at)
    entries[name] = other if name.endswith(".p7s") else b"otra acta"
    found = read_asic(_container(entries))
    assert not any(
        stamp.imprint.outcome is Outcome.OK and stamp.type == "archive"
        for each in found
        for stamp in each.stamps
    )
    assert not any(stamp.covered for each in found for stamp in each.stamps)


def test_augment_asic_simple_grows_inside_its_signature(world):
    """ASiC-S with CAdES gets its archive time stamp inside the signature."""
    signature = sign_cms(b"acta", world.seal, detached=True, signing_time=world.signed_at)
    kind = b"application/vnd.etsi.asic-s+zip"
    simple = _container({"mimetype": kind, "acta.txt": b"acta", "META-INF/signature.p7s": signature})
    made = augment_asic(simple, _plan(world, "LTA"))
    assert zipfile.ZipFile(io.BytesIO(made)).namelist() == ["mimetype", "acta.txt", "META-INF/signature.p7s"]
    (facts,) = read_asic(made)
    assert facts.level == "LTA"
    assert {each.imprint.outcome for each in facts.stamps} == {Outcome.OK}


def test_augment_asic_with_xades_grows_its_signature_file(world):
    """ASiC-E with XAdES is augmented over the files of the container."""
    xml = sign_detached([("a.txt", b"1"), ("b.txt", b"2")], world.seal, signing_time=world.signed_at)
    data = _container({"mimetype": EXTENDED, "a.txt": b"1", "b.txt": b"2", "META-INF/signatures.xml": xml})
    made = augment_asic(data, _plan(world, "LTA"))
    (facts,) = read_asic(made)
    assert facts.intact
    assert facts.level == "LTA"
    assert _raw(made, "a.txt") == _raw(data, "a.txt")


def test_augment_asic_refuses_what_it_cannot_do(world, extended):
    """No signature, a doubled entry, something before the ZIP, or no ZIP at all is told."""
    plan = _plan(world, "T")
    doubled = io.BytesIO(extended)
    with zipfile.ZipFile(doubled, "a") as container, pytest.warns(UserWarning, match="Duplicate"):
        container.writestr("mimetype", b"otro")
    for data in (_container({"a.txt": b"1"}), doubled.getvalue(), b"MZ" + extended, b"PK\x03\x04"):
        with pytest.raises(InvalidRequest):
            augment_asic(data, plan)


def test_material_of_a_renewal_goes_into_the_youngest_stamp(world, extended):
    """What the last authority needs to be believed later is carried by its own time stamp."""
    archived = augment_asic(extended, _plan(world, "LTA"))
    crl = world.authority.crls(datetime(2031, 3, 1, tzinfo=UTC))
    plan = Augmentation("LTA", world.stamper(_at(world, 2031)), ValidationMaterial((), crl))
    (facts,) = read_asic(augment_asic(archived, plan))
    first, second = (each for each in facts.stamps if each.type == "archive")
    carried = first if first.time < second.time else second
    assert set(crl) <= set(carried.signature.crls)
    assert {hashlib.sha256(each).digest() for each in crl} <= (second if carried is first else first).covered
