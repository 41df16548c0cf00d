# SPDX-License-Identifier: EUPL-1.2
"""Evidence kits made over by a forger who brings SHA256SUMS into line: what is proven cannot be changed."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from archived import NOW, make_archive
from kits import flipped, members_of, pack, trusted

from preservation.evidence.sealing import seal_due
from preservation.trust.store import TrustStore
from search.kit import export_kit
from search.verification import Verdict, verify_offline

FOREIGN = b"%PDF-1.7 otro decreto"
WORDS = "words for the reader, which whoever makes a kit can write anew; no verdict stands on them"
UNPROVEN = {
    "LEEME.txt": WORDS,
    "README.txt": WORDS,
    "verify.py": "the verifier is run from elsewhere; that of the kit could be a forger's",
    "verify.html": "likewise",
    "trust/anchors.pem": "replaced by the reader's own anchors",
}
"""Members in which a forger can change a byte in silence, and why that is so."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound kit, taken apart."""

    members: dict[str, bytes]
    trust: TrustStore

    def judged(
        self, target: Path, changes: dict[str, bytes], before: bytes = b"", after: bytes = b""
    ) -> Verdict:
        """Put the kit together again with changes and sums that agree, and verify it."""
        packed = io.BytesIO(pack(self.members | changes, target).read_bytes())
        if after:
            with zipfile.ZipFile(packed, "a") as archive:
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
    kit = export_kit(made.home, record.object_id, folder / "kit.zip", trust=trusted(made))
    made.home.close()
    return Sound(members_of(kit), trusted(made))


def _said(verdict: Verdict) -> str:
    return "; ".join(f"{step.name}: {step.en}" for step in verdict.steps if step.ok is False)


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


def test_a_changed_byte_anywhere_is_found_or_there_is_a_reason(sound, tmp_path, openssl):
    """Every member in turn, at its start, middle and end, the sums brought into line each time."""
    silent = {}
    for name, data in sound.members.items():
        for at in sorted({0, len(data) // 2, len(data) - 1}) if name != "SHA256SUMS" and data else ():
            said = sound.judged(tmp_path / "kit.zip", {name: flipped(data, at)})
            if said.verdict != "BROKEN":
                silent[name] = said.verdict
    assert silent.keys() <= UNPROVEN.keys()


def test_a_missing_member_is_noticed(sound, tmp_path, openssl):
    """A kit with less in it than is needed is never valid."""
    quiet = []
    for name in sound.members:
        rest = {each: data for each, data in sound.members.items() if each != name}
        said = verify_offline(str(pack(rest, tmp_path / "kit.zip")), at=NOW, trust=sound.trust)
        if said.verdict == "VALID":
            quiet.append(name)
    # without lists of the kit the reader's own are looked into; the token brings its authority's certificate
    instead = {
        "SHA256SUMS",
        "ledger/proofs.json",
        *(name for name in quiet if name.startswith("trust/crls/")),
    }
    assert set(quiet) - instead <= UNPROVEN.keys()


def test_members_that_change_places_break_the_kit(sound, tmp_path, openssl):
    """Whatever stands under another's name is not what that name says."""
    names = [name for name in sound.members if name not in UNPROVEN and name != "SHA256SUMS"]
    for one, other in zip(names, names[1:] + names[:1], strict=True):
        changes = {one: sound.members[other], other: sound.members[one]}
        if one.startswith("trust/crls/") and other.startswith("trust/crls/"):
            continue  # lists are known by who signed them, not by their names
        assert sound.judged(tmp_path / "kit.zip", changes).verdict == "BROKEN", (one, other)
