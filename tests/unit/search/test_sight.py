# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest

from archive.identity import LOCAL, Kind, Principal, Right, Role
from search.sight import NARROWEST, WHOLE, Compartment, Sight, compartment_of, compartments, sight_of


@pytest.mark.parametrize(
    ("role", "sight"),
    [(Role.ARCHIVIST, WHOLE), (Role.SECRETARY, WHOLE), (Role.AUDITOR, NARROWEST), (Role.CITIZEN, NARROWEST)],
)
def test_sight_follows_the_table_of_rights(role, sight):
    """What each role sees, in its own municipality only; a key's scopes cut it down."""
    somebody = Principal(Kind.ACCOUNT, "a", "", {"villa": frozenset({role})})
    assert sight_of(somebody, "villa") == sight
    assert sight_of(somebody, "otra") == NARROWEST
    key = Principal(Kind.KEY, "k", "", {"villa": frozenset({role})}, rights=frozenset({Right.SEARCH}))
    assert sight_of(key, "villa") == NARROWEST


def test_the_command_line_sees_all():
    """Who can read the home needs no leave."""
    assert sight_of(LOCAL, "villa") == WHOLE


@pytest.mark.parametrize(
    ("acceso", "reserved"),
    [("libre", False), ("limitado", False), ("reservado", True), ("", True), ("x", True)],
)
def test_doubt_is_reserved(acceso, reserved):
    """A regime that is not known lies where few may look."""
    assert compartment_of("villa", acceso) == Compartment("villa", reserved)


def test_each_municipality_is_looked_at_with_its_own_sight():
    """Names and marks of compartments are all different."""
    found = compartments((("villa", WHOLE), ("otra", Sight(content=True))))
    assert [where.name for where, _ in found] == ["villa", "villa/reservado", "otra"]
    assert len({where.mark for where, _ in found}) == 3
