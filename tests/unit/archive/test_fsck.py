# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from archive.findings import Severity, finding_kinds
from archive.fsck import check_object, check_root
from archive.inventory import sidecar
from archive.layout import object_root, root_files
from archive.objects import NewVersion, Objects
from archive.store.memory import MemoryStore

ROOT = "tenants/villa/ocfl/"
PREFIX = f"{ROOT}{object_root('urn:x:1')}/"


@pytest.fixture
def store():
    made = MemoryStore()
    objects = Objects(made, ROOT)
    objects.prepare()
    for state in ({"received/a": b"1"}, {"received/a": b"1", "b": b"2"}):
        files = {path: objects.stage("urn:x:1", path, [data]) for path, data in state.items()}
        objects.commit([NewVersion("urn:x:1", files, "m", "u", datetime(2026, 1, 1, tzinfo=UTC))])
    return made


def kinds(store):
    return sorted({problem.kind for problem in check_root(store, ROOT)})


def test_what_we_write_has_no_problem_and_little_advice(store):
    """Of OCFL's advice we leave two: sha512 first, and an address of the user."""
    assert kinds(store) == []
    told = check_root(store, ROOT, advice=True)
    assert {problem.detail[:4] for problem in told} == {"W004", "W008"}


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("v1/content/received/a", b"x", "STORE-CONTENT-DIGEST"),
        ("v1/content/received/a", None, "STORE-CONTENT-MISSING"),
        ("v1/content/received/extra", b"x", "STORE-UNREFERENCED-FILE"),
        ("v1/extra", b"x", "STORE-UNEXPECTED-FILE"),
        ("extra", b"x", "STORE-UNEXPECTED-FILE"),
        ("v3/content/a", b"x", "STORE-VERSIONS"),
        ("0=ocfl_object_1.1", None, "STORE-DECLARATION"),
        ("0=ocfl_object_1.1", b"ocfl_object_9\n", "STORE-DECLARATION"),
        ("inventory.json", None, "STORE-INVENTORY-MISSING"),
        ("inventory.json", b"{", "STORE-INVENTORY-DIGEST"),
        ("inventory.json.sha256", b"0 inventory.json\n", "STORE-INVENTORY-DIGEST"),
        ("inventory.json.sha256", None, "STORE-INVENTORY-DIGEST"),
        ("v1/inventory.json.sha256", b"0 inventory.json\n", "STORE-INVENTORY-DIGEST"),
        ("v2/inventory.json", b"{}", "STORE-INVENTORY-DIGEST"),
    ],
)
def test_each_damage_is_told_under_its_code(store, name, data, kind):
    """Every kind of damage has a code, the object and the exact file."""
    store.delete(PREFIX + name)
    if data is not None:
        store.put(PREFIX + name, [data])
    problems = list(check_root(store, ROOT))
    told = [problem for problem in problems if problem.kind == kind]
    assert told
    assert all(problem.key.startswith(PREFIX) for problem in problems)
    assert told[0].path.startswith(name.split("/")[0]) or kind == "STORE-DECLARATION"
    assert "{" not in told[0].message("es") + told[0].message("en")
    assert told[0].to_json()["code"] == kind


@pytest.mark.parametrize("name", [
    "inventory.json", "inventory.json.sha256", "v2/inventory.json", "v2/inventory.json.sha256",
    "v1/content/received/a", "0=ocfl_object_1.1",
])  # fmt: skip
def test_any_flipped_bit_is_told_once_where_it_is(store, name):
    """Every bit of every file of an object: one place is named, the right one, and the rest is judged sound."""
    sound = store.read(PREFIX + name)
    for bit in range(0, len(sound) * 8, 1 if len(sound) < 200 else 37):
        damaged = bytearray(sound)
        damaged[bit // 8] ^= 1 << bit % 8
        store.replace(PREFIX + name, bytes(damaged))
        assert {problem.key for problem in check_root(store, ROOT)} == {PREFIX + name}, bit
    store.replace(PREFIX + name, sound)
    assert kinds(store) == []


def test_files_of_the_root_are_what_we_write(store):
    """A flipped bit in what makes the folder a storage root is told, with the file."""
    for name in root_files():
        sound = store.read(ROOT + name)
        store.replace(ROOT + name, sound[:-2] + bytes([sound[-2] ^ 4]) + sound[-1:])
        assert {(problem.kind, problem.key) for problem in check_root(store, ROOT)} <= {
            ("STORE-ROOT", ROOT + name), ("STORE-ROOT", ROOT),
        }  # fmt: skip
        assert kinds(store) == ["STORE-ROOT"]
        store.replace(ROOT + name, sound)


def test_a_replacement_that_was_cut_short_is_no_damage(store):
    """The sidecar that still speaks of the version before is what a crash leaves, and a warning."""
    store.replace(f"{PREFIX}inventory.json.sha256", store.read(f"{PREFIX}v1/inventory.json.sha256"))
    (problem,) = check_root(store, ROOT)
    assert (problem.kind, problem.severity) == ("STORE-INTERRUPTED", Severity.WARNING)


def test_the_second_digest_is_checked_too(store):
    """A wrong sha512 in the fixity block is a problem of its own."""
    body = json.loads(store.read(f"{PREFIX}inventory.json"))
    digest = next(iter(body["fixity"]["sha512"]))
    body["fixity"]["sha512"] = {
        ("0" if digest[0] != "0" else "1") + digest[1:]: body["fixity"]["sha512"][digest]
    }
    data = json.dumps(body).encode()
    for folder in ("", "v2/"):
        store.replace(f"{PREFIX}{folder}inventory.json", data)
        store.replace(f"{PREFIX}{folder}inventory.json.sha256", sidecar(data))
    assert kinds(store) == ["STORE-FIXITY-DIGEST"]


def test_strays_and_a_missing_declaration_are_told(store):
    """Files outside objects, and a root that does not say what it is."""
    store.put(f"{ROOT}abc/stray", [b"1"])
    store.put(f"{ROOT}README", [b"OCFL tells validators to pass over this"])
    store.delete(f"{ROOT}0=ocfl_1.1")
    assert kinds(store) == ["STORE-ROOT", "STORE-STRAY-FILE"]
    store.put(f"{ROOT}0=ocfl_1.1", [b"ocfl_1.0\n"])
    store.replace(f"{ROOT}ocfl_layout.json", b"[]{")
    assert [problem.detail[:4] for problem in check_root(store, ROOT)][:2] == ["E080", "E070"]


def test_an_object_alone_can_be_checked(store):
    """check_object needs no root."""
    assert not [p for p in check_object(store, PREFIX) if p.severity is Severity.ERROR]


def test_every_storage_code_has_words_in_both_languages():
    """The catalogue's texts can be filled with what a problem carries."""
    for code, kind in finding_kinds().items():
        if code.startswith(("STORE-", "AUDIT-")):
            for text in (kind.es, kind.en):
                assert text.format(object="o", path="p", detail="d", tenant="t")
