# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
import zipfile

import pytest

from preservation.signatures.asic.container import leads_outside, oddities, open_container, resolved
from preservation.signatures.asic.read import read_asic
from preservation.signatures.sign import sign_cms


def _zip(*entries) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        for name, content in entries:
            container.writestr(name, content)
    return out.getvalue()


@pytest.fixture(scope="module")
def simple(world) -> bytes:
    """An ASiC-S container."""
    signature = sign_cms(b"acta", world.seal, detached=True, signing_time=world.signed_at)
    return _zip(("mimetype", "x"), ("acta.txt", b"acta"), ("META-INF/signature.p7s", signature))


def test_names_in_utf8_without_the_flag_are_read_as_meant():
    """Many writers leave the flag out; the manifest names the file in UTF-8 all the same."""
    data = bytearray(_zip(("año.txt", b"1")))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(header)
        data[at + flags + 1] &= ~0x08
    entries, _ = open_container(bytes(data))
    assert list(entries) == ["año.txt"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (b"MZ", b"", "octets stand before the container"),
        (b"", b"<html>", "octets stand behind the container"),
        (b"", b"", ""),
    ],
)
def test_octets_around_a_container_are_told(simple, before, after, told):
    """What stands before or behind is not signed; the signature inside holds all the same."""
    (facts,) = read_asic(before + simple + after)
    assert facts.intact
    assert [note for note in facts.notes if note.startswith("octets")] == ([told] if told else [])


@pytest.mark.parametrize("name", ["../fuera", "/etc/x", "a/../../b", "C:\\x", "..\\x"])
def test_names_that_lead_outside_are_told(simple, name):
    """A program that extracts blindly would write elsewhere."""
    assert leads_outside(name)
    assert any("outside" in each for each in oddities(simple, {name: b""}))
    assert not leads_outside("META-INF/signature.p7s")


def test_a_file_that_nothing_signs_is_told(world):
    """A file put beside the signed ones is named in the notes of each signature."""
    from preservation.signatures.sign import sign_detached

    xml = sign_detached([("a.txt", b"1")], world.seal, signing_time=world.signed_at)
    (facts,) = read_asic(_zip(("a.txt", b"1"), ("malo.exe", b"2"), ("META-INF/signatures.xml", xml)))
    assert facts.intact
    assert "not covered by this signature: malo.exe" in facts.notes


def test_resolved_undoes_what_uris_do():
    """Percent encoding, a leading slash and a leading dot name the same file; nothing leaves the container."""
    entries = {"a b/ñ.txt": b""}
    assert {resolved(uri, entries) for uri in ("a%20b/%C3%B1.txt", "/a b/ñ.txt", "./a b/ñ.txt")} == {
        "a b/ñ.txt"
    }
    assert resolved("../a b/ñ.txt", entries) is None
