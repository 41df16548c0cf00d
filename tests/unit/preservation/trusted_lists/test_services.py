# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lists_to_order import GRANTED, SUPERVISED, WITHDRAWN, instance, service, unsigned

from preservation.trust.store import TrustStore
from preservation.trusted_lists.parse import parse_list
from preservation.trusted_lists.services import anchors_of

YEARS = {year: datetime(year, 6, 1, tzinfo=UTC) for year in range(2008, 2026)}
SITES = (
    '<Extension Critical="true"><AdditionalServiceInformation>'
    "<URI>http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForWebSiteAuthentication</URI>"
    "</AdditionalServiceInformation></Extension>"
)
SEALS = SITES.replace("ForWebSiteAuthentication", "ForeSeals")
REMEMBERS = '<Extension Critical="false"><ExpiredCertsRevocationInfo>2010-01-01T00:00:00Z</ExpiredCertsRevocationInfo></Extension>'
STRANGE = '<Extension Critical="true"><Otra/></Extension>'


def _trust(*services, **options):
    return TrustStore().dating(anchors_of(parse_list(unsigned(services=services))[0], **options))


def test_anchors_follow_the_history_of_their_status(issuer):
    """Supervised, ceased, granted, withdrawn: an anchor then, and then, and not now."""
    trust = _trust(
        service(
            issuer,
            instance(WITHDRAWN, "2020-01-01T00:00:00Z"),
            instance(GRANTED, "2016-07-01T00:00:00Z"),
            instance("supervisionceased", "2013-01-01T00:00:00Z"),
            instance(SUPERVISED, "2009-01-01T00:00:00Z"),
        )
    )
    told = [year for year, when in YEARS.items() if trust.anchors_at(when, "signing")]
    assert told == [2009, 2010, 2011, 2012, 2017, 2018, 2019]
    assert not any(trust.anchors_at(when, "time stamping") for when in YEARS.values())
    (said,) = trust.decisions_on(issuer.der)
    assert said.source.startswith("trusted list of ES, number 7, issued 2024-03-01, sha256 ")
    assert (said.service, said.name, said.periods[-1].status) == ("CA/QC", "Provider: Service", "withdrawn")


@pytest.mark.parametrize(
    ("kind", "status", "extension", "purpose"),
    [
        ("CA/QC", GRANTED, "", "signing"),
        ("CA/QC", GRANTED, SEALS, "signing"),
        ("CA/QC", GRANTED, SITES, None),
        ("CA/QC", GRANTED, SITES + SEALS, "signing"),
        ("CA/QC", GRANTED, STRANGE, None),
        ("CA/QC", GRANTED, STRANGE.replace("true", "false"), "signing"),
        ("CA/QC", "recognisedatnationallevel", "", None),
        ("TSA/QTST", GRANTED, "", "time stamping"),
        ("TSA", "recognisedatnationallevel", "", None),
        ("CA/PKC", GRANTED, "", None),
        ("Certstatus/OCSP/QC", GRANTED, "", None),
    ],
)
def test_anchors_by_type_status_and_extension(issuer, kind, status, extension, purpose):
    """Only qualified services for documents, approved, with nothing critical that is not understood."""
    trust = _trust(service(issuer, instance(status, "2016-07-01T00:00:00Z", kind=kind, extensions=extension)))
    told = [each for each in ("signing", "time stamping") if trust.anchors_at(YEARS[2020], each)]
    assert told == ([] if purpose is None else [purpose])


def test_anchors_of_services_that_are_not_qualified_only_by_decision(issuer, stamper):
    """An archive may take national services too; it has to say so."""
    services = (
        service(issuer, instance("recognisedatnationallevel", "2016-07-01T00:00:00Z", kind="CA/PKC")),
        service(stamper, instance("recognisedatnationallevel", "2016-07-01T00:00:00Z", kind="TSA")),
    )
    assert _trust(*services).dated == ()
    trust = _trust(*services, national=True)
    assert trust.anchors_at(YEARS[2020], "signing") == (issuer.der,)
    assert trust.anchors_at(YEARS[2020], "time stamping") == (stamper.der,)


def test_anchors_tell_since_when_expired_certificates_are_remembered(issuer):
    """TS 119 612 5.5.9.1: what a list says of revocation data after the end is handed on."""
    trust = _trust(service(issuer, instance(GRANTED, "2016-07-01T00:00:00Z", extensions=REMEMBERS)))
    assert trust.dated[0].remembers_since == datetime(2010, 1, 1, tzinfo=UTC)
