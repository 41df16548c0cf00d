# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from asn1crypto import x509

from preservation.evidence.sealing import seal_due
from preservation.evidence.units import units_in_use
from preservation.trust.chains import find_chain
from preservation.trust.store import TrustStore


def names(units):
    return [x509.Certificate.load(each).subject.native["common_name"] for each in units]


def test_the_units_of_live_evidence_are_found_with_their_chains(world):
    """Each once, whatever it stamped; the tokens bring the authorities in between."""
    assert units_in_use(world.home, TrustStore())[0] == []
    for year, name in ((2026, "a"), (2026, "b"), (2031, "c")):
        world.travel(year, 2)
        world.keep(name, {"received/a": name.encode()})
        seal_due(world.home, world.tsa)
    anchors = world.authority.anchors()
    units, helping = units_in_use(world.home, TrustStore(anchors))
    assert [each.split()[0] for each in names(units)] == ["TSA-1", "TSA-2"]
    for each in units:
        chain = find_chain(x509.Certificate.load(each), helping.certificates, anchors).certificates
        assert len(chain) == 3
    assert helping.anchors == anchors
