# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import threading

import pytest
from archived import decree

from archive.errors import IntegrityError
from search.csv import CsvStatus, verify_csv
from search.csv_giving import Item, give, offers


def test_issued_copy_is_authentic_however_its_code_is_typed(archived, issued):
    """Case, hyphens, spaces and O for 0 do not matter."""
    typed = issued.csv.lower().replace("-", " ").replace("0", "o")
    answer = verify_csv(archived.home, f"  {typed} ")
    assert answer.status is CsvStatus.AUTHENTIC
    assert answer.csv == issued.csv
    assert dict(answer.facts)["Órgano"] == "Ayuntamiento de Villar de la Encina (L01990019)"
    assert answer.to_json()["status"] == "authentic"


def test_wrong_and_malformed_codes_get_the_same_words(archived, issued):
    """Nobody learns from the answer whether a code was near."""
    wrong = issued.csv[:-1] + ("1" if issued.csv[-1] != "1" else "2")
    answers = [verify_csv(archived.home, text) for text in (wrong, "x", "' OR 1=1 --", "\x00", "0" * 500)]
    assert {(one.status, one.mensaje, one.message) for one in answers} == {
        (CsvStatus.UNKNOWN, answers[0].mensaje, answers[0].message)
    }
    assert all(one.facts == () for one in answers)


def test_code_of_the_original_platform_is_told_as_such(archived, resolution):
    """A CSV that came with a deposited document is known, and no more is claimed of it."""
    answer = verify_csv(archived.home, "A1B2C3D4E5F6G7H8J9K0")
    assert answer.status is CsvStatus.KEPT
    assert dict(answer.facts)["Identificador"] == resolution.eni_id
    assert Item.COPY not in {offer.item for offer in offers(archived.home, answer)}


def test_short_foreign_codes_are_not_answered(archived):
    """A code that could be guessed is no key: it is answered as unknown."""
    archived.deposit(decree(), number=60, csv="AB12")
    assert verify_csv(archived.home, "AB12").status is CsvStatus.UNKNOWN


def test_withdrawn_copy_says_so_and_is_not_given(archived, resolution):
    """A revoked copy keeps its answer and loses its document."""
    copy = archived.certify(resolution.object_id)
    with archived.home.catalog.transaction() as tx:
        tx.revoke_copy(copy.object_id, archived.clock.now())
    answer = verify_csv(archived.home, copy.csv)
    assert answer.status is CsvStatus.REVOKED
    assert offers(archived.home, answer) == ()
    assert "21 de noviembre de 2026" in answer.mensaje


def test_verifying_leaves_an_event_without_the_code(archived, issued):
    """Reads are recorded; the code itself is not."""
    verify_csv(archived.home, issued.csv)
    with archived.home.catalog.reading() as tx:
        event = tx.events_about(issued.object_id)[-1]
    assert (event.kind, event.detail) == ("csv.verified", {"status": "authentic"})


def test_unknown_codes_do_not_fill_the_ledger(archived):
    """A stranger who tries codes leaves nothing behind."""
    with archived.home.catalog.reading() as tx:
        before = tx.counts()["events"]
    verify_csv(archived.home, "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ")
    with archived.home.catalog.reading() as tx:
        assert tx.counts()["events"] == before


def test_given_document_is_the_issued_one(archived, issued):
    """The bytes that are given are the sealed ones."""
    given = give(archived.home, verify_csv(archived.home, issued.csv), Item.COPY, agent="t")
    assert b"".join(given.chunks) == issued.pdf


def test_damaged_copy_is_never_called_authentic(archived, resolution):
    """A flipped byte of the stored copy stops the answer."""
    copy = archived.certify(resolution.object_id)
    objects = archived.home.objects("villar")
    place = archived.home.path / "store" / objects.locate(copy.object_id, copy.path)
    data = bytearray(place.read_bytes())
    data[100] ^= 1
    place.chmod(0o644)
    place.write_bytes(bytes(data))
    with pytest.raises(IntegrityError):
        verify_csv(archived.home, copy.csv)


def test_citizen_does_not_wait_for_a_deposit(archived, issued):
    """While another writer holds the home the answer comes at once; its event is journalled later."""
    held, done = threading.Event(), threading.Event()

    def deposit() -> None:
        with archived.home.writing():
            held.set()
            done.wait(20)

    worker = threading.Thread(target=deposit)
    worker.start()
    held.wait(5)
    try:
        assert verify_csv(archived.home, issued.csv).status is CsvStatus.AUTHENTIC
    finally:
        done.set()
        worker.join()
    archived.home.ledger.flush()
    assert not archived.home.ledger.pending("villar")
