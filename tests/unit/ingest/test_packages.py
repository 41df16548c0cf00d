# SPDX-License-Identifier: EUPL-1.2
"""Packages are opened without trusting them."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest

from archive.errors import InvalidRequest
from ingest.packages import CorruptMember, Limits, open_package


def make_zip(path: Path, entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as container:
        for name, data in entries.items():
            container.writestr(name, data)
    return path


def codes(path: Path, work: Path, limits: Limits | None = None) -> set[str]:
    with open_package(path, work, limits) as package:
        return {found.code for found in package.findings}


def test_zip_folder_and_file_give_the_same_members(tmp_path):
    """A ZIP and a folder with the same files are the same package."""
    entries = {"a.xml": b"<a/>", "carpeta/b.xml": b"<b/>"}
    folder = tmp_path / "paquete"
    for name, data in entries.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for path in (make_zip(tmp_path / "paquete.zip", entries), folder):
        with open_package(path, tmp_path) as package:
            assert {member.name: member.source() for member in package.members} == entries
    with open_package(folder / "a.xml", tmp_path) as package:
        assert [member.name for member in package.members] == ["a.xml"]


@pytest.mark.parametrize(
    "name", ["../fuera.xml", "/etc/passwd", "C:/a.xml", "a/../../b", "a//b", "a\x01b", "..\\b"]
)
def test_a_name_that_points_outside_empties_the_package(tmp_path, name):
    """One unsafe name refuses the whole package, so that no partial list is ever deposited."""
    path = make_zip(tmp_path / "p.zip", {"bueno.xml": b"<a/>", name: b"<a/>"})
    with open_package(path, tmp_path) as package:
        assert "PKG-NAME-UNSAFE" in {found.code for found in package.findings}
        assert package.members == ()


def test_the_same_name_twice_is_refused(tmp_path):
    """Two entries with one name cannot both be kept, so neither is."""
    with pytest.warns(UserWarning, match="Duplicate"):
        with zipfile.ZipFile(tmp_path / "p.zip", "w") as container:
            container.writestr("a.xml", b"1")
            container.writestr("a.xml", b"2")
    assert codes(tmp_path / "p.zip", tmp_path) == {"PKG-NAME-REPEATED"}


def test_a_code_page_850_name_is_read_and_said(tmp_path):
    """A name written by an old Spanish program keeps its ñ."""
    path = make_zip(tmp_path / "p.zip", {"a_o.xml": b"<a/>"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"a_o.xml", "año.xml".encode("cp850")))
    with open_package(path, tmp_path) as package:
        assert [member.name for member in package.members] == ["año.xml"]
        assert {found.code for found in package.findings} == {"PKG-NAME-CODE-PAGE"}
        assert package.members[0].source() == b"<a/>"


def test_a_truncated_zip_is_a_finding(tmp_path):
    """Half a ZIP is refused whole."""
    path = make_zip(tmp_path / "p.zip", {"a.xml": os.urandom(10_000)})
    path.write_bytes(path.read_bytes()[:5_000])
    assert codes(path, tmp_path) == {"PKG-ZIP-BROKEN"}


def test_a_wrong_crc_is_told_when_the_member_is_read(tmp_path):
    """A flipped byte inside an entry is noticed by its CRC."""
    path = make_zip(tmp_path / "p.zip", {"a.xml": b"contenido"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"contenido", b"contenidO", 1))
    with open_package(path, tmp_path) as package, pytest.raises(CorruptMember) as caught:
        package.members[0].source()
    assert caught.value.finding.code == "PKG-MEMBER-CORRUPT"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    """A member that would grow a thousandfold is refused by what the directory declares."""
    path = make_zip(tmp_path / "p.zip", {"a.xml": bytes(80 << 20)})
    assert codes(path, tmp_path) == {"PKG-ZIP-BOMB"}


def test_a_bomb_that_lies_about_its_size_is_cut(tmp_path):
    """An entry never gives more bytes than it declared, however its header lies."""
    path = make_zip(tmp_path / "p.zip", {"a.xml": bytes(5 << 20)})
    raw = path.read_bytes()
    path.write_bytes(raw.replace((5 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little")))
    with open_package(path, tmp_path) as package, pytest.raises(CorruptMember):
        package.members[0].source()


def test_overlapping_entries_are_refused(tmp_path):
    """Two entries that share bytes are the sign of a bomb."""
    path = make_zip(
        tmp_path / "p.zip", {"a.xml": os.urandom(100), "b.xml": os.urandom(100)}, zipfile.ZIP_STORED
    )
    raw = bytearray(path.read_bytes())
    second = raw.rindex(b"PK\x01\x02")
    raw[second + 42 : second + 46] = (10).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    assert "PKG-ZIP-OVERLAP" in codes(path, tmp_path)


def test_a_symbolic_link_in_a_zip_is_refused(tmp_path):
    """A link inside a ZIP could point anywhere."""
    entry = zipfile.ZipInfo("enlace.xml")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as container:
        container.writestr(entry, "/etc/passwd")
    assert codes(tmp_path / "p.zip", tmp_path) == {"PKG-NOT-A-FILE"}


def test_a_symbolic_link_in_a_folder_is_refused(tmp_path):
    """A link in a folder is never followed."""
    folder = tmp_path / "paquete"
    folder.mkdir()
    (folder / "enlace.xml").symlink_to("/etc/passwd")
    (folder / "carpeta").symlink_to("/etc")
    with open_package(folder, tmp_path) as package:
        assert [found.code for found in package.findings] == ["PKG-NOT-A-FILE"] * 2
        assert package.members == ()


def test_an_encrypted_entry_is_refused(tmp_path):
    """Nobody can check what is behind a password."""
    path = make_zip(tmp_path / "p.zip", {"a.xml": b"<a/>"}, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x03\x04") + 6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(raw))
    assert codes(path, tmp_path) == {"PKG-MEMBER-ENCRYPTED"}


def test_too_many_members_are_refused(tmp_path):
    """A package of more files than the limit is refused."""
    path = make_zip(tmp_path / "p.zip", {f"{n}.xml": b"" for n in range(11)})
    assert codes(path, tmp_path, Limits(members=10)) == {"PKG-TOO-BIG"}


def test_a_big_member_goes_through_a_file_that_vanishes(tmp_path):
    """What does not fit in memory is unpacked to the work folder and removed when the package closes."""
    path = make_zip(tmp_path / "p.zip", {"a.xml": b"x" * 1_000})
    work = tmp_path / "work"
    work.mkdir()
    with open_package(path, work, Limits(in_memory=100)) as package:
        source = package.members[0].source()
        assert isinstance(source, Path)
        assert source.read_bytes() == b"x" * 1_000
    assert list(work.iterdir()) == []


def test_nothing_at_the_path_is_an_invalid_request(tmp_path):
    """A path with nothing there is the caller's mistake."""
    with pytest.raises(InvalidRequest), open_package(tmp_path / "nada", tmp_path):
        pass
