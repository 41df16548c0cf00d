# SPDX-License-Identifier: EUPL-1.2
"""What every database under the catalogue must do: objects with their parts, and how they are found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from catalogued import a_batch, a_deposit, a_document, a_file, a_signature, an_object

from archive.catalog import INSTALLATION, Catalog, Holding, LeafRecord
from archive.errors import ConflictError, NotFound


def test_object_comes_back_with_all_its_parts(catalog: Catalog) -> None:
    """Object, files, documents and signatures are read as they were written, in their order."""
    files = [a_file("received/b.xml"), a_file("received/a.xml")]
    documents = [a_document("ES_B"), replace(a_document("ES_A"), content=None)]
    signatures = [a_signature("firmas/firma[2]"), a_signature()]
    record = an_object()
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(record, files, documents, signatures)
    with catalog.reading(INSTALLATION) as tx:
        assert tx.object(record.object_id) == record
        assert tx.files(record.object_id) == files
        assert tx.documents(record.object_id) == documents
        assert tx.signatures(record.object_id) == signatures


def test_absent_object_is_not_found(catalog: Catalog) -> None:
    """Every question about an absent object has the same answer."""
    with catalog.reading(INSTALLATION) as tx:
        for question in (tx.object, tx.files, tx.documents, tx.signatures, tx.leaves_of):
            with pytest.raises(NotFound):
                question("urn:longeva:villa:none:0")


def test_same_object_again_changes_nothing(catalog: Catalog) -> None:
    """A repeated step has the same result: no second row, nothing newly due."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(an_object(), [a_file()])
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_batch(a_batch("b1"), [LeafRecord("b1", 0, "aa" * 32, an_object().object_id, 1, "")])
        tx.add_object(an_object(), [a_file()])
    with catalog.reading(INSTALLATION) as tx:
        assert tx.counts()["objects"] == tx.counts()["files"] == 1
        assert tx.unsealed() == []


def test_same_version_with_another_record_is_a_conflict(catalog: Catalog) -> None:
    """What is recorded of a version cannot be rewritten."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(an_object())
    with pytest.raises(ConflictError, match="another record"), catalog.transaction(INSTALLATION) as tx:
        tx.add_object(replace(an_object(), title="otra"))
    with catalog.reading(INSTALLATION) as tx:
        assert tx.object(an_object().object_id) == an_object()


def test_later_version_replaces_the_rows_and_is_due(catalog: Catalog) -> None:
    """A new version takes the old one's place in the catalogue and waits for its seal."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(an_object(), [a_file()], [a_document("ES_A", "CSV-1")], [a_signature()])
        tx.add_batch(a_batch("b1"), [LeafRecord("b1", 0, "aa" * 32, an_object().object_id, 1, "")])
        tx.add_object(an_object(version=2), [a_file("received/z.xml")], [a_document("ES_A", "CSV-2")])
    with catalog.reading(INSTALLATION) as tx:
        assert tx.files(an_object().object_id) == [a_file("received/z.xml")]
        assert tx.signatures(an_object().object_id) == []
        assert tx.documents_by_csv("CSV-1") == []
        assert len(tx.documents_by_csv("CSV-2")) == 1
        assert tx.unsealed() == [an_object(version=2)]


def test_many_objects_in_one_stroke_keep_their_order(catalog: Catalog) -> None:
    """A group commit over several pages keeps the order of deposit."""
    records = [an_object(f"E{number}") for number in range(1203)]
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_objects([Holding(record, [a_file()]) for record in records])
    with catalog.reading(INSTALLATION) as tx:
        assert list(tx.objects()) == records
        assert list(tx.objects("aldea")) == []
        assert tx.unsealed(3) == records[:3]
        assert tx.files(records[1100].object_id) == [a_file()]


def test_reference_finds_by_id_eni_id_deposit_and_digest(catalog: Catalog) -> None:
    """Whatever a person writes down of an object finds it, within the tenant only."""
    record = an_object()
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(record)
        tx.add_object(an_object(tenant="aldea"))
        tx.record_deposit(a_deposit())
    with catalog.reading(INSTALLATION) as tx:
        for reference in (record.object_id, a_deposit().deposit_id, record.package_digest[:9].upper()):
            assert tx.find_objects("villa", reference) == [record]
            assert tx.find_objects("aldea", reference) == []
            assert tx.find_objects(None, reference) == [record]
        assert tx.find_objects("villa", record.eni_id) == [record]
        assert len(tx.find_objects(None, record.eni_id)) == 2


@pytest.mark.parametrize("reference", ["", "a", "%", "_" * 8, "abcde", "' OR 1=1 --", "zzzzzzzz"])
def test_reference_without_meaning_finds_nothing(catalog: Catalog, reference: str) -> None:
    """Short, wild or hostile references find nothing rather than everything."""
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(an_object())
    with catalog.reading(INSTALLATION) as tx:
        assert tx.find_objects(None, reference) == []


def test_eni_id_is_no_unique_key(catalog: Catalog) -> None:
    """The same ENI identifier with other bytes gives both, of the asking tenant only."""
    first = an_object("E1")
    second = replace(an_object("E2"), eni_id="E1")
    with catalog.transaction(INSTALLATION) as tx:
        tx.add_object(first, documents=[a_document("ES_D")])
        tx.add_object(second, documents=[a_document("ES_D", "CSV")])
        tx.add_object(an_object("E1", "aldea"), documents=[a_document("ES_D", "CSV")])
    with catalog.reading(INSTALLATION) as tx:
        assert tx.objects_with_eni_id("villa", "E1") == [first, second]
        assert [holder for holder, _ in tx.document_by_eni_id("villa", "ES_D")] == [first, second]
        assert tx.documents_by_csv("CSV", "villa") == [(second, a_document("ES_D", "CSV"))]
        assert len(tx.documents_by_csv("CSV")) == 2
