# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib

import pytest

from archive.errors import IntegrityError
from archive.material import (
    Material,
    check_material,
    keep,
    load,
    material_bytes,
    material_key,
    missing_material,
    read_material,
)
from archive.store.folder import FolderStore

LIST = b"a revocation list"
SHA = hashlib.sha256(LIST).hexdigest()


@pytest.fixture
def store(tmp_path):
    """A folder with one piece in it."""
    store = FolderStore(tmp_path)
    keep(store, LIST, SHA)
    store.sync()
    return store


def test_a_piece_is_kept_once_under_its_own_digest(store, tmp_path):
    """The same bytes again are no other file, and come back checked."""
    keep(store, LIST, SHA)
    store.sync()
    assert list(store.keys()) == [f"material/{SHA[:2]}/{SHA}"] == [material_key(SHA)]
    assert load(store, SHA) == LIST
    with pytest.raises(IntegrityError):
        load(store, "0" * 64)


def test_a_piece_that_rotted_is_noticed_and_mended_when_it_comes_again(store, tmp_path):
    """Reading tells; a deposit that brings the right bytes puts them back."""
    (tmp_path / material_key(SHA)).write_bytes(b"rotten")
    with pytest.raises(IntegrityError):
        load(store, SHA)
    keep(store, LIST, SHA)
    store.sync()
    assert load(store, SHA) == LIST


def test_a_list_is_the_same_file_whatever_the_order(store):
    """Canonical, without repetition, and read back."""
    one, other = Material("a" * 64, "crl", 3), Material("b" * 64, "anchor", 4)
    data = material_bytes([other, one, one])
    assert data == material_bytes([one, other])
    assert read_material(data) == (one, other)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"format":2,"material":[]}',
        b'{"format":1,"material":[{"kind":"crl","sha256":"../../x","size":1}]}',
        b'{"format":1,"material":[{"kind":"crl"}]}',
    ],
)
def test_what_is_no_list_is_told(data):
    """Neither garbage nor a newer format nor a digest that climbs is taken for one."""
    with pytest.raises(IntegrityError):
        read_material(data)


def test_every_piece_is_read_once_and_what_is_wrong_is_named(store, tmp_path):
    """Sound, changed and stray files are told apart by name."""
    assert list(check_material(store)) == [(SHA, None)]
    (tmp_path / material_key(SHA)).write_bytes(b"rotten")
    (tmp_path / "material" / "note.txt").write_bytes(b"x")
    found = {problem.kind: digest for digest, problem in check_material(store)}
    assert found == {"STORE-CONTENT-DIGEST": SHA, "STORE-STRAY-FILE": ""}


def test_an_object_misses_what_it_names_and_is_not_sound():
    """One problem for each piece, that names the object and the digest."""
    named = [Material(SHA, "crl", 3), Material("b" * 64, "anchor", 4)]
    assert list(missing_material(named, {SHA, "b" * 64}, "urn:x")) == []
    (problem,) = missing_material(named, {SHA}, "urn:x")
    assert (problem.kind, problem.object_id) == ("STORE-MATERIAL-MISSING", "urn:x")
    assert "b" * 64 in problem.detail
    assert "b" * 64 in problem.message("es")
