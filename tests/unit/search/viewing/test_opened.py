# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archived import decree
from hypothesis import given
from hypothesis import strategies as st

from archive.model import DocumentRecord, ObjectKind, ObjectRecord
from search.regimes.rules import documents_date, newest
from search.viewing.moments import Stage, evidence_line, sealed_since
from search.viewing.opened import documents_of, open_eni, open_record, remarks_of
from search.viewing.page_of_tree import tree_page


def stored(home, record, name):
    """Return where the bytes of a file lie in the store folder."""
    objects = home.objects(record.tenant_id)
    path = next(one for one in objects.inventory(record.object_id).version().state if name in one)
    return Path(home.path) / "store" / objects.locate(record.object_id, path)


def test_expediente_is_opened_with_its_tree_and_verdicts(kept, licence):
    """Documents, folders, nested expediente and the verdicts of each file."""
    opened = open_record(kept.home, licence)
    assert len(opened.documents) == 24
    assert (opened.tree.missing, opened.tree.loose, opened.trouble) == (0, 0, "")
    assert [branch.count for branch in opened.tree.root.branches] == [4, 2]
    assert opened.indications["TOTAL_PASSED"] == 24
    assert opened.index_path.endswith(".xml")
    assert documents_of(kept.home, licence)[0] is opened.documents


def test_what_was_opened_is_held_ready(kept, licence):
    """The second look is the first's."""
    assert open_record(kept.home, licence) is open_record(kept.home, licence)


def test_eni_xml_of_a_document_is_read(kept, licence):
    """What its XML says, held ready; a document that was never ENI has nothing to say."""
    opened = open_record(kept.home, licence)
    eni = open_eni(kept.home, opened, opened.documents[0])
    assert eni.metadata.identificador == opened.documents[0].eni_id
    assert open_eni(kept.home, opened, opened.documents[0]) is eni


def test_three_thousand_documents(kept, large):
    """Opened once they cost the next page milliseconds; fifty rows are shown."""
    opened = open_record(kept.home, large)
    assert (opened.tree.root.count, opened.tree.missing) == (3000, 0)
    started = time.perf_counter()
    for _ in range(20):
        page = tree_page(open_record(kept.home, large).tree, words="carga 2999")
    assert (time.perf_counter() - started) / 20 < 0.1
    assert len(tree_page(opened.tree).rows) == 50
    assert tree_page(opened.tree).pages == 60
    assert page.found >= 1


def test_damaged_index_leaves_what_was_noted(kept, tmp_path):
    """A flipped byte in the index: the trouble is said, and the documents are still there."""
    from demo.loads import plain_package

    record = kept.deposit(plain_package(tmp_path / "p", 3, 200, seed=77).folder)[0]
    path = stored(kept.home, record, "EXP")
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(data))
    opened = open_record(kept.home, record)
    assert opened.trouble == "damaged"
    assert opened.index is None
    assert len(list(opened.tree.root.leaves())) == 3
    data[100] ^= 1
    path.write_bytes(bytes(data))
    assert open_record(kept.home, record).trouble == ""


def test_moments_of_an_expediente(kept, licence):
    """First signature, index signed, stamped, kept, sealed, today, due, end: in this order."""
    kept.seal()
    opened = open_record(kept.home, licence)
    with kept.home.catalog.reading("villar") as tx:
        signatures = tx.signatures_in(licence.object_id, opened.index_path)
    line = evidence_line(kept.home, opened, signatures)
    stages = [moment.stage for moment in line.moments]
    assert [stage for stage in stages if stage not in {Stage.CLOSED, Stage.STAMPED, Stage.KEPT}] == [
        Stage.FIRST, Stage.SEALED, Stage.NOW, Stage.DUE, Stage.ENDS,
    ]  # fmt: skip
    assert {Stage.CLOSED, Stage.STAMPED, Stage.KEPT} < set(stages)
    assert stages.index(Stage.KEPT) < stages.index(Stage.SEALED)
    assert line.sealed
    assert not line.overdue
    assert [moment.ahead for moment in line.moments if moment.stage in {Stage.DUE, Stage.ENDS}] == [
        True,
        True,
    ]
    assert sealed_since(kept.home, opened) is not None


def test_object_that_is_not_sealed_yet(kept):
    """It has no evidence and nothing due."""
    record = kept.archived.deposit(decree(), number=91)
    line = evidence_line(kept.home, open_record(kept.home, record), [])
    assert not line.sealed
    assert Stage.DUE not in [moment.stage for moment in line.moments]
    assert sealed_since(kept.home, open_record(kept.home, record)) is None


@pytest.mark.parametrize("name", ["verdicts", "signatures_in"])
def test_signatures_come_without_the_reports_of_all(kept, licence, name):
    """One file's signatures, or verdicts alone, are what the whole list says of them."""
    with kept.home.catalog.reading("villar") as tx:
        whole = tx.signatures(licence.object_id)
        if name == "verdicts":
            told = [(one.path, one.indication, one.signing_time) for one in whole]
            assert tx.verdicts(licence.object_id) == told
        else:
            path = whole[0].path
            own = [one for one in whole if one.path == path]
            assert tx.signatures_in(licence.object_id, path) == own


@given(
    st.lists(
        st.sampled_from(["2025-01-13T10:22:00+01:00", "2024-02-30", "", "ayer", "2026-05-01"]), max_size=6
    )
)
def test_one_document_decides_the_date(texts):
    """What is remembered for thousands of documents gives the date that all of them give."""
    now = datetime(2020, 1, 1, tzinfo=UTC)
    record = ObjectRecord("urn:longeva:v:x:0", "v", ObjectKind.EXPEDIENTE, "x", "x", 1, "0", now)
    documents = [
        DocumentRecord(f"d{at}", "", "", "", "", (), text, True, "", "", None)
        for at, text in enumerate(texts)
    ]
    assert documents_date(record, newest(documents)) == documents_date(record, documents)


def test_deposit_in_brief_is_the_deposit(kept, licence):
    """The same deposit without findings and receipt; nothing for another municipality or package."""
    with kept.home.catalog.reading("villar") as tx:
        whole = tx.deposit_by_digest("villar", licence.package_digest)
        brief = tx.deposit_in_brief("villar", licence.package_digest)
        assert replace(whole, findings=(), receipt={}) == brief
        assert tx.deposit_in_brief("villar", "0" * 64) is None
        assert tx.deposit_in_brief("otro", licence.package_digest) is None
    remarks = remarks_of(kept.home, brief)
    assert [str(one.severity) for one in remarks] == ["warning"] * len(remarks)
    assert remarks_of(kept.home, brief) is remarks
