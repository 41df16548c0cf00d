# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from archive.model import DepositState, ObjectKind
from archive.regime import Access, AccessRegime
from search.viewing.moments import EvidenceLine, Moment, Stage
from search.viewing.picture import Trouble
from search.web.record_words import moment_words, regime_words, state_tags, trouble_words

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LIMITED = AccessRegime(Access.LIMITED, "personal-data", "RD 1708/2011, art. 28", date(2051, 1, 1))


def tags(counted=(), *, admitted=True, sealed=True, overdue=False, state=DepositState.ACCEPTED, copy=None):
    opened = SimpleNamespace(
        record=SimpleNamespace(kind=ObjectKind.EXPEDIENTE), indications=Counter(dict(counted))
    )
    near = SimpleNamespace(admitted=admitted, deposit=SimpleNamespace(state=state), own_copy=copy)
    return [tuple(one) for one in state_tags(opened, LIMITED, EvidenceLine((), sealed, overdue), near)]


@pytest.mark.parametrize("stage", Stage)
def test_every_moment_has_words(stage):
    """No stage of the line is without a title; who stamped is named."""
    said = moment_words(Moment(stage, NOW, "TSA de pruebas"))
    assert said.title
    assert "TSA de pruebas" in said.note


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_has_words(trouble):
    """Whatever keeps a page from being drawn is said in a sentence."""
    assert trouble_words(trouble).endswith(".")


def test_the_worst_of_the_signatures_is_told():
    """One that failed hides a hundred that passed; one that is undecided too; a code is no signature."""
    passed = {"TOTAL_PASSED": 100}
    assert ("1 firma no válida", "bad") in tags(passed | {"TOTAL_FAILED": 1, "INDETERMINATE": 3})
    assert ("3 firmas sin determinar", "wait") in tags(passed | {"INDETERMINATE": 3})
    assert ("100 firmas válidas", "good") in tags(passed)
    assert ("Solo código seguro de verificación", "quiet") in tags({"NOT_APPLICABLE": 2})
    assert ("Sin firmas", "quiet") in tags()


def test_states_are_told():
    """What waits, what was refused, what is not sealed, what is overdue, what was revoked."""
    assert ("Pendiente de decisión", "bad") in tags(admitted=False, state=DepositState.WAITING)
    assert ("No admitido", "bad") in tags(admitted=False, state=DepositState.REJECTED)
    assert ("Sin sellar todavía", "wait") in tags(sealed=False)
    assert ("Renovación pendiente", "wait") in tags(overdue=True)
    assert ("Copia revocada", "bad") in tags(copy=SimpleNamespace(revoked_at=NOW))
    assert ("Acceso limitado", "wait") in tags()


def test_regime_is_told_with_its_reason():
    """Class, cause in words, clause and the day on which it opens; an unknown cause as it is."""
    told = dict(regime_words(LIMITED))
    assert told["Por qué"] == "Contiene datos personales."
    assert "2051" in told["Se abre el"]
    assert dict(regime_words(AccessRegime(Access.OPEN, "otra cosa"))) == {
        "Régimen de acceso": "Acceso libre", "Por qué": "otra cosa",
    }  # fmt: skip
