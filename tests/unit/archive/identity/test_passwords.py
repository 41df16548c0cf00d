# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import unicodedata

import pytest

from archive.errors import InvalidRequest
from archive.identity import passwords
from archive.identity.passwords import hash_password, outdated, require_password, same_password

GOOD = "tres gatos y un tejado"


def test_the_right_password_and_no_other():
    """What was hashed is recognised; anything else is not; two hashes of one password differ."""
    kept = hash_password(GOOD)
    assert kept.startswith("$argon2id$")
    assert same_password(kept, GOOD)
    assert not same_password(kept, GOOD + ".")
    assert hash_password(GOOD) != kept


def test_nothing_kept_is_nobodys_password():
    """With no hash every password is wrong, also the one that is hashed meanwhile."""
    assert not same_password("", GOOD)
    assert not same_password("", "nobody has this one")
    assert not same_password("$argon2id$broken", GOOD)


def test_a_password_is_asked_of_argon2_also_when_nobody_is_there(monkeypatch):
    """Unknown accounts cost a whole verification, so that the time tells nothing."""
    asked = []
    real = passwords._HASHER.verify

    class Counting:
        def verify(self, kept, password):
            asked.append(kept)
            return real(kept, password)

        hash = passwords._HASHER.hash

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    same_password("", GOOD)
    assert len(asked) == 1
    assert asked[0].startswith("$argon2id$v=19$m=65536,t=3,p=1$")


def test_two_keyboards_write_the_same_password():
    """Composed and decomposed letters are one password."""
    kept = hash_password("año de la niña, 1931")
    assert same_password(kept, unicodedata.normalize("NFD", "año de la niña, 1931"))


@pytest.mark.parametrize("weak", ["corta", "", "a" * 20, "abababababababab", "x" * 300, "archivera2026"])
def test_a_weak_password_is_not_set(weak):
    """Short, endless, the same few letters, or little more than the account's name."""
    with pytest.raises(InvalidRequest):
        require_password(weak, login="archivera")


def test_an_endless_password_is_wrong_at_once():
    """Nobody makes the hasher read a novel."""
    assert not same_password(hash_password(GOOD), "x" * 1_000_000)


def test_a_hash_of_older_parameters_is_known():
    """What was hashed more cheaply is to be hashed anew."""
    from argon2 import PasswordHasher

    assert outdated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD))
    assert not outdated(hash_password(GOOD))
