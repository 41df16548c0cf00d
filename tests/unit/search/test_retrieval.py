# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.clock import FixedClock
from archive.digests import digest_bytes
from archive.eni.document import DocumentMetadata
from archive.eni.write import BinaryContent, FileReference, document_xml
from archive.errors import IntegrityError, NotFound
from archive.home import Home
from archive.model import DocumentRecord, FileRole, ObjectKind, ObjectRecord, StoredFile
from archive.objects import NewVersion
from search.retrieval import open_content, read_file

OBJECT = "urn:longeva:villa:suelto"
CONTENT = "Contenido del documento, con eñes.\n".encode() * 100_000
NAMES = ("ES_L01990019_2025_a", "ES_L01990019_2025_b")


def eni(name: str, content) -> bytes:
    """Return an ENI document XML."""
    return document_xml(
        DocumentMetadata(name, ("L01990019",), "2025-03-14T10:00:00+01:00", True, "EE01", "TD01"), content
    )


BODIES = {
    "received/a.xml": eni(NAMES[0], BinaryContent(CONTENT, "TXT")),
    "received/b.xml": eni(NAMES[1], FileReference("#OTRO", "PDF")),
}


@pytest.fixture
def home(tmp_path):
    """A home with one object of two documents."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with Home.create(tmp_path / "home", FixedClock(now)) as made:
        made.add_tenant("villa", "Ayuntamiento de Villaejemplo", "L01990019")
        objects = made.objects("villa")
        staged = {path: objects.stage(OBJECT, path, (body,)) for path, body in BODIES.items()}
        objects.commit([NewVersion(OBJECT, staged, "test", "test", now)])
        digests = (digest_bytes(CONTENT), None)
        record = ObjectRecord(OBJECT, "villa", ObjectKind.DOCUMENT, NAMES[0], "Suelto", 1, "a" * 64, now)
        with made.catalog.transaction() as tx:
            tx.add_object(
                record,
                [StoredFile(path, FileRole.DOCUMENT, found) for path, found in staged.items()],
                [
                    DocumentRecord(
                        name, path, name, "TD01", "EE01", (), "", True, "TXT", "text/plain", digest
                    )
                    for name, path, digest in zip(NAMES, staged, digests, strict=True)
                ],
                [],
            )
        yield made


def accesses(home: Home) -> list[dict[str, str]]:
    """Return the details of the reads in the ledger of the journal: what survives the catalogue."""
    with home.catalog.reading() as tx:
        return [event.detail for event in tx.events_about(OBJECT) if event.kind == "object.read"]


def damage(home: Home, path: str) -> None:
    """Flip a byte of a stored file."""
    file = home.path / "store" / home.objects("villa").locate(OBJECT, path)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(data)


def test_a_file_is_given_as_it_is_kept(home):
    """Byte for byte, and the access is in the ledger before the first byte."""
    chunks = read_file(home, OBJECT, "received/a.xml", "test")
    assert accesses(home) == [{"what": "file", "sha256": digest_bytes(BODIES["received/a.xml"]).sha256}]
    assert b"".join(chunks) == BODIES["received/a.xml"]
    assert not home.ledger.pending("villa")


@pytest.mark.parametrize("name", ["received/a.xml", NAMES[0]])
def test_the_content_is_decoded(home, name):
    """By path or by ENI identifier, in pieces, with the access in the ledger."""
    pieces = list(open_content(home, OBJECT, name, "test"))
    assert b"".join(pieces) == CONTENT
    assert [detail["what"] for detail in accesses(home)] == ["content"]


@pytest.mark.parametrize("give", [read_file, open_content])
def test_no_byte_of_a_damaged_file_is_given(home, give):
    """The error names object and file, and comes before anything is given or recorded as given."""
    damage(home, "received/a.xml")
    with pytest.raises(IntegrityError) as raised:
        give(home, OBJECT, "received/a.xml", "test")
    assert OBJECT in str(raised.value)
    assert "received/a.xml" in str(raised.value)
    assert accesses(home) == []


@pytest.mark.parametrize("give", [read_file, open_content])
def test_what_is_not_there_or_is_not_theirs_is_not_found(home, give):
    """Absent object, absent file and another's object are told with the same words."""
    for arguments in ((home, "urn:x", "received/a.xml", "test"), (home, OBJECT, "received/z.xml", "test")):
        with pytest.raises(NotFound):
            give(*arguments)
    with pytest.raises(NotFound) as hidden:
        give(home, OBJECT, "received/a.xml", "test", tenant_id="otra")
    with pytest.raises(NotFound) as absent:
        give(home, OBJECT.replace("suelto", "nada"), "received/a.xml", "test", tenant_id="otra")
    assert str(hidden.value) == str(absent.value).replace("nada", "suelto")
    assert accesses(home) == []


def test_a_content_that_did_not_come_is_not_found(home):
    """And no access is recorded: nothing could be given."""
    with pytest.raises(NotFound):
        open_content(home, OBJECT, "received/b.xml", "test")
    assert accesses(home) == []


def test_another_content_than_was_recorded_is_an_incident(home, monkeypatch):
    """The decoded content has a digest of its own, checked at the end of the reading."""
    with home.catalog.reading() as tx:
        documents = tx.documents(OBJECT)
    monkeypatch.setattr(
        "search.retrieval._document",
        lambda *_: documents[0].__class__(
            **{f: getattr(documents[0], f) for f in documents[0].__slots__}
            | {"content": digest_bytes(b"otro")}
        ),
    )
    with pytest.raises(IntegrityError, match="SHA-256"):
        list(open_content(home, OBJECT, NAMES[0], "test"))


def test_reading_does_not_wait_for_a_deposit(home):
    """While another thread writes the home, a reading is given, and recorded; the journal follows later."""
    import threading

    held, done = threading.Event(), threading.Event()

    def deposit() -> None:
        with home.writing():
            held.set()
            done.wait(10)

    writer = threading.Thread(target=deposit)
    writer.start()
    held.wait(10)
    try:
        assert b"".join(read_file(home, OBJECT, "received/a.xml", "test")) == BODIES["received/a.xml"]
        assert len(accesses(home)) == 1
    finally:
        done.set()
        writer.join()
    assert home.ledger.pending("villa")
    assert home.ledger.flush() == 1
