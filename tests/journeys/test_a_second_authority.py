# SPDX-License-Identifier: EUPL-1.2
"""Evidence that two authorities should have stamped, and one did."""

from __future__ import annotations

from stamping_authorities import CountedAuthority

from archive.home import Home
from preservation.evidence.repository import verify_object
from preservation.evidence.sealing import seal_due
from preservation.indications import Indication
from preservation.renewal.renew import renew_due
from preservation.stamping import TimestampAuthorities
from preservation.trust.store import TrustStore

SETTINGS = """
[evidence]
tokens = 2
[timestamps.authorities.first]
url = "https://one.example/tsa"
[timestamps.authorities.second]
url = "https://two.example/tsa"
"""


def test_what_got_one_token_of_two_is_renewed_with_two(world):
    """A day later, once a day while one is down, and no more once both have stamped."""
    world.home.close()
    (world.home.path / "longeva.toml").write_text(SETTINGS, "utf-8")
    first, second = CountedAuthority(world.tsa, "first"), CountedAuthority(world.tsa, "second")
    both, trust = TimestampAuthorities([first, second]), TrustStore(world.authority.anchors())
    with Home.open(world.home.path, world.clock) as world.home:
        world.keep("a", {"received/a": b"1"})
        first.down = True
        assert [each.authority for each in seal_due(world.home, both).stamps] == ["second"]
        days = []
        for day in range(1, 6):
            at = world.travel(2026, 3, day)
            first.down = day < 3
            report = renew_due(world.home, both, at, trust=trust)
            days.append([each.authority for batch in report.batches for each in batch.stamps])
        assert days == [[], ["second"], ["first", "second"], [], []]
        verdict = verify_object(world.home, "urn:longeva:villa:a", at=world.clock.now(), trust=trust)
        assert verdict.indication is Indication.TOTAL_PASSED
        assert len(verdict.stamps) == 3
