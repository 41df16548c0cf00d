# SPDX-License-Identifier: EUPL-1.2
"""Bouncy Castle and DSS judge the records that the archive assembles, after renewals of either kind.

Everything happens within 2026: of a renewed tree Bouncy Castle asks that its token is not of the future.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.home import Home
from preservation.evidence.repository import EvidenceRepository
from preservation.evidence.sealing import seal_all
from preservation.renewal.renew import renew_due
from preservation.stamping import TimestampAuthorities
from preservation.trust.store import TrustStore

pytestmark = [pytest.mark.oracle, pytest.mark.corpus]
GROUP = {"received/a.xml": b"<a/>", "received/b.xml": b"<b/>", "metadata/deposit.json": b"{}"}
LIFE = ("", "", "sha512", "", "", "sha3_512", "", "")
"""Renewals, one a month: a digest for a new tree under it, nothing for new tokens."""

SETTINGS = """
[evidence]
tokens = 2
[timestamps.authorities.first]
url = "https://one.example/tsa"
[timestamps.authorities.second]
url = "https://two.example/tsa"
"""


class Second:
    """The same authority by another name: another token over the same root."""

    name = "second"

    def __init__(self, inner):
        self._inner = inner

    def stamp(self, imprint, algorithm):
        """Ask it."""
        return self._inner.stamp(imprint, algorithm)


@pytest.fixture
def lives(world):
    """Give the records of a file, a group and a lone file at each stage of their life, with their documents.

    Each as the first authority's tokens give it, and as the second's do.
    """
    world.home.close()
    (world.home.path / "longeva.toml").write_text(SETTINGS, "utf-8")
    world.home = Home.open(world.home.path, world.clock)
    authority = TimestampAuthorities([world.tsa, Second(world.tsa)])
    lone = world.keep("lone", {"received/a": b"lone"})
    seal_all(world.home, authority)
    kept = {lone: [b"lone"], world.keep("single", {"received/one.xml": b"<one/>"}): [b"<one/>"]}
    kept[world.keep("group", GROUP)] = [*GROUP.values()]
    for number in range(5):
        world.keep(f"other-{number}", {"received/x.xml": b"%d" % number})
    seal_all(world.home, authority)
    rows = []
    for month, algorithm in enumerate((None, *LIFE), start=3):
        at = world.travel(2026, month, 2)
        if algorithm is not None:
            world.keep(f"late-{month}", {"received/x.xml": b"late %d" % month})
            seal_all(world.home, authority)
            trust = TrustStore(world.authority.anchors())
            options = {"trust": trust, "force": True, "algorithm": algorithm, "tokens": 2}
            assert not renew_due(world.home, authority, at, **options).findings
        repository = EvidenceRepository(world.home)
        for object_id, documents in kept.items():
            for number in range(2):
                record = repository.record_for(object_id, choose=lambda chain: (number,) * len(chain))  # noqa: B023
                rows.append((record, documents))
    yield rows
    world.home.close()


def _flipped(rows):
    """Return each record with every document that has one byte flipped, one after the other."""
    return [
        (record, [*documents[:place], bytes((each[0] ^ 1,)) + each[1:], *documents[place + 1 :]])
        for record, documents in rows
        for place, each in enumerate(documents)
    ]


def test_bouncy_castle_accepts_every_stage_and_refuses_a_flipped_byte(lives, bouncy_castle):
    """Single, group, no tree at all; renewed, under three digests, both ways, with either authority's token."""
    flipped = _flipped(lives)
    answers = bouncy_castle(lives + flipped)
    for (_, documents), answer in zip(lives, answers, strict=False):
        wanted = "present;" * len(documents) + ("group-present;" if len(documents) > 1 else "")
        assert answer[3:] == [wanted, "tst+chain OK"]
    for answer in answers[len(lives) :]:
        assert "ABSENT(" in answer[3]
        assert ";group-present" not in answer[3]
    stages = [answer[1:3] for answer in answers[: len(lives) : 6]]
    chains, stamps = zip(*stages, strict=True)
    assert chains == ("1", "1", "1", "2", "2", "2", "3", "3", "3")
    assert stamps == tuple(map(str, range(1, 10)))


def test_dss_accepts_every_stage_and_refuses_a_flipped_byte(lives, dss, tmp_path: Path):
    """The same for DSS."""
    for record, documents in lives:
        assert _proves(dss, tmp_path, record, documents)
    for record, documents in _flipped(lives):
        assert not _proves(dss, tmp_path, record, documents)


def _proves(dss, folder: Path, record: bytes, documents: list[bytes]) -> bool:
    paths = [folder / f"{number}.bin" for number in range(len(documents))]
    for path, data in zip(paths, documents, strict=True):
        path.write_bytes(data)
    (folder / "record.ers").write_bytes(record)
    return bool(dss.evidence(folder / "record.ers", paths).proves(len(documents)))
