# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archived import decree, make_archive

import search.kit
from archive.errors import NotFound
from preservation.evidence.sealing import seal_due
from preservation.renewal.time_stamps import renew_due
from preservation.trust.store import TrustStore
from search.kit import export_kit, verifier_source

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="OPENSSL ABSENT: kits were not verified"
)
SOON, LATE = "2026-12-01T00:00:00Z", "2040-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def kits(tmp_path_factory):
    """A kit of a sealed object among others, and one after its renewal in 2031."""
    folder = tmp_path_factory.mktemp("kits")
    archived = make_archive(folder)
    records = [archived.deposit(decree() + b"\n" * n, number=70 + n) for n in range(3)]
    stamping = archived.authority.timestamp_authority(archived.clock)
    seal_due(archived.home, stamping)
    trust = {"anchors": archived.authority.anchors(), "intermediates": archived.authority.intermediates()}
    made = {"fresh": export_kit(archived.home, records[1].object_id, folder / "fresh.zip", **trust)}
    archived.clock.instant = datetime(2031, 6, 1, tzinfo=UTC)
    later = archived.authority.timestamp_authority(archived.clock)
    renew_due(
        archived.home, later, archived.clock.now(), force=True, trust=TrustStore(archived.authority.anchors())
    )
    made["renewed"] = export_kit(archived.home, records[1].object_id, folder / "renewed.zip", **trust)
    unsealed = archived.deposit(decree(), number=79)
    with pytest.raises(NotFound, match="evidence"):
        export_kit(archived.home, unsealed.object_id, folder / "no.zip", **trust)
    assert not (folder / "no.zip").exists()
    archived.home.close()
    return made


def run(kit: Path, cwd: Path, *arguments: str, path: str = "/usr/bin:/bin") -> tuple[int, dict]:
    """Run the packaged verifier as a stranger would: isolated, without environment, elsewhere."""
    script = cwd / "verify.py"
    script.write_bytes(verifier_source())
    command = ["/usr/bin/env", "-i", f"PATH={path}", sys.executable, "-I", str(script), str(kit), "--json"]
    done = subprocess.run([*command, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, json.loads(done.stdout)


def rewritten(kit: Path, target: Path, change) -> Path:
    """Write the kit again with `change(name, data)` applied to each member; None drops it."""
    with zipfile.ZipFile(kit) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return target


def test_good_kit_is_valid_without_the_archive(kits, tmp_path):
    """Every step holds and the time of the proof is told."""
    code, told = run(kits["fresh"], tmp_path, "--at", SOON)
    assert (code, told["verdict"], told["proven_since"]) == (0, "VALID", "2026-11-21T09:15:00+00:00")
    assert [step["step"] for step in told["steps"]] == [
        "SUMS", "DEPOSIT", "LEDGER", "EVIDENCE", "TREE", "RENEWALS", "TIMESTAMP",
    ]  # fmt: skip
    assert all(step["ok"] and step["es"] and step["en"] for step in told["steps"])


def test_kit_verifies_from_its_own_folder(kits, tmp_path):
    """Unpacked, `python3 verify.py` is enough and speaks both languages."""
    with zipfile.ZipFile(kits["fresh"]) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", "--at", SOON],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "VÁLIDO / VALID" in done.stdout


@pytest.mark.parametrize("page", ["LEEME.txt", "README.txt"])
def test_the_page_names_every_folder(kits, page):
    """Whoever opens the kit in 2055 reads what each folder is: all that the module promises, in both languages."""
    with zipfile.ZipFile(kits["fresh"]) as archive:
        text = archive.read(page).decode()
    folders = set(re.findall(r"^    (\w+)/", search.kit.__doc__, re.MULTILINE))
    assert folders >= {"object", "material", "evidence", "trust", "ledger"}
    assert [each for each in sorted(folders) if f"\n  {each}/" not in text] == []


def test_sha256sum_agrees(kits, tmp_path):
    """A stranger with coreutils alone can check the files."""
    with zipfile.ZipFile(kits["fresh"]) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=False)
    assert done.returncode == 0


def test_renewed_kit_outlives_the_first_certificate(kits, tmp_path):
    """In 2040 the renewed kit is valid; the same object's unrenewed one is not."""
    assert run(kits["renewed"], tmp_path, "--at", LATE)[1]["verdict"] == "VALID"
    code, told = run(kits["fresh"], tmp_path, "--at", LATE)
    assert (code, told["verdict"]) == (1, "BROKEN")
    assert "caducado" in told["steps"][-1]["es"]


def test_same_state_gives_the_same_kit(tmp_path):
    """Nothing but the object's own state gets into a kit."""
    archived = make_archive(tmp_path)
    record = archived.deposit(decree())
    seal_due(archived.home, archived.authority.timestamp_authority(archived.clock))
    archived.home.read_only = True  # leaves no event of the export
    trust = {"anchors": archived.authority.anchors()}
    kits = [export_kit(archived.home, record.object_id, tmp_path / f"{n}.zip", **trust) for n in "ab"]
    assert kits[0].read_bytes() == kits[1].read_bytes()
    archived.home.close()


def test_flipped_byte_in_any_member_is_noticed(kits, tmp_path):
    """Every member in turn, at its start, middle and end: none can change in silence."""
    with zipfile.ZipFile(kits["renewed"]) as archive:
        names = archive.namelist()
    for name in names:

        def flip(member: str, data: bytes, name: str = name) -> bytes:
            if member != name:
                return data
            at = len(data) // 2
            return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

        tampered = rewritten(kits["renewed"], tmp_path / "t.zip", flip)
        code, told = run(tampered, tmp_path, "--at", LATE)
        assert (code, told["verdict"]) == (1, "BROKEN"), name


def test_forger_who_also_writes_new_sums_is_caught(kits, tmp_path):
    """Content, record and sums all made to agree: the hash tree under the time stamp does not."""
    import hashlib

    with zipfile.ZipFile(kits["fresh"]) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    target = next(name for name in members if name.startswith("object/received/"))
    members[target] = members[target].replace(b"L01990019", b"L01990027")
    record = json.loads(members["object/metadata/deposit.json"])
    record["files"][0]["digests"] |= {
        name: hashlib.new(name, members[target]).hexdigest() for name in ("sha256", "sha512")
    }
    members["object/metadata/deposit.json"] = json.dumps(record).encode()
    sums = [
        f"{hashlib.sha256(data).hexdigest()}  {name}\n"
        for name, data in members.items()
        if name != "SHA256SUMS"
    ]
    members["SHA256SUMS"] = "".join(sums).encode()
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(forged, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    code, told = run(forged, tmp_path, "--at", SOON)
    assert code == 1
    assert [step["step"] for step in told["steps"] if not step["ok"]] == ["TREE"]


@pytest.mark.parametrize(
    "name", ["SHA256SUMS", "evidence/evidence.ers", "object/metadata/deposit.json", "kit.json"]
)
def test_missing_member_is_noticed(kits, tmp_path, name):
    """A kit with less in it is no kit."""
    short = rewritten(
        kits["fresh"], tmp_path / "s.zip", lambda member, data: None if member == name else data
    )
    assert run(short, tmp_path, "--at", SOON)[0] == 1


def test_added_and_repeated_members_are_noticed(kits, tmp_path):
    """Nothing can be slipped in, not even twice under one name."""
    for name in ("object/received/extra.xml", "kit.json"):
        fat = rewritten(kits["fresh"], tmp_path / "f.zip", lambda _, data: data)
        with (
            zipfile.ZipFile(fat, "a") as archive,
            pytest.warns(UserWarning, match="Duplicate") if name == "kit.json" else _quiet(),
        ):
            archive.writestr(name, b"{}")
        assert run(fat, tmp_path, "--at", SOON)[0] == 1


def test_strangers_anchors_do_not_trust_the_development_authority(kits, tmp_path):
    """With anchors of one's own the kit's authority means nothing."""
    other = make_archive(tmp_path, own_authority=True)
    from search.kit import _pem

    (tmp_path / "mine.pem").write_bytes(_pem(other.authority.anchors()))
    other.home.close()
    code, told = run(kits["fresh"], tmp_path, "--at", SOON, "--anchors", str(tmp_path / "mine.pem"))
    assert code == 1
    assert told["steps"][-1]["step"] == "TIMESTAMP"


def test_without_openssl_it_says_what_was_not_done(kits, tmp_path):
    """The hashes are checked, the signature of the token is not: neither valid nor broken, exit 2."""
    (tmp_path / "empty").mkdir()
    code, told = run(kits["fresh"], tmp_path, "--at", SOON, path=str(tmp_path / "empty"))
    assert (code, told["verdict"], told["proven_since"]) == (2, "INCOMPLETE", None)
    assert [step["step"] for step in told["steps"] if step["ok"] is None] == ["TIMESTAMP"]


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + b"\0" * 18, b"no soy un kit"])
def test_what_is_no_kit_is_answered_and_not_a_crash(tmp_path, data):
    """Anything may be handed in."""
    (tmp_path / "x.zip").write_bytes(data)
    assert run(tmp_path / "x.zip", tmp_path)[0] == 1


def _quiet():
    from contextlib import nullcontext

    return nullcontext()


def test_bomb_is_not_read_whole(kits, tmp_path):
    """A member that unpacks to gigabytes is answered without filling the memory."""
    bomb = tmp_path / "b.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("SHA256SUMS", "w", force_zip64=True) as member:
            for _ in range(80):
                member.write(bytes(1 << 20))
        archive.writestr("kit.json", "{}")
    code, told = run(bomb, tmp_path)
    assert code == 1
    assert "far too large" in told["steps"][0]["en"]
