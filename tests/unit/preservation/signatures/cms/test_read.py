# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from preservation import der
from preservation.indications import Outcome
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.envelope import MAX_SIGNERS
from preservation.signatures.cms.growing import Growing
from preservation.signatures.cms.read import read_cms
from preservation.signatures.cms.stamps import read_stamp
from preservation.signatures.content import BytesContent, KnownDigests, StreamContent
from preservation.signatures.engine.judge import judge
from preservation.signatures.sign import sign_cms
from preservation.tokens import verify_token
from preservation.trust.store import NOBODY

DATA = b"contenido firmado" * 100


@pytest.fixture(scope="module")
def detached(world) -> bytes:
    """A detached CAdES of level T."""
    return sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at, authority=world.stamper())


def test_read_cms_detached_reads_its_content_from_a_stream(world, detached, tmp_path):
    """A content of any size is digested in pieces, without being held."""
    (tmp_path / "c").write_bytes(DATA)
    (facts,) = read_cms(detached, StreamContent(lambda: (tmp_path / "c").open("rb")))
    assert facts.intact
    assert facts.level == "T"
    assert facts.claimed_time == world.signed_at


def test_read_cms_knowing_only_the_digest_is_enough(detached):
    """The digest of a content proves as much as the content."""
    (facts,) = read_cms(detached, KnownDigests({"sha256": BytesContent(DATA).digest("sha256")}))
    assert facts.intact


@pytest.mark.parametrize(
    ("content", "outcome"), [(None, Outcome.MISSING), (BytesContent(DATA + b"."), Outcome.FAILED)]
)
def test_read_cms_without_its_content_tells_which_way(detached, content, outcome):
    """Content that is absent is told apart from content that was altered."""
    (facts,) = read_cms(detached, content)
    assert facts.references[0].outcome is outcome
    assert facts.value.outcome is Outcome.OK
    assert not facts.intact


def test_read_cms_with_two_contents_that_disagree_is_refused(world):
    """A signature that carries one content and is handed another vouches for neither."""
    attached = sign_cms(DATA, world.seal, detached=False, signing_time=world.signed_at)
    (facts,) = read_cms(attached, BytesContent(b"otro"))
    assert not facts.intact
    assert judge(facts, world.trust(), world.at).sub_indication == "FORMAT_FAILURE"
    assert read_cms(attached, BytesContent(DATA))[0].intact
    assert read_cms(attached, KnownDigests({"sha512": BytesContent(DATA).digest("sha512")}))[0].intact
    assert not read_cms(attached, KnownDigests({"sha512": bytes(64)}))[0].intact


@pytest.mark.parametrize("size", [0, 1, 2, 50, 400, 1500])
def test_read_cms_truncated_gives_unreadable_facts(detached, size):
    """Every beginning of a signature is told as unreadable, and none is an exception."""
    (facts,) = read_cms(detached[:size])
    assert facts.unreadable


def test_read_cms_any_flipped_octet_never_stays_intact_in_what_is_signed(world):
    """No octet of the signed attributes or of the value can change unnoticed."""
    signature = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)
    signer = attrs.members(attrs.members(attrs.members(attrs.members(signature)[1])[0])[-1])[0]
    start = signature.index(signer)
    attributes = attrs.members(signer)[3]
    first = start + signer.index(attributes)
    for at in range(first, first + len(attributes), 7):
        broken = bytearray(signature)
        broken[at] ^= 0x01
        assert not any(each.intact for each in read_cms(bytes(broken), BytesContent(DATA))), at


def test_read_cms_with_attributes_out_of_der_order_is_not_intact(world):
    """RFC 5652 section 5.4: the value is over the DER; another order is another thing."""
    signature = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)
    stored = attrs.members(
        attrs.members(attrs.members(attrs.members(attrs.members(signature)[1])[0])[-1])[0]
    )[3]
    pieces = attrs.members(stored)
    turned = signature.replace(b"".join(pieces), b"".join(reversed(pieces)))
    assert turned != signature
    assert read_cms(turned, BytesContent(DATA))[0].intact  # storage order is free: it is sorted before


def test_read_cms_two_signers_gives_one_report_each(world):
    """Co-signatures are judged one by one."""
    first = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)
    second = sign_cms(DATA, world.mayor, detached=True, signing_time=world.signed_at)
    (mine, theirs) = (attrs.members(attrs.members(attrs.members(each)[1])[0]) for each in (first, second))
    certificates = der.tagged(0xA0, b"".join(attrs.members(mine[3]) + attrs.members(theirs[3])))
    signers = der.tagged(der.SET, attrs.members(mine[4])[0] + attrs.members(theirs[4])[0])
    body = der.sequence(*mine[:3], certificates, signers)
    both = der.sequence(attrs.members(first)[0], der.tagged(0xA0, body))
    assert len(cms.ContentInfo.load(both)["content"]["signer_infos"]) == 2
    reports = [judge(each, world.trust(), world.at) for each in read_cms(both, BytesContent(DATA))]
    assert [each.indication for each in reports] == ["TOTAL_PASSED", "TOTAL_PASSED"]
    assert reports[0].signer != reports[1].signer


def test_read_cms_in_ber_with_indefinite_lengths_is_read(world):
    """BER from streaming signers is read like DER."""
    attached = sign_cms(DATA, world.seal, detached=False, signing_time=world.signed_at)
    members = attrs.members(attached)
    inner = attrs.members(members[1])[0]
    ber = b"\x30\x80" + members[0] + b"\xa0\x80" + inner + b"\x00\x00" + b"\x00\x00"
    (facts,) = read_cms(ber)
    assert facts.intact


def test_read_cms_with_another_certificate_swapped_in_does_not_pass(world):
    """The signing-certificate attribute keeps a certificate from being exchanged (RFC 5035)."""
    signature = sign_cms(DATA, world.seal, detached=True, signing_time=world.signed_at)
    swapped = signature.replace(BytesContent(world.seal.certificate).digest("sha256"), bytes(32))
    (facts,) = read_cms(swapped, BytesContent(DATA))
    assert not facts.intact
    assert facts.doubts


def test_read_stamp_that_is_no_token_or_says_no_utc_time_is_unreadable(world):
    """RFC 3161 2.4.2: a TSTInfo inside, its genTime in UTC; other content is not a time stamp."""
    token = world.stamper().stamp(bytes(32), "sha256")
    assert not read_stamp(token, "signature", lambda _: bytes(32)).signature.unreadable
    local = token.replace(b"20261121100000Z", b"202611211000.00")
    year_zero = token.replace(b"20261121100000Z", b"00001121100000Z")
    data = sign_cms(b"x", world.seal, detached=False, signing_time=world.signed_at)
    for other in (local, year_zero, data):
        assert other != token
        stamp = read_stamp(other, "signature", lambda _: bytes(32))
        assert stamp.signature.unreadable
        assert stamp.time is None
        assert (
            verify_token(other, bytes(32), "sha256", trust=NOBODY, at=world.at).sub_indication
            == "FORMAT_FAILURE"
        )


def test_read_stamp_that_names_no_certificate_is_doubted(world, monkeypatch):
    """RFC 3161 2.4.2: the authority's certificate is named in a signed attribute."""
    token = world.stamper().stamp(bytes(32), "sha256")
    assert not read_stamp(token, "signature", lambda _: bytes(32)).signature.doubts
    monkeypatch.setattr("preservation.signatures.cms.attributes.SIGNING_CERTIFICATE_V2", "1.1")
    monkeypatch.setattr("preservation.signatures.cms.attributes.SIGNING_CERTIFICATE", "1.2")
    (doubt,) = read_stamp(token, "signature", lambda _: bytes(32)).signature.doubts
    assert doubt.sub_indication == "SIG_CONSTRAINTS_FAILURE"


@pytest.mark.parametrize(("content_type", "intact"), [("data", True), ("tst_info", False)])
def test_read_cms_without_signed_attributes_is_only_for_plain_data(world, content_type, intact):
    """RFC 5652 section 5.3: content of any other type than id-data is signed through attributes."""
    attached = sign_cms(DATA, world.seal, detached=False, signing_time=world.signed_at)
    kind, wrapped = attrs.members(attached)
    version, digests, _, certificates, signers = attrs.members(attrs.members(wrapped)[0])
    signer = attrs.members(attrs.members(signers)[0])
    value = world.seal.private_key.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    bare = der.sequence(*signer[:3], signer[4], der.tagged(0x04, value))
    content = der.tagged(0xA0, der.tagged(0x04, DATA))
    inside = der.sequence(cms.ContentType(content_type).dump(), content)
    body = der.sequence(version, digests, inside, certificates, der.tagged(der.SET, bare))
    (facts,) = read_cms(der.sequence(kind, der.tagged(0xA0, body)))
    assert facts.value.outcome is Outcome.OK
    assert (facts.binds_signer, read_cms(attached)[0].binds_signer) == (False, True)
    assert facts.intact is intact
    if not intact:
        assert judge(facts, world.trust(), world.at).sub_indication == "FORMAT_FAILURE"


def test_read_cms_tells_that_there_are_more_signers_than_it_reads(world, detached):
    """Ten thousand signers cost no more than some hundreds, and are never called whole."""
    kind, wrapped = attrs.members(detached)
    parts = attrs.members(attrs.members(wrapped)[0])
    many = der.tagged(der.SET, attrs.members(parts[-1])[0] * 10_000)
    found = read_cms(
        der.sequence(kind, der.tagged(0xA0, der.sequence(*parts[:-1], many))), BytesContent(DATA)
    )
    assert len(found) == MAX_SIGNERS + 1
    assert "more than" in found[-1].unreadable
    assert all(each.intact for each in found[:-1])
    growing = Growing.read(detached)
    counter = attrs.members(parts[-1])[0]
    for _ in range(3):
        growing.attributes.setdefault(0, []).append(
            der.sequence(der.oid(attrs.COUNTER_SIGNATURE), der.tagged(der.SET, counter * MAX_SIGNERS))
        )
    assert len(read_cms(growing.encode(), BytesContent(DATA))) == MAX_SIGNERS + 1


def test_read_cms_reads_long_term_validation(world, detached):
    """TS 101 733 6.4.4: certificates and revocation data behind its proof of existence are material."""
    crl = world.authority.crls(world.signed_at)[0]
    values = der.sequence(
        der.tagged(0xA0, der.sequence(b"")),
        der.tagged(0xA0, world.mayor.certificate),
        der.tagged(0xA1, crl),
    )
    growing = Growing.read(detached)
    growing.add_attribute(0, attrs.LONG_TERM_VALIDATION, values)
    (facts,) = read_cms(growing.encode(), BytesContent(DATA))
    assert facts.level == "A"
    assert world.mayor.certificate in facts.certificates
    assert facts.crls == (crl,)
    assert b"\x30\x00" not in facts.certificates
