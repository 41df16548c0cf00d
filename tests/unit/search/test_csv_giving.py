# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from archived import NOW, decree, make_archive

from archive.errors import NotFound
from archive.regime import Access
from preservation.evidence.sealing import seal_due
from preservation.trust.store import TrustStore
from search.csv import CsvStatus, verify_csv
from search.csv_giving import Item, Reason, give, offers, term_of
from search.regimes import Rule, set_rule
from search.revocation import revoke
from search.verification import BROKEN, verify_offline

OLD = "A1B2C3D4E5F6G7H8J9K0"


@pytest.fixture
def town(tmp_path):
    """A resolution with the code of its old platform, and a copy of it with a code of ours."""
    archived = make_archive(tmp_path)
    record = archived.deposit(decree(), csv=OLD)
    copy = archived.certify(record.object_id)
    yield archived, record, copy
    archived.home.close()


def told(archived, code):
    """Return what is offered for a code: item to reason."""
    return {offer.item: offer.reason for offer in offers(archived.home, verify_csv(archived.home, code))}


def later(archived, years):
    """Let years go by."""
    archived.clock.instant += timedelta(days=365.25 * years)


def test_within_five_years_the_code_opens_its_document(town):
    """Of a copy: the copy; of another platform's code: the document; what lies behind a copy only if it is open."""
    archived, record, copy = town
    assert told(archived, copy.csv) == {
        Item.COPY: Reason.NONE, Item.ORIGINAL: Reason.REGIME, Item.REPORT: Reason.NONE, Item.KIT: Reason.UNSEALED,
    }  # fmt: skip
    assert told(archived, OLD)[Item.ORIGINAL] is Reason.NONE
    set_rule(archived.home, "villar", Rule(Access.OPEN, "p", "n", object_id=record.object_id), agent="t")
    assert told(archived, copy.csv)[Item.ORIGINAL] is Reason.NONE


def test_after_five_years_the_answer_stays_and_the_document_is_asked_for(town):
    """Limited: by request. Open: still for the asking. The verdict is given for ever."""
    archived, record, copy = town
    later(archived, 5.1)
    for code, item, status in (
        (copy.csv, Item.COPY, CsvStatus.AUTHENTIC),
        (OLD, Item.ORIGINAL, CsvStatus.KEPT),
    ):
        answer = verify_csv(archived.home, code)
        assert answer.status is status
        assert told(archived, code)[item] is Reason.TERM
        with pytest.raises(NotFound):
            give(archived.home, answer, item, agent="t")
    set_rule(archived.home, "villar", Rule(Access.OPEN, "p", "n", object_id=record.object_id), agent="t")
    assert told(archived, OLD)[Item.ORIGINAL] is Reason.NONE
    assert told(archived, copy.csv)[Item.COPY] is Reason.NONE


def test_reserved_document_of_an_old_code_is_not_given(town):
    """That it is authentic is told to who holds its paper; the document is not."""
    archived, record, copy = town
    set_rule(archived.home, "villar", Rule(Access.RESERVED, "p", "n", object_id=record.object_id), agent="t")
    assert set(told(archived, OLD).values()) == {Reason.REGIME}
    assert told(archived, copy.csv)[Item.COPY] is Reason.NONE


def test_term_counts_from_the_issue_and_from_the_capture(town):
    """Five years to the day, from what is on the paper."""
    archived, _, copy = town
    assert term_of(verify_csv(archived.home, copy.csv)) == NOW.replace(year=2031)
    assert term_of(verify_csv(archived.home, OLD)).year == 2030


def test_a_date_at_the_end_of_the_calendar_is_no_term(town):
    """Whoever deposits writes the date of capture: one that nobody believes must not break the public page."""
    archived, _, _ = town
    kept = verify_csv(archived.home, OLD)
    absurd = replace(kept, document=replace(kept.document, captured_at="9998-01-01T00:00:00Z"))
    assert term_of(absurd) is None
    offered = {one.item: one.reason for one in offers(archived.home, absurd)}
    assert offered[Item.ORIGINAL] is Reason.TERM


def test_copy_out_of_force_gives_nothing(town):
    """Its code is answered, with why; nothing is to be had."""
    archived, record, copy = town
    other = archived.certify(record.object_id)
    revoke(archived.home, "villar", copy.object_id, "superseded", agent="t", superseded_by=other.object_id)
    answer = verify_csv(archived.home, copy.csv)
    assert answer.status is CsvStatus.SUPERSEDED
    assert other.csv not in answer.mensaje
    assert offers(archived.home, answer) == ()
    told = verify_offline(copy.csv, at=NOW, trust=TrustStore(), home=archived.home)
    assert told.verdict == BROKEN
    revoke(archived.home, "villar", other.object_id, "error", agent="t")
    answer = verify_csv(archived.home, other.csv)
    assert answer.status is CsvStatus.REVOKED
    assert "contenía un error" in answer.mensaje
    with pytest.raises(NotFound):
        give(archived.home, answer, Item.COPY, agent="t")


def test_kit_tells_of_one_document_alone(town):
    """A loose document's proofs are given once sealed; they are for a stranger."""
    archived, _, _ = town
    seal_due(archived.home, archived.authority.timestamp_authority(archived.clock))
    given = give(archived.home, verify_csv(archived.home, OLD), Item.KIT, agent="t")
    assert b"".join(given.chunks).startswith(b"PK")
    assert list(archived.home.work_folder().glob("kit-*")) == []
