# SPDX-License-Identifier: EUPL-1.2
"""What the report tells beside the verdict."""

from __future__ import annotations

from certificates_to_order import name, party
from facts_to_order import World, crl, on, said, signature

from preservation.signatures.engine.judge import judge

AT = on(2026, 7)


def test_revocation_data_names_its_certificate_as_the_chain_does():
    """Spanish common names carry more than the name; who reads the report finds the certificate by it."""
    world = World.made()
    holder = party(name("EJEMPLO PRUEBA ANA - NIF 12345678Z"), world.ca)
    report = judge(signature(holder), world.trust(crl(world.root, AT), crl(world.ca, AT)), AT)
    assert said(report) == "TOTAL_PASSED"
    names = [each.name for each in report.certificates]
    assert names[0] == "EJEMPLO PRUEBA ANA"
    assert {(each.about, each.issuer) for each in report.revocations} == {
        (names[0], names[1]),
        (names[1], names[2]),
    }
