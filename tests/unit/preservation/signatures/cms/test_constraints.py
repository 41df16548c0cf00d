# SPDX-License-Identifier: EUPL-1.2
"""Algorithm confusion and attributes where they must not be: nothing of it passes."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from preservation import der
from preservation.signatures.cms import attributes as attrs
from preservation.signatures.cms.ber import element
from preservation.signatures.cms.growing import Growing
from preservation.signatures.cms.read import read_cms
from preservation.signatures.content import BytesContent, SliceContent
from preservation.signatures.engine.judge import judge
from preservation.signatures.sign import sign_cms

DATA = b"contenido"
SHA = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha512": "2.16.840.1.101.3.4.2.3"}
RSA = {"sha256": "1.2.840.113549.1.1.11", "sha512": "1.2.840.113549.1.1.13"}
HASHES = {"sha256": hashes.SHA256(), "sha512": hashes.SHA512()}
ID_DATA = der.oid("1.2.840.113549.1.7.1")
TIMES = (der.tagged(0x17, b"200101000000Z"), der.tagged(0x17, b"250101000000Z"))


def attribute(name, *values) -> bytes:
    """Return an attribute."""
    return der.sequence(der.oid(name), der.tagged(der.SET, b"".join(values)))


def usual(content=DATA, digest="sha256") -> list[bytes]:
    """Return the two attributes that every signer signs."""
    value = der.octets(hashlib.new(digest, content).digest())
    return [attribute(attrs.CONTENT_TYPE, ID_DATA), attribute(attrs.MESSAGE_DIGEST, value)]


def made(
    world, attributes, *, digest="sha256", outside="sha256", named="sha256", key=None, dropped=False
) -> bytes:
    """Return a CMS signed by hand: `digest` of the value, `outside` of the content, `named` in the algorithm."""
    signed = der.tagged(der.SET, b"".join(sorted(attributes)))
    value = (key or world.seal.private_key).sign(signed, padding.PKCS1v15(), HASHES[digest])
    signer = attrs.members(
        attrs.members(
            attrs.members(attrs.members(sign_cms(DATA, world.seal, detached=True, signing_time=None))[1])[0]
        )[-1]
    )[0]
    fields = attrs.members(signer)
    algorithm = der.sequence(der.oid(SHA[outside]))
    info = der.sequence(
        fields[0],
        fields[1],
        algorithm,
        b"" if dropped else b"\xa0" + signed[1:],
        der.sequence(der.oid(RSA[named]), b"\x05\x00"),
        der.octets(value),
    )
    body = der.sequence(
        der.integer(1),
        der.tagged(der.SET, algorithm),
        der.sequence(ID_DATA),
        der.tagged(0xA0, world.seal.certificate),
        der.tagged(der.SET, info),
    )
    return der.sequence(der.oid("1.2.840.113549.1.7.2"), der.tagged(0xA0, body))


def read(data, content=DATA):
    """Return the facts of the one signature."""
    (facts,) = read_cms(data, BytesContent(content))
    return facts


def test_a_plain_signature_made_by_hand_holds(world):
    """The tests below fail for the reason they name."""
    assert read(made(world, usual())).intact


def test_two_digests_for_content_and_attributes_are_doubted(world):
    """RFC 8933: one digest algorithm for both; the mathematics may hold and it does not pass."""
    facts = read(made(world, usual(digest="sha512"), outside="sha512"))
    assert facts.intact
    assert judge(facts, world.trust(), world.at).sub_indication == "SIG_CONSTRAINTS_FAILURE"


def test_a_digest_named_wrongly_does_not_hold(world):
    """The value is checked with the algorithm that is named, and with no other one."""
    assert not read(made(world, usual(), named="sha512")).intact


@pytest.mark.parametrize(
    "attributes",
    [
        [attribute(attrs.MESSAGE_DIGEST, der.octets(hashlib.sha256(DATA).digest()))],
        usual()[:1],
        [*usual(), usual(b"otro")[1]],
        [
            usual()[0],
            attribute(attrs.MESSAGE_DIGEST, *(der.octets(hashlib.sha256(x).digest()) for x in (DATA, b"o"))),
        ],
        [attribute(attrs.CONTENT_TYPE, der.oid("1.2.3")), usual()[1]],
        [*usual(), usual()[0]],
        [*usual(), *(attribute(attrs.SIGNING_TIME, time) for time in TIMES)],
        [*usual(), attribute(attrs.SIGNING_TIME, *TIMES)],
        [],
    ],
)
def test_attributes_that_are_absent_repeated_or_wrong_leave_nothing_intact(world, attributes):
    """RFC 5652 11.1 to 11.3: one content type, the right one, one message digest, at most one signing time."""
    assert not read(made(world, attributes)).intact


def test_signed_attributes_dropped_for_a_content_that_is_them_do_not_pass(world):
    """The octets of the attributes presented as a content without attributes verify, and are doubted."""
    attributes = usual()
    content = der.tagged(der.SET, b"".join(sorted(attributes)))
    facts = read(made(world, attributes, dropped=True), content)
    assert facts.intact
    assert "attributes of another signature" in facts.doubts[0].reason
    assert judge(facts, world.trust(), world.at).indication == "INDETERMINATE"


def test_dropped_attributes_are_known_however_long_or_cut_they_are(world):
    """Lists of revocation among them make them long, and BER may cut the content they became in pieces."""
    value = der.sequence(der.tagged(0xA0, der.octets(b"x" * 70_000)))
    attributes = [*usual(), attribute(attrs.ADOBE_REVOCATION, value)]
    content = der.tagged(der.SET, b"".join(sorted(attributes)))
    pieces = SliceContent(content, ((0, 1), (1, 3), (3, len(content))))
    signature = made(world, attributes, dropped=True)
    for each in (BytesContent(content), pieces):
        (facts,) = read_cms(signature, each)
        assert "attributes of another signature" in facts.doubts[0].reason


@pytest.mark.parametrize(("extra", "passes"), [([], True), ([attribute(attrs.CONTENT_TYPE, ID_DATA)], False)])
def test_a_counter_signature_with_a_content_type_is_doubted(world, extra, passes):
    """RFC 5652 11.4: with one, it could be a signature over content that was moved here."""
    growing = Growing.read(made(world, usual()))
    value = attrs.members(attrs.members(attrs.members(attrs.members(growing.encode())[1])[0])[-1])[0]
    signed = element(attrs.members(value)[-1]).contents
    over = made(world, [usual(signed)[1], *extra])
    inner = attrs.members(attrs.members(attrs.members(attrs.members(over)[1])[0])[-1])[0]
    growing.add_attribute(0, attrs.COUNTER_SIGNATURE, inner)
    counter = read_cms(growing.encode(), BytesContent(DATA))[1]
    assert counter.counter_of == "signer[1]"
    assert counter.intact
    assert (judge(counter, world.trust(), world.at).indication == "TOTAL_PASSED") is passes


@pytest.mark.parametrize("name", sorted(attrs.MUST_BE_SIGNED))
def test_attributes_that_must_be_signed_say_nothing_among_the_unsigned(world, name):
    """Anybody can put them there: they are not read, and told."""
    growing = Growing.read(made(world, usual()))
    growing.add_attribute(0, name, der.octets(b"x"))
    facts = read(growing.encode())
    assert facts.intact
    assert "among the unsigned ones" in facts.doubts[0].reason
    assert facts.claimed_time is None
    assert facts.policy == ""


def test_a_counter_signature_among_the_signed_attributes_is_doubted(world):
    """RFC 5652 11.4: it is an unsigned attribute."""
    facts = read(made(world, [*usual(), attribute(attrs.COUNTER_SIGNATURE, der.sequence(b""))]))
    assert [each.sub_indication for each in facts.doubts] == ["SIG_CONSTRAINTS_FAILURE"]


@pytest.mark.parametrize(("digest", "intact"), [("sha256", True), ("sha512", False)])
def test_algorithm_protection_binds_the_algorithms(world, digest, intact):
    """RFC 6211: what is signed about the algorithms must be what stands outside."""
    value = der.sequence(der.sequence(der.oid(SHA[digest])), der.tagged(0xA1, der.oid(RSA["sha256"])))
    assert read(made(world, [*usual(), attribute(attrs.ALGORITHM_PROTECTION, value)])).intact is intact


def test_a_key_of_another_certificate_does_not_hold(world):
    """The certificate that is named did not make this value."""
    assert not read(made(world, usual(), key=world.mayor.private_key)).intact


def test_attributes_in_ber_are_checked_as_their_der(world):
    """RFC 5652 5.4: what is signed is the DER of the attributes, however they are stored."""
    data = made(world, usual())
    stored = usual()[0]
    longer = b"\x30\x81" + stored[1:]
    turned = data.replace(stored, longer)
    # lengths around it are taken from the parts again
    kind, wrapped = attrs.members(data)
    parts = attrs.members(attrs.members(wrapped)[0])
    fields = attrs.members(attrs.members(parts[4])[0])
    fields[3] = der.tagged(0xA0, b"".join(attrs.members(fields[3])).replace(stored, longer))
    parts[4] = der.tagged(der.SET, der.sequence(*fields))
    again = der.sequence(kind, der.tagged(0xA0, der.sequence(*parts)))
    assert turned != data
    assert read(again).intact
