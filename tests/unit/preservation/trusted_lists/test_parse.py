# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lists_to_order import GRANTED, ISSUED, NEXT, SUPERVISED, instance, lotl, pointer, service, unsigned

from archive.errors import XmlRefused
from preservation.trusted_lists.parse import NotATrustedList, is_trusted_list, parse_list


def test_parse_list_reads_scheme_services_and_history(issuer):
    """The oldest status comes first, names in English, URIs by their last part."""
    whole = service(
        issuer, instance(GRANTED, "2016-06-30T22:00:00Z"), instance(SUPERVISED, "2010-01-01T00:00:00Z")
    )
    found, _ = parse_list(unsigned(services=[whole]))
    assert (found.type, found.territory, found.sequence) == ("EUgeneric", "ES", 7)
    assert (found.issued, found.next_update, found.operator) == (ISSUED, NEXT, "Operator")
    (one,) = found.services
    assert (one.provider, one.name, one.certificates) == ("Provider", "Service", (issuer.der,))
    assert [(each.type, each.status) for each in one.history] == [("CA/QC", SUPERVISED), ("CA/QC", GRANTED)]
    assert one.history[0].since == datetime(2010, 1, 1, tzinfo=UTC)


def test_parse_list_reads_pointers_and_pages(operator, issuer):
    """Pointers say where, whose and who may sign; copies in PDF are known as such."""
    more = [
        pointer("https://x.example/es.xml", "es", [operator, issuer]),
        pointer("https://x.example/es.pdf", "ES", [operator], mime="pdf"),
    ]
    found, _ = parse_list(lotl(operator, [operator], more, pages=["https://x.example/pivot.xml"]))
    assert found.is_list_of_lists
    own, listed, printed = found.pointers
    assert (own.type, own.operators) == ("EUlistofthelists", (operator.der,))
    assert (listed.territory, listed.location, listed.is_xml) == ("ES", "https://x.example/es.xml", True)
    assert listed.operators == (operator.der, issuer.der)
    assert not printed.is_xml
    assert found.pages == ("https://x.example/pivot.xml",)


def test_parse_list_closed_for_good_has_no_next_update(issuer):
    """TS 119 612 5.3.15: an empty NextUpdate closes the list."""
    assert parse_list(unsigned(following=None))[0].next_update is None


def test_parse_list_service_with_a_status_nobody_can_date_says_nothing(issuer):
    """A gap in the history could hide a withdrawal."""
    whole = service(issuer, instance(GRANTED, "2016-06-30T22:00:00Z"), instance("withdrawn", "hace tiempo"))
    assert parse_list(unsigned(services=[whole]))[0].services == ()


def test_parse_list_passes_over_certificates_it_cannot_read(issuer):
    """One broken certificate does not spoil the list."""
    broken = unsigned(services=[service(issuer, instance(GRANTED, "2016-06-30T22:00:00Z"))]).replace(
        b"<X509Certificate>", b"<X509Certificate>AAAA", 1
    )
    assert parse_list(broken)[0].services[0].certificates == ()


@pytest.mark.parametrize(
    "data",
    [
        b"<otra/>",
        b"<TrustServiceStatusList/>",
        unsigned().replace(b"<TSLSequenceNumber>7<", b"<TSLSequenceNumber>siete<"),
        unsigned().replace(ISSUED.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), b"ayer"),
    ],
)
def test_parse_list_refuses_what_is_no_list(data):
    """Another document, or one without date or number, is no list."""
    with pytest.raises(NotATrustedList):
        parse_list(data)


def test_parse_list_goes_through_the_door_for_xml():
    """A document type is refused before any parser sees it."""
    with pytest.raises(XmlRefused):
        parse_list(b'<!DOCTYPE x [<!ENTITY a "b">]><TrustServiceStatusList/>')


def test_is_trusted_list_by_its_first_bytes():
    """Enough to tell a list among the files of a folder."""
    assert is_trusted_list(unsigned())
    assert not is_trusted_list(b"<documento/>")


def test_parse_list_reads_values_over_comments(issuer):
    """Comments are not signed: put into a value by anybody, they change nothing of it."""
    plain = unsigned(services=[service(issuer, instance(GRANTED, "2016-06-30T22:00:00Z"))])
    broken = plain
    for text in (b"granted", b"2016-06-30", b">Provider<", b"</X509Certificate>", b"024-09-01"):
        at = broken.index(text) + (-20 if text.startswith(b"</") else 3)
        broken = broken[:at] + b"<!--x-->" + broken[at:]
    assert broken != plain
    told, sound = parse_list(broken)[0], parse_list(plain)[0]
    assert (told.services, told.next_update, told.territory) == (sound.services, sound.next_update, "ES")
