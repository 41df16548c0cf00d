# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from archive.errors import InvalidRequest
from preservation import der
from preservation.indications import Outcome
from preservation.signatures.augmentation import Augmentation, ValidationMaterial
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.augment import augment_cms
from preservation.signatures.cms.ber import element
from preservation.signatures.cms.envelope import open_envelope, read_signer_info
from preservation.signatures.cms.growing import Growing, token_with
from preservation.signatures.cms.older import archive_imprints, before_stamp
from preservation.signatures.cms.read import read_cms
from preservation.signatures.content import BytesContent
from preservation.signatures.engine.judge import judge
from preservation.signatures.sign import sign_cms
from preservation.trust.store import TrustStore

DATA = b"contenido firmado" * 100
CONTENT = BytesContent(DATA)


def _at(world, year) -> datetime:
    return world.signed_at if year == 2026 else datetime(year, 3, 1, tzinfo=UTC)


def _plan(world, level, year=2026, digest="sha256") -> Augmentation:
    at = _at(world, year)
    answers = (world.authority.ocsp(world.seal.certificate, at),) if year == 2026 else ()
    material = ValidationMaterial(world.material(at).certificates, world.authority.crls(at), answers)
    return Augmentation(level, world.stamper(at), material, digest)


@pytest.fixture(scope="module")
def plain(world) -> bytes:
    """A detached CAdES of level B."""
    return sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)


@pytest.fixture(scope="module")
def archived(world, plain) -> bytes:
    """The same at level LTA."""
    return augment_cms(plain, _plan(world, "LTA"), CONTENT)


def _signer(data):
    return read_signer_info(next(open_envelope(data).signers()))


def test_augment_cms_from_b_to_lta_and_through_renewals_passes_for_forty_years(world, plain):
    """Each renewal covers the one before with a stronger digest, and the signature passes in its time."""
    bare = TrustStore(world.authority.anchors())
    made = plain
    steps = [("T", 2026, "sha256"), ("LT", 2026, "sha256"), ("LTA", 2026, "sha256")]
    for level, year, digest in [*steps, ("LTA", 2031, "sha512"), ("LTA", 2045, "sha512")]:
        made = augment_cms(made, _plan(world, level, year, digest), CONTENT)
        (facts,) = read_cms(made, CONTENT)
        assert facts.level == level
        assert all(each.imprint.outcome is Outcome.OK for each in facts.stamps)
        assert _signer(made).core == _signer(plain).core
        if level != "T":
            report = judge(facts, bare, _at(world, year) + timedelta(hours=1))
            assert report.indication == "TOTAL_PASSED", (year, report.reasons)
            assert report.best_signature_time == world.signed_at
    assert [each.type for each in facts.stamps] == ["signature", "archive", "archive", "archive"]


def test_augment_cms_not_renewed_in_time_does_not_pass(world, archived):
    """The archive time stamp of 2026 proves nothing after its authority's certificate ended."""
    (facts,) = read_cms(archived, CONTENT)
    late = judge(facts, TrustStore(world.authority.anchors()), datetime(2036, 3, 1, tzinfo=UTC))
    assert late.indication == "INDETERMINATE"


@pytest.mark.parametrize("detached", [True, False])
def test_augment_cms_stays_verifiable_by_openssl(world, openssl, tmp_path, detached):
    """An independent implementation accepts the augmented and the renewed signature."""
    made = sign_cms(DATA, world.seal, detached=detached, signing_time=world.signed_at)
    for year in (2026, 2031):
        made = augment_cms(made, _plan(world, "LTA", year), CONTENT)
        (tmp_path / "s").write_bytes(made)
        (tmp_path / "c").write_bytes(DATA)
        command = [
            openssl,
            "cms",
            "-verify",
            "-inform",
            "DER",
            "-in",
            "s",
            "-noverify",
            "-binary",
            "-out",
            "o",
        ]
        done = subprocess.run(
            [*command, *(["-content", "c"] if detached else [])],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "o").read_bytes() == DATA


def test_augment_cms_archive_stamp_proves_only_what_its_index_names(world, archived):
    """A list slipped into SignedData later has no proof of existence; one that was there has."""
    slipped = world.authority.crls(datetime(2027, 1, 1, tzinfo=UTC))
    growing = Growing.read(archived)
    growing.add_material(ValidationMaterial((), slipped))
    (facts,) = read_cms(growing.encode(), CONTENT)
    archive = facts.stamps[-1]
    assert archive.imprint.outcome is Outcome.OK
    old, new = (
        {BytesContent(each).digest("sha256") for each in lists}
        for lists in (world.authority.crls(world.signed_at), slipped)
    )
    assert old <= archive.covered
    assert not new & archive.covered
    assert BytesContent(facts.stamps[0].token).digest("sha256") in archive.covered
    assert BytesContent(archive.token).digest("sha256") not in archive.covered


@pytest.mark.parametrize("what", ["certificates", "attribute"])
def test_augment_cms_archive_stamp_fails_when_what_it_covers_is_taken_away(archived, what):
    """EN 319 122-1 5.5.2: everything that the index names is there, unchanged, or the stamp does not hold."""
    growing = Growing.read(archived)
    if what == "attribute":
        stamp = growing.signers[0].unsigned_attributes[0]
        growing.replaced[stamp.encoded] = b""
        made = growing.encode()
    else:
        gone = open_envelope(archived).certificates[-1]
        made = _with_certificates(
            archived, [each for each in open_envelope(archived).certificates if each != gone]
        )
    (facts,) = read_cms(made, CONTENT)
    assert facts.stamps[-1].imprint.outcome is Outcome.FAILED
    assert facts.stamps[-1].covered == frozenset()


def _with_certificates(data, certificates) -> bytes:
    kind, wrapped = attrs.members(data)
    parts = attrs.members(attrs.members(wrapped)[0])
    parts[3] = der.tagged(0xA0, b"".join(certificates))
    return der.sequence(kind, der.tagged(0xA0, der.sequence(*parts)))


def test_augment_cms_brings_every_signer_and_leaves_counter_signatures_alone(world, plain):
    """Two signers are both brought to LTA; a counter-signature is kept as it is and covered."""
    other = sign_cms(DATA, world.mayor, detached=True, signing_time=world.signed_at)
    counter = _signer(sign_cms(_signer(plain).value, world.mayor, detached=True, signing_time=None))
    one = Growing.read(plain)
    one.add_attribute(0, attrs.COUNTER_SIGNATURE, counter.whole.encoded)
    one.certificates.append(world.mayor.certificate)
    made = one.encode()
    kind, wrapped = attrs.members(made)
    parts = attrs.members(attrs.members(wrapped)[0])
    parts[4] = der.tagged(der.SET, attrs.members(parts[4])[0] + _signer(other).whole.encoded)
    both = der.sequence(kind, der.tagged(0xA0, der.sequence(*parts)))
    found = read_cms(augment_cms(both, _plan(world, "LTA"), CONTENT), CONTENT)
    assert [(each.place, each.level, each.counter_of) for each in found] == [
        ("signer[1]", "LTA", ""),
        ("signer[1]/counter[1]", "BES", "signer[1]"),
        ("signer[2]", "LTA", ""),
    ]
    assert counter.whole.encoded in augment_cms(both, _plan(world, "T"))
    assert [each.type for each in found[1].stamps] == ["archive"]
    assert found[1].stamps[0].token == found[0].stamps[-1].token
    assert all(each.imprint.outcome is Outcome.OK for one in found for each in one.stamps)


def test_augment_cms_in_ber_keeps_the_signed_octets(world):
    """A streaming signer's BER grows without what was signed being encoded again."""
    kind, wrapped = attrs.members(sign_cms(DATA, world.seal, detached=False, signing_time=world.signed_at))
    inner = attrs.members(wrapped)[0]
    version, digests, _, certificates, signers = attrs.members(inner)
    pieces = der.octets(DATA[:1000]) + der.octets(DATA[1000:])
    content = b"\x30\x80" + der.oid("1.2.840.113549.1.7.1") + b"\xa0\x80\x24\x80" + pieces + b"\0\0" * 3
    body = b"\x30\x80" + version + digests + content + certificates + signers + b"\0\0"
    ber = b"\x30\x80" + kind + b"\xa0\x80" + body + b"\0\0" * 2
    assert read_cms(ber)[0].intact
    made = augment_cms(ber, _plan(world, "LTA"))
    assert content in made
    (facts,) = read_cms(made)
    assert facts.intact
    assert {each.imprint.outcome for each in facts.stamps} == {Outcome.OK}


def _with_version_2(world, data) -> bytes:
    """Add an archive-time-stamp-v2 as @firma did."""
    envelope, signer = open_envelope(data), _signer(data)
    before = signer.unsigned_attributes
    imprint = archive_imprints(envelope, signer, CONTENT, before, "sha256")[0]
    growing = Growing.read(data)
    growing.add_attribute(0, attrs.ARCHIVE_TIME_STAMP_V2, world.stamper().stamp(imprint, "sha256"))
    return growing.encode()


def test_augment_cms_never_breaks_an_archive_time_stamp_of_the_second_version(world, plain):
    """New validation data go into the youngest token, because the old stamp covers SignedData whole."""
    old = _with_version_2(world, augment_cms(plain, _plan(world, "LT"), CONTENT))
    (before,) = read_cms(old, CONTENT)
    assert before.level == "A"
    assert before.stamps[-1].imprint.outcome is Outcome.OK
    assert {BytesContent(each).digest("sha256") for each in before.crls} <= before.stamps[-1].covered
    made = augment_cms(old, _plan(world, "LTA", 2031), CONTENT)
    assert open_envelope(made).crls == open_envelope(old).crls
    (facts,) = read_cms(made, CONTENT)
    assert [each.imprint.outcome for each in facts.stamps] == [Outcome.OK] * 3
    carried = facts.stamps[1].signature.crls
    assert set(world.authority.crls(datetime(2031, 3, 1, tzinfo=UTC))) <= set(carried)


def test_an_archive_time_stamp_of_the_second_version_notices_any_change(world, plain):
    """TS 101 733 6.4.1: content, certificates, lists and older attributes are all in its imprint."""
    old = _with_version_2(world, augment_cms(plain, _plan(world, "LT"), CONTENT))
    grown = Growing.read(old)
    grown.add_material(ValidationMaterial((), world.authority.crls(datetime(2027, 1, 1, tzinfo=UTC))))
    assert read_cms(grown.encode(), CONTENT)[0].stamps[-1].imprint.outcome is Outcome.FAILED
    assert read_cms(old, BytesContent(b"otro"))[0].stamps[-1].imprint.outcome is Outcome.FAILED
    assert read_cms(old)[0].stamps[-1].imprint.outcome is Outcome.UNSUPPORTED


def test_before_stamp_leaves_out_itself_and_what_came_later(world, archived):
    """An archive time stamp covers the archive time stamps before it and none after."""
    signer = _signer(archived)
    stamp = signer.unsigned_attributes[-1]
    kept = before_stamp(signer, stamp, stamp.values[0], world.signed_at, {stamp.values[0]: world.signed_at})
    assert kept == signer.unsigned_attributes[:-1]


def test_augment_cms_refuses_what_it_cannot_do(world, plain):
    """Content that is missing, something behind the signature, or no signature at all is told."""
    with pytest.raises(InvalidRequest, match="not supplied"):
        augment_cms(plain, _plan(world, "LTA"))
    with pytest.raises(InvalidRequest, match="behind"):
        augment_cms(plain + b"otra cosa", _plan(world, "T"))
    with pytest.raises(InvalidRequest):
        augment_cms(b"\x30\x00", _plan(world, "T"))


def test_token_with_leaves_the_token_itself_valid(world):
    """Attributes beside the authority's signature do not touch it."""
    token = world.stamper().stamp(bytes(32), "sha256")
    grown = token_with(token, (attrs.CERTIFICATE_VALUES, der.sequence(world.seal.certificate)))
    assert element(grown).end == len(grown)
    assert _signer(grown).core == _signer(token).core
    assert _signer(grown).unsigned_attributes[-1].name == attrs.CERTIFICATE_VALUES
