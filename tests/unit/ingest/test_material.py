# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import certificates_to_order as orders
import pytest

from archive.material import material_key
from archive.store.memory import MemoryStore
from ingest.material import Keeper
from preservation.trust.dated import Anchor, Period
from preservation.trust.policy_files import PolicyFiles
from preservation.trust.revocation_cache import RevocationCache
from preservation.trust.store import TrustStore

TRUST = TrustStore(anchors=(b"root",), certificates=(b"middle",), crls=(b"list",), ocsps=(b"answer",))

EDITIONS = {"e" * 64: b"<TrustServiceStatusList/>"}


@pytest.fixture
def store():
    """A store that counts what is put."""

    class Counting(MemoryStore):
        puts = 0

        def put(self, key, chunks):
            self.puts += 1
            return super().put(key, chunks)

    return Counting()


def test_only_what_came_from_trust_is_kept_with_what_it_was_for(store):
    """What the package carries is kept with the package; the rest is named by digest, kind and size."""
    pieces = Keeper(store, TRUST, EDITIONS.__getitem__).keep(
        [b"list", b"root", b"in the signature", b"answer", b"middle"]
    )
    assert {(each.kind, each.size) for each in pieces} == {
        ("crl", 4),
        ("anchor", 4),
        ("ocsp", 6),
        ("certificate", 6),
    }
    store.sync()
    assert store.read(material_key(hashlib.sha256(b"list").hexdigest())) == b"list"
    assert len(list(store.keys("material/"))) == 4


def test_what_the_trust_folder_fetched_is_kept_too(store, tmp_path):
    """A list or answer of the revocation cache is no part of the archive until a verdict uses it."""
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    authority = orders.authority("EMISORA")
    cache, fetched = RevocationCache(tmp_path), orders.revocation_list(authority, at=at)
    assert cache.keep_list(fetched, [authority.der], url="http://crl.example/1.crl", at=at) == ""
    trust = TrustStore(kept=cache)
    (piece,) = Keeper(store, trust, EDITIONS.__getitem__).keep([fetched, b"in the signature"])
    assert (piece.kind, piece.sha256) == ("crl", hashlib.sha256(fetched).hexdigest())
    assert store.read(material_key(piece.sha256)) == fetched


def test_a_piece_is_put_once_in_a_process_whatever_the_number_of_objects(store):
    """After the first commit no object costs a write for its material."""
    keeper = Keeper(store, TRUST, EDITIONS.__getitem__)
    first = keeper.keep([b"list"])
    store.sync()
    keeper.settled()
    assert [keeper.keep([b"list"]) for _ in range(100)] == [first] * 100
    assert store.puts == 1


def test_what_a_failed_commit_may_have_given_up_is_put_again(store):
    """Until a commit has succeeded nothing counts as durable."""
    keeper = Keeper(store, TRUST, EDITIONS.__getitem__)
    keeper.keep([b"list"])
    keeper.lost()
    keeper.keep([b"list"])
    assert store.puts == 2


def test_an_anchor_of_a_trusted_list_brings_the_edition_that_says_so(store):
    """Who was trusted, and by whose word: the list as it was published is kept with the anchor."""
    always = Period(None, None, "granted", trusted=True)
    told = Anchor(b"listed", frozenset({"signing"}), (always,), "a list", snapshot="e" * 64)
    keeper = Keeper(store, TRUST.dating([told]), EDITIONS.__getitem__)
    pieces = {each.kind: each for each in keeper.keep([b"listed"])}
    assert pieces.keys() == {"anchor", "trusted list"}
    store.sync()
    assert store.read(material_key(pieces["trusted list"].sha256)) == EDITIONS["e" * 64]


def test_a_policy_file_is_kept_as_one(store, tmp_path):
    """What a signature names by its digest, and the operator has, is a piece of kind `policy`."""
    (tmp_path / "age.pdf").write_bytes(b"politica")
    keeper = Keeper(store, TrustStore(policies=PolicyFiles(tmp_path)), EDITIONS.__getitem__)
    (piece,) = keeper.keep([b"politica", b"in the signature"])
    assert (piece.kind, piece.sha256) == ("policy", hashlib.sha256(b"politica").hexdigest())
