# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import pytest
from survival import PLACE, Survived, read, table


def test_rows_of_the_same_fault_and_place_are_added_up(tmp_path, monkeypatch):
    """Several processes write one table; it ends in the sum of all."""
    monkeypatch.setenv(PLACE, str(tmp_path / "rows"))
    Survived("kill -9", tries=3, found=2, healed=3).record()
    Survived("kill -9", "S3", tries=1, found=1, healed=1).record()
    Survived("kill -9", tries=2, found=2, healed=2).record()
    rows = read(tmp_path / "rows")
    assert [(row.where, row.tries, row.found, row.healed) for row in rows] == [
        ("embedded", 5, 4, 5),
        ("S3", 1, 1, 1),
    ]
    assert table(rows).splitlines()[-1].split() == [
        *["|", "all", "of", "it", "|", "|", "6", "|", "0", "|", "0", "|", "5", "|", "6", "|"]
    ]


def test_a_loss_fails_the_test_and_stands_in_the_table(tmp_path, monkeypatch):
    """So does a duplicate, and so does having tried nothing."""
    monkeypatch.setenv(PLACE, str(tmp_path / "rows"))
    for row in (Survived("a", tries=1, lost=1), Survived("b", tries=1, duplicated=1), Survived("c")):
        with pytest.raises(AssertionError):
            row.record()
    assert [row.fault for row in read(tmp_path / "rows")] == ["a", "b", "c"]
