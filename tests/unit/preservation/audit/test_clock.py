# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

from preservation.audit.clock import CLOCK
from preservation.audit.run import audit


def test_an_audit_tells_that_the_clock_was_set_back_between_deposit_and_seal(world):
    """A warning that names the ledger and both instants, for ever; it is no damage."""
    world.keep("E1", {"received/a.xml": b"<a/>"})
    assert [each for each in audit(world.home, trust=None).problems if each.kind == CLOCK] == []
    world.travel(2028)
    world.home.add_tenant("aldea", "Aldeaejemplo", "L01990020")
    world.travel(2026, 4)
    with world.home.catalog.transaction("aldea") as tx:
        world.home.ledger.append(tx, "aldea", "evidence.sealed", "b", "cli")
    world.home.ledger.flush()
    report = audit(world.home, trust=None)
    told = [each for each in report.problems if each.kind == CLOCK]
    assert [each.tenant_id for each in told] == ["aldea"]
    assert "2028-03-01" in told[0].message("es")
    assert "2026-04-01" in told[0].message("en")
    assert report.ok == all(each.severity != "error" for each in report.problems)
