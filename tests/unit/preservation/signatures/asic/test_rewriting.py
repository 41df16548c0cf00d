# SPDX-License-Identifier: EUPL-1.2
from __future__ import annotations

import io
import zipfile

import pytest

from archive.errors import InvalidRequest
from preservation.signatures.asic.rewriting import rewritten


def _streamed(entries, comment=b"") -> bytes:
    """Return a ZIP as a program that cannot seek writes it: sizes stand behind the data."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.parts: list[bytes] = []

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.parts.append(bytes(data))
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as container:
        container.comment = comment
        for name, content in entries.items():
            container.writestr(zipfile.ZipInfo(name, (2020, 2, 3, 4, 5, 6)), content, zipfile.ZIP_DEFLATED)
    return b"".join(pipe.parts)


def _contents(data) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        assert container.testzip() is None
        return {each.filename: container.read(each) for each in container.infolist()}


def test_rewritten_changes_adds_and_renames_and_keeps_the_rest():
    """Order, dates, comment and contents of everything else stay, of a streamed ZIP too."""
    before = {"a.txt": b"1" * 500, "ñ.txt": b"2" * 500, "c.txt": b"3"}
    data = _streamed(before, b"comentario")
    made = rewritten(data, {"c.txt": b"33"}, {"d ñ.txt": b"4"}, {"a.txt": "A.txt"})
    assert _contents(made) == {"A.txt": b"1" * 500, "ñ.txt": b"2" * 500, "c.txt": b"33", "d ñ.txt": b"4"}
    with zipfile.ZipFile(io.BytesIO(made)) as container:
        assert container.comment == b"comentario"
        assert {each.date_time for each in container.infolist()[:3]} == {(2020, 2, 3, 4, 5, 6)}
    assert made == rewritten(data, {"c.txt": b"33"}, {"d ñ.txt": b"4"}, {"a.txt": "A.txt"})


def test_rewritten_without_a_change_is_read_alike():
    """Nothing changed gives the same files, and a second time the same octets."""
    data = _streamed({"a/": b"", "a/b.txt": b"x"})
    once = rewritten(data, {}, {}, {})
    assert _contents(once) == {"a/": b"", "a/b.txt": b"x"}
    assert rewritten(once, {}, {}, {}) == once


def test_rewritten_refuses_what_it_would_not_give_back():
    """Encrypted entries and something before the ZIP are refused, not lost."""
    data = _streamed({"a.txt": b"1"})
    with pytest.raises(InvalidRequest, match="before"):
        rewritten(b"MZ" + data, {}, {}, {})
    locked = bytearray(data)
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(header) + flags] |= 1
    with pytest.raises(InvalidRequest, match="encrypted"):
        rewritten(bytes(locked), {}, {}, {})
