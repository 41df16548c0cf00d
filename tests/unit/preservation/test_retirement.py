# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from preservation.retirement import DECIDED, PLANNED, Reading, decided_by, end_of, ends_for, rows
from preservation.strength import STRENGTH, Algorithm, weaknesses

FAR = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("algorithm", "year"),
    [
        (Algorithm("sha224"), 2029),
        (Algorithm("rsa", 2048), 2026),
        (Algorithm("rsa", 3072), 2036),
        (Algorithm("ecdsa", 256), 2036),
        (Algorithm("rsassa_pkcs1v15"), 2034),
        (Algorithm("sha1"), 2017),
    ],
)
def test_the_first_end_counts_whoever_gives_it(algorithm, year):
    """A forecast asks for one date, the earliest, and gets its source with it."""
    end = end_of(algorithm)
    assert end is not None
    assert end.until.year == year
    assert end.source.name


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512", "sha3_512"])
def test_nobody_gives_the_digests_of_the_trees_an_end(name):
    """Only the operator can: no source plans the end of SHA-256 or of what would follow it."""
    assert end_of(Algorithm(name)) is None


def test_a_plan_turns_no_verdict_bad():
    """What is only planned still proves something a century later; verdicts look at decisions."""
    planned = [Algorithm(each.name, 2048) for each in PLANNED if each.name in {"rsa", "dsa"}]
    assert weaknesses(planned, FAR) == []


def test_an_operator_decides_for_himself():
    """With `sha256 = 2040-01-01` it proves nothing from that day on, and the forecast says whose decision."""
    table = decided_by([("sha256", date(2040, 1, 1))])
    assert weaknesses([Algorithm("sha256")], datetime(2039, 12, 31, tzinfo=UTC), table) == []
    assert weaknesses([Algorithm("sha256")], datetime(2040, 1, 1, tzinfo=UTC), table)
    end = end_of(Algorithm("sha256"), table)
    assert end is not None
    assert (end.planned, end.source.name) == (False, "evidence.retired")


def test_a_decision_never_lengthens_a_life():
    """SHA-1 fell in 2017, whatever a setting says."""
    table = decided_by([("sha1", date(2050, 1, 1))])
    assert table.weak_since(Algorithm("sha1")) == STRENGTH.weak_since(Algorithm("sha1"))


def test_a_decision_on_nothing_is_an_error():
    """A name that the table lacks would decide nothing, and nobody would notice."""
    with pytest.raises(KeyError):
        decided_by([("sha255", date(2040, 1, 1))])


def test_neither_plan_nor_decision_hides_the_other():
    """RSA of 2048 bits: planned to end in 2026, decided here for 2030; both are told."""
    table = decided_by([("rsa", date(2030, 1, 1))])
    ends = ends_for(Algorithm("rsa", 2048), table)
    assert [(each.until.year, each.planned) for each in ends] == [(2026, True), (2030, False)]
    assert ends_for(Algorithm("sha256")) == []


def test_every_row_says_where_it_comes_from():
    """Each has a source with edition and clause, and how it was read; decided ends too."""
    table = rows()
    assert table == sorted(table, key=lambda each: each.until)
    assert all(each.source.name and each.source.clause and each.source.reading in Reading for each in table)
    assert {each.name for each in table if not each.planned} == set(DECIDED)
