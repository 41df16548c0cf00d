# SPDX-License-Identifier: EUPL-1.2
"""Kits of batches that two authorities stamped, and what renewals kept."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime

import pytest
from archived import make_archive
from kits import members_of, run_verifier, trusted
from stamping_authorities import CountedAuthority, stamping_authority

from archive.home import Home
from preservation.authority.development import DevelopmentAuthority
from preservation.evidence.policy import change_policy
from preservation.evidence.sealing import seal_all, seal_due
from preservation.stamping import TimestampAuthorities
from preservation.trust.store import TrustStore
from search.kit import export_kit
from search.kit.evidence import evidence_of

pytestmark = pytest.mark.usefixtures("openssl")
SETTINGS = """
[timestamps.authorities.first]
url = "https://one.example/tsa"
[timestamps.authorities.second]
url = "https://two.example/tsa"
"""


def test_the_record_shows_a_token_that_holds(tmp_path):
    """Of two authorities' tokens the first is shown; once its unit is compromised, the other one's is."""
    made = make_archive(tmp_path, own_authority=True)
    made.home.close()
    (made.home.path / "longeva.toml").write_text(SETTINGS, "utf-8")
    made.home = Home.open(made.home.path, made.clock)
    second = DevelopmentAuthority.create(tmp_path / "second", made.clock)
    both = [
        CountedAuthority(made.authority.timestamp_authority(made.clock), "first"),
        CountedAuthority(second.timestamp_authority(made.clock), "second"),
    ]
    change_policy(made.home, "villar", {"tokens": 2}, agent="ana")
    record = made.deposit(b"%PDF-1.7 el decreto")
    assert seal_all(made.home, TimestampAuthorities(both)).objects == 1

    def kit(name):
        trust = trusted(made).joined(TrustStore.from_authority(second, made.clock.now()))
        return export_kit(made.home, record.object_id, tmp_path / f"{name}.zip", trust=trust)

    at = ("--at", "2026-12-02T00:00:00Z")
    made.clock.instant = datetime(2026, 12, 1, tzinfo=UTC)
    before = kit("before")
    unit = made.authority.time_stamping_identity(made.clock.now()).certificate
    made.authority.revoke(unit, datetime(2026, 11, 25, tzinfo=UTC), "keyCompromise")
    after = kit("after")
    made.home.close()
    for given, anchors, verdict in (
        (before, made.authority.anchors(), "VALID"),
        (after, second.anchors(), "VALID"),
        (after, made.authority.anchors(), "INCOMPLETE"),
    ):
        told = run_verifier(given, tmp_path, *at, anchors=anchors)[1]
        assert told["verdict"] == verdict, [step for step in told["steps"] if not step["ok"]]


def test_no_token_is_shown_that_the_operator_retired(world):
    """Of two tokens the first, signed with SHA-256, is shown until that is retired here; then the other one's."""
    both = [stamping_authority(name, world.clock, digest=name) for name in ("sha256", "sha512")]
    trust = TrustStore(tuple(each.root.der for each in both))
    decide(world.home, algorithm="sha512", tokens=2)
    object_id = world.keep("a", {"received/a": b"1"})
    batch = seal_due(world.home, TimestampAuthorities(both))
    with world.home.catalog.reading() as tx:
        record = tx.object(object_id)
    world.travel(2027)
    assert evidence_of(world.home, record, trust).tokens == (batch.token,)
    decide(world.home, retired={"sha256": date(2026, 12, 1)})
    assert evidence_of(world.home, record, trust).tokens == (batch.others[0].token,)


def decide(home, **evidence):
    """Change the settings of an open home."""
    told = home.engines.settings
    home.engines.settings = told.model_copy(update={"evidence": told.evidence.model_copy(update=evidence)})


def test_what_renewals_kept_travels_along(kits):
    """Of a line renewed twice, both lists of material, each with its record, and every list that they name."""
    members = members_of(kits["twice"])
    here = {
        hashlib.sha256(data).hexdigest() for name, data in members.items() if name.startswith("trust/crls/")
    }
    tokens = {
        hashlib.sha256(data).hexdigest()
        for name, data in members.items()
        if name.startswith("evidence/token")
    }
    named = set()
    for number in (1, 2):
        material = json.loads(members[f"evidence/renewal-{number:02d}.json"])
        assert members[f"evidence/renewal-{number:02d}.ers"][:1] == b"\x30"
        named |= {
            each
            for chain in material["chains"]
            if tokens & set(chain["tokens"])
            for each in chain["revocation"]
        }
    assert named
    assert named <= here
