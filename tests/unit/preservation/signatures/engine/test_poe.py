# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from facts_to_order import on, sha

from preservation.signatures.engine.poe import NO_PROOFS, Proof, Proofs

OBJECT = b"a list"


def test_the_earliest_proof_of_an_object_stays():
    """A later proof of the same thing adds nothing, in whatever order they come."""
    early, late = (on(2020), "registry date"), (on(2021), "evidence record")
    for order in ((early, late), (late, early)):
        proofs = NO_PROOFS
        for time, source in order:
            proofs = proofs.with_object(sha(OBJECT), time, source)
        assert proofs.of(OBJECT, inside=False) == Proof(*early)


def test_proof_of_the_file_is_one_of_everything_inside_and_of_nothing_else():
    """What lies beside the file is not proven by it."""
    proofs = Proofs().with_everything(on(2020), "registry date")
    assert proofs.of(OBJECT, inside=True) == Proof(on(2020), "registry date")
    assert proofs.of(OBJECT, inside=False) is None


def test_proofs_never_change():
    """Growing gives another value: what one signature proved is not lent to the next."""
    proofs = Proofs()
    proofs.with_object(sha(OBJECT), on(2020), "registry date")
    proofs.with_everything(on(2020), "registry date")
    assert proofs == NO_PROOFS
    with pytest.raises(TypeError):
        proofs.objects[sha(OBJECT)] = Proof(on(2020), "forged")  # type: ignore[index]


def test_joined_proofs_keep_the_earlier_of_both():
    """Joining is the same in both orders."""
    one = Proofs().with_object(sha(OBJECT), on(2020), "a").with_everything(on(2022), "a")
    two = Proofs().with_object(sha(OBJECT), on(2021), "b").with_everything(on(2019), "b")
    assert one.joined(two) == two.joined(one)
    assert one.joined(two).of(OBJECT, inside=True) == Proof(on(2019), "b")


def test_proofs_younger_than_the_judgement_do_not_count():
    """Judged as of a day, what was proven later was not proven yet."""
    proofs = Proofs().with_object(sha(OBJECT), on(2022), "a").with_everything(on(2023), "a")
    assert proofs.by(on(2021)) == NO_PROOFS
    assert proofs.by(on(2023)) == proofs


def test_time_without_zone_is_refused():
    """An instant without zone proves nothing."""
    with pytest.raises(ValueError, match=r"zone|aware|naive"):
        Proofs().with_everything(on(2020).replace(tzinfo=None), "registry date")
