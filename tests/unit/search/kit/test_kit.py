# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from contextlib import nullcontext

import pytest
from archived import decree, make_archive
from kits import LIVES, failed, members_of, run_verifier, trusted

import search.kit.kit
from archive.errors import NotFound
from preservation.evidence.sealing import seal_due
from search.kit import export_kit, verifier_source
from search.kit.trust import pem_of

pytestmark = pytest.mark.usefixtures("openssl")
SOON, LATE = "2026-12-01T00:00:00Z", "2040-01-01T00:00:00Z"


def test_good_kit_is_valid_without_the_archive(kits, tmp_path):
    """Every step holds under the reader's own anchors, and the time of the proof is told."""
    code, told = run_verifier(kits["fresh"], tmp_path, "--at", SOON, anchors=kits.anchors)
    assert (code, told["verdict"], told["proven_since"]) == (0, "VALID", "2026-11-21T09:15:00+00:00")
    assert [step["step"] for step in told["steps"]] == [
        "SUMS", "DEPOSIT", "REPORTS", "EVIDENCE", "TRUST", "TREE", "RENEWALS", "TIMESTAMP", "REVOCATION",
        "LEDGER", "PROVEN", "ANCHORS",
    ]  # fmt: skip
    assert all(step["ok"] and step["es"] and step["en"] for step in told["steps"])


def test_without_anchors_of_ones_own_it_says_whose_root_it_is(kits, tmp_path):
    """A forger can bring a root: nothing is proven until the reader compares the fingerprint. Exit 2."""
    code, told = run_verifier(kits["fresh"], tmp_path, "--at", SOON)
    assert (code, told["verdict"], told["proven_since"]) == (2, "INCOMPLETE", None)
    (open_step,) = [step for step in told["steps"] if step["ok"] is not True]
    assert open_step["step"] == "ANCHORS"
    pem = tmp_path / "root.pem"
    pem.write_bytes(members_of(kits["fresh"])["trust/anchors.pem"])
    shown = subprocess.run(
        ["openssl", "x509", "-in", pem, "-noout", "-fingerprint", "-sha256"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip().partition("=")[2] in open_step["es"]
    assert "AC RAIZ" in open_step["en"]


def test_kit_verifies_from_its_own_folder(kits, tmp_path):
    """Unpacked, `python3 verify.py` is enough and speaks both languages."""
    with zipfile.ZipFile(kits["fresh"]) as archive:
        archive.extractall(tmp_path / "kit")
    (tmp_path / "mine.pem").write_bytes(pem_of(kits.anchors))
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", "--at", SOON, "--anchors", "../mine.pem"],
        cwd=tmp_path / "kit",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "VÁLIDO / VALID" in done.stdout


@pytest.mark.parametrize("page", ["LEEME.txt", "README.txt"])
def test_the_page_names_every_folder(kits, page):
    """Whoever opens the kit in 2055 reads what each folder is: all that the module promises, in both languages."""
    text = members_of(kits["fresh"])[page].decode()
    named = set(re.findall(r"^    (\w+/|verify\.\w+)", search.kit.kit.__doc__, re.MULTILINE))
    assert named >= {"object/", "material/", "evidence/", "trust/", "ledger/", "reports/", "verify.html"}
    assert [each for each in sorted(named) if f"\n  {each}" not in text] == []


def test_sha256sum_agrees(kits, tmp_path):
    """A stranger with coreutils alone can check the files."""
    with zipfile.ZipFile(kits["fresh"]) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("name", LIVES)
def test_kits_are_valid_through_renewals_of_both_kinds(kits, tmp_path, name):
    """Time stamps covered, hash trees grown anew under SHA-512 and SHA3-512: proven since 2026 all the time."""
    day = LIVES[name][2]
    code, told = run_verifier(kits[name], tmp_path, "--at", f"{day}T00:00:00Z", anchors=kits.anchors)
    assert (code, told["verdict"], told["proven_since"]) == (0, "VALID", "2026-11-21T09:15:00+00:00")


def test_evidence_that_nobody_renewed_ends(kits, tmp_path):
    """In 2040 the certificate of 2026 has ended, and it is said."""
    code, told = run_verifier(kits["fresh"], tmp_path, "--at", LATE, anchors=kits.anchors)
    assert (code, failed(told)) == (1, ["TIMESTAMP"])
    assert any("caducado" in step["es"] for step in told["steps"])


def test_same_state_gives_the_same_kit(tmp_path):
    """Nothing but the object's own state gets into a kit."""
    archived = make_archive(tmp_path)
    record = archived.deposit(decree())
    seal_due(archived.home, archived.authority.timestamp_authority(archived.clock))
    archived.home.read_only = True  # leaves no event of the export
    trust = trusted(archived)
    kits = [export_kit(archived.home, record.object_id, tmp_path / f"{n}.zip", trust=trust) for n in "ab"]
    assert kits[0].read_bytes() == kits[1].read_bytes()
    archived.home.close()


def test_an_object_without_evidence_has_no_kit(tmp_path):
    """Nothing is left where the file would have been."""
    archived = make_archive(tmp_path)
    record = archived.deposit(decree())
    with pytest.raises(NotFound, match="evidence"):
        export_kit(archived.home, record.object_id, tmp_path / "no.zip", trust=trusted(archived))
    assert not (tmp_path / "no.zip").exists()
    archived.home.close()


def test_strangers_anchors_do_not_trust_the_development_authority(kits, tmp_path):
    """With anchors of one's own the kit's authority means nothing: not false, and not proven."""
    other = make_archive(tmp_path, own_authority=True)
    anchors = other.authority.anchors()
    other.home.close()
    code, told = run_verifier(kits["fresh"], tmp_path, "--at", SOON, anchors=anchors)
    assert (code, told["verdict"], told["proven_since"]) == (2, "INCOMPLETE", None)
    assert [step["step"] for step in told["steps"] if step["ok"] is None] == ["TIMESTAMP"]


def test_without_openssl_it_says_what_was_not_done(kits, tmp_path):
    """The hashes are checked, the signature of the token is not: neither valid nor broken, exit 2."""
    (tmp_path / "empty").mkdir()
    path = str(tmp_path / "empty")
    code, told = run_verifier(kits["fresh"], tmp_path, "--at", SOON, anchors=kits.anchors, path=path)
    assert (code, told["verdict"], told["proven_since"]) == (2, "INCOMPLETE", None)
    assert [step["step"] for step in told["steps"] if step["ok"] is None] == ["TRUST", "TIMESTAMP"]


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + b"\0" * 18, b"no soy un kit"])
def test_what_is_no_kit_is_answered_and_not_a_crash(tmp_path, data):
    """Anything may be handed in."""
    (tmp_path / "x.zip").write_bytes(data)
    assert run_verifier(tmp_path / "x.zip", tmp_path)[0] == 1


def test_bomb_is_not_read_whole(tmp_path):
    """A member that unpacks to gigabytes is answered without filling the memory."""
    bomb = tmp_path / "b.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("SHA256SUMS", "w", force_zip64=True) as member:
            for _ in range(80):
                member.write(bytes(1 << 20))
        archive.writestr("kit.json", "{}")
    code, told = run_verifier(bomb, tmp_path)
    assert code == 1
    assert "far too large" in told["steps"][0]["en"]


def test_repeated_members_are_noticed(kits, tmp_path):
    """Nothing can be slipped in twice under one name."""
    with zipfile.ZipFile(kits["fresh"]) as old, zipfile.ZipFile(tmp_path / "f.zip", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        for name in ("object/received/extra.xml", "kit.json"):
            with pytest.warns(UserWarning, match="Duplicate") if name == "kit.json" else nullcontext():
                new.writestr(name, b"{}")
    assert run_verifier(tmp_path / "f.zip", tmp_path, "--at", SOON)[0] == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [("--at", "3000"), ("--at", "mañana"), ("--anchors", "nowhere.pem"), ("--crls", "LEEME")],
)
def test_a_slip_of_the_reader_does_not_condemn_the_kit(kits, tmp_path, option, value):
    """An instant or a file that cannot be read is said as such, without a verdict."""
    (tmp_path / "LEEME").write_text("no list")
    (tmp_path / "verify.py").write_bytes(verifier_source())
    command = [sys.executable, "-I", "verify.py", str(kits["fresh"]), "--json", option, value]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert value in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bare_date_is_midnight_in_utc(kits, tmp_path):
    """As every other command reads it."""
    code, told = run_verifier(kits["fresh"], tmp_path, "--at", SOON[:10], anchors=kits.anchors)
    assert (code, told["verdict"]) == (0, "VALID")
