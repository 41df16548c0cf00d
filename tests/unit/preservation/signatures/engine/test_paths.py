# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from preservation.authority import certificates
from preservation.authority.profile import years
from preservation.signatures.engine.material import Material
from preservation.signatures.engine.paths import judge_certificate
from preservation.signatures.engine.verdicts import Subject
from preservation.trust.chains import is_for_time_stamping
from preservation.trust.dated import Purpose

STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


@pytest.mark.parametrize(
    ("usages", "critical", "good"),
    [
        ([STAMPING], True, True),
        ([STAMPING], False, False),
        ([STAMPING, ExtendedKeyUsageOID.CODE_SIGNING], True, False),
    ],
)
def test_judge_certificate_of_a_stamping_unit_asks_for_the_usage_alone_and_critical(
    world, usages, critical, good
):
    """RFC 3161 section 2.3, by the same rule that judges the archive's own tokens."""
    above = world.authority._pair("tsa-ca")
    made = certificates.certificate(
        certificates.service_name("TSA"),
        certificates.new_key(),
        years(2024, 2030),
        [(x509.ExtendedKeyUsage(usages), critical)],
        issuer=above.certificate,
        issuer_key=above.key,
    )
    encoded = made.public_bytes(Encoding.DER)
    assert is_for_time_stamping(asn1_x509.Certificate.load(encoded)) is good
    material = Material(world.trust(), world.at, certificates=world.authority.intermediates())
    verdict = judge_certificate(Subject(encoded, Purpose.TIME_STAMPING, world.at), material)
    codes = {each.sub_indication for each in verdict.concerns}
    assert ("CHAIN_CONSTRAINTS_FAILURE" not in codes) is good
