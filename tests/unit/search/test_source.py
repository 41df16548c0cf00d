# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import pytest
from archived import NOW, decree

from archive.errors import IntegrityError, LimitExceeded
from preservation.signatures.sign import sign_cms
from search import source
from search.source import Kind, kind_of, open_source


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", Kind.PDF),
        (b"\n\n%PDF-1.4", Kind.PDF),
        (b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
        (b"\xff\xd8\xff\xe0", Kind.IMAGE),
        (b"\xef\xbb\xbf<a/>", Kind.XML),
        ("señal".encode(), Kind.TEXT),
        ("señal".encode("latin-1"), None),
        (b"a\x00b", None),
        (b"", None),
    ],
)
def test_kind_is_told_by_the_bytes(content, kind):
    """What a file is called does not matter."""
    assert kind_of(content) is kind


def test_content_inside_a_signature_is_taken_out(archived):
    """TF05: what is shown is what was signed, not the envelope around it."""
    signed = sign_cms(decree(), archived.authority.identity("mayor"), detached=False, signing_time=NOW)
    record = archived.deposit(signed, number=90)
    found = open_source(archived.home, record.object_id)
    assert (found.kind, found.content) == (Kind.PDF, decree())


def test_stored_bytes_are_checked_while_they_are_read(archived):
    """No copy is made of what is not what was deposited."""
    record = archived.deposit(decree(), number=91)
    objects = archived.home.objects("villar")
    place = archived.home.path / "store" / objects.locate(record.object_id, f"received/{record.eni_id}.xml")
    place.chmod(0o644)
    place.write_bytes(place.read_bytes().replace(b"TD01", b"TD02"))
    with pytest.raises(IntegrityError):
        open_source(archived.home, record.object_id)


def test_enormous_content_is_refused_before_it_fills_the_memory(archived, monkeypatch):
    """A copy is laid out in memory; the identical copy has no such limit."""
    record = archived.deposit(decree(), number=92)
    monkeypatch.setattr(source, "MAX_CONTENT", 1000)
    with pytest.raises(LimitExceeded, match="longeva get"):
        open_source(archived.home, record.object_id)
