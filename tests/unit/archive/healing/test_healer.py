# SPDX-License-Identifier: EUPL-1.2

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from copies_to_order import contents, empty, keep, make_home, reopen

from archive.catalog import INSTALLATION
from archive.errors import InvalidRequest
from archive.healing import heal, heal_due, heal_key
from archive.home import Home
from archive.material import Material, material_bytes, material_key
from archive.model import SYSTEM_TENANT
from archive.registers import Register, entry_key
from archive.store.folder import FolderStore
from archive.store.replicated.mark import KEY, read_mark


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three stores with two objects, compared."""
    made = make_home(tmp_path)
    keep(made, "one")
    keep(made, "two")
    heal(made)
    return made


def kinds(home: Home) -> list[str]:
    """What the installation's ledger tells."""
    with home.catalog.reading(INSTALLATION) as tx:
        return [event.kind for event in tx.tenant_events(SYSTEM_TENANT)]


def test_the_mark_stands_at_the_last_event_that_was_compared(home: Home, tmp_path: Path) -> None:
    """In each store the same; nothing new means nothing to compare."""
    marks = [read_mark(FolderStore(tmp_path / name)) for name in "abc"]
    assert marks[0] is not None
    assert marks[0].position == 4
    assert marks == [marks[0]] * 3
    assert heal(home).compared == 0
    assert kinds(home) == ["home.created"]


@pytest.mark.parametrize("data", [b"rot", b'{"position": 99, "digest": "00", "stores": {}}'])
def test_a_mark_that_is_not_of_this_ledger_means_everything(home: Home, tmp_path: Path, data: bytes) -> None:
    """A store restored from somewhere, or a catalogue: it is compared from the beginning."""
    (tmp_path / "b" / KEY).write_bytes(data)
    lost = home.objects("villa").locate("urn:longeva:villa:one", "received/one.xml")
    (tmp_path / "b" / lost).unlink()
    assert heal_due(home).copied == {"b": 1}
    assert contents(tmp_path / "b") == contents(tmp_path / "a")


def test_copying_is_told_once_and_repairing_for_each_key(home: Home, tmp_path: Path) -> None:
    """What a store missed is one event with its counts; bytes that were replaced are one each."""
    empty(tmp_path / "a")
    home = reopen(home)
    heal(home)
    assert kinds(home) == ["home.created", "copies.healed"]
    key = home.objects("villa").locate("urn:longeva:villa:one", "received/one.xml")
    (tmp_path / "c" / key).write_bytes(b"rot")
    heal(home, thorough=True)
    assert kinds(home)[2:] == ["copy.repaired"]


def test_only_the_store_that_was_named_is_changed(home: Home, tmp_path: Path) -> None:
    """The others keep what they have, and their marks."""
    for name in "ab":
        empty(tmp_path / name)
    home = reopen(home)
    assert set(heal(home, "b").copied) == {"b"}
    own = "tenants/longeva/ledger/"  # what the healing itself tells goes everywhere
    assert not [key for key in contents(tmp_path / "a") if not key.startswith(own)]
    with pytest.raises(InvalidRequest):
        heal(home, "nobody")


def test_one_key_is_mended_from_a_store_that_has_it(home: Home, tmp_path: Path) -> None:
    """Given its digest; where no store has those bytes nothing is written."""
    objects = home.objects("villa")
    key = objects.locate("urn:longeva:villa:one", "received/one.xml")
    digest = objects.verify_file("urn:longeva:villa:one", "received/one.xml").sha256
    assert heal_key(home, "a", key, digest)
    assert kinds(home) == ["home.created"]
    (tmp_path / "a" / key).write_bytes(b"rot")
    assert not heal_key(home, "a", key, "0" * 64)
    assert (tmp_path / "a" / key).read_bytes() == b"rot"
    assert heal_key(home, "a", key, digest)
    assert contents(tmp_path / "a").items() >= contents(tmp_path / "b").items() - {(KEY, b"")}
    assert not heal_key(home, "nobody", key, digest)


def test_validation_material_goes_with_the_objects_that_name_it(home: Home, tmp_path: Path) -> None:
    """A piece that a store missed with its object is copied after the ledger alone, without a listing of all."""
    piece = b"a revocation list"
    digest = hashlib.sha256(piece).hexdigest()
    home.store.put(material_key(digest), [piece])
    keep(
        home,
        "with-material",
        {"metadata/material.json": material_bytes([Material(digest, "crl", len(piece))])},
    )
    (tmp_path / "c" / material_key(digest)).unlink()
    assert heal_due(home).copied == {"c": 1}
    assert (tmp_path / "c" / material_key(digest)).read_bytes() == piece


def test_a_healing_that_is_told_to_stop_goes_on_another_time(home: Home, tmp_path: Path) -> None:
    """It ends after a batch; the mark says that not everything was compared."""
    empty(tmp_path / "b")
    home = reopen(home)
    asked = []
    report = heal_due(home, stop=lambda: not asked.append(None))
    assert (len(asked), report.complete) == (1, [])
    assert read_mark(FolderStore(tmp_path / "b")) is None
    assert heal_due(home).complete == ["a", "b", "c"]
    heal(home)
    assert contents(tmp_path / "b") == contents(tmp_path / "a")


def test_a_register_is_healed_by_what_the_ledger_says_of_it(home: Home, tmp_path: Path) -> None:
    """A version that a store missed is copied, one that rotted is replaced, whatever the other stores say."""
    people = Register(home, "people")
    entry = people.put("villa", "p1", {"name": "Uno"}, kind="person.made", agent="cli")
    key = entry_key(entry)
    (tmp_path / "b" / key).unlink()
    assert heal_due(home).copied == {"b": 1}
    good = (tmp_path / "a" / key).read_bytes()
    for rotten in "ac":
        (tmp_path / rotten / key).write_bytes(b"rot")
    heal(home, thorough=True)
    assert [(tmp_path / name / key).read_bytes() for name in "abc"] == [good] * 3
