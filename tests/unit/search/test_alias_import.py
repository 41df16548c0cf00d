# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple

import pytest
from archived import Archived, decree, make_archive

from archive.errors import InvalidInput, InvalidRequest
from archive.home import Home
from archive.model import ObjectRecord
from search.alias_import import import_aliases
from search.aliases import MAX_SEDES, Sede, count_codes, keep_sede, sedes
from search.csv import CsvStatus, verify_csv


class Town(NamedTuple):
    """A municipality with two documents and a sede whose platform is gone."""

    archived: Archived
    home: Home
    first: ObjectRecord
    second: ObjectRecord
    sede: Sede


@pytest.fixture
def town(tmp_path):
    """A municipality with two documents and a sede whose platform is gone."""
    archived = make_archive(tmp_path)
    first = archived.deposit(decree())
    second = archived.deposit(b"%PDF-1.4 otra resolucion", number=2)
    sede = keep_sede(archived.home, Sede("villar", 0, "Sede electrónica (2012-2019)", "SIGEM"), agent="t")
    yield Town(archived, archived.home, first, second, sede)
    archived.home.close()


def taken_in(town, tmp_path, text, sede=None):
    """Import a table and return its report."""
    table = tmp_path / "codes.csv"
    table.write_text(text, "utf-8")
    return import_aliases(town.home, sede or town.sede, table, agent="t")


def status(town, code, **more):
    """Return what a code is answered."""
    return verify_csv(town.home, code, **more).status


def test_old_code_leads_to_its_document_however_it_is_typed(town, tmp_path):
    """By ENI identifier; in lower case, with spaces, with O for 0 and l for 1."""
    report = taken_in(town, tmp_path, f"csv;eni_id\nVILLAR-2014-0001-B8K1;{town.first.eni_id}\n")
    assert (report.read, report.new, report.resolved) == (1, 1, 1)
    for typed in ("VILLAR-2014-0001-B8K1", "villar 2014 ooo1 88kl", "csv: VILLAR20140001B8K1"):
        answer = verify_csv(town.home, typed)
        assert answer.status is CsvStatus.KEPT
        assert answer.document.eni_id == town.first.eni_id
        assert dict(answer.facts)["Código expedido en"] == town.sede.name


def test_digest_and_path_name_a_document_as_well(town, tmp_path):
    """Platforms without ENI identifiers export what they have."""
    digest = hashlib.sha256(decree()).hexdigest()
    table = f"sha256,csv,path\n{digest},POR-HUELLA-0001,\n,POR-NOMBRE-0002,{town.second.eni_id}.xml\n"
    assert taken_in(town, tmp_path, table).resolved == 2
    assert verify_csv(town.home, "POR-HUELLA-0001").document.eni_id == town.first.eni_id
    assert verify_csv(town.home, "POR-NOMBRE-0002").document.eni_id == town.second.eni_id


def test_document_that_comes_later_is_found_then(town, tmp_path):
    """Unknown at the import, and kept: the code resolves once the document is there."""
    later = f"ES_L01990019_2025_DOC{3:027d}"
    report = taken_in(town, tmp_path, f"csv\teni_id\nMAS-TARDE-0001\t{later}\n")
    assert report.unknown.first == [(2, "MAS-TARDE-0001")]
    assert status(town, "MAS-TARDE-0001") is CsvStatus.UNKNOWN
    town.archived.deposit(b"%PDF-1.4 tercera", number=3)
    assert status(town, "MAS-TARDE-0001") is CsvStatus.KEPT


def test_import_may_be_repeated(town, tmp_path):
    """The same table changes nothing; a code that now names another document is changed, and told."""
    first = f"csv;eni_id\nREPETIDO-0001;{town.first.eni_id}\nREPETIDO-0002;{town.first.eni_id}\n"
    taken_in(town, tmp_path, first)
    again = taken_in(town, tmp_path, first)
    assert (again.new, again.changed, again.same) == (0, 0, 2)
    other = taken_in(town, tmp_path, f"csv;eni_id\nREPETIDO-0002;{town.second.eni_id}\n")
    assert (other.new, other.changed, other.same) == (0, 1, 0)
    assert verify_csv(town.home, "REPETIDO-0002").document.eni_id == town.second.eni_id
    assert verify_csv(town.home, "REPETIDO-0001").document.eni_id == town.first.eni_id
    assert count_codes(town.home, "villar") == {1: 2}


def test_code_of_two_sedes_asks_which_one(town, tmp_path):
    """Two platforms gave the same code: the holder of the paper says where his is from."""
    other = keep_sede(town.home, Sede("villar", 0, "Gestor anterior (2008-2012)"), agent="t")
    taken_in(town, tmp_path, f"csv;eni_id\nDOBLE-0000-0001;{town.first.eni_id}\n")
    taken_in(town, tmp_path, f"csv;eni_id\nDOBLE-0000-0001;{town.second.eni_id}\n", other)
    answer = verify_csv(town.home, "DOBLE-0000-0001")
    assert answer.status is CsvStatus.SEVERAL
    assert answer.document is None
    assert [town.sede.name in one.words for one in answer.choices] == [True, False]
    chosen = [verify_csv(town.home, "DOBLE-0000-0001", choice=one.key) for one in answer.choices]
    assert [one.document.eni_id for one in chosen] == [town.first.eni_id, town.second.eni_id]


def test_lines_that_cannot_be_taken_are_told_by_their_number(town, tmp_path):
    """Too short, of another form, naming nothing, or two codes that paper cannot tell apart."""
    table = (
        "csv;eni_id;sha256\nCORTO1;x;\nSIN-NADA-0001;;\nHUELLA-MALA-01;;zz\n"
        f"IGUAL-O000-0001;{town.first.eni_id};\nIGUAL-0O00-000l;{town.second.eni_id};\n"
    )
    report = taken_in(town, tmp_path, table)
    assert [line for line, _ in report.guessable.first] == [2]
    assert [line for line, _ in report.malformed.first] == [3, 4]
    assert [line for line, _ in report.alike.first] == [5, 6]
    assert report.new == 0
    assert status(town, "IGUAL-0000-0001") is CsvStatus.UNKNOWN


def test_pattern_of_a_sede_refuses_other_codes(town, tmp_path):
    """Whoever exports the wrong column is told."""
    strict = keep_sede(town.home, Sede("villar", 0, "Con patrón", pattern="[0-9A-F]{16}"), agent="t")
    table = f"csv;eni_id\n0123456789ABCDEF;{town.first.eni_id}\nno-es-un-codigo;{town.first.eni_id}\n"
    report = taken_in(town, tmp_path, table, strict)
    assert (report.new, report.malformed.count) == (1, 1)


@pytest.mark.parametrize("text", ["", "uno;dos\n", "csv\nA\n", "csv;eni_id\n\udcff"])
def test_what_is_no_such_table_is_refused(town, tmp_path, text):
    """No header, no column that names a document, no text."""
    table = tmp_path / "codes.csv"
    table.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidInput):
        import_aliases(town.home, town.sede, table, agent="t")


def test_sede_is_known_by_its_name(town):
    """The same name is the same sede; a changed product is written; a bad pattern and a nameless one are refused."""
    assert keep_sede(town.home, Sede("villar", 0, town.sede.name, "SIGEM"), agent="t") == town.sede
    changed = keep_sede(town.home, Sede("villar", 0, town.sede.name, "Otro"), agent="t")
    assert (changed.number, changed.platform) == (1, "Otro")
    for wrong in (Sede("villar", 0, " "), Sede("villar", 0, "x", pattern="(")):
        with pytest.raises(InvalidRequest):
            keep_sede(town.home, wrong, agent="t")
    for number in range(2, MAX_SEDES + 1):
        keep_sede(town.home, Sede("villar", 0, f"sede {number}"), agent="t")
    with pytest.raises(InvalidRequest):
        keep_sede(town.home, Sede("villar", 0, "una más"), agent="t")
    assert len(sedes(town.home, "villar")) == MAX_SEDES


def test_many_codes_take_several_entries(town, tmp_path):
    """2,500 codes are three entries; the last of them resolves."""
    codes = [secrets.token_hex(10).upper() for _ in range(2500)]
    table = "csv;eni_id\n" + "".join(f"{code};{town.first.eni_id}\n" for code in codes)
    report = taken_in(town, tmp_path, table)
    assert report.resolved == 2500
    assert all(
        status(town, code) is CsvStatus.KEPT for code in (codes[0], codes[999], codes[1000], codes[-1])
    )
