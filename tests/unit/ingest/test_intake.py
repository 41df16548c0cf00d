# SPDX-License-Identifier: EUPL-1.2
"""Packages to stable storage, also when somebody else stands in the way at that very moment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.clock import FixedClock
from archive.errors import ConflictError, InvalidRequest
from archive.home import Home
from archive.model import RECORD_PATH
from archive.objects import Objects
from demo.loads import plain_package
from ingest.intake import Intake
from ingest.workers import make_intake
from preservation.trust.store import TrustStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    """An empty home with one municipality."""
    with Home.create(tmp_path / "home", FixedClock(NOW)) as home:
        home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        yield home


@pytest.fixture
def packages(tmp_path):
    """Two plain expedientes, as folders."""
    return [plain_package(tmp_path / f"in{seed}", 2, 800, seed=seed).folder for seed in (1, 2)]


def intake_of(home: Home) -> Intake:
    return make_intake(home, "villa", TrustStore.from_paths(()))


def test_whoever_comes_second_takes_the_record_that_is_kept(home, packages, monkeypatch):
    """Of two processes with one package, the later goes on with the record in the store, not with its own."""
    commit, raced = Objects.commit, []

    def overtaken(self, versions):
        if not raced:
            raced.append(True)
            with Home.open(home.path, FixedClock(NOW.replace(day=2))) as other:
                raced.extend(intake_of(other).take(packages[:1]))
        return commit(self, versions)

    monkeypatch.setattr(Objects, "commit", overtaken)
    (taken,) = intake_of(home).take(packages[:1])
    kept = b"".join(home.objects("villa").read_verified(taken.deposit.object_id, RECORD_PATH))
    assert taken.document.to_bytes() == kept
    assert taken == raced[1]


@pytest.mark.parametrize("count", [1, 2])
def test_a_file_that_changes_once_while_it_is_deposited_is_examined_again_and_kept(
    home, packages, monkeypatch, count
):
    """What is answered is on stable storage, also where the first attempt had to be given up."""
    stage, changed = Objects.stage, []

    def disturbed(self, object_id, path, chunks):
        if not changed:
            changed.append(path)
            chunks = [*chunks, b" "]
        return stage(self, object_id, path, chunks)

    monkeypatch.setattr(Objects, "stage", disturbed)
    for taken in intake_of(home).take(packages[:count]):
        files = home.objects("villa").inventory(taken.deposit.object_id).version().state
        assert set(files) == {file.path for file in taken.document.files} | {RECORD_PATH}


def test_a_file_that_never_holds_still_is_told(home, packages, monkeypatch):
    """A package that changes at every attempt is the depositor's to mend; nothing of it stays."""
    stage = Objects.stage
    monkeypatch.setattr(Objects, "stage", lambda self, key, path, _: stage(self, key, path, [b"otra cosa"]))
    with pytest.raises(ConflictError, match="changed while it was being deposited"):
        intake_of(home).take(packages)
    assert list(home.objects("villa").object_ids()) == []
    assert list(home.objects("villa").abandoned()) == []


def test_a_group_that_is_given_up_leaves_nothing_staged(home, packages, tmp_path):
    """A path that is not there stops its group; what the others had staged gives way at once."""
    with pytest.raises(InvalidRequest):
        intake_of(home).take([*packages, tmp_path / "nada"])
    assert list(home.objects("villa").abandoned()) == []
