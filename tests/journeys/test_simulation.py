# SPDX-License-Identifier: EUPL-1.2
"""`longeva simulate`: every misfortune of thirty years, within seven; and what is lost where nobody provides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.clock import FixedClock
from archive.errors import ConflictError
from archive.home import Home
from demo.simulation.chronicle import Kind
from demo.simulation.scenario import read_scenario
from demo.simulation.simulate import run_simulation
from demo.simulation.world import World
from demo.simulation.years import Years

YEARS = 7
SCENARIO = read_scenario(Path(__file__).with_name("seven_years.toml"))


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The account of seven years, and where it lies."""
    home = tmp_path_factory.mktemp("simulation") / "home"
    return run_simulation(SCENARIO, YEARS, home), home


def _lived(folder, scenario, years, *misfortunes):
    """Live the years of another scenario with some misfortunes only; judge every object on the last day."""
    happenings = tuple(each for each in SCENARIO.happenings if each.what in misfortunes)
    quiet = replace(scenario, happenings=happenings, audit_every=years + 1)
    lived = Years(World(folder / "home", quiet, FixedClock(datetime(2026, 1, 1, tzinfo=UTC))), years)
    with lived.world.living():
        assert len(list(lived.live())) == years
        return lived, lived.judge(each_one=True)


def _unproven(verdicts):
    return [(each.record.tenant_id, each.record.created_at.year) for each in verdicts if not each.proven]


def test_who_had_two_authorities_loses_nothing_and_who_had_one_loses_what_it_alone_had_stamped(told):
    """Peñaclara's expedientes of the years of Boreal fall on the day of the theft; all the others are proven."""
    account, _ = told
    assert _unproven(account.verdicts) == [("penaclara", 2027), ("penaclara", 2028)]
    assert [account.of(town) for town in account.towns] == [(7, 7), (5, 7)]
    (loss,) = account.losses
    assert loss.since == datetime(2028, 5, 20, 12, tzinfo=UTC)
    assert loss.cause is not None
    assert loss.cause.facts["authority"] == "boreal"
    assert "2 expedientes de Peñaclara depositados entre 2027 y 2028" in loss.told.es
    assert "keyCompromise" in loss.reason.es
    assert "Sus bytes siguen intactos" in loss.told.es
    assert "2 expedientes of Peñaclara deposited between 2027 and 2028" in loss.told.en


def test_proof_reaches_back_to_the_first_seal_over_renewals_of_both_kinds(told):
    """What was sealed in 2026 is proven since 2026, by three time stamps in two chains; what is new has one."""
    account, _ = told
    seals = {"villanueva": [], "penaclara": []}
    for each in account.verdicts:
        if each.proven:
            seals[each.record.tenant_id].append(
                (each.evidence.proven_since.date(), len(each.evidence.stamps))
            )
    days = [datetime(year, 3, 15, tzinfo=UTC).date() for year in range(2026, 2033)]
    assert seals["villanueva"] == list(zip(days, (3, 3, 3, 2, 2, 1, 1), strict=True))
    kept = [day for day in days if day.year not in {2027, 2028}]
    assert seals["penaclara"] == list(zip(kept, (3, 2, 2, 1, 1), strict=True))
    renewed = {
        kind: [each.at.date().isoformat() for each in account.chronicle.of(kind)]
        for kind in (Kind.RENEWAL, Kind.TREE_RENEWAL)
    }
    # in 2028 what Boreal's silence had left with one stamp; in 2029 before Alba's first certificate ends
    assert renewed == {
        Kind.RENEWAL: ["2028-10-01", "2029-09-16"],
        Kind.TREE_RENEWAL: ["2031-09-16"],
    }


def test_every_misfortune_was_met_and_mended(told):
    """Files lost and altered are put back, a store is filled, the catalogue is the same, nothing is half done."""
    account, _ = told
    facts = {each.title.en: each.facts for each in account.chronicle.of(Kind.MISFORTUNE, Kind.MENDED)}
    lost = next(each for title, each in facts.items() if title.endswith("files lost"))
    assert lost["files"] > 0
    assert facts[f"{lost['files']} files mended"] == lost
    assert facts["3 files mended"] == facts["3 files altered"] == {"files": 3}
    assert facts["catalogue made again"]["same"]
    assert facts["catalogue made again"]["objects"] == 6
    assert facts["store filled again"]["ok"]
    assert facts["sealing delayed"]["reasons"]
    assert "damage without remedy" not in facts


def test_renewals_of_both_kinds_die_half_way_and_come_to_their_end_the_next_day(told):
    """Killed when they ask for their second token: the batches are as before; repeated, there is one more."""
    account, _ = told
    entries = account.chronicle.entries
    killed = [each for each in entries if each.title.en == "renewal killed"]
    assert [each.facts for each in killed] == [{"asked": 2, "unchanged": True}] * 2
    resumed = [number for number, each in enumerate(entries) if each.title.en == "renewal resumed"]
    assert [entries[number].facts["batches"] for number in resumed] == [1, 1]
    assert [entries[number + 1].kind for number in resumed] == [Kind.RENEWAL, Kind.TREE_RENEWAL]


def test_a_stranger_says_the_same_of_every_kit(told):
    """`verify.py` calls the kits of what is proven valid and the fallen one's broken, on the last day."""
    account, home = told
    said = {each.file.split("_")[3].lstrip("0")[-14:]: each.verdict for each in account.kits}
    assert [each.expected for each in account.kits].count(False) == 1
    assert all(each.agrees for each in account.kits), said
    assert all((home / "simulation" / each.file).is_file() for each in account.kits)


def test_the_account_the_pages_and_the_pictures_are_there(told):
    """In Spanish and English, the picture naming every authority and municipality."""
    account, home = told
    folder = home / "simulation"
    assert {"account.json", "informe.md", "report.md", "linea-de-tiempo.svg", "timeline.svg"} <= {
        each.name for each in folder.iterdir()
    }
    picture, page = (folder / "linea-de-tiempo.svg").read_text(), (folder / "informe.md").read_text()
    for words in (
        "Alba 1 · SHA-256",
        "Céfiro",
        "Peñaclara",
        "5 de 7 probados",
        "2 sin prueba",
        "claves robadas",
    ):
        assert words in picture
    assert "De 14 expedientes se prueban 12." in page
    assert account.losses[0].told.es in page
    assert "![2026–2033: qué queda probado](linea-de-tiempo.svg)" in page


def test_a_folder_that_is_no_simulation_is_left_alone(tmp_path):
    """Nothing is thrown away that a simulation did not make."""
    (tmp_path / "papeles.txt").write_text("x")
    with pytest.raises(ConflictError, match="no simulation"):
        run_simulation(SCENARIO, 1, tmp_path)
    assert (tmp_path / "papeles.txt").read_text() == "x"


def test_an_archive_that_keeps_a_folder_called_simulation_is_left_alone(tmp_path):
    """The folder's name says nothing: somebody may have copied the pages of a simulation there."""
    home = tmp_path / "archive"
    Home.create(home, FixedClock(datetime(2026, 1, 1, tzinfo=UTC))).close()
    (home / "simulation").mkdir()
    before = sorted(home.rglob("*"))
    with pytest.raises(ConflictError, match="no simulation"):
        run_simulation(SCENARIO, 1, home)
    assert sorted(home.rglob("*")) == before


def test_without_the_second_authority_the_other_municipality_loses_too(tmp_path):
    """Stamped by Boreal alone, Villanueva's expedientes before the theft fall with Peñaclara's."""
    careful, other = SCENARIO.municipalities
    first, second = careful.customs
    careless = replace(careful, customs=(replace(first, authorities=("boreal",), tokens=1), second))
    scenario = replace(SCENARIO, municipalities=(careless, other))
    lived, verdicts = _lived(tmp_path, scenario, 3, "authority-compromised")
    assert _unproven(verdicts) == [
        ("villanueva", 2026), ("penaclara", 2027), ("villanueva", 2027), ("penaclara", 2028), ("villanueva", 2028),
    ]  # fmt: skip
    assert {each.at.date().isoformat() for each in lived.fallen.values()} == {"2028-05-20"}


def test_without_renewal_only_what_is_sealed_with_todays_algorithm_is_proven(tmp_path):
    """Certificates end and SHA-256 is retired: of seven years the last two are left."""
    _, verdicts = _lived(tmp_path, replace(SCENARIO, renews=False), YEARS, "algorithm-retired")
    towns = ("penaclara", "villanueva")
    assert _unproven(verdicts) == [(town, year) for year in range(2026, 2031) for town in towns]
    assert all(each.intact for each in verdicts)
