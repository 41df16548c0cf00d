# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import shutil
import zipfile

import pytest
from archived import NOW

from archive.errors import InvalidRequest, NotFound
from preservation.evidence.repository import record_for
from preservation.evidence.sealing import seal_due
from preservation.trust.store import TrustStore
from search.kit import export_kit
from search.verification import BROKEN, INCOMPLETE, VALID, verify_offline


@pytest.fixture(scope="module")
def trust(archived):
    """Whom the development world trusts."""
    return TrustStore.from_authority(archived.authority, NOW)


@pytest.fixture(scope="module")
def sealed(archived, resolution):
    """The resolution, with evidence."""
    while seal_due(archived.home, archived.authority.timestamp_authority(archived.clock)):
        pass
    return resolution


@pytest.mark.skipif(shutil.which("openssl") is None, reason="OPENSSL ABSENT: kits were not verified")
def test_kit_is_verified_by_a_process_of_its_own(archived, sealed, trust, tmp_path):
    """Valid under our anchors, incomplete under none and under its own; broken when a byte of it is."""
    kit = export_kit(archived.home, sealed.object_id, tmp_path / "k.zip", trust=trust)
    verdict = verify_offline(str(kit), at=NOW, trust=trust)
    assert (verdict.verdict, verdict.proven_since) == (VALID, NOW)
    assert verdict.to_json()["steps"][0]["step"] == "SUMS"
    assert verify_offline(str(kit), at=NOW, trust=TrustStore()).verdict == INCOMPLETE
    assert verify_offline(str(kit), at=NOW, trust=trust, own_anchors=True).verdict == INCOMPLETE
    with zipfile.ZipFile(kit) as old, zipfile.ZipFile(tmp_path / "t.zip", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b" " if name == "LEEME.txt" else b""))
    assert verify_offline(str(tmp_path / "t.zip"), at=NOW, trust=trust).verdict == BROKEN


def test_half_a_kit_is_called_so(archived, sealed, trust, tmp_path):
    """Whoever fetched a part of it is told to fetch it again, not that a signature fails."""
    whole = export_kit(archived.home, sealed.object_id, tmp_path / "k.zip", trust=trust).read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    verdict = verify_offline(str(tmp_path / "half.zip"), at=NOW, trust=trust)
    assert (verdict.verdict, [step.name for step in verdict.steps]) == (BROKEN, ["KIT"])


def test_kits_own_script_is_never_run(archived, sealed, trust, tmp_path):
    """A forged verify.py inside the kit cannot speak for it."""
    kit = export_kit(archived.home, sealed.object_id, tmp_path / "k.zip", trust=trust)
    with zipfile.ZipFile(kit) as old, zipfile.ZipFile(tmp_path / "f.zip", "w") as new:
        for name in old.namelist():
            new.writestr(name, b'print(\'{"verdict":"VALID","proven_since":null,"steps":[]}\')'
                         if name == "verify.py" else old.read(name))  # fmt: skip
    assert verify_offline(str(tmp_path / "f.zip"), at=NOW, trust=trust).verdict == BROKEN


def test_evidence_record_is_verified_over_the_files(archived, sealed, trust, tmp_path):
    """A bare record proves the files given with it, and not others."""
    (tmp_path / "e.ers").write_bytes(record_for(archived.home, sealed.object_id))
    objects = archived.home.objects("villar")
    path = f"received/{sealed.eni_id}.xml"
    (tmp_path / "d.xml").write_bytes(b"".join(objects.read_verified(sealed.object_id, path)))
    (tmp_path / "o.xml").write_bytes(b"otro")
    reference = str(tmp_path / "e.ers")
    good = verify_offline(reference, at=NOW, trust=trust, data=[tmp_path / "d.xml"])
    assert (good.verdict, good.proven_since) == (VALID, NOW)
    assert verify_offline(reference, at=NOW, trust=trust, data=[tmp_path / "o.xml"]).verdict == BROKEN
    with pytest.raises(InvalidRequest, match="--data"):
        verify_offline(reference, at=NOW, trust=trust)
    with pytest.raises(NotFound):
        verify_offline(reference, at=NOW, trust=trust, data=[tmp_path / "no"])


def test_sealed_copy_is_verified_as_a_signed_file(issued, trust, tmp_path):
    """The PDF alone is enough; with a changed byte it is broken, without anchors it is undecided."""
    file = tmp_path / "c.pdf"
    file.write_bytes(issued.pdf)
    assert verify_offline(str(file), at=NOW, trust=trust).verdict == VALID
    assert verify_offline(str(file), at=NOW, trust=TrustStore()).verdict == INCOMPLETE
    file.write_bytes(issued.pdf.replace(b"/MediaBox", b"/MediaBoy", 1))
    assert verify_offline(str(file), at=NOW, trust=trust).verdict == BROKEN


def test_file_without_signatures_proves_nothing(trust, tmp_path):
    """Nothing to verify is neither valid nor broken."""
    (tmp_path / "n.xml").write_bytes(b"<a/>")
    assert verify_offline(str(tmp_path / "n.xml"), at=NOW, trust=trust).verdict == INCOMPLETE


def test_code_needs_an_archive(archived, issued, trust):
    """A CSV is looked up where there is an archive, and is not found where there is none."""
    assert verify_offline(issued.csv, at=NOW, trust=trust, home=archived.home).verdict == VALID
    unknown = verify_offline("ZZZZ-ZZZZ", at=NOW, trust=trust, home=archived.home)
    assert unknown.verdict == INCOMPLETE
    with pytest.raises(NotFound, match="no file"):
        verify_offline(issued.csv, at=NOW, trust=trust)
