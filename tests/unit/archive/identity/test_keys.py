# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json
from datetime import timedelta

import pytest
from inhabited import ELSEWHERE, HERE, inhabit

from archive.errors import InvalidRequest, NotFound
from archive.identity import RIGHTS, Right
from archive.identity.keys import Keys
from archive.identity.roles import roles_for


@pytest.fixture
def town(tmp_path):
    """Two municipalities."""
    town = inhabit(tmp_path)
    yield town
    town.home.close()


@pytest.fixture
def keys(town):
    """Their keys."""
    return Keys(town.home)


def test_a_key_opens_what_it_is_for_and_where(town, keys):
    """Its rights, in its municipality, and no other."""
    key, text = keys.make(HERE, "Gestor", [Right.DEPOSIT], "cli")
    assert text.startswith(f"lgv_{key.key_id}_")
    who = keys.opened_by(text).principal
    assert who.agent == f"key:{key.key_id}"
    assert [right for right in Right if who.may(right, HERE)] == [Right.DEPOSIT]
    assert not any(who.may(right, ELSEWHERE) for right in Right)


@pytest.mark.parametrize(
    "rights", [{Right.READ}, {Right.DEPOSIT, Right.SEARCH}, {Right.INSPECT, Right.ADMINISTER}]
)
def test_a_key_may_exactly_its_rights(keys, rights):
    """Whatever roles stand behind them."""
    key, _ = keys.make(HERE, "Otro", rights, "cli")
    assert {right for right in Right if key.principal.may(right, HERE)} == rights


def test_every_right_has_roles_that_give_it():
    """And a single right asks for the least role."""
    for right in Right:
        assert any(right in RIGHTS[role] for role in roles_for([right]))
    assert {str(role) for role in roles_for([Right.DEPOSIT])} == {"depositor"}


def test_a_text_that_is_nearly_the_key_opens_nothing(keys):
    """A letter more, less or other; another key's secret; nothing at all."""
    key, text = keys.make(HERE, "Gestor", [Right.DEPOSIT], "cli")
    other, other_text = keys.make(HERE, "Otro", [Right.DEPOSIT], "cli")
    changed = text[:-1] + ("0" if text[-1] != "0" else "1")
    mixed = f"lgv_{key.key_id}_{other_text.rpartition('_')[2]}"
    for wrong in (changed, text[:-1], text + "0", mixed, text.upper(), "", "lgv__", f"lgv_{key.key_id}_"):
        assert keys.opened_by(wrong) is None, wrong
    assert keys.opened_by(other_text) == other


def test_a_key_ends_and_is_revoked(town, keys):
    """At its end, and at once when somebody revokes it; twice is fine."""
    key, text = keys.make(HERE, "Corta", [Right.DEPOSIT], "cli", ends_at=town.clock.now() + timedelta(days=1))
    town.later(hours=23)
    assert keys.opened_by(text) is not None
    town.later(hours=1)
    assert keys.opened_by(text) is None
    lasting, text = keys.make(HERE, "Larga", [Right.DEPOSIT], "cli")
    keys.revoke(HERE, lasting.key_id, "cli")
    assert keys.revoke(HERE, lasting.key_id, "cli").revoked
    assert keys.opened_by(text) is None
    with pytest.raises(NotFound):
        keys.revoke(ELSEWHERE, key.key_id, "cli")


@pytest.mark.parametrize("right", [Right.CERTIFY, Right.APPROVE, Right.CONSENT])
def test_no_machine_does_a_persons_act(keys, right):
    """Certifying, approving and consenting are for people."""
    with pytest.raises(InvalidRequest):
        keys.make(HERE, "Robot", [right, Right.READ], "cli")


def test_what_cannot_be_a_key(town, keys):
    """Without name or right, ended before it began, or of no municipality."""
    for name, rights, ends in (
        (" ", [Right.READ], None), ("x", [], None), ("x", [Right.READ], town.clock.now()),
    ):  # fmt: skip
        with pytest.raises(InvalidRequest):
            keys.make(HERE, name, rights, "cli", ends_at=ends)
    with pytest.raises(NotFound):
        keys.make("nadie", "x", [Right.READ], "cli")


def test_nothing_that_is_kept_opens(town, keys):
    """Neither store, catalogue nor ledger hold the secret."""
    _, text = keys.make(HERE, "Gestor", [Right.DEPOSIT], "cli")
    secret = text.rpartition("_")[2].encode()
    for file in town.home.path.rglob("*"):
        if file.is_file():
            assert secret not in file.read_bytes(), file
    with town.home.catalog.reading(HERE) as tx:
        assert "digest" not in json.dumps(tx.tenant_events(HERE)[-1].detail)
