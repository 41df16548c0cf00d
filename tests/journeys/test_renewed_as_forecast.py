# SPDX-License-Identifier: EUPL-1.2
"""An archive that does on each day what its forecast said: nothing is late, the register has no hole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from stamping_authorities import stamping_authority

from archive.catalog import INSTALLATION
from preservation.coverage.register import CoverageRegister
from preservation.coverage.spans import Lack
from preservation.evidence.repository import verify_object
from preservation.evidence.sealing import seal_due
from preservation.indications import Indication
from preservation.installation import strength
from preservation.renewal.falls import Work
from preservation.renewal.forecast import forecast
from preservation.renewal.renew import renew_due
from preservation.trust.store import TrustStore


def _at(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def test_nothing_is_late_where_everything_is_done_on_its_day(world):
    """Three authorities, SHA-256 retired in 2040: each renewal on the day that was forecast, until 2046."""
    told = world.home.engines.settings
    evidence = told.evidence.model_copy(update={"retired": {"sha256": date(2040, 1, 1)}})
    world.home.engines.settings = told.model_copy(update={"evidence": evidence})
    others = [
        stamping_authority("Alfa", world.clock, unit_until=_at(2029)),
        stamping_authority("Beta", world.clock, unit_until=_at(2038), between_until=_at(2032)),
        stamping_authority("Gamma", world.clock, unit_until=_at(2036)),
    ]
    roots = [each.root.der for each in others]
    objects = []
    for number, each in enumerate(others):
        objects.append(world.keep(f"e{number}", {"received/a": b"%d" % number}))
        seal_due(world.home, each)
    done = []
    while world.clock.now() < _at(2046):
        trust = TrustStore(tuple(roots))
        falls = forecast(world.home, world.clock.now(), trust=trust).falls
        assert not [fall for fall in falls if fall.work is Work.LOST]
        due = next(fall for fall in falls if fall.tokens)
        assert not due.overdue
        world.clock.instant = max(due.due_at, world.clock.now()) + timedelta(hours=1)
        now = world.clock.now()
        # it left SHA-256 behind long before the day on which that falls
        renewing = stamping_authority(
            f"Delta {now.year}",
            world.clock,
            unit_until=now + timedelta(days=2200),
            between_until=_at(2060),
            digest="sha512",
        )
        roots.append(renewing.root.der)
        report = renew_due(world.home, renewing, now, trust=trust)
        assert report.renewed, due
        assert not report.findings
        done.append(due.work)
    assert Work.HASH_TREES in done
    trust = TrustStore(tuple(roots))
    register = CoverageRegister(world.home, world.clock.now())
    for object_id in objects:
        with world.home.catalog.reading(INSTALLATION) as tx:
            record = tx.object(object_id)
        (version,) = register.of_object(record).versions
        assert Lack.ENDED not in {gap.lack for gap in version.gaps}
        assert len(version.spans) >= 3
        verdict = verify_object(
            world.home, object_id, at=world.clock.now(), trust=trust, strength=strength(world.home)
        )
        assert verdict.indication is Indication.TOTAL_PASSED, verdict.reasons
