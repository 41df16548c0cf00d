# SPDX-License-Identifier: EUPL-1.2
"""XML signatures that ask for more than anybody can give: told in seconds, never an exception, never intact."""

from __future__ import annotations

import re
import time

import pytest
from resigning import with_transforms
from signing import plain_xml, world

from preservation.signatures.batch import overall
from preservation.signatures.sign import sign_xml
from preservation.signatures.xml.read import MAX_SIGNATURES, read_xml

__all__ = ["plain_xml", "world"]

XPATH = b"http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER = b"http://www.w3.org/2002/06/xmldsig-filter2"
SECONDS = 10


@pytest.fixture(scope="module")
def signed(world, plain_xml) -> bytes:
    """A signature of level T over CUERPO."""
    return sign_xml(
        plain_xml, world.seal, signing_time=world.signed_at, ids=["CUERPO"], authority=world.stamper()
    )


def piece(signed: bytes, name: str) -> bytes:
    """Return the first element of that name."""
    found = re.search(rf"<{name}[ >].*?</{name}>".encode(), signed, re.DOTALL)
    assert found is not None
    return found[0]


def filled(signed: bytes, count: int) -> bytes:
    """Put many small elements where the content is."""
    return signed.replace(b"<!-- nota -->", b'<p a="1"><q/>t</p>' * count)


def filters(signed: bytes, path: bytes, count: int) -> bytes:
    """Have many XPath filters look through the document."""
    one = b'<ds:Transform Algorithm="%s"><f:XPath xmlns:f="%s" Filter="subtract">%s</f:XPath></ds:Transform>'
    start, _, rest = signed.partition(b"<ds:Transforms>")
    rest = rest.partition(b"</ds:Transforms>")[2]
    return b"".join(
        (start, b"<ds:Transforms>", one % (FILTER, FILTER, path) * count, b"</ds:Transforms>", rest)
    )


def many_signatures(signed: bytes) -> bytes:
    return b"<d>" + piece(signed, "ds:Signature") * 2_000 + b"</d>"


def many_references(signed: bytes) -> bytes:
    one = piece(signed, "ds:Reference")
    return signed.replace(one, one * 10_000)


def many_references_to_much(signed: bytes) -> bytes:
    one = piece(signed, "ds:Reference")
    return filled(signed, 5_000).replace(one, one * 4_000)


def many_filters(signed: bytes) -> bytes:
    return filters(filled(signed, 50_000), b"//p", 16)


def many_victims(signed: bytes) -> bytes:
    return filters(filled(signed, 50_000), b"//q", 1)


def many_archive_stamps(signed: bytes) -> bytes:
    one = piece(signed, "xades:SignatureTimeStamp")
    archive = one.replace(b"SignatureTimeStamp", b"ArchiveTimeStamp")
    return filled(signed.replace(one, one + archive * 2_000), 20_000)


def many_equal_ids(signed: bytes) -> bytes:
    return signed.replace(b"<!-- nota -->", b'<i Id="K"/>' * 200_000)


def many_manifest_entries(signed: bytes) -> bytes:
    one = piece(signed, "ds:Reference")
    manifest = b'<ds:Object><ds:Manifest Id="M">' + one * 6_000 + b"</ds:Manifest></ds:Object><ds:Object>"
    kind = b'URI="#M" Type="http://www.w3.org/2000/09/xmldsig#Manifest"'
    return signed.replace(b'URI="#CUERPO"', kind, 1).replace(b"<ds:Object>", manifest, 1)


def signatures_in_signatures(signed: bytes) -> bytes:
    one = piece(signed, "ds:Signature")
    depth = 60
    return one.replace(b"</ds:Signature>", b"<ds:Object>") * depth + b"</ds:Object></ds:Signature>" * depth


HOSTILE = [
    many_signatures,
    many_references,
    many_references_to_much,
    many_filters,
    many_victims,
    many_archive_stamps,
    many_equal_ids,
    many_manifest_entries,
    signatures_in_signatures,
]


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_signatures_are_told_soon_and_do_not_pass(signed, make):
    """Thousands of everything: a verdict in seconds of work, and not that all is well."""
    data = make(signed)
    start = time.process_time()
    facts = read_xml(data)
    assert time.process_time() - start < SECONDS
    assert overall(facts) not in {"yes", "n/a"} or make is many_equal_ids


def test_signatures_beyond_the_limit_are_told_and_not_passed_over(signed):
    """A broken signature behind two hundred good ones does not hide."""
    one = piece(signed, "ds:Signature")
    facts = read_xml(b"<d>" + one * (MAX_SIGNATURES + 1) + b"</d>")
    assert len(facts) == MAX_SIGNATURES + 1
    assert "not read" in facts[-1].unreadable


@pytest.mark.parametrize("expression", [b"ancestor-or-self::nada", b"not(true())"])
def test_a_signature_of_nothing_says_so(world, signed, expression):
    """Transforms that leave nothing of what is named leave nothing covered."""
    one = b'<ds:Transform Algorithm="' + XPATH + b'"><ds:XPath>' + expression + b"</ds:XPath></ds:Transform>"
    (facts,) = read_xml(with_transforms(signed, one, world.seal))
    assert facts.covers == ()
    assert facts.notes == ("of #CUERPO it signs nothing",)
