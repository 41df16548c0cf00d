# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io

import pytest
from archived import decree
from PIL import Image

from archive.errors import IntegrityError, NotFound
from archive.model import DocumentRecord
from search.viewing.content import content_key
from search.viewing.desk import Desk, desk_of
from search.viewing.history import history
from search.viewing.kinds import Look, look_of
from search.viewing.opened import open_record
from search.viewing.picture import THUMBNAIL, Trouble


def documents(kept, record):
    return open_record(kept.home, record).documents


def test_content_is_decoded_once_and_is_the_recorded_one(kept, licence):
    """The bytes that are looked at have the digest of the deposit."""
    desk = Desk(kept.home)
    document = documents(kept, licence)[0]
    looked = desk.look(licence, document)
    assert looked.size == document.content.size
    assert look_of(looked.head) is Look.PDF
    assert desk.look(licence, document).key == looked.key == content_key(licence, document)


def test_signature_around_a_content_is_taken_off(kept, licence):
    """A TF05 is read as the PDF that was signed; what is downloaded stays as it was recorded."""
    desk = Desk(kept.home)
    document = next(one for one in documents(kept, licence) if "residuos" in one.name)
    looked = desk.look(licence, document)
    assert look_of(desk.readable(looked).head) is Look.PDF


def test_page_is_drawn_once(kept, licence):
    """The second picture is the first, found; its pages are counted once."""
    desk = Desk(kept.home)
    looked = desk.readable(desk.look(licence, documents(kept, licence)[9]))
    assert desk.pages(looked, "pdf").pages == 2
    stream, trouble = desk.picture(looked, "pdf", 1, THUMBNAIL)
    with stream:
        first = stream.read()
    assert Image.open(io.BytesIO(first)).width == THUMBNAIL
    assert trouble is Trouble.NONE
    desk.painter.close()
    desk.painter = None
    stream, _ = desk.picture(looked, "pdf", 1, THUMBNAIL)
    with stream:
        assert stream.read() == first
    assert desk.pages(looked, "pdf").pages == 2


def test_page_that_is_not_there_has_no_picture(kept, licence):
    """Nothing is kept of what could not be drawn."""
    desk = Desk(kept.home)
    looked = desk.readable(desk.look(licence, documents(kept, licence)[9]))
    assert desk.picture(looked, "pdf", 7, THUMBNAIL) == (None, Trouble.NO_PAGE)


def test_content_that_did_not_come(kept):
    """A document without content is NotFound, not an empty page."""
    record = kept.archived.deposit(decree(), number=31)
    odd = DocumentRecord("ES_X", "received/none.xml", "x", "TD99", "EE01", (), "", True, "", "", None)
    with pytest.raises(NotFound):
        Desk(kept.home).look(record, odd)


def test_content_of_another_digest_is_never_shown(kept):
    """A recorded digest that the bytes do not have: IntegrityError, and nothing stays in the folder."""
    from dataclasses import replace

    from archive.digests import digest_bytes

    record = kept.archived.deposit(decree(), number=32)
    document = replace(documents(kept, record)[0], content=digest_bytes(b"otra cosa"))
    desk = Desk(kept.home)
    for _ in range(2):
        with pytest.raises(IntegrityError):
            desk.look(record, document)


def test_visits_of_one_person_are_one_event_for_a_while(kept):
    """Leafing through a document is one access; half an hour later it is another; another person is another."""
    record = kept.archived.deposit(decree(), number=33)
    now = [0.0]
    desk = Desk(kept.home, lambda: now[0])
    for agent, at in (("account:a", 0), ("account:a", 60), ("account:b", 61), ("account:a", 2000)):
        now[0] = float(at)
        desk.visit(record, agent, "document", 1)
    told = history(kept.home, record).events
    assert [one.agent for one in told if one.kind == "object.viewed"] == [
        "account:a",
        "account:b",
        "account:a",
    ]
    assert told[0].document == "1"
    assert told[0].words == "Se vio"


def test_desk_belongs_to_its_archive(kept):
    """One home, one desk."""
    assert desk_of(kept.home) is desk_of(kept.home)


def test_history_goes_back_page_by_page(kept):
    """Newest first, to the deposit; every event once."""
    record = kept.archived.deposit(decree(), number=34)
    desk = Desk(kept.home)
    for number in range(7):
        desk.visit(record, f"account:{number}", "view")
    seen, before = [], None
    while True:
        page = history(kept.home, record, before, limit=3)
        seen += [one.position for one in page.events]
        if page.older is None:
            break
        before = page.older
    assert len(seen) == len(set(seen)) == 8
    assert seen == sorted(seen, reverse=True)
    assert history(kept.home, record, seen[-1]).events == ()
