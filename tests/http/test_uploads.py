# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import io
from base64 import b64encode
from datetime import timedelta

import pytest
from archived import make_archive
from machines_asking import Machine, asked_by_machines

from archive.errors import ChecksumMismatch, NotFound, StorageUnavailable
from ingest.uploads.folder import Uploads


class Broken(io.BytesIO):
    """A line that gives what it has and breaks then."""

    def read(self, size=-1):
        """Read, or break."""
        data = super().read(size)
        if not data:
            raise OSError("gone")
        return data


TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    archived = make_archive(tmp_path_factory.mktemp("uploads"))
    archived.home.add_tenant("otro", "Ayuntamiento de Otro Lugar", "L01990020")
    yield archived
    archived.home.close()


@pytest.fixture(scope="module")
def app(archived):
    return asked_by_machines(archived.home)


@pytest.fixture
def machine(app):
    return Machine(app, "depositor")


def named(name):
    return f"filename {b64encode(name.encode()).decode()}"


def begin(machine, length, name="paquete.zip", **more):
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": named(name), **more.pop("headers", {})}
    return machine.ask("POST", "/uploads", headers=headers, **more)


def send(machine, address, offset, data, **headers):
    return machine.ask("PATCH", address, headers={**TUS, **BYTES, "Upload-Offset": str(offset), **headers},
                       data=data)  # fmt: skip


def where(machine, address):
    return machine.ask("HEAD", address, headers=TUS)


def checksum(data):
    return f"sha256 {b64encode(hashlib.sha256(data).digest()).decode()}"


def test_file_comes_in_parts(machine, archived):
    """Begun, sent in three parts, and each answer tells the offset that the next HEAD tells too."""
    data = bytes(range(256)) * 40
    begun = begin(machine, len(data), "expediente ñ.zip")
    assert begun.status_code == 201
    assert begun.headers["Tus-Resumable"] == "1.0.0"
    assert begun.headers["Upload-Offset"] == "0"
    address = begun.headers["Location"]
    for start in (0, 4000, 8000):
        part = data[start : start + 4000]
        answer = send(machine, address, start, part, **{"Upload-Checksum": checksum(part)})
        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Upload-Offset"] == where(machine, address).headers["Upload-Offset"]
    told = machine.ask("GET", address).json
    assert (told["name"], told["offset"], told["finished"]) == ("expediente ñ.zip", len(data), True)
    session = Uploads(archived.home).get("villar", told["id"], "key:depositor")
    with Uploads(archived.home).package([session]) as path:
        assert (path.name, path.read_bytes()) == ("expediente ñ.zip", data)


def test_begins_with_its_first_part(machine):
    """creation-with-upload: the POST may carry bytes."""
    answer = begin(machine, 6, headers=BYTES, data=b"abc")
    assert answer.headers["Upload-Offset"] == "3"
    assert send(machine, answer.headers["Location"], 3, b"def").headers["Upload-Offset"] == "6"


def test_zero_bytes_are_finished_at_once(machine):
    """A file of no bytes needs no part."""
    address = begin(machine, 0).headers["Location"]
    assert machine.ask("GET", address).json["finished"] is True


def test_wrong_checksum_counts_for_nothing(machine):
    """460, the offset stays, and the right bytes are taken afterwards."""
    address = begin(machine, 6).headers["Location"]
    answer = send(machine, address, 0, b"abX", **{"Upload-Checksum": checksum(b"abc")})
    assert (answer.status_code, answer.json["code"]) == (460, "checksum-mismatch")
    assert where(machine, address).headers["Upload-Offset"] == "0"
    assert send(machine, address, 0, b"abc").status_code == 204


@pytest.mark.parametrize("text", ["md5 AAAA", "sha256 %%", "sha256 AAAA", "sha256"])
def test_checksum_that_is_none_is_refused(machine, text):
    """Another algorithm, or a digest that is none, is the client's error."""
    address = begin(machine, 3).headers["Location"]
    assert send(machine, address, 0, b"abc", **{"Upload-Checksum": text}).status_code == 422


def test_part_from_elsewhere_is_a_conflict(machine):
    """A part at another offset than the file's changes nothing."""
    address = begin(machine, 6).headers["Location"]
    send(machine, address, 0, b"abc")
    for offset in (0, 2, 4):
        assert send(machine, address, offset, b"x").status_code == 409
    assert where(machine, address).headers["Upload-Offset"] == "3"


def test_more_than_announced_is_refused(machine):
    """Bytes beyond the length count for nothing, those of the same part too."""
    address = begin(machine, 4).headers["Location"]
    assert send(machine, address, 0, b"abcde").status_code == 413
    assert where(machine, address).headers["Upload-Offset"] == "0"


def test_broken_line_keeps_what_came(machine, app):
    """A part that breaks off counts as far as it came, and another session of the same key goes on."""
    address = begin(machine, 6).headers["Location"]

    headers = {**TUS, **BYTES, "Upload-Offset": "0"}
    answer = machine.ask("PATCH", address, headers=headers, data=b"abcdef",
                         environ_overrides={"wsgi.input": Broken(b"abc")})  # fmt: skip
    assert answer.status_code == 422
    elsewhere = Machine(app, "depositor")
    assert where(elsewhere, address).headers["Upload-Offset"] == "3"
    assert send(elsewhere, address, 3, b"def").headers["Upload-Offset"] == "6"


def test_part_with_checksum_that_breaks_off_counts_for_nothing(archived):
    """With a checksum it is all or nothing."""
    uploads = Uploads(archived.home)
    session = uploads.begin("villar", "a.zip", 6, "key:depositor")

    with pytest.raises(ChecksumMismatch):
        uploads.append(session, 0, Broken(b"abcd"), sha256=hashlib.sha256(b"abcdef").digest())
    assert uploads.get("villar", session.upload_id, "key:depositor").offset == 0


@pytest.mark.parametrize("key", ["colleague", "archivist", "stranger", ""])
def test_upload_belongs_to_who_began_it(machine, app, key):
    """Nobody else finds it; without a key one is asked who one is."""
    address = begin(machine, 3).headers["Location"]
    other = Machine(app, key)
    asked = {where(other, address).status_code, send(other, address, 0, b"abc").status_code,
             other.ask("DELETE", address, headers=TUS).status_code}  # fmt: skip
    assert asked == ({404} if key else {401})
    assert where(machine, address).headers["Upload-Offset"] == "0"


def test_upload_of_one_tenant_is_not_in_another(archived, app):
    """The address of another municipality with this one's id is a 404 for its own archivist."""
    session = Uploads(archived.home).begin("villar", "a", 3, "key:stranger")
    address = f"/api/v1/tenants/otro/uploads/{session.upload_id}"
    assert Machine(app, "stranger").ask("GET", address).status_code == 404


@pytest.mark.parametrize("key", ["auditor", "operator"])
def test_who_may_not_deposit_uploads_nothing(app, key):
    """Roles without the right to deposit get the 404 of what is not there."""
    assert begin(Machine(app, key), 3).status_code == 404


def test_forgotten_upload_is_gone(machine):
    """DELETE frees the bytes; asking again is a 404."""
    address = begin(machine, 3).headers["Location"]
    assert machine.ask("DELETE", address, headers=TUS).status_code == 204
    assert where(machine, address).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "..", ".", "", "a//b", "a/../b", "C:\\windows", "a\\b", "a\0b", "a\nb",
     "x" * 300, "a/" * 600 + "b"],
)  # fmt: skip
def test_tricks_with_names_are_refused(machine, archived, name):
    """A name that points elsewhere, or that no file system takes, is refused before anything is made."""
    before = sorted(archived.home.path.rglob("*"))
    assert begin(machine, 3, name).status_code == 422
    assert sorted(archived.home.path.rglob("*")) == before


@pytest.mark.parametrize("upload_id", ["..", "%2e%2e%2fx", "x", "0" * 36, "a" * 4000, "%00"])
def test_invented_ids_are_not_there(machine, upload_id):
    """An id that is none leads nowhere."""
    assert machine.ask("GET", f"/uploads/{upload_id}").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Tus-Resumable": "0.2.2"}, 412), ({"Upload-Length": "-1"}, 422), ({"Upload-Length": "x"}, 422),
     ({"Upload-Length": str(1 << 50)}, 413), ({"Upload-Metadata": "filename %%%"}, 422),
     ({"Upload-Metadata": "other YQ=="}, 422), ({"Upload-Metadata": "filename /w=="}, 422)],
)  # fmt: skip
def test_strange_beginnings_are_refused(machine, headers, status):
    """Another version, a length that is none or too much, names that cannot be read."""
    answer = begin(machine, 3, headers=headers)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_part_of_another_type_is_refused(machine):
    """A part says that it is one."""
    address = begin(machine, 3).headers["Location"]
    answer = machine.ask("PATCH", address, headers={**TUS, "Upload-Offset": "0"}, data=b"abc",
                         content_type="application/zip")  # fmt: skip
    assert answer.status_code == 415


def test_abilities_are_told_to_anybody(app):
    """OPTIONS tells version, extensions and the largest file."""
    answer = Machine(app, "").ask("OPTIONS", "/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert {"creation", "checksum", "termination", "expiration", "creation-with-upload"} == set(
        answer.headers["Tus-Extension"].split(",")
    )
    assert answer.headers["Tus-Max-Size"] == str(20 << 30)


def test_method_may_be_said_in_a_header(machine):
    """A client that can only POST says PATCH in X-HTTP-Method-Override."""
    address = begin(machine, 3).headers["Location"]
    headers = {**TUS, **BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert machine.ask("POST", address, headers=headers, data=b"abc").status_code == 204
    assert machine.ask("POST", address, headers=TUS).status_code == 405


def test_upload_without_new_parts_runs_out(archived, monkeypatch):
    """After its days it is not found any more, and the sweep removes its bytes."""
    uploads = Uploads(archived.home)
    session = uploads.begin("villar", "a.zip", 3, "key:late")
    now = archived.clock.instant
    monkeypatch.setattr(archived.clock, "instant", now + timedelta(days=7))
    with pytest.raises(NotFound):
        uploads.get("villar", session.upload_id, "key:late")
    assert uploads.sweep() >= 1
    assert not (archived.home.path / "uploads" / "villar" / session.upload_id).exists()


def test_bytes_behind_the_offset_do_not_count(archived):
    """What a killed server had written and not told of is cut off by the next part."""
    uploads = Uploads(archived.home)
    session = uploads.append(
        uploads.begin("villar", "a.zip", 6, "key:a"), 0, io.BytesIO(b"abc")
    )  # fmt: skip
    data = archived.home.path / "uploads" / "villar" / session.upload_id / "data"
    data.write_bytes(b"abcGARBAGE")
    session = uploads.get("villar", session.upload_id, "key:a")
    assert session.offset == 3
    session = uploads.append(session, 3, io.BytesIO(b"def"))
    assert data.read_bytes() == b"abcdef"


def test_room_is_kept_for_the_archive(archived, monkeypatch):
    """What would leave less than the reserve free is refused, counting what is announced already."""
    uploads = Uploads(archived.home)
    free = 10 << 30
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("U", (), {"free": free}))
    uploads.begin("villar", "a", 5 << 30, "key:room")
    with pytest.raises(StorageUnavailable, match="must stay"):
        uploads.begin("villar", "b", 5 << 30, "key:room")
