# SPDX-License-Identifier: EUPL-1.2
"""Laws of layout, inventory and objects."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.digests import digest_bytes
from archive.errors import InvalidRequest
from archive.fsck import check_root
from archive.inventory import Inventory, Version, parse_inventory, sidecar
from archive.inventory_rules import check_inventory, conflicting
from archive.layout import OBJECT_ROOT, check_path, object_root, parse_version_name, version_name
from archive.objects import NewVersion, Objects
from archive.store.keys import check_key
from archive.store.memory import MemoryStore

names = st.text(st.sampled_from("abñ .-_'\"%"), min_size=1, max_size=6).filter(lambda n: n not in {".", ".."})
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
contents = st.binary(max_size=3)
states = st.dictionaries(paths, contents, max_size=6).filter(lambda state: conflicting(set(state)) is None)
instants = st.datetimes(timezones=st.just(UTC))
words = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_id_has_one_folder_that_climbs_nowhere(object_id):
    """Whatever the identifier, its folder is of hexadecimal digits and always the same."""
    assert OBJECT_ROOT.match(object_root(object_id))
    assert object_root(object_id) == object_root(object_id)


@given(st.integers(1, 10**9))
def test_version_names_round_trip(number):
    """Reading a version name gives its number back."""
    assert parse_version_name(version_name(number)) == number


@given(st.text(max_size=40))
def test_a_good_path_is_a_good_key(path):
    """Whatever passes as a logical path can be stored under any root."""
    try:
        check_path(path)
    except InvalidRequest:
        return
    assert check_key(f"tenants/villa/ocfl/v1/content/{path}")


@given(st.text("/.ab", max_size=8))
def test_no_key_climbs(key):
    """A key that passes has only plain parts."""
    try:
        check_key(key)
    except InvalidRequest:
        return
    assert not {"", ".", ".."} & set(key.split("/"))


def build(history):
    inventory = Inventory("urn:x:ley", (), {})
    for state, created, message, user in history:
        files = {path: digest_bytes(data) for path, data in state.items()}
        inventory = inventory.next_version(files, files, Version(created, {}, message, user))
    return inventory


@given(st.lists(st.tuples(states, instants, words, words), min_size=1, max_size=4))
def test_inventories_round_trip(history):
    """parse(to_bytes(inventory)) == inventory, the same bytes again, and OCFL has no objection."""
    inventory = build(history)
    data = inventory.to_bytes()
    assert parse_inventory(data) == inventory
    assert parse_inventory(data).to_bytes() == data
    assert sidecar(data).endswith(b"  inventory.json\n")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["id", "type", "digestAlgorithm", "head", "contentDirectory", "manifest", "versions", "fixity"]


@given(st.dictionaries(st.sampled_from(KEYS), json_values) | json_values)
def test_the_rules_never_raise(body):
    """Whatever JSON stands in an inventory, judging it gives flaws and no exception."""
    assert all(flaw.code[0] in "EW" for flaw in check_inventory(body))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), json_values), st.sampled_from(["sha256", "sha512"]))
def test_checking_an_object_never_raises(body, algorithm):
    """Whatever JSON stands in an inventory, fsck tells problems and does not stop."""
    store = MemoryStore()
    prefix = f"ocfl/{object_root('urn:x')}/"
    for name in ("", "v1/"):
        store.replace(f"{prefix}{name}inventory.json", json.dumps(body).encode())
        store.replace(f"{prefix}{name}inventory.json.{algorithm}", b"0 inventory.json")
    store.replace(f"{prefix}v1/content/a", b"1")
    assert list(check_root(store, "ocfl/"))


@settings(max_examples=60, deadline=None)
@given(st.lists(states.filter(bool), min_size=1, max_size=4), st.booleans())
def test_any_history_reads_back_version_by_version(history, dies):
    """Any sequence of versions, with a power cut before each, reads back whole and fsck is content."""
    store = MemoryStore()
    objects = Objects(store, "ocfl/")
    objects.prepare()
    expected = []
    for number, state in enumerate(history):
        if dies:
            for path, data in state.items():
                objects.stage("urn:x", path, [data, b"half"])
            store.power_cut()
        files = {path: objects.stage("urn:x", path, [data]) for path, data in state.items()}
        objects.commit([NewVersion("urn:x", files, "m", "u", datetime(2026, 1, 1 + number, tzinfo=UTC))])
        store.power_cut()
        if not expected or expected[-1] != state:
            expected.append(state)
    assert objects.inventory("urn:x").head == len(expected)
    for number, state in enumerate(expected, 1):
        for path, data in state.items():
            assert b"".join(objects.read_verified("urn:x", path, number)) == data
    assert list(check_root(store, "ocfl/")) == []


def test_the_extension_s_own_examples_hold():
    """The mappings printed in extension 0004 are ours."""
    digest = "3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4"
    assert object_root("object-01") == f"3c0/ff4/240/{digest}"
    digest = "487326d8c2a3c0b885e23da1469b4d6671fd4e76978924b4443e9e3c316cda6d"
    assert object_root("..hor/rib:le-$id") == f"487/326/d8c/{digest}"
    with pytest.raises(InvalidRequest):
        object_root("")
