# SPDX-License-Identifier: EUPL-1.2
"""A certified copy changed after its seal, and a register of copies changed by hand."""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from preservation.audit.run import audit
from preservation.trust.store import TrustStore
from search.copy_archive import IssuedCopy
from search.verification import verify_offline
from tests.support.archived import NOW, Archived, decree, make_archive


@pytest.fixture(scope="module")
def archived(tmp_path_factory) -> Iterator[Archived]:
    """An archive with a decree."""
    made = make_archive(tmp_path_factory.mktemp("copies"))
    yield made
    made.home.close()


@pytest.fixture(scope="module")
def issued(archived) -> IssuedCopy:
    """A copy of the decree."""
    return archived.certify(archived.deposit(decree()).object_id)


def judged(archived: Archived, folder: Path, pdf: bytes) -> str:
    target = folder / "copia.pdf"
    target.write_bytes(pdf)
    trust = TrustStore.from_authority(archived.authority, NOW)
    return verify_offline(str(target), at=NOW, trust=trust).verdict


def updated(pdf: bytes, number: int, body: bytes) -> bytes:
    """Append an incremental update that gives an object another body (ISO 32000-1 7.5.6)."""
    start = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])
    root = re.findall(rb"/Root (\d+) 0 R", pdf)[-1]
    size = max(int(re.findall(rb"/Size (\d+)", pdf)[-1]), number + 1)
    out = pdf + b"\n%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, len(pdf) + 1)
    trailer = b"trailer\n<< /Size %d /Root %s 0 R /Prev %d >>\n" % (size, root, start)
    return out + table + trailer + b"startxref\n%d\n%%%%EOF\n" % len(out)


def test_the_copy_as_issued_is_valid(archived, issued, tmp_path):
    """What the attacks below start from holds."""
    assert judged(archived, tmp_path, issued.pdf) == "VALID"


def test_a_page_written_over_after_the_seal_is_not_valid(archived, issued, tmp_path):
    """A shadow attack: the sealed revision is whole, and what a reader shows is another text."""
    with pikepdf.open(io.BytesIO(issued.pdf)) as document:
        contents = document.pages[0].obj.Contents
        stream = contents[0] if isinstance(contents, pikepdf.Array) else contents
        number = stream.objgen[0]
        pages = document.Root.Pages.objgen[0]
        root = document.Root.objgen[0]
    text = b"BT /F1 24 Tf 100 700 Td (SE DENIEGA) Tj ET"
    written_over = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text)
    assert judged(archived, tmp_path, updated(issued.pdf, number, written_over)) != "VALID"
    bare = b"<< /Type /Catalog /Pages %d 0 R >>" % pages
    assert judged(archived, tmp_path, updated(issued.pdf, root, bare)) != "VALID"


def test_a_changed_byte_or_a_shifted_copy_is_not_valid(archived, issued, tmp_path):
    """Bytes inside the seal are what was sealed, and stand where they were sealed."""
    changed = bytearray(issued.pdf)
    changed[len(changed) // 4] ^= 1
    assert judged(archived, tmp_path, bytes(changed)) == "BROKEN"
    assert judged(archived, tmp_path, b"%PDF-1.4\n" + issued.pdf) != "VALID"


@pytest.mark.parametrize(
    "change",
    [
        "update copies set revoked_at = null",
        "update copies set pdf_path = 'received/otro.pdf'",
        "update copies set csv = 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA'",
        "delete from copies",
    ],
)
def test_a_register_of_copies_changed_by_hand_is_noticed(archived, issued, change):
    """Nobody brings a withdrawn copy back, or gives its code to another document, by a row."""
    home = archived.home
    at = archived.clock.now()
    with home.catalog.reading() as tx:
        withdrawn = tx.copy_by_csv(issued.csv)
    if withdrawn.revoked_at is None:
        with home.catalog.transaction() as tx:
            tx.revoke_copy(issued.object_id, at)
            home.ledger.append(tx, "villar", "copy.revoked", issued.object_id, "test")
        home.ledger.flush()
    assert audit(home).ok
    home.catalog.close()
    database = sqlite3.connect(home.catalog_path)
    before = database.execute("select * from copies").fetchall()
    try:
        with database:
            assert database.execute(change).rowcount == 1
        assert {problem.kind for problem in audit(home).problems} == {"AUDIT-RECORD"}
    finally:
        home.catalog.close()
        with database:
            database.execute("delete from copies")
            database.executemany(f"insert into copies values ({','.join('?' * len(before[0]))})", before)
        database.close()
