# SPDX-License-Identifier: EUPL-1.2
"""Bad packages: each gives its coded finding, none crashes, nothing kept is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.clock import SystemClock
from archive.findings import Severity
from archive.home import Home
from archive.model import DepositState
from archive.record import deposit_key, read_deposit
from demo.expediente import build_expediente
from demo.hostile import HOSTILE, Hostile
from demo.loads import plain_package
from ingest.admission import Verdict
from ingest.deposit import deposit
from ingest.examination import examine
from ingest.packages import open_package
from preservation.trust.store import TrustStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def signed_sample(tmp_path_factory, authority) -> Path:
    """The signed sample expediente, unpacked."""
    return build_expediente(tmp_path_factory.mktemp("signed"), authority, recording_megabytes=1).folder


@pytest.fixture(scope="module")
def plain_sample(tmp_path_factory) -> Path:
    """A plain expediente of three documents."""
    return plain_package(tmp_path_factory.mktemp("plain") / "p", 3, 3_000, seed=1).folder


def built(hostile: Hostile, folder: Path, signed: Path, plain: Path) -> Path:
    folder.mkdir()
    return hostile.build(folder, signed if hostile.signed else plain)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_a_bad_package_gives_its_finding_in_both_languages(
    hostile, signed_sample, plain_sample, authority, tmp_path
):
    """Each kind of bad package is told by its code, with a place, in Spanish and English, and never crashes."""
    path = built(hostile, tmp_path / "in", signed_sample, plain_sample)
    trust = TrustStore.from_authority(authority, NOW)
    (tmp_path / "work").mkdir()
    with open_package(path, tmp_path / "work") as package:
        examination, _ = examine(package, trust=trust, at=NOW)
    assert set(hostile.codes) <= {found.code for found in examination.findings}
    for found in examination.findings:
        assert "{" not in found.message("es") + found.message("en")
        assert found.place or found.severity is Severity.INFO
    assert list((tmp_path / "work").iterdir()) == []


def test_a_hundred_bad_deposits_leave_the_good_one_untouched(signed_sample, plain_sample, tmp_path):
    """After every bad package was deposited, the good one is whole and every rejection kept its report."""
    with Home.create(tmp_path / "home", SystemClock()) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        good = deposit(home, "villa", [plain_sample], seal=None)[0].receipt
        paths = [
            built(each, tmp_path / f"in-{at}", signed_sample, plain_sample) for at, each in enumerate(HOSTILE)
        ]
        done = deposit(home, "villa", paths, seal=None)
        assert len(done) == len(paths)
        again = deposit(home, "villa", [plain_sample], seal=None)[0]
        assert again.repeated
        assert again.receipt == good
        with home.catalog.reading() as tx:
            for each in done:
                kept = tx.deposit(each.receipt["deposit"])
                assert (kept.state is DepositState.REJECTED) == (each.receipt["object"] == "")
                if kept.state is DepositState.REJECTED:
                    report = read_deposit(home.store.read(deposit_key("villa", kept.deposit_id)))
                    assert report.findings == kept.findings
                    assert any(found.severity is Severity.ERROR for found in kept.findings)


def test_a_good_package_is_acceptable_without_warnings_beyond_its_missing_signatures(plain_sample, tmp_path):
    """What is right is not talked about."""
    with open_package(plain_sample, tmp_path) as package:
        examination, _ = examine(package, trust=TrustStore(), at=NOW)
    assert examination.verdict is Verdict.ACCEPTABLE
    told = {found.code for found in examination.findings if found.severity is not Severity.INFO}
    assert told == set()
