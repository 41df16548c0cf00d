# SPDX-License-Identifier: EUPL-1.2
"""Evidence kits made over by a forger who brings SHA256SUMS into line: what is proven cannot be added to."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from preservation.evidence.sealing import seal_due
from preservation.trust.store import TrustStore
from search.kit import export_kit
from search.verification import Verdict, verify_offline
from tests.support.archived import NOW, make_archive

FOREIGN = b"%PDF-1.7 otro decreto"


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound kit, taken apart."""

    members: dict[str, bytes]
    trust: TrustStore

    def judged(
        self, target: Path, changes: dict[str, bytes], before: bytes = b"", after: bytes = b""
    ) -> Verdict:
        """Put the kit together again with changes and sums that agree, and verify it."""
        body = {name: data for name, data in (self.members | changes).items() if name != "SHA256SUMS"}
        sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in body.items())
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, data in (body | {"SHA256SUMS": sums.encode()}).items():
                archive.writestr(zipfile.ZipInfo(name), data)
            archive.comment = after
        target.write_bytes(before + packed.getvalue())
        return verify_offline(str(target), at=NOW, trust=self.trust)


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Sound:
    """The kit of a sealed document."""
    folder = tmp_path_factory.mktemp("kit")
    made = make_archive(folder)
    record = made.deposit(b"%PDF-1.7 el decreto")
    seal_due(made.home, made.authority.timestamp_authority(made.clock))
    anchors, between = made.authority.anchors(), made.authority.intermediates()
    kit = export_kit(made.home, record.object_id, folder / "kit.zip", anchors=anchors, intermediates=between)
    with zipfile.ZipFile(kit) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return Sound(members, TrustStore.from_authority(made.authority, NOW))


def test_a_kit_packed_again_by_another_program_is_still_valid(sound, tmp_path, openssl):
    """What is proven does not depend on who made the ZIP: the refusals below are for what was changed."""
    assert sound.judged(tmp_path / "kit.zip", {}).verdict == "VALID"


@pytest.mark.parametrize(
    "name",
    ["decreto.pdf", "object.pdf", "object/received/otro.pdf", "evidence/token-02.tst", "trust/otro.pem"],
)
def test_a_file_that_nothing_proves_breaks_the_kit(sound, tmp_path, name):
    """A forger cannot lay a document of his own beside the proven ones and have it called valid."""
    assert sound.judged(tmp_path / "kit.zip", {name: FOREIGN}).verdict == "BROKEN"


def test_a_document_with_a_sound_kit_behind_it_is_not_valid(sound, tmp_path):
    """A PDF that is a ZIP as well does not borrow the verdict of the kit that it carries."""
    assert sound.judged(tmp_path / "decreto.pdf", {}, before=FOREIGN).verdict == "BROKEN"
    assert sound.judged(tmp_path / "kit.zip", {}, after=FOREIGN).verdict == "BROKEN"


@pytest.mark.parametrize("field", ["object", "eni_id"])
def test_a_kit_cannot_be_given_another_name(sound, tmp_path, field):
    """The document that the kit says it is about is the one that the proven record tells of."""
    told = json.loads(sound.members["kit.json"]) | {field: "ES_L01990019_2025_OTRO"}
    assert sound.judged(tmp_path / "kit.zip", {"kit.json": json.dumps(told).encode()}).verdict == "BROKEN"


def test_a_token_laid_beside_is_the_token_of_the_record(sound, tmp_path):
    """The loose tokens, made for `openssl ts`, cannot be other ones than those judged."""
    assert sound.judged(tmp_path / "kit.zip", {"evidence/token-01.tst": FOREIGN}).verdict == "BROKEN"


@pytest.mark.parametrize("start", ["object/received/", "object/metadata/", "evidence/evidence.ers"])
def test_one_changed_byte_of_what_is_proven_breaks_the_kit(sound, tmp_path, start):
    """Bringing the sums into line does not help who changes a document, its record or its evidence."""
    name = next(name for name in sound.members if name.startswith(start))
    data = bytearray(sound.members[name])
    data[len(data) // 2] ^= 1
    assert sound.judged(tmp_path / "kit.zip", {name: bytes(data)}).verdict == "BROKEN"
