# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import ipaddress

import certificates_to_order as pki
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from preservation.trust import constraints
from preservation.trust.certificates import load
from preservation.trust.constraints import forbidden, prepared

MAIL, DNS, URI = x509.RFC822Name, x509.DNSName, x509.UniformResourceIdentifier


def _directory(*pairs):
    return x509.DirectoryName(x509.Name([x509.NameAttribute(*each) for each in pairs]))


def _judge(permitted, excluded, alternatives, *more):
    root = pki.authority("RAIZ")
    bound = pki.authority(
        "ATADA", root, extensions=[(x509.NameConstraints(permitted or None, excluded or None), True)]
    )
    extensions = [(x509.SubjectAlternativeName(alternatives), False)] if alternatives else []
    leaf = pki.party(pki.name("FIRMANTE", *more), bound, extensions=extensions)
    return forbidden([load(each.der) for each in (leaf, bound, root)])


COUNTRY, OTHER = _directory((NameOID.COUNTRY_NAME, "es")), _directory((NameOID.COUNTRY_NAME, "FR"))
ADDRESS = (NameOID.EMAIL_ADDRESS, "alcaldia@villa.example")


@pytest.mark.parametrize(
    ("permitted", "excluded", "alternatives", "good"),
    [
        ([COUNTRY], [], [], True),
        ([OTHER], [], [], False),
        ([OTHER, COUNTRY], [], [], True),
        ([], [COUNTRY], [], False),
        ([], [OTHER], [], True),
        ([MAIL("villa.example")], [], [MAIL("a@villa.example")], True),
        ([MAIL("villa.example")], [], [MAIL("a@sub.villa.example")], False),
        ([MAIL(".villa.example")], [], [MAIL("a@sub.villa.example")], True),
        ([MAIL("a@villa.example")], [], [MAIL("a@VILLA.example")], True),
        ([MAIL("a@villa.example")], [], [MAIL("A@villa.example")], False),
        ([DNS("villa.example")], [], [DNS("sede.villa.example")], True),
        ([DNS("villa.example")], [], [DNS("Villa.example")], True),
        ([DNS("villa.example")], [], [DNS("otravilla.example")], False),
        ([], [DNS("villa.example")], [DNS("SEDE.villa.example")], False),
        ([DNS("villa.example")], [], [MAIL("a@otra.example")], True),
        ([URI("villa.example")], [], [URI("http://villa.example/x")], False),
        ([URI("villa.example")], [], [], True),
        ([], [x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))], [DNS("villa.example")], True),
        (
            [],
            [x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))],
            [x509.IPAddress(ipaddress.ip_address("192.0.2.1"))],
            False,
        ),
    ],
)
def test_forbidden_by_form_of_name(permitted, excluded, alternatives, good):
    """RFC 5280 4.2.1.10: each understood form by its own rule, and a form not understood forbids."""
    assert (_judge(permitted, excluded, alternatives) == "") is good


def test_forbidden_looks_at_the_mail_in_the_subject_where_there_are_no_alternative_names():
    """RFC 5280 4.2.1.10: an old emailAddress attribute counts only without a subjectAltName."""
    assert _judge([MAIL("otra.example")], [], [], ADDRESS)
    assert not _judge([MAIL("villa.example")], [], [], ADDRESS)
    assert not _judge([MAIL("otra.example")], [], [DNS("x.example")], ADDRESS)


def test_forbidden_intersects_what_each_authority_permits():
    """RFC 5280 6.1.4 (g): a name must please every authority above it."""
    chain = [pki.authority("RAIZ")]
    for number, base in enumerate(("villa.example", "otra.example")):
        extension = x509.NameConstraints([DNS(base)], None)
        chain.append(pki.authority(f"A{number}", chain[-1], extensions=[(extension, True)]))
    extension = x509.SubjectAlternativeName([DNS("sede.villa.example")])
    leaf = pki.party("HOJA", chain[-1], extensions=[(extension, False)])
    assert forbidden([load(each.der) for each in (leaf, chain[2], chain[1], chain[0])])
    below = pki.party("HOJA", chain[1], extensions=[(extension, False)])
    assert not forbidden([load(each.der) for each in (below, chain[1], chain[0])])


def test_forbidden_gives_up_on_too_many_names(monkeypatch):
    """A certificate of thousands of names under thousands of constraints is refused, not computed."""
    monkeypatch.setattr(constraints, "MAX_COMPARISONS", 5)
    names = [DNS(f"a{number}.villa.example") for number in range(6)]
    assert "too many" in _judge([DNS("villa.example")], [], names)


def test_prepared_names_are_equal_where_the_standard_says_so():
    """Case and string type do not matter (RFC 5280 7.1); unreadable names are compared as octets."""
    one = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ac  Raíz")])
    two = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "AC RAÍZ")])
    other = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "AC RAIZ")])
    assert prepared(one.public_bytes()) == prepared(two.public_bytes()) != prepared(other.public_bytes())
    broken = one.public_bytes().replace("í".encode(), b"\xff\xff")
    assert prepared(broken) == (broken.hex(),)
