# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import csv
import io
import json
import os
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from archive.xml import parse_xml
from search.index import Hit, Snippet
from search.result_exports import COLUMNS, EAD, FORMS, Context, write_csv, write_ead, write_lines

CONTEXT = Context(
    "Ayuntamiento de <Peña> & Otros", 'licencia "obra" & <poda>', datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    "https://sede.example", {"serie:2.3": "Licencias"},
)  # fmt: skip
FILE = Hit("urn:longeva:villa:ES_1:aa", "", "expediente", "ES_1", "Licencia <b>", Snippet(), 1.0, "", "2025-03-14",
           "", "TOTAL_PASSED", "full", "", "Licencia <b>", "villa", "limitado", "2.3")  # fmt: skip
ITEM = replace(FILE, path="received/a & b.xml", kind="documento", title="=cmd|' /C calc'!A0", date="ayer",
               tipo_documental="TD01", media_type="application/pdf")  # fmt: skip
LOOSE = replace(
    ITEM, object_id="urn:longeva:villa:ES_2:bb", title="l\u00b7l\x00\ufffe \ud800", serie="", eni_id=""
)
HITS = [FILE, ITEM, replace(ITEM, path="received/c.xml"), LOOSE]


def whole(pieces: Iterator[str]) -> bytes:
    """Return what is sent."""
    return "".join(pieces).encode()


def test_the_csv_is_read_back():
    """Each hit a row, in the order of columns; what a spreadsheet would run is only text."""
    rows = list(csv.DictReader(io.StringIO(whole(write_csv(iter(HITS[:3]), CONTEXT)).decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["ruta"] for row in rows] == ["", "received/a & b.xml", "received/c.xml"]
    assert rows[1]["titulo"] == "'=cmd|' /C calc'!A0"
    assert rows[0]["enlace"] == "https://sede.example/archivo/villa/expediente/aa"


def test_lines_say_it_as_it_is():
    """One object a line under the same names."""
    lines = [json.loads(line) for line in whole(write_lines(iter(HITS[:3]), CONTEXT)).decode().splitlines()]
    assert [tuple(line) for line in lines] == [COLUMNS] * 3
    assert lines[1]["titulo"] == "=cmd|' /C calc'!A0"


def test_ead_nests_documents_under_their_expediente():
    """Where it is in the result; any text, hostile or broken, is text of well-formed XML."""
    root = parse_xml(whole(write_ead(iter(HITS), CONTEXT))).getroot()
    names = {"e": EAD}
    files = root.findall(".//e:dsc/e:c", names)
    assert [(one.get("level"), len(one.findall("e:c", names))) for one in files] == [("file", 2), ("item", 0)]
    assert files[0].findtext("e:did/e:unittitle", namespaces=names) == "Licencia <b>"
    assert [date.get("normal") for date in root.iterfind(".//e:unitdate", names)] == [
        "2025-03-14",
        None,
        None,
        None,
    ]
    assert files[0].findtext("e:controlaccess/e:function/e:part", namespaces=names) == "2.3 Licencias"


@pytest.mark.parametrize("hits", [[], [FILE], [ITEM, LOOSE], HITS], ids=["nothing", "a file", "items", "all"])
def test_ead_validates_against_the_published_schema(hits):
    """The schema of the Society of American Archivists says so; LONGEVA_EAD3_XSD says where ead3.xsd is."""
    where = os.environ.get("LONGEVA_EAD3_XSD", "")
    if not where:
        pytest.skip("EAD3 is not validated here: set LONGEVA_EAD3_XSD to ead3.xsd (github.com/SAA-SDT/EAD3)")
    schema = etree.XMLSchema(etree.parse(Path(where)))
    schema.assertValid(parse_xml(whole(write_ead(iter(hits), CONTEXT))))


@pytest.mark.parametrize("form", sorted(FORMS))
def test_memory_does_not_grow_with_the_result(form):
    """Two hundred times more hits, the same peak."""

    def peak(times: int) -> int:
        tracemalloc.start()
        hits = (replace(hit, object_id=f"{hit.object_id}{n}") for n in range(times) for hit in HITS[:3])
        for _ in FORMS[form].write(hits, CONTEXT):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)
    assert peak(4_000) < peak(20) + 200_000
