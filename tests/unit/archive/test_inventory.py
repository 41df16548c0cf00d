# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from archive.digests import digest_bytes
from archive.errors import IntegrityError, InvalidRequest, NotFound
from archive.inventory import Inventory, Version, parse_inventory, sidecar

MADE = Version(
    datetime(2026, 11, 21, 10, 15, tzinfo=UTC), {}, "Depósito", "longeva", "mailto:archivo@example.org"
)


def inventory(**contents):
    files = {path: digest_bytes(data) for path, data in contents.items()}
    return Inventory("urn:x:1", (), {}).next_version(files, files, MADE)


def test_the_json_is_ocfl_as_documented():
    """Sorted, indented by two, one path a line, Spanish letters as they are."""
    lines = inventory(año=b"1").to_bytes().decode().splitlines()
    assert '  "digestAlgorithm": "sha256",' in lines
    assert '  "head": "v1",' in lines
    assert '      "v1/content/año"' in lines
    assert '      "created": "2026-11-21T10:15:00Z",' in lines
    assert '        "address": "mailto:archivo@example.org",' in lines


def test_the_sidecar_is_a_line_for_sha256sum():
    """Digest, two spaces, name."""
    assert sidecar(b"") == f"{digest_bytes(b'').sha256}  inventory.json\n".encode()


def test_what_is_absent_is_not_found():
    """Neither a version nor a path that is not there."""
    made = inventory(a=b"1")
    for path, version in (("b", None), ("a", 2), ("a", 0)):
        with pytest.raises(NotFound):
            made.content_path(path, version)


def test_bytes_staged_once_may_have_two_names():
    """A new path may refer to bytes that another path of the same version brought."""
    files = {"a": digest_bytes(b"1"), "b": digest_bytes(b"1")}
    made = Inventory("urn:x:1", (), {}).next_version(files, {"a": files["a"]}, MADE)
    assert made.content_path("b") == "v1/content/a"
    assert parse_inventory(made.to_bytes()) == made


def test_text_that_utf8_cannot_write_is_refused():
    """A lone surrogate in a message is the caller's mistake."""
    made = Inventory("urn:x:1", (Version(MADE.created, {}, "\ud800", "u"),), {})
    with pytest.raises(InvalidRequest):
        made.to_bytes()


def change(**changes):
    body = json.loads(inventory(a=b"1").to_bytes()) | changes
    return json.dumps({key: value for key, value in body.items() if value is not None}).encode()


def version(**changes):
    body = json.loads(inventory(a=b"1").to_bytes())["versions"]["v1"] | changes
    return {"v1": {key: value for key, value in body.items() if value is not None}}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "E033"),
        (b"[]", "E033"),
        (b"\xff", "E033"),
        (b"[" * 100_000, "E033"),
        (b'{"id": 1, "id": 2}', "E033"),
        (b'{"id": NaN}', "E033"),
        (change(id=None), "E036"),
        (change(id=5), "E037"),
        (change(type="https://ocfl.io/9/spec/#inventory"), "E038"),
        (change(digestAlgorithm="md5"), "E025"),
        (change(head="v2"), "E040"),
        (change(head=None), "E036"),
        (change(contentDirectory="a/b"), "E017"),
        (change(contentDirectory=".."), "E018"),
        (change(manifest=None), "E041"),
        (change(manifest=[]), "E106"),
        (change(manifest={"0" * 64: ["v1/content/../../x"]}), "E099"),
        (change(versions={}), "E008"),
        (change(versions=[]), "E044"),
        (change(versions={"v1": 5}), "E047"),
        (change(versions=version(created=None)), "E048"),
        (change(versions=version(created="2026-02-31T00:00:00Z")), "E049"),
        (change(versions=version(created="2026-02-01T00:00:00")), "E049"),
        (change(versions=version(created="2026-02-01T00:00:60Z")), "E049"),
        (change(versions=version(state=None)), "E048"),
        (change(versions=version(state={"0" * 64: ["a"]})), "E050"),
        (change(versions=version(message=5)), "E094"),
        (change(versions=version(user={})), "E054"),
        (change(fixity=[]), "E111"),
        (change(fixity={"sha512": {"00": ["v1/content/a"]}}), "E057"),
        (change(surplus=1), "E102"),
        (change(digestAlgorithm="sha512"), "E025"),
        (change(contentDirectory="stuff"), "E042"),
    ],
)
def test_an_inventory_against_ocfl_is_refused_with_its_code(data, code):
    """Strict: the message begins with the code of the specification."""
    with pytest.raises(IntegrityError, match=f"^{code}:"):
        parse_inventory(data, "somewhere")


def test_valid_ocfl_that_we_never_write_is_refused_as_unfamiliar():
    """Padded version names are OCFL, and none of ours."""
    text = inventory(a=b"1").to_bytes().decode().replace('"v1', '"v01')
    with pytest.raises(IntegrityError, match="UNFAMILIAR"):
        parse_inventory(text.encode())
