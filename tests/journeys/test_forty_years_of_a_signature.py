# SPDX-License-Identifier: EUPL-1.2
"""A signature deposited in 2026 and judged when its certificate, its lists and its time are long gone."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import UTC, datetime

import pytest
from terminal import longeva

from archive.clock import FixedClock
from archive.home import Home
from archive.material import MATERIAL_PATH, material_key
from archive.rebuild import rebuild_catalog
from demo.loads import plain_package
from ingest.deposit import deposit
from preservation import revalidation
from preservation.audit.run import audit
from preservation.evidence.sealing import seal_due
from preservation.installation import archive_seal, development_authority, time_stamping, trust_store
from preservation.renewal.renew import renew_due
from preservation.revalidation import revalidate
from preservation.trust.store import TrustStore
from search.kit import export_kit
from search.verification import verify_kit

DEPOSITED = datetime(2026, 3, 1, tzinfo=UTC)


class Town:
    """A home with one expediente whose index is signed without a time stamp, and a movable clock."""

    def __init__(self, folder):
        self.clock = FixedClock(DEPOSITED)
        self.home = Home.create(folder / "home", self.clock)
        self.home.add_tenant("villa", "Ayuntamiento de Villa", "L01990019")
        authority = development_authority(self.home)
        package = plain_package(folder / "in", 2, 500, seed=3, authority=authority).folder
        (done,) = deposit(self.home, "villa", [package], seal=archive_seal(self.home))
        self.object_id = done.receipt["object"]

    def travel(self, year):
        """Move the clock and return where it stands."""
        self.clock.instant = datetime(year, 7, 1, tzinfo=UTC)
        return self.clock.instant

    def seal(self):
        """Seal what is due."""
        return seal_due(self.home, time_stamping(self.home))

    def renew(self, year):
        """Renew in a year."""
        at = self.travel(year)
        trust = trust_store(self.home, at)
        return renew_due(
            self.home, time_stamping(self.home), at, trust=TrustStore(trust.anchors, trust.certificates)
        )

    def judge(self, year, trust=None):
        """Judge the index signature in a year."""
        at = self.travel(year)
        found = revalidate(self.home, self.object_id, trust=trust or trust_store(self.home, at), at=at)
        (report,) = [each.report for _, each in found.verdicts if each.report is not None]
        return report

    def bare_trust(self):
        """Trust the same anchors without a list or an intermediate of theirs: their authority is gone."""
        return TrustStore(trust_store(self.home, self.clock.now()).anchors)

    @property
    def material(self):
        """What the object names."""
        objects = self.home.objects("villa")
        return objects.material(objects.inventory(self.object_id))


@pytest.fixture
def town(tmp_path):
    """A fresh town in 2026."""
    town = Town(tmp_path)
    yield town
    town.home.close()


def test_a_signature_without_time_stamp_of_2026_passes_in_2040_by_the_archive_s_evidence(town):
    """Sealed 2026, renewed 2031: the evidence record proves file and revocation list, so 2040 says as 2026."""
    assert town.judge(2026).indication == "TOTAL_PASSED"
    town.clock.instant = DEPOSITED
    town.seal()
    assert town.renew(2031).batch is not None
    report = town.judge(2040, town.bare_trust())
    assert report.indication == "TOTAL_PASSED", report.reasons
    assert report.proven_by == "evidence record"
    assert report.best_signature_time == DEPOSITED


def test_without_evidence_or_renewal_the_same_signature_proves_nothing_in_2040(town):
    """Never sealed, or sealed and not renewed: INDETERMINATE, never a pass that nothing carries."""
    assert town.judge(2040).indication == "INDETERMINATE"
    town.clock.instant = DEPOSITED
    town.seal()
    assert town.judge(2040).indication == "INDETERMINATE"


def test_what_was_kept_is_no_reason_to_trust(town):
    """Kept anchors build chains; whom to trust is asked of whoever judges."""
    town.seal()
    town.renew(2031)
    assert {piece.kind for piece in town.material} >= {"anchor", "crl"}
    assert town.judge(2040, TrustStore()).indication == "INDETERMINATE"


def test_the_kept_list_is_what_carries_the_verdict(town, monkeypatch):
    """The same judge, evidence and anchors, without what the deposit kept: nobody can say any more."""
    town.seal()
    town.renew(2031)
    monkeypatch.setattr(revalidation, "_kept", lambda *_: TrustStore())
    assert town.judge(2040, town.bare_trust()).indication == "INDETERMINATE"


def test_material_that_is_altered_or_gone_is_told_once_for_the_object_that_names_it(town):
    """The audit names the piece and the object; put back, all is well."""
    town.seal()
    town.renew(2031)
    (crl, *_) = [piece for piece in town.material if piece.kind == "crl"]
    path = town.home.path / "store" / material_key(crl.sha256)
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    problems = {
        each.kind for each in audit(town.home, trust=trust_store(town.home, town.clock.now())).problems
    }
    assert problems == {"STORE-CONTENT-DIGEST", "STORE-MATERIAL-MISSING"}
    path.unlink()
    found = [each for each in audit(town.home).problems if each.kind == "STORE-MATERIAL-MISSING"]
    assert [(each.object_id, each.path) for each in found] == [(town.object_id, MATERIAL_PATH)]
    path.write_bytes(kept)
    assert audit(town.home, trust=trust_store(town.home, town.clock.now())).problems == ()


def test_another_package_of_the_day_costs_no_new_material(town, tmp_path):
    """The second expediente names the same pieces; none is written again."""
    before = sorted(town.home.store.keys("material/"))
    assert before
    authority = development_authority(town.home)
    package = plain_package(tmp_path / "otro", 1, 500, seed=4, authority=authority).folder
    (done,) = deposit(town.home, "villa", [package], seal=None)
    objects = town.home.objects("villa")
    assert objects.material(objects.inventory(done.receipt["object"])) == town.material
    assert sorted(town.home.store.keys("material/")) == before


def test_the_catalogue_is_rebuilt_with_the_list_of_material(town):
    """A burned catalogue comes back with the same files, the archive's own lists among them."""
    with town.home.catalog.reading() as tx:
        files = tx.files(town.object_id)
    assert MATERIAL_PATH in {file.path for file in files}
    rebuild_catalog(town.home)
    with town.home.catalog.reading() as tx:
        assert tx.files(town.object_id) == files


def test_the_kit_brings_the_material_and_its_verifier_asks_for_all_of_it(town, tmp_path, openssl):
    """A stranger gets each piece under its digest; a kit without one, or with another, is broken."""
    town.seal()
    trust = trust_store(town.home, town.clock.now())
    kit = export_kit(town.home, town.object_id, tmp_path / "kit.zip", trust=trust)
    with zipfile.ZipFile(kit) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    pieces = sorted(name for name in members if name.startswith("material/"))
    assert pieces == sorted(f"material/{piece.sha256}" for piece in town.material)
    assert verify_kit(kit, at=town.clock.now(), anchors=trust.anchors).verdict == "VALID"
    for changes in ({pieces[0]: None}, {pieces[0]: b"otro"}, {"material/" + "0" * 64: b""}):
        forged = {name: data for name, data in (members | changes).items() if data is not None}
        forged["SHA256SUMS"] = "".join(
            f"{hashlib.sha256(data).hexdigest()}  {name}\n"
            for name, data in forged.items()
            if name != "SHA256SUMS"
        ).encode()
        with zipfile.ZipFile(tmp_path / "forged.zip", "w") as archive:
            for name, data in forged.items():
                archive.writestr(zipfile.ZipInfo(name), data)
        said = verify_kit(tmp_path / "forged.zip", at=town.clock.now(), anchors=trust.anchors)
        assert said.verdict == "BROKEN"


def test_the_commands_tell_of_material(town):
    """`signature revalidate` judges from what was kept; `fsck` finds a piece that is gone."""
    town.seal()
    home = town.home.path
    town.home.close()
    at = ("--at", "2027-01-01", "--home", home, "--json")
    judged = longeva("signature", "revalidate", town.object_id, *at)
    assert (judged.code, judged.json["evidence"]["indication"]) == (0, "TOTAL_PASSED")
    assert {piece["kind"] for piece in judged.json["material"]} >= {"anchor", "crl"}
    assert [each["indication"] for each in judged.json["signatures"] if "indication" in each] == [
        "TOTAL_PASSED"
    ]
    assert longeva("fsck", "--home", home, "--json").code == 0
    (home / "store" / material_key(judged.json["material"][0]["sha256"])).unlink()
    ran = longeva("fsck", "--home", home, "--json")
    assert ran.code == 1
    assert [each["code"] for each in ran.json["problems"]] == ["STORE-MATERIAL-MISSING"]
    assert longeva("signature", "revalidate", town.object_id, *at).code not in {0, 1}
